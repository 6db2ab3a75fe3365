from django.contrib.auth.models import AbstractBaseUser, BaseUserManager
from django.db import models

from amity.base.vocabulary import Role

ROLE_CHOICES = [(role.value, role.value.capitalize()) for role in Role]


class UserManager(BaseUserManager["User"]):
    """Finds people by their e-mail address, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email__iexact=username)


class User(AbstractBaseUser):
    """A person of the company. Without a role they may sign in and see nothing."""

    email = models.EmailField(unique=True)
    name = models.CharField(max_length=200)
    role = models.CharField(max_length=20, choices=ROLE_CHOICES, default="", blank=True)
    is_active = models.BooleanField(default=True)
    time_zone = models.CharField(max_length=64, default="", blank=True)
    language = models.CharField(max_length=10, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = UserManager()
    USERNAME_FIELD = "email"
    REQUIRED_FIELDS = ["name"]

    def __str__(self) -> str:
        return self.name or self.email


class Company(models.Model):
    """The one company whose relationships these are, and how it wants things shown."""

    name = models.CharField(max_length=200)
    currency = models.CharField(max_length=3, default="USD")
    time_zone = models.CharField(max_length=64, default="UTC")
    language = models.CharField(max_length=10, default="en")
    country = models.CharField(max_length=2, default="", blank=True)
    note = models.TextField(default="", blank=True)  # e.g. that it is a demonstration
    is_demonstration = models.BooleanField(default=False)
    is_quiet = models.BooleanField(default=False)  # nothing leaves the house (restored copies)
    created_at = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return self.name


class ApiToken(models.Model):
    """A key to the API: only its digest is stored; its scopes are permissions of the table."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=100)
    prefix = models.CharField(max_length=12)
    digest = models.CharField(max_length=64, unique=True)
    scopes = models.JSONField(default=list)  # permission names, or "read" / "write"
    created_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.prefix}…)"


class WriteKey(models.Model):
    """A key that may only send tracking events; it is public by nature (it stands in web pages)."""

    name = models.CharField(max_length=100)
    key = models.CharField(max_length=64, unique=True)
    touchpoint = models.CharField(max_length=50, default="", blank=True)
    created_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class AuditEntry(models.Model):
    """Who changed what; sealed into a hash chain by the job `access.seal_audit`."""

    at = models.DateTimeField()
    actor_kind = models.CharField(max_length=20)
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    actor_name = models.CharField(max_length=200, default="", blank=True)
    action = models.CharField(max_length=100)
    object_type = models.CharField(max_length=50)
    object_id = models.CharField(max_length=100)
    summary = models.CharField(max_length=500, default="", blank=True)
    changes = models.JSONField(default=dict)
    digest = models.CharField(max_length=64, null=True)
    seal_number = models.BigIntegerField(null=True, unique=True)  # its place in the chain

    class Meta:
        indexes = [models.Index(fields=["object_type", "object_id", "-id"], name="audit_object")]

    def __str__(self) -> str:
        return f"{self.action} {self.object_type} {self.object_id}"


class IdempotencyRecord(models.Model):
    """The answer given to a POST under a key, so that the same request is never done twice."""

    key = models.CharField(max_length=255)
    caller = models.CharField(
        max_length=100
    )  # user or token, so that keys do not leak between them
    request_digest = models.CharField(max_length=64)
    status_code = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["caller", "key"], name="one_answer_per_idempotency_key")
        ]

    def __str__(self) -> str:
        return self.key


class Team(models.Model):
    """People who share work; `calendar_key` names the working calendar that they keep."""

    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    calendar_key = models.CharField(max_length=50, default="", blank=True)
    is_active = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class TeamMember(models.Model):
    """A person's place in a team."""

    team = models.ForeignKey(Team, on_delete=models.CASCADE, related_name="members")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="team_memberships")
    is_lead = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["team", "user"], name="once_in_a_team"),
        ]

    def __str__(self) -> str:
        return f"{self.user_id} in {self.team_id}"


class Absence(models.Model):
    """A span in which a person is not there: from `starts_at` on, until before `ends_at`."""

    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="absences")
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    note = models.CharField(max_length=200, default="", blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ends_at__gt=models.F("starts_at")),
                name="absence_ends_after_it_starts",
            ),
        ]
        indexes = [models.Index(fields=["ends_at", "starts_at"], name="absences_by_end")]

    def __str__(self) -> str:
        return f"{self.user_id} away from {self.starts_at} to {self.ends_at}"


class CostRate(models.Model):
    """What an hour costs, wages and all: of a person, of a role, or (both empty) of anybody."""

    user = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    role = models.CharField(max_length=20, choices=ROLE_CHOICES, default="", blank=True)
    hour_minor = models.BigIntegerField()  # in the company's currency

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=models.Q(user__isnull=False),
                name="one_cost_rate_a_person",
            ),
            models.UniqueConstraint(
                fields=["role"], condition=models.Q(user__isnull=True), name="one_cost_rate_a_role"
            ),
            models.CheckConstraint(
                condition=models.Q(hour_minor__gte=0), name="cost_rate_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.hour_minor} an hour of {self.user_id or self.role or 'anybody'}"
