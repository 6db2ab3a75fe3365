from django.db import models
from django.db.models import Q


class Job(models.Model):
    """One piece of long work; a row is claimed by lease and finished by whoever holds it."""

    class Status(models.TextChoices):
        READY = "ready", "Waiting"
        RUNNING = "running", "Running"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"
        CANCELED = "canceled", "Canceled"

    kind = models.CharField(max_length=100)
    payload = models.JSONField(default=dict)
    status = models.CharField(max_length=10, choices=Status, default=Status.READY)
    unique_key = models.CharField(max_length=200, null=True)  # at most one waiting or running
    priority = models.SmallIntegerField(default=0)  # higher goes first
    run_at = models.DateTimeField()
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    lease_seconds = models.PositiveIntegerField(default=60)
    lease_until = models.DateTimeField(null=True)
    worker = models.CharField(max_length=100, default="", blank=True)
    progress_done = models.BigIntegerField(default=0)
    progress_total = models.BigIntegerField(null=True)
    message = models.CharField(max_length=500, default="", blank=True)
    checkpoint = models.JSONField(default=dict)  # where a resumed run goes on
    result = models.JSONField(null=True)
    error = models.TextField(default="", blank=True)
    cancel_requested_at = models.DateTimeField(null=True)
    run_again = models.BooleanField(default=False)  # asked for anew while it ran
    created_by = models.BigIntegerField(null=True)  # the person, where one asked for it
    created_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["unique_key"],
                condition=Q(status__in=["ready", "running"]),
                name="one_active_job_per_key",
            ),
        ]
        indexes = [
            models.Index(fields=["status", "-priority", "run_at", "id"], name="jobs_queue"),
            models.Index(fields=["-id", "status"], name="jobs_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} #{self.pk} ({self.status})"


class ScheduledJob(models.Model):
    """When a periodic job runs next; the row is claimed, so two schedulers do not double it."""

    name = models.CharField(max_length=100, unique=True)
    kind = models.CharField(max_length=100)
    cron = models.CharField(max_length=100)
    next_run_at = models.DateTimeField()
    last_run_at = models.DateTimeField(null=True)
    is_enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.cron})"
