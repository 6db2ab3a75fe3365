from django.db import models

from amity.kernel.access.models import User
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.traits.models import GRADE_CHOICES


class InputOverride(models.Model):
    """A figure that a person wrote for the planner; it stands before evidence and data."""

    segment_key = models.SlugField(max_length=50, default="", blank=True)  # empty: the company
    relationship_type = models.CharField(max_length=30, default="", blank=True)  # empty: all
    measure = models.CharField(max_length=80)  # "uplift", "fit:phone", …
    value = models.FloatField()
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    grade = models.CharField(max_length=1, choices=GRADE_CHOICES)
    note = models.CharField(max_length=500, default="", blank=True)
    author = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    author_name = models.CharField(max_length=200, default="", blank=True)
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["segment_key", "relationship_type", "measure"],
                name="one_planner_input_per_figure",
            )
        ]

    def __str__(self) -> str:
        return f"{self.measure} {self.segment_key}/{self.relationship_type}"


class AdviceRun(models.Model):
    """One question to the planner with all it was answered from, and the answer.

    Money is in major units of `currency`: a plan is a forecast. `inputs` is the snapshot of every
    figure, `result` the plan with its reasons (`rules.outcome.Outcome`).
    """

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SOLVING = "solving", "Solving"
        DONE = "done", "Done"
        REFUSED = "refused", "No plan"
        CANCELED = "canceled", "Canceled"

    job_id = models.BigIntegerField(null=True, unique=True)
    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    asked = models.JSONField()  # rules.building.Asked
    asked_at = models.DateTimeField()
    asked_by = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    asked_by_name = models.CharField(max_length=200, default="", blank=True)
    base = models.ForeignKey(
        PolicyVersion, null=True, on_delete=models.PROTECT, related_name="+"
    )  # the canvas that it began from
    proposal = models.OneToOneField(
        PolicyVersion, null=True, on_delete=models.PROTECT, related_name="advice"
    )
    currency = models.CharField(max_length=3, default="", blank=True)
    inputs = models.JSONField(default=list)
    result = models.JSONField(null=True)
    message = models.TextField(default="", blank=True)  # why there is no plan
    net = models.FloatField(null=True)
    bound = models.FloatField(null=True)
    gap = models.FloatField(null=True)
    cost = models.FloatField(null=True)
    seconds = models.FloatField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-id", "status"], name="planner_runs_recent")]

    def __str__(self) -> str:
        return f"Advice {self.pk} ({self.status})"
