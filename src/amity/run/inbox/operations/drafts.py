"""What is being written, and who is there."""

from datetime import datetime, timedelta

from django.db import transaction

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation, Draft, Notice, Presence
from amity.run.inbox.operations.change import user_of
from amity.run.inbox.rules.working import MAX_SECONDS, MAX_TEXT

LEASE = timedelta(seconds=20)


@transaction.atomic
def save_draft(
    *,
    conversation_id: int,
    kind: str,
    text: str,
    seconds: int,
    actor: Actor,
    at: datetime,
) -> Draft | None:
    """Keeps what a person is writing; an empty text forgets it.

    Raises:
        NotFoundError: there is no such conversation.
        InboxError: no person acts.
    """
    user_id = user_of(actor)
    if not Conversation.objects.filter(pk=conversation_id).exists():
        raise NotFoundError(f"There is no conversation {conversation_id}.")
    kind = kind if kind in Draft.Kind.values else Draft.Kind.REPLY
    rows = Draft.objects.filter(conversation_id=conversation_id, user_id=user_id, kind=kind)
    kept = clean_text(text, field="text", max_length=MAX_TEXT)
    if not kept:
        rows.delete()
        return None
    draft, _made = Draft.objects.update_or_create(
        conversation_id=conversation_id,
        user_id=user_id,
        kind=kind,
        defaults={
            "text": kept,
            "seconds": min(max(seconds, 0), MAX_SECONDS),
            "updated_at": at,
        },
    )
    return draft


def be_present(*, conversation_id: int, is_writing: bool, actor: Actor, at: datetime) -> None:
    """Says for twenty seconds that a person has the conversation open, or writes in it.

    Raises:
        InboxError: no person acts.
    """
    Presence.objects.update_or_create(
        conversation_id=conversation_id,
        user_id=user_of(actor),
        defaults={"is_writing": is_writing, "seen_at": at},
    )


def mark_seen(*, conversation_id: int, actor: Actor, at: datetime) -> None:
    """Notes that a person has looked at what they were told of a conversation.

    Most have nothing to look at, so it is asked first: SQLite has one writer at a time.
    """
    unseen = Notice.objects.filter(
        conversation=conversation_id, user_id=actor.user_id or 0, seen_at=None
    )
    if unseen.exists():
        unseen.update(seen_at=at)


def leave(*, conversation_id: int, actor: Actor) -> None:
    """Says that a person has closed the conversation."""
    Presence.objects.filter(conversation_id=conversation_id, user_id=user_of(actor)).delete()


def forget_absent(at: datetime) -> int:
    """Removes what was said longer ago than it holds; how many these were."""
    gone, _rows = Presence.objects.filter(seen_at__lt=at - timedelta(hours=1)).delete()
    return gone
