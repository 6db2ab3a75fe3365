"""The way that deals go, and why they end."""

from django.db import models
from django.db.models import Q


class Pipeline(models.Model):
    """One way to a sale; all its deals are in its currency."""

    key = models.SlugField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    currency = models.CharField(max_length=3)
    hour_minor = models.BigIntegerField(null=True)  # what an hour of work costs; None: not said
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(hour_minor__isnull=True) | Q(hour_minor__gte=0),
                name="deal_hour_not_negative",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PipelineStage(models.Model):
    """A step of a pipeline; `probability` is the planned chance that a deal in it is won."""

    pipeline = models.ForeignKey(
        Pipeline, on_delete=models.CASCADE, related_name="stages", db_index=False
    )  # the unique constraint is its index
    key = models.SlugField(max_length=50)
    name = models.CharField(max_length=60)
    position = models.PositiveIntegerField()
    probability = models.FloatField()
    is_won = models.BooleanField(default=False)
    is_lost = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pipeline", "key"], name="one_stage_a_key"),
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(is_won=True), name="one_won_stage_a_pipeline"
            ),
            models.UniqueConstraint(
                fields=["pipeline"], condition=Q(is_lost=True), name="one_lost_stage_a_pipeline"
            ),
            models.CheckConstraint(
                condition=~Q(is_won=True, is_lost=True), name="stage_not_won_and_lost"
            ),
            models.CheckConstraint(
                condition=Q(probability__gte=0, probability__lte=1), name="stage_chance_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_open(self) -> bool:
        """Whether a deal in it is still to be decided."""
        return not (self.is_won or self.is_lost)


class CloseReason(models.Model):
    """Why deals are won or lost; a retired one is kept for the deals that have it."""

    class Kind(models.TextChoices):
        WON = "won", "Won"
        LOST = "lost", "Lost"

    kind = models.CharField(max_length=4, choices=Kind)
    name = models.CharField(max_length=100)
    is_retired = models.BooleanField(default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "name"], name="one_reason_a_name"),
        ]

    def __str__(self) -> str:
        return self.name
