from django.db import models
from django.db.models import Q

from amity.kernel.access.models import Team, User


class Tag(models.Model):
    """A word that people put on customers."""

    name = models.CharField(max_length=50, unique=True)

    def __str__(self) -> str:
        return self.name


class Customer(models.Model):
    """A person or an organization that the company knows; everything else names this row."""

    class Kind(models.TextChoices):
        PERSON = "person", "Person"
        ORGANIZATION = "organization", "Organization"

    kind = models.CharField(max_length=12, choices=Kind, default=Kind.PERSON)
    name = models.CharField(max_length=200)
    name_folded = models.CharField(max_length=200, default="", blank=True)  # base.text.fold(name)
    language = models.CharField(max_length=10, default="", blank=True)
    country = models.CharField(max_length=2, default="", blank=True)
    city = models.CharField(max_length=100, default="", blank=True)
    time_zone = models.CharField(max_length=64, default="", blank=True)
    preferred_channel = models.CharField(max_length=30, default="", blank=True)
    custom = models.JSONField(default=dict)  # values of the custom fields, by key
    note = models.TextField(default="", blank=True)
    merged_into = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="absorbed", db_index=False
    )
    import_id = models.BigIntegerField(null=True)  # the import that created it
    version = models.PositiveIntegerField(default=1)  # for concurrent edits (ETag)
    created_at = models.DateTimeField()
    updated_at = models.DateTimeField()
    tags = models.ManyToManyField(Tag, related_name="customers", blank=True)

    class Meta:
        indexes = [
            # Lists show those that are not merged: an index on merged_into alone would be taken
            # by SQLite for every one of them.
            models.Index(
                fields=["name_folded", "id"],
                condition=Q(merged_into__isnull=True),
                name="customers_by_name",
            ),
            models.Index(
                fields=["-updated_at", "-id"],
                condition=Q(merged_into__isnull=True),
                name="customers_recent",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="customers_merged",
            ),
            models.Index(
                fields=["import_id"], condition=Q(import_id__isnull=False), name="customers_import"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class Identity(models.Model):
    """Something that identifies a customer; its normalized value belongs to one customer."""

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        PHONE = "phone", "Phone"
        EXTERNAL = "external", "Customer number"
        ANONYMOUS = "anonymous", "Anonymous id"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="identities")
    kind = models.CharField(max_length=10, choices=Kind)
    namespace = models.CharField(max_length=50, default="", blank=True)  # whose number it is
    value = models.CharField(max_length=255)  # normalized
    shown = models.CharField(max_length=255)  # as it was given
    verified_at = models.DateTimeField(null=True)
    import_id = models.BigIntegerField(null=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "namespace", "value"], name="one_customer_per_identity"
            )
        ]
        indexes = [models.Index(fields=["customer", "kind"], name="identities_of_customer")]

    def __str__(self) -> str:
        return f"{self.kind}:{self.shown}"


class Membership(models.Model):
    """A person's part in an organization; many to many, with a role and a time."""

    organization = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="members")
    person = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=50, default="", blank=True)  # buyer, user, payer, decider
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["organization", "person", "role"], name="one_membership_per_role"
            ),
            models.CheckConstraint(
                condition=~Q(organization=models.F("person")), name="no_membership_in_oneself"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} in {self.organization_id}"


class Ownership(models.Model):
    """Who looks after a customer: an owner, who stands in, or a team; ended ones are history."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="ownerships")
    owner = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    deputy = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["customer"], condition=Q(until=None), name="one_ownership_at_a_time"
            ),
            models.CheckConstraint(
                condition=Q(owner__isnull=False) | Q(team__isnull=False),
                name="ownership_names_somebody",
            ),
        ]
        indexes = [
            models.Index(
                fields=["owner", "customer"],
                condition=Q(until=None),
                name="ownerships_of_owner",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} is looked after by {self.owner_id or self.team_id}"


class Platform(models.Model):
    """A market with at least two sides that the company runs."""

    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)

    def __str__(self) -> str:
        return self.name


class Side(models.Model):
    """One side of a platform: sellers, buyers, drivers, riders."""

    platform = models.ForeignKey(Platform, on_delete=models.CASCADE, related_name="sides")
    key = models.SlugField(max_length=50)
    name = models.CharField(max_length=100)
    unit_of_activity = models.CharField(max_length=50, default="", blank=True)
    is_subsidized = models.BooleanField(default=False)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["platform", "key"], name="one_side_per_key")]

    def __str__(self) -> str:
        return self.name


class Participation(models.Model):
    """A customer's part on one side of a market; a customer may hold several."""

    class Directness(models.TextChoices):
        DIRECT = "direct", "Direct"
        INDIRECT = "indirect", "Indirect"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="participations")
    side = models.ForeignKey(Side, on_delete=models.CASCADE, related_name="participations")
    directness = models.CharField(max_length=10, choices=Directness, default=Directness.DIRECT)
    directness_reason = models.CharField(max_length=300, default="", blank=True)
    core_dependence = models.FloatField(null=True)  # share of activity on the platform, 0..1
    income_share = models.FloatField(null=True)
    multi_homing = models.BooleanField(null=True)
    benefits_through = models.ForeignKey(
        "self", null=True, on_delete=models.SET_NULL, related_name="beneficiaries"
    )
    since = models.DateField(null=True)
    until = models.DateField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer", "side"], name="one_participation_per_side"),
            models.CheckConstraint(
                condition=Q(core_dependence__isnull=True)
                | Q(core_dependence__gte=0, core_dependence__lte=1),
                name="core_dependence_is_a_share",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.customer_id} on {self.side_id}"


class CustomFieldDefinition(models.Model):
    """A field that a company adds to its customers."""

    class Kind(models.TextChoices):
        TEXT = "text", "Text"
        NUMBER = "number", "Number"
        DATE = "date", "Date"
        CHOICE = "choice", "Choice"
        YES_NO = "yes_no", "Yes or no"

    key = models.SlugField(max_length=50, unique=True)
    label = models.CharField(max_length=100)
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.TEXT)
    choices = models.JSONField(default=list)
    is_required = models.BooleanField(default=False)
    position = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return self.label


class CustomerMerge(models.Model):
    """That two records are one, why, and what is needed to take it back."""

    survivor = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    absorbed = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300)
    moved = models.JSONField(default=dict)  # ids of the rows that were moved
    at = models.DateTimeField()
    actor_name = models.CharField(max_length=200, default="", blank=True)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.absorbed_id} into {self.survivor_id}"
