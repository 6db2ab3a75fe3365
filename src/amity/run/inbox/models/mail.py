from django.db import models

from amity.run.inbox.models.channels import Channel
from amity.run.inbox.models.messages import Message


class MailIntake(models.Model):
    """That a mail came in and what became of it; one row for each, so that none is taken twice."""

    class Outcome(models.TextChoices):
        STORED = "stored", "In a conversation"
        QUARANTINED = "quarantined", "In quarantine"
        REPORT = "report", "A report on a mail of ours"

    digest = models.CharField(max_length=64, unique=True)  # sha256 of the raw mail
    content_key = models.CharField(max_length=64)  # the same for a copy that came another way
    at = models.DateTimeField()
    outcome = models.CharField(max_length=12, choices=Outcome)
    channel = models.ForeignKey(Channel, null=True, on_delete=models.SET_NULL, related_name="+")
    message = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")
    sender = models.CharField(max_length=320, default="", blank=True)
    subject_key = models.CharField(max_length=64, default="", blank=True)
    is_automatic = models.BooleanField(default=False)

    class Meta:
        indexes = [
            models.Index(fields=["content_key"], name="intake_by_content"),
            models.Index(fields=["sender", "-at"], name="intake_of_sender"),
            models.Index(fields=["subject_key", "-at"], name="intake_of_subject"),
        ]

    def __str__(self) -> str:
        return f"{self.outcome}: {self.digest[:12]}"


class MailFolder(models.Model):
    """How far a folder of a mailbox has been read; its numbers hold for one UIDVALIDITY alone."""

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="mail_folders")
    name = models.CharField(max_length=200)
    uid_validity = models.BigIntegerField(default=0)
    last_uid = models.BigIntegerField(default=0)
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["channel", "name"], name="one_row_per_mail_folder")
        ]

    def __str__(self) -> str:
        return self.name
