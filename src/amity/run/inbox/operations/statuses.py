"""The states of a matter: open, waiting, put aside, closed, spam."""

from datetime import datetime

from django.db import transaction

from amity.base.text import clean_text
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation
from amity.run.inbox.operations import aftermath, ratings
from amity.run.inbox.operations.change import audit, lock, log, note_event, save
from amity.run.inbox.rules.working import OUTCOMES, InboxError, check_outcome

Status = Conversation.Status


def closing(conversation: Conversation, *, outcome: str, reason: str, at: datetime) -> None:
    """Sets what a close sets; the caller saves.

    Raises:
        InboxError: there is no such outcome.
    """
    conversation.outcome = check_outcome(outcome)
    conversation.outcome_reason = clean_text(reason, field="reason", max_length=300)
    conversation.status = Status.CLOSED
    conversation.closed_at = at
    conversation.snoozed_until = None
    conversation.waiting_since = None


def snoozing(conversation: Conversation, *, until: datetime, at: datetime) -> None:
    """Sets what putting aside sets; the caller saves.

    Raises:
        InboxError: it lies in the past.
    """
    if until <= at:
        raise InboxError("Choose a time that is yet to come.")
    conversation.status = Status.SNOOZED
    conversation.snoozed_until = until


def log_close(conversation: Conversation, *, at: datetime) -> None:
    """Writes the end of a matter into the log, and asks how it was; once for each end."""
    closed_at = conversation.closed_at or at
    log(
        conversation,
        "closed",
        f"closed:{conversation.pk}:{conversation.reopened_count}:{closed_at:%Y%m%d%H%M%S%f}",
        happened_at=closed_at,
        at=at,
        outcome=conversation.outcome,
        properties={
            "reason": conversation.outcome_reason,
            "staff_seconds": conversation.staff_seconds,
            "cost_minor": conversation.cost_minor,
        },
    )
    ratings.ask_later(conversation, at=at)


@transaction.atomic
def close(
    *,
    conversation_id: int,
    actor: Actor,
    at: datetime,
    outcome: str = "resolved",
    reason: str = "",
    version: int | None = None,
) -> Conversation:
    """Ends the matter with its outcome; the same again changes the outcome.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: there is no such outcome.
    """
    conversation = lock(conversation_id, version=version)
    before = conversation.status
    closed_at = conversation.closed_at
    closing(conversation, outcome=outcome, reason=reason, at=at)
    if before == Status.CLOSED:
        conversation.closed_at = closed_at
    save(conversation, at=at)
    words = f"Closed: {OUTCOMES[outcome]}."
    if conversation.outcome_reason:
        words = f"Closed: {OUTCOMES[outcome]}, {conversation.outcome_reason}."
    note_event(conversation, "closed", words, actor=actor, at=at, detail={"outcome": outcome})
    if before != Status.CLOSED:
        log_close(conversation, at=at)
        aftermath.status_changed(conversation, before=before, at=at)
    audit(conversation, "closed", actor=actor, at=at, summary=words)
    return conversation


@transaction.atomic
def reopen(
    *, conversation_id: int, actor: Actor, at: datetime, version: int | None = None
) -> Conversation:
    """Opens what is closed, put aside or waits for the customer; an open one stays as it is.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    before = conversation.status
    if before == Status.OPEN:
        return conversation
    conversation.status = Status.OPEN
    conversation.snoozed_until = None
    if before == Status.CLOSED:
        conversation.closed_at = None
        conversation.reopened_count += 1
        source_id = f"reopened:{conversation.pk}:{conversation.reopened_count}"
        log(conversation, "reopened", source_id, happened_at=at, at=at)
    save(conversation, at=at)
    words = "Reopened." if before == Status.CLOSED else "Taken up again."
    note_event(conversation, "reopened", words, actor=actor, at=at, detail={"was": before})
    aftermath.status_changed(conversation, before=before, at=at)
    audit(conversation, "reopened", actor=actor, at=at)
    return conversation


@transaction.atomic
def snooze(
    *,
    conversation_id: int,
    actor: Actor,
    until: datetime,
    at: datetime,
    version: int | None = None,
) -> Conversation:
    """Puts it aside until an instant, or until the customer writes.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: the instant lies in the past.
    """
    conversation = lock(conversation_id, version=version)
    before = conversation.status
    snoozing(conversation, until=until, at=at)
    conversation.closed_at = None
    save(conversation, at=at)
    words = f"Put aside until {until:%Y-%m-%d %H:%M} UTC."
    detail = {"until": until.isoformat()}
    note_event(conversation, "snoozed", words, actor=actor, at=at, detail=detail)
    aftermath.status_changed(conversation, before=before, at=at)
    audit(conversation, "snoozed", actor=actor, at=at, summary=words)
    return conversation


@transaction.atomic
def wait_for_customer(
    *, conversation_id: int, actor: Actor, at: datetime, version: int | None = None
) -> Conversation:
    """Says that the customer has the word.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    before = conversation.status
    if before == Status.WAITING:
        return conversation
    conversation.status = Status.WAITING
    conversation.snoozed_until = None
    conversation.closed_at = None
    save(conversation, at=at)
    note_event(conversation, "waiting", "Waits for the customer.", actor=actor, at=at)
    aftermath.status_changed(conversation, before=before, at=at)
    audit(conversation, "waiting", actor=actor, at=at)
    return conversation


@transaction.atomic
def wake(conversation_id: int, *, actor: Actor, at: datetime) -> bool:
    """Opens a conversation whose time aside is over; False where it is not (any more)."""
    conversation = lock(conversation_id)
    until = conversation.snoozed_until
    if conversation.status != Status.SNOOZED or until is None or until > at:
        return False
    conversation.status = Status.OPEN
    conversation.snoozed_until = None
    save(conversation, at=at)
    note_event(conversation, "woke", "Back: its time aside is over.", actor=actor, at=at)
    aftermath.status_changed(conversation, before=Status.SNOOZED, at=at)
    return True


def asleep_until(at: datetime) -> list[int]:
    """The conversations whose time aside is over."""
    rows = Conversation.objects.filter(status=Status.SNOOZED, snoozed_until__lte=at)
    return list(rows.order_by("snoozed_until", "pk").values_list("pk", flat=True)[:5000])


@transaction.atomic
def mark_spam(
    *, conversation_id: int, actor: Actor, at: datetime, version: int | None = None
) -> Conversation:
    """Takes it out of every list but Spam; its promises are dropped.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
    """
    return _spam(conversation_id, True, actor, at, version)


@transaction.atomic
def unmark_spam(
    *, conversation_id: int, actor: Actor, at: datetime, version: int | None = None
) -> Conversation:
    """Puts it back among the others.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
    """
    return _spam(conversation_id, False, actor, at, version)


def _spam(
    conversation_id: int, is_spam: bool, actor: Actor, at: datetime, version: int | None
) -> Conversation:
    conversation = lock(conversation_id, version=version)
    if conversation.is_spam == is_spam:
        return conversation
    conversation.is_spam = is_spam
    save(conversation, at=at)
    kind, words = ("spam", "Marked as spam.") if is_spam else ("not_spam", "Is no spam.")
    note_event(conversation, kind, words, actor=actor, at=at)
    aftermath.spam_changed(conversation, at=at)
    audit(conversation, kind, actor=actor, at=at)
    return conversation
