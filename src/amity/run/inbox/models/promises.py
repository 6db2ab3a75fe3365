from django.db import models
from django.db.models import Q

from amity.run.inbox.models.conversations import Conversation


class PromiseClock(models.Model):
    """One promise of the policy that runs, was kept, or was broken; it outlives merge and split.

    Minutes are working minutes on `calendar_key`. While the customer has the word, it is paused:
    `used_seconds` holds the working time until `paused_at`.
    """

    class Target(models.TextChoices):
        FIRST_RESPONSE = "first_response", "First response"
        NEXT_RESPONSE = "next_response", "Next response"
        RESOLUTION = "resolution", "Resolution"

    class State(models.TextChoices):
        RUNNING = "running", "Running"
        PAUSED = "paused", "Paused"
        KEPT = "kept", "Kept"
        BROKEN = "broken", "Broken"
        DROPPED = "dropped", "Dropped"  # the matter ended otherwise: spam, merged twin

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="clocks")
    target = models.CharField(max_length=15, choices=Target)
    state = models.CharField(max_length=10, choices=State, default=State.RUNNING)
    minutes = models.PositiveIntegerField()
    calendar_key = models.CharField(max_length=50, default="", blank=True)
    time_zone = models.CharField(max_length=64, default="", blank=True)  # where not the calendar's
    segment_key = models.CharField(max_length=50, default="", blank=True)
    policy_version = models.PositiveIntegerField(null=True)
    started_at = models.DateTimeField()  # of the present run; the first start is in `opened_at`
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField(null=True)  # None while paused
    warn_at = models.DateTimeField(null=True)  # when three quarters are used; None while paused
    used_seconds = models.PositiveIntegerField(default=0)
    paused_at = models.DateTimeField(null=True)
    stopped_at = models.DateTimeField(null=True)
    warned_at = models.DateTimeField(null=True)
    breached_at = models.DateTimeField(null=True)
    logged_at = models.DateTimeField(null=True)  # when its end went into the interaction log
    value_at_risk_minor = models.BigIntegerField(null=True)  # what the breach may cost

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "target"],
                condition=Q(state__in=["running", "paused"]),
                name="one_clock_per_target",
            )
        ]
        indexes = [
            models.Index(fields=["state", "due_at"], name="clocks_running"),
            models.Index(
                fields=["warn_at"],
                condition=Q(state="running", warned_at__isnull=True),
                name="clocks_to_warn_of",
            ),
            models.Index(
                fields=["stopped_at"],
                condition=Q(state__in=["kept", "broken"], logged_at__isnull=True),
                name="clocks_to_log",
            ),
            models.Index(fields=["conversation", "target"], name="clocks_of_conversation"),
            models.Index(fields=["opened_at"], name="clocks_by_time"),
        ]

    def __str__(self) -> str:
        return f"{self.target} of {self.conversation_id}: {self.state}"


class Rating(models.Model):
    """What the customer said after the close: one question, one to five."""

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="ratings")
    asked_at = models.DateTimeField()
    score = models.PositiveSmallIntegerField(null=True)
    comment = models.TextField(default="", blank=True)
    answered_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__gte=1, score__lte=5),
                name="rating_of_one_to_five",
            )
        ]
        indexes = [models.Index(fields=["asked_at"], name="ratings_by_time")]

    def __str__(self) -> str:
        return f"{self.score} for {self.conversation_id}"
