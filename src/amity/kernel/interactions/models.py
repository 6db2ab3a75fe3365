from django.db import models
from django.db.models import Q

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.customers.models import Customer
from amity.kernel.touchpoints.models import Touchpoint


class Interaction(models.Model):
    """Everything that passes between the company and a customer: appended, never changed.

    A database trigger refuses UPDATE and DELETE. A correction is a new row whose `corrects` names
    the old one; with `is_void` it takes the old one back. No other table has a foreign key to this
    one, so that it can be partitioned by `recorded_at`.
    """

    stays_at_merge = True  # never changed: readers follow `merged_into`

    class Direction(models.TextChoices):
        INBOUND = "in", "From the customer"
        OUTBOUND = "out", "To the customer"
        NONE = "none", "Neither"

    class Actor(models.TextChoices):
        HUMAN = "human", "Person of the company"
        AUTOMATIC = "automatic", "Machine"
        PEER = "peer", "Another customer"
        CUSTOMER = "customer", "The customer alone"

    happened_at = models.DateTimeField()
    recorded_at = models.DateTimeField()
    customer = models.ForeignKey(
        Customer, null=True, on_delete=models.PROTECT, related_name="interactions", db_index=False
    )  # `log_of_customer` is its index
    kind = models.CharField(max_length=60)  # a past fact, owner first: "commerce.ordered"
    touchpoint = models.ForeignKey(
        Touchpoint, null=True, on_delete=models.PROTECT, related_name="interactions"
    )
    relationship_type = models.CharField(
        max_length=30, choices=[(t.value, t.label) for t in RelationshipType]
    )
    stage = models.CharField(max_length=15, choices=[(s.value, s.value) for s in Stage])
    direction = models.CharField(max_length=4, choices=Direction, default=Direction.NONE)
    actor = models.CharField(max_length=10, choices=Actor, default=Actor.CUSTOMER)
    staff_seconds = models.PositiveIntegerField(default=0)
    cost_minor = models.BigIntegerField(default=0)
    value_minor = models.BigIntegerField(null=True)
    currency = models.CharField(max_length=3)
    outcome = models.CharField(max_length=50, default="", blank=True)
    sentiment = models.FloatField(null=True)  # -1..+1
    subject = models.CharField(max_length=300, default="", blank=True)
    properties = models.JSONField(default=dict)
    source = models.CharField(max_length=50)
    source_id = models.CharField(max_length=200)
    corrects = models.BigIntegerField(null=True)  # id of the row that this one corrects
    is_void = models.BooleanField(default=False)
    policy_version = models.PositiveIntegerField(null=True)  # that the decision obeyed
    import_id = models.BigIntegerField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["source_id", "source"], name="one_fact_per_source_id"),
            models.UniqueConstraint(
                fields=["corrects"],
                condition=Q(corrects__isnull=False),
                name="one_correction_per_fact",
            ),
            models.CheckConstraint(
                condition=Q(sentiment__isnull=True) | Q(sentiment__gte=-1, sentiment__lte=1),
                name="sentiment_within_one",
            ),
            models.CheckConstraint(
                condition=Q(is_void=False) | Q(corrects__isnull=False),
                name="void_names_what_it_voids",
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-happened_at", "-id"], name="log_of_customer"),
            models.Index(fields=["kind", "happened_at"], name="log_by_kind"),
            models.Index(fields=["-happened_at", "-id"], name="log_by_time"),
            models.Index(
                fields=["import_id"], condition=Q(import_id__isnull=False), name="log_import"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id}"
