"""What is wanted with an account, what is known only of it, and when its contract is renewed."""

from django.db import models
from django.db.models import Q

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer


class Plan(models.Model):
    """The plan for one account; its goals carry it."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="account_plans")
    aim = models.CharField(max_length=500, default="", blank=True)
    strategy = models.TextField(default="", blank=True)
    review_on = models.DateField(null=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["customer"], name="one_plan_an_account"),
        ]

    def __str__(self) -> str:
        return f"plan for {self.customer_id}"


class Goal(models.Model):
    """Something the plan should reach by a day."""

    class Status(models.TextChoices):
        OPEN = "open", "Open"
        MET = "met", "Met"
        MISSED = "missed", "Missed"
        DROPPED = "dropped", "Dropped"

    plan = models.ForeignKey(Plan, on_delete=models.CASCADE, related_name="goals")
    title = models.CharField(max_length=200)
    measure = models.CharField(max_length=100, default="", blank=True)
    target = models.FloatField(null=True)
    current = models.FloatField(null=True)
    due_on = models.DateField(null=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)

    def __str__(self) -> str:
        return self.title


class AccountNote(models.Model):
    """What a colleague should know of this customer, and of nobody else; never shown to them."""

    class Kind(models.TextChoices):
        NOTE = "note", "Note"
        SOLUTION = "solution", "Made for them"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="account_notes")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.NOTE)
    text = models.TextField()
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    written_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["customer", "-written_at"], name="notes_of_account")]

    def __str__(self) -> str:
        return self.text[:50]


class Renewal(models.Model):
    """A contract that ends on a day unless it is renewed."""

    class Status(models.TextChoices):
        OPEN = "open", "To be decided"
        RENEWED = "renewed", "Renewed"
        LOST = "lost", "Lost"
        DROPPED = "dropped", "Not wanted any more"

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="renewals")
    name = models.CharField(max_length=200)
    renews_on = models.DateField()
    value_minor = models.BigIntegerField(null=True)  # a year, in the company's currency
    notice_days = models.PositiveIntegerField(default=0)  # before the day notice must be given
    lead_days = models.PositiveIntegerField(default=30)  # before the notice work begins
    status = models.CharField(max_length=10, choices=Status, default=Status.OPEN)
    reason = models.CharField(max_length=300, default="", blank=True)
    decided_at = models.DateTimeField(null=True)
    health_before = models.FloatField(null=True)  # when work on it began, for calibration

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(status="open") | Q(decided_at__isnull=False),
                name="decided_renewal_says_when",
            )
        ]
        indexes = [models.Index(fields=["status", "renews_on"], name="renewals_by_day")]

    def __str__(self) -> str:
        return f"{self.name} on {self.renews_on}"
