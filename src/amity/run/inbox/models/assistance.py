from django.db import models

from amity.kernel.access.models import User
from amity.run.inbox.models.conversations import Conversation
from amity.run.inbox.models.messages import Message


class Assistance(models.Model):
    """That a person asked a language model for help: what for, what it said, what it cost.

    `text` was written by a machine that strangers may have talked to: it is shown as text, and
    nothing is ever done because of it.
    """

    class State(models.TextChoices):
        ASKED = "asked", "Asked"
        DONE = "done", "Done"
        FAILED = "failed", "Failed"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="assistance"
    )
    message = models.ForeignKey(Message, null=True, on_delete=models.CASCADE, related_name="+")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    task = models.CharField(max_length=10)
    language = models.CharField(max_length=2, default="", blank=True)
    given = models.TextField(default="", blank=True)  # the words that are to be translated
    state = models.CharField(max_length=10, choices=State, default=State.ASKED)
    text = models.TextField(default="", blank=True)
    error = models.CharField(max_length=500, default="", blank=True)
    model = models.CharField(max_length=100, default="", blank=True)  # that answered, by its word
    tokens_in = models.PositiveIntegerField(default=0)
    tokens_out = models.PositiveIntegerField(default=0)
    asked_at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    put_away_at = models.DateTimeField(null=True)  # dismissed, or its words were sent
    sent_as = models.ForeignKey(Message, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        indexes = [
            models.Index(
                fields=["conversation", "user"],
                condition=models.Q(put_away_at=None),
                name="assistance_shown",
            ),
            models.Index(fields=["-asked_at"], name="assistance_recent"),
        ]

    def __str__(self) -> str:
        return f"{self.task} in {self.conversation_id}"
