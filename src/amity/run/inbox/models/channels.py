from django.db import models

from amity.kernel.access.models import Team, User


class Channel(models.Model):
    """A way in and out: a mailbox, the chat widget of a site, the phone, the counter, the API."""

    class Kind(models.TextChoices):
        MAIL = "mail", "E-mail"
        CHAT = "chat", "Chat"
        PHONE = "phone", "Phone"
        VISIT = "visit", "Counter or visit"
        API = "api", "API"

    key = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind)
    address = models.EmailField(default="", blank=True)  # a mailbox's own
    touchpoint_key = models.CharField(max_length=50, default="", blank=True)
    settings = models.JSONField(default=dict)  # checked per kind; holds no secret in the clear
    signature = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    checked_at = models.DateTimeField(null=True)  # when it last answered
    error = models.TextField(default="", blank=True)  # why it does not work now
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["address"], condition=~models.Q(address=""), name="one_channel_per_address"
            )
        ]

    def __str__(self) -> str:
        return self.name


class AgentProfile(models.Model):
    """How a person takes part in the inbox: availability, load, skills, languages."""

    user = models.OneToOneField(User, on_delete=models.CASCADE, related_name="agent_profile")
    is_available = models.BooleanField(default=True)
    takes_turns = models.BooleanField(default=True)  # else only what names them comes to them
    load_limit = models.PositiveIntegerField(default=20)  # open conversations at once
    skills = models.JSONField(default=list)  # words, lower case
    languages = models.JSONField(default=list)  # ISO 639-1
    last_assigned_at = models.DateTimeField(null=True)  # for taking turns
    undo_send_seconds = models.PositiveIntegerField(default=10)

    def __str__(self) -> str:
        return str(self.user)


class QuarantinedMail(models.Model):
    """A mail that was not let in, as it came; a person may look at it and release it."""

    received_at = models.DateTimeField()
    reason = models.CharField(max_length=300)
    sender = models.CharField(max_length=320, default="", blank=True)
    subject = models.CharField(max_length=300, default="", blank=True)
    digest = models.CharField(max_length=64, unique=True)  # sha256 of the raw mail
    raw = models.BinaryField()
    released_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-received_at", "-id"], name="quarantine_recent")]

    def __str__(self) -> str:
        return f"{self.reason}: {self.subject}"


class InboxSettings(models.Model):
    """The one row of choices that hold for the whole inbox."""

    hourly_cost_minor = models.BigIntegerField(null=True)  # what a staff hour costs; None: unknown
    reopen_days = models.PositiveIntegerField(default=14)  # later a reply begins a new matter
    repeat_days = models.PositiveIntegerField(default=7)  # sooner it was not solved at once
    asks_rating = models.BooleanField(default=False)  # one question in a mail after the close
    self_service_url = models.URLField(default="", blank=True)  # offered where it comes first
    self_service_text = models.TextField(default="", blank=True)  # what the first answer says
    counts_in_customers_zone = models.BooleanField(default=False)  # the hours of promises
    fallback_team = models.ForeignKey(Team, null=True, on_delete=models.SET_NULL, related_name="+")
    reassign_minutes = models.PositiveIntegerField(null=True)  # without an answer; None: never
    escalates_to_leads = models.BooleanField(default=True)  # a broken promise
    median_value_minor = models.BigIntegerField(null=True)  # of the customers' values
    median_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return "Settings of the inbox"
