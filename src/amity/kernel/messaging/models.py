from django.db import models
from django.db.models import Q


class OutboxMessage(models.Model):
    """A mail that is to leave, is leaving, has left, or may have left (in doubt)."""

    class Status(models.TextChoices):
        WAITING = "waiting", "Waiting"
        SENDING = "sending", "Sending"
        SENT = "sent", "Sent"
        IN_DOUBT = "in_doubt", "In doubt"
        FAILED = "failed", "Failed"
        SUPPRESSED = "suppressed", "Not sent"

    status = models.CharField(max_length=10, choices=Status, default=Status.WAITING)
    key = models.CharField(max_length=200, unique=True)  # the same occasion is never mailed twice
    to = models.EmailField()
    more_to = models.JSONField(default=list, blank=True)  # further addresses of the same mail
    cc = models.JSONField(default=list, blank=True)
    sender = models.CharField(max_length=600, default="", blank=True)  # else the company's own
    subject = models.CharField(max_length=300)
    text = models.TextField()
    html = models.TextField(default="", blank=True)
    headers = models.JSONField(default=dict)
    message_id = models.CharField(max_length=255, unique=True)
    is_transactional = models.BooleanField(default=True)
    customer_id = models.BigIntegerField(null=True)
    attempts = models.PositiveIntegerField(default=0)
    send_after = models.DateTimeField()
    worker = models.CharField(max_length=100, default="", blank=True)
    lease_until = models.DateTimeField(null=True)
    error = models.TextField(default="", blank=True)
    created_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["send_after", "id"],
                condition=Q(status__in=["waiting", "sending"]),
                name="outbox_open",
            )
        ]

    def __str__(self) -> str:
        return f"{self.subject} to {self.to} ({self.status})"


class OutboxFile(models.Model):
    """A file of a mail that is to leave; forgotten when the mail has left."""

    message = models.ForeignKey(OutboxMessage, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    content = models.BinaryField()

    def __str__(self) -> str:
        return self.name
