from django.db import models
from django.db.models import Q

from amity.kernel.customers.models import Customer
from amity.run.inbox.models.channels import Channel
from amity.run.inbox.models.conversations import Conversation


class ChatSession(models.Model):
    """One browser that chats; it shows its token, of which only the digest is kept.

    `is_verified` says that the site has signed who it is; then `customer` is that person.
    """

    channel = models.ForeignKey(Channel, on_delete=models.CASCADE, related_name="chat_sessions")
    token_digest = models.CharField(max_length=64, unique=True)  # sha256
    conversation = models.ForeignKey(
        Conversation, null=True, on_delete=models.SET_NULL, related_name="chat_sessions"
    )
    customer = models.ForeignKey(Customer, null=True, on_delete=models.SET_NULL, related_name="+")
    is_verified = models.BooleanField(default=False)
    name = models.CharField(max_length=200, default="", blank=True)
    email = models.CharField(max_length=254, default="", blank=True)
    address_digest = models.CharField(max_length=64)  # keyed, of the network address
    created_at = models.DateTimeField()
    begun_at = models.DateTimeField(null=True)  # of its conversation
    seen_at = models.DateTimeField()  # when it last asked for news
    seen_message_id = models.BigIntegerField(default=0)  # the last one that it has fetched
    mailed_message_id = models.BigIntegerField(default=0)  # the last one that went by mail

    class Meta:
        indexes = [
            models.Index(fields=["address_digest", "created_at"], name="chats_of_address"),
            models.Index(
                fields=["email", "begun_at"], condition=~Q(email=""), name="chats_of_email"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name or 'Somebody'} at {self.channel_id}"
