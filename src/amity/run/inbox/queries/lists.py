"""The lists of conversations."""

from django.db.models import QuerySet

from amity.run.inbox.models import Conversation


def live() -> QuerySet[Conversation]:
    """All conversations but spam and those merged into another."""
    return Conversation.objects.filter(is_spam=False, merged_into=None)


def recent() -> QuerySet[Conversation]:
    """Open conversations, the most urgent first, with what a row shows."""
    return live().filter(status=Conversation.Status.OPEN).select_related("customer", "assignee")
