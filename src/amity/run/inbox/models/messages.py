from django.db import models
from django.db.models import Q

from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer
from amity.run.inbox.models.channels import Channel
from amity.run.inbox.models.conversations import Conversation


class Message(models.Model):
    """One thing said: by the customer, to the customer, or (a note) among colleagues only."""

    class Kind(models.TextChoices):
        INCOMING = "incoming", "From the customer"
        REPLY = "reply", "To the customer"
        NOTE = "note", "Note among colleagues"

    class Delivery(models.TextChoices):
        NONE = "", "Nothing to deliver"
        HELD = "held", "Held back, may be undone"
        QUEUED = "queued", "On its way"
        SENT = "sent", "Sent"
        FAILED = "failed", "Failed"
        BOUNCED = "bounced", "Came back"
        IN_DOUBT = "in_doubt", "In doubt"

    conversation = models.ForeignKey(
        Conversation, on_delete=models.PROTECT, related_name="messages"
    )
    kind = models.CharField(max_length=10, choices=Kind)
    channel = models.ForeignKey(Channel, on_delete=models.PROTECT, related_name="+")
    user = models.ForeignKey(User, null=True, on_delete=models.SET_NULL, related_name="+")
    customer = models.ForeignKey(Customer, null=True, on_delete=models.PROTECT, related_name="+")
    author_name = models.CharField(max_length=200, default="", blank=True)
    author_address = models.CharField(max_length=320, default="", blank=True)
    text = models.TextField()  # what was said, without quotes and signature
    quoted = models.TextField(default="", blank=True)  # the rest, folded away
    html = models.TextField(default="", blank=True)  # sanitized; shown in place of the text
    at = models.DateTimeField()
    is_automatic = models.BooleanField(default=False)  # written by a machine, on either side
    is_verified = models.BooleanField(default=False)  # the author is proven to be who they say
    delivery = models.CharField(max_length=10, choices=Delivery, default=Delivery.NONE, blank=True)
    send_after = models.DateTimeField(null=True)  # until then it can be taken back
    delivery_error = models.CharField(max_length=500, default="", blank=True)
    outbox_key = models.CharField(max_length=200, default="", blank=True)
    internet_message_id = models.CharField(max_length=255, default="", blank=True)
    headers = models.JSONField(default=dict)  # to, cc, in_reply_to, references and the like
    source = models.CharField(max_length=50)
    source_id = models.CharField(max_length=255)
    staff_seconds = models.PositiveIntegerField(default=0)
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["source", "source_id"], name="one_message_per_source_id"
            )
        ]
        indexes = [
            models.Index(fields=["conversation", "at", "id"], name="messages_of_conversation"),
            models.Index(
                fields=["internet_message_id"],
                condition=~Q(internet_message_id=""),
                name="messages_by_header",
            ),
            models.Index(
                fields=["send_after"],
                condition=Q(send_after__isnull=False),
                name="messages_held",
            ),
            models.Index(
                fields=["outbox_key"], condition=~Q(outbox_key=""), name="messages_by_outbox"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} in {self.conversation_id}"


class StoredFile(models.Model):
    """The bytes of an attachment, once for each content."""

    digest = models.CharField(max_length=64, unique=True)  # sha256
    size = models.PositiveBigIntegerField()
    content = models.BinaryField()
    created_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.digest


class Attachment(models.Model):
    """A file of a message; `content_id` names it where the message shows it inline."""

    message = models.ForeignKey(Message, on_delete=models.CASCADE, related_name="attachments")
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    content_type = models.CharField(max_length=100)
    content_id = models.CharField(max_length=255, default="", blank=True)

    def __str__(self) -> str:
        return self.name


class Draft(models.Model):
    """What somebody is writing; a new message of the customer does not lose it."""

    class Kind(models.TextChoices):
        REPLY = "reply", "Reply"
        NOTE = "note", "Note"

    conversation = models.ForeignKey(Conversation, on_delete=models.CASCADE, related_name="drafts")
    user = models.ForeignKey(User, on_delete=models.CASCADE, related_name="+")
    kind = models.CharField(max_length=10, choices=Kind, default=Kind.REPLY)
    text = models.TextField(default="", blank=True)
    seconds = models.PositiveIntegerField(default=0)  # that the writing has taken so far
    updated_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "user", "kind"], name="one_draft_each")
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.user_id} in {self.conversation_id}"
