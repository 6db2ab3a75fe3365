"""Deals, what is in them, and all that became of them."""

from django.db import models
from django.db.models import Q

from amity.kernel.access.models import User
from amity.kernel.commerce.models import Product
from amity.kernel.customers.models import Customer
from amity.kernel.touchpoints.models import Touchpoint
from amity.run.deals.models.pipelines import CloseReason, Pipeline, PipelineStage


class Deal(models.Model):
    """Something that a customer may buy. With lines, `amount_minor` is their sum."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        WON = "won", "Won"
        LOST = "lost", "Lost"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="deals")
    pipeline = models.ForeignKey(
        Pipeline, on_delete=models.PROTECT, related_name="deals", db_index=False
    )  # `deals_of_board` is its index
    stage = models.ForeignKey(PipelineStage, on_delete=models.PROTECT, related_name="deals")
    status = models.CharField(max_length=4, choices=Status, default=Status.OPEN)
    title = models.CharField(max_length=200)
    owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    amount_minor = models.BigIntegerField(default=0)
    currency = models.CharField(max_length=3)
    expected_close_on = models.DateField()
    is_committed = models.BooleanField(default=False)  # the owner stands in for it
    touchpoint = models.ForeignKey(
        Touchpoint, null=True, on_delete=models.SET_NULL, related_name="+"
    )  # where it came from
    competitor = models.CharField(max_length=100, default="", blank=True)
    reason = models.ForeignKey(
        CloseReason, null=True, on_delete=models.PROTECT, related_name="deals"
    )
    note = models.TextField(default="", blank=True)
    staff_seconds = models.PositiveIntegerField(default=0)  # spent on it so far
    cost_minor = models.BigIntegerField(default=0)  # what they cost, at the rate of their time
    opened_at = models.DateTimeField()
    stage_since = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open", closed_at__isnull=True, reason__isnull=True)
                | Q(closed_at__isnull=False) & ~Q(status="open"),
                name="closed_deal_has_its_day",
            ),
            models.CheckConstraint(
                condition=~Q(status="lost") | Q(reason__isnull=False), name="lost_deal_has_a_reason"
            ),
            models.CheckConstraint(condition=Q(amount_minor__gte=0), name="deal_not_negative"),
        ]
        indexes = [
            models.Index(
                fields=["pipeline", "status", "expected_close_on", "id"], name="deals_of_board"
            ),
            models.Index(fields=["expected_close_on", "id"], name="deals_by_day"),
            models.Index(
                fields=["owner", "expected_close_on"],
                condition=Q(status="open"),
                name="open_deals_of_person",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class ImportedDeal(models.Model):
    """Where a deal came from another system's file, and all that the file said of it.

    While the deal has the version that the import left, nobody has worked on it here.
    """

    deal = models.OneToOneField(Deal, on_delete=models.CASCADE, related_name="imported")
    source = models.CharField(max_length=50, default="", blank=True)  # whose number it is
    key = models.CharField(max_length=150)
    import_id = models.BigIntegerField(null=True)  # that created it
    version = models.PositiveIntegerField()  # of the deal when the import left it
    person = models.CharField(max_length=200, default="", blank=True)  # who followed it there
    facts = models.JSONField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["key", "source"], name="one_deal_per_number")
        ]
        indexes = [models.Index(fields=["import_id"], name="deals_of_import")]

    def __str__(self) -> str:
        return f"{self.source} {self.key}"


class DealLine(models.Model):
    """What is to be bought, how much of it, at what price."""

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="lines")
    product = models.ForeignKey(Product, null=True, on_delete=models.PROTECT, related_name="+")
    description = models.CharField(max_length=200)
    quantity_milli = models.BigIntegerField(default=1000)  # thousandths of a unit
    unit_price_minor = models.BigIntegerField()
    discount_minor = models.BigIntegerField(default=0)  # off the whole line
    amount_minor = models.BigIntegerField()  # after the discount

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(
                    quantity_milli__gt=0,
                    unit_price_minor__gte=0,
                    discount_minor__gte=0,
                    amount_minor__gte=0,
                ),
                name="deal_line_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.description


class DealEvent(models.Model):
    """One thing that became of a deal; appended."""

    class Kind(models.TextChoices):
        OPENED = "opened", "Opened"
        MOVED = "moved", "Moved"
        EDITED = "edited", "Changed"
        LINE_ADDED = "line_added", "Line added"
        LINE_REMOVED = "line_removed", "Line taken away"
        WON = "won", "Won"
        LOST = "lost", "Lost"
        REOPENED = "reopened", "Opened again"
        REASSIGNED = "reassigned", "Given to somebody else"
        SPENT = "spent", "Minutes booked"

    deal = models.ForeignKey(Deal, on_delete=models.CASCADE, related_name="events")
    kind = models.CharField(max_length=12, choices=Kind)
    at = models.DateTimeField()
    by = models.CharField(max_length=200, default="", blank=True)
    from_stage = models.ForeignKey(
        PipelineStage, null=True, on_delete=models.PROTECT, related_name="+"
    )
    to_stage = models.ForeignKey(
        PipelineStage, null=True, on_delete=models.PROTECT, related_name="entries"
    )
    stage_seconds = models.PositiveBigIntegerField(null=True)  # it stood in the stage it left
    staff_seconds = models.PositiveIntegerField(default=0)
    from_owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    to_owner = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    batch = models.CharField(max_length=36, default="", blank=True)  # given on together
    detail = models.CharField(max_length=300, default="", blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["batch"], condition=~Q(batch=""), name="deal_events_of_batch"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.deal_id}"
