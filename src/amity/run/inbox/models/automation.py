from django.db import models

from amity.kernel.access.models import User
from amity.run.inbox.models.conversations import Conversation


class CannedReply(models.Model):
    """A text to answer with; `{{ customer.name }}` and the like are filled in."""

    shortcut = models.CharField(max_length=50, unique=True)
    name = models.CharField(max_length=100)
    text = models.TextField()
    language = models.CharField(max_length=10, default="", blank=True)
    owner = models.ForeignKey(User, null=True, on_delete=models.CASCADE, related_name="+")
    used_count = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Macro(models.Model):
    """Several actions in one step, by hand."""

    name = models.CharField(max_length=100, unique=True)
    shortcut = models.CharField(max_length=20, default="", blank=True)
    actions = models.JSONField()  # a list of {"do": ..., ...}; the schema stands in rules
    used_count = models.PositiveIntegerField(default=0)
    updated_at = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class Rule(models.Model):
    """What happens by itself when something happens to a conversation."""

    name = models.CharField(max_length=100, unique=True)
    event = models.CharField(max_length=30)
    conditions = models.JSONField(default=dict)
    actions = models.JSONField()
    position = models.PositiveIntegerField(default=0)
    is_active = models.BooleanField(default=True)
    updated_at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["event", "position", "id"], name="rules_of_event")]

    def __str__(self) -> str:
        return self.name


class RuleFiring(models.Model):
    """That a rule fired, what it did, or why it was stopped."""

    rule = models.ForeignKey(Rule, on_delete=models.CASCADE, related_name="firings")
    conversation = models.ForeignKey(
        Conversation, on_delete=models.CASCADE, related_name="rule_firings"
    )
    at = models.DateTimeField()
    done = models.JSONField(default=list)
    failed = models.JSONField(default=list)  # a sentence for each action that could not be done
    stopped_because = models.CharField(max_length=300, default="", blank=True)
    depth = models.PositiveSmallIntegerField(default=0)  # of rules set off by rules

    class Meta:
        indexes = [models.Index(fields=["rule", "-at"], name="firings_of_rule")]

    def __str__(self) -> str:
        return f"{self.rule_id} on {self.conversation_id}"
