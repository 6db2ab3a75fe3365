"""What helps one to answer quickly: canned replies and macros."""

from django.db.models import Q

from amity.run.inbox.models import CannedReply, Macro


def canned_replies(user_id: int | None) -> list[CannedReply]:
    """A person's own replies and everybody's, the most used first; one statement."""
    seen = Q(owner=None) | Q(owner=user_id or 0)
    return list(CannedReply.objects.filter(seen).order_by("-used_count", "name", "pk")[:200])


def macros() -> list[Macro]:
    """The macros, the most used first; one statement."""
    return list(Macro.objects.order_by("-used_count", "name", "pk")[:50])
