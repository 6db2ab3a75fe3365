"""What the people of the company say: answers, and notes among themselves."""

from datetime import datetime
from typing import Any

from django.db import transaction

from amity.base.ids import uuid7
from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import (
    AgentProfile,
    Conversation,
    Draft,
    Follower,
    Message,
    Participant,
)
from amity.run.inbox.operations import aftermath, delivery
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.change import (
    SOURCE,
    audit,
    cost_of,
    lock,
    log,
    note_event,
    save,
    spend,
    tell,
    user_of,
)
from amity.run.inbox.operations.files import attach_files
from amity.run.inbox.operations.snapshots import (
    drop_later_clocks,
    restore_clocks,
    restore_fields,
    snapshot,
)
from amity.run.inbox.operations.statuses import closing, log_close, snoozing
from amity.run.inbox.rules.automation import Event
from amity.run.inbox.rules.incoming import IncomingFile
from amity.run.inbox.rules.working import (
    MAX_TEXT,
    InboxError,
    Person,
    check_seconds,
    clean_addresses,
    mentioned,
    preview_of,
)

Status = Conversation.Status
UNDO_SECONDS = 10
AFTER_REPLY = ("status", "snoozed_until", "closed_at", "outcome", "outcome_reason")
BY_REPLY = (
    *AFTER_REPLY,
    "preview",
    "last_message_at",
    "last_outbound_at",
    "first_responded_at",
    "waiting_since",
    "message_count",
    "staff_seconds",
    "cost_minor",
)


@transaction.atomic
def reply(
    *,
    conversation_id: int,
    actor: Actor,
    text: str,
    at: datetime,
    html: str = "",
    cc: tuple[str, ...] = (),
    attachments: tuple[IncomingFile, ...] = (),
    staff_seconds: int = 0,
    version: int | None = None,
    close: bool = False,
    outcome: str = "resolved",
    outcome_reason: str = "",
    snooze_until: datetime | None = None,
    keep_open: bool = False,
    is_automatic: bool = False,
    has_left: bool = False,
) -> Message:
    """Answers the customer; the message is held for the seconds in which it can be taken back.

    After an answer of a person the customer has the word: the conversation waits for them, unless
    it is kept open, put aside or closed. An automatic one changes no status and stops no clock.
    With `has_left` it reached the customer by another way already (an import): nothing is sent.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: it says nothing, the minutes cannot be, or a file is too large.
    """
    conversation = lock(conversation_id, version=version)
    said = clean_text(text, field="text", max_length=MAX_TEXT)
    if not said and not attachments:
        raise InboxError("The answer is empty. Write something, or attach a file.")
    before = snapshot(conversation)
    message = _written(
        conversation,
        kind=Message.Kind.REPLY,
        text=said,
        actor=actor,
        at=at,
        staff_seconds=staff_seconds,
        html=html,
        is_automatic=is_automatic,
    )
    message.headers = {
        "subject": conversation.subject,
        "to": _recipients(conversation),
        "cc": clean_addresses(cc),
    }
    attach_files(message, attachments, at=at)
    copied = [
        Participant(conversation=conversation, address=one, role=Participant.Role.COPIED)
        for one in message.headers["cc"]
    ]
    Participant.objects.bulk_create(copied, ignore_conflicts=True)
    _count(conversation, message, at)
    if not is_automatic:
        if close:
            closing(conversation, outcome=outcome, reason=outcome_reason, at=at)
        elif snooze_until is not None:
            snoozing(conversation, until=snooze_until, at=at)
        else:
            conversation.status = Status.OPEN if keep_open else Status.WAITING
            conversation.snoozed_until = None
        _forget_draft(conversation, actor, Draft.Kind.REPLY)
    save(conversation, at=at)
    aftermath.replied(conversation, message, at=at)
    message.delivery = Message.Delivery.SENT if has_left else Message.Delivery.NONE
    _leave(conversation, message, before, actor, at)
    return message


def _written(
    conversation: Conversation,
    *,
    kind: str,
    text: str,
    actor: Actor,
    at: datetime,
    staff_seconds: int,
    html: str = "",
    is_automatic: bool = False,
) -> Message:
    return Message.objects.create(
        conversation=conversation,
        kind=kind,
        channel=conversation.channel,
        user_id=actor.user_id,
        customer_id=conversation.customer_id,
        author_name=actor.name[:200],
        text=text,
        html=html,
        at=at,
        is_automatic=is_automatic,
        source=SOURCE,
        source_id=str(uuid7(at)),
        staff_seconds=check_seconds(staff_seconds),
        created_at=at,
    )


def _recipients(conversation: Conversation) -> list[str]:
    asked = conversation.participants.filter(role=Participant.Role.REQUESTER).exclude(address="")
    return list(asked.order_by("pk").values_list("address", flat=True)[:20])


def _count(conversation: Conversation, message: Message, at: datetime) -> None:
    conversation.preview = preview_of(message.text)
    conversation.last_message_at = at
    conversation.last_outbound_at = at
    conversation.message_count += 1
    spend(conversation, message.staff_seconds, message.user_id)
    if not message.is_automatic:
        conversation.first_responded_at = conversation.first_responded_at or at
        conversation.waiting_since = None


def _forget_draft(conversation: Conversation, actor: Actor, kind: str) -> None:
    if actor.user_id is not None:
        Draft.objects.filter(conversation=conversation, user_id=actor.user_id, kind=kind).delete()


def _leave(
    conversation: Conversation,
    message: Message,
    before: dict[str, Any],
    actor: Actor,
    at: datetime,
) -> None:
    """Holds the message where a person may take it back; else it goes, and the log has it."""
    if message.delivery == Message.Delivery.SENT or not delivery.leaves(conversation.channel):
        message.save()
        delivery.log_reply(message, at=at)
        _log_end(conversation, message, at)
        return
    if conversation.channel.kind in delivery.AT_ONCE:
        delivery.deliver(message, at=at)
        delivery.log_reply(message, at=at)
        _log_end(conversation, message, at)
        return
    message.headers |= {"before": before}
    message.save()
    seconds = 0 if message.is_automatic else undo_seconds(actor)
    delivery.hold(message, seconds=seconds, at=at)


def undo_seconds(actor: Actor) -> int:
    """How long this person's answers are held back."""
    if actor.user_id is None:
        return 0
    wanted = AgentProfile.objects.filter(user_id=actor.user_id).values_list("undo_send_seconds")
    found = wanted.first()
    return found[0] if found is not None else UNDO_SECONDS


def release_held(message_id: int, *, at: datetime) -> bool:
    """Sends a held message whose time has come; False where there is nothing (more) to send."""
    with transaction.atomic():
        found = Message.objects.filter(pk=message_id).values_list("conversation_id", flat=True)
        conversation_id = found.first()
        if conversation_id is None:
            return False
        conversation = lock(conversation_id)
        if not delivery.release(message_id, at=at):
            return False
        message = Message.objects.get(pk=message_id)
        message.headers.pop("before", None)
        message.save(update_fields=["headers"])
        _log_end(conversation, message, at)
        return True


def _log_end(conversation: Conversation, message: Message, at: datetime) -> None:
    """Logs the close that came with the answer, where nothing has opened it again."""
    if conversation.status == Status.CLOSED and conversation.closed_at == message.at:
        log_close(conversation, at=at)


@transaction.atomic
def undo_send(message_id: int, *, actor: Actor, at: datetime) -> str:
    """Takes an answer back before it has left; returns its text, which is a draft again.

    Raises:
        NotFoundError: there is no such answer of this person.
        ConflictError: it has left already.
    """
    user_id = user_of(actor)
    found = Message.objects.filter(pk=message_id, user_id=user_id, kind=Message.Kind.REPLY)
    message = found.first()
    if message is None:
        raise NotFoundError("There is no such answer of yours.")
    conversation = lock(message.conversation_id)
    message = Message.objects.select_for_update(of=("self",)).get(pk=message_id)
    if message.delivery != Message.Delivery.HELD:
        raise ConflictError("It has left already and cannot be taken back.")
    _roll_back(conversation, message)
    Draft.objects.update_or_create(
        conversation=conversation,
        user_id=user_id,
        kind=Draft.Kind.REPLY,
        defaults={"text": message.text, "seconds": message.staff_seconds, "updated_at": at},
    )
    message.attachments.all().delete()
    message.delete()
    save(conversation, at=at)
    note_event(conversation, "undone", "An answer was taken back.", actor=actor, at=at)
    return message.text


def _roll_back(conversation: Conversation, message: Message) -> None:
    taken = message.headers["before"]
    nothing_since = conversation.version == taken["version"] + 1
    if nothing_since:
        restore_fields(conversation, taken, *BY_REPLY, "due_at", "urgency", "urgency_at")
        drop_later_clocks(conversation, taken)
    else:
        spent = cost_of(message.staff_seconds, message.user_id)
        conversation.message_count -= 1
        conversation.staff_seconds = max(0, conversation.staff_seconds - message.staff_seconds)
        conversation.cost_minor = max(0, conversation.cost_minor - spent)
        restore_fields(conversation, taken, "first_responded_at", "last_outbound_at")
        conversation.waiting_since = conversation.waiting_since or conversation.last_inbound_at
    restore_clocks(taken)


@transaction.atomic
def add_note(
    *,
    conversation_id: int,
    actor: Actor,
    text: str,
    at: datetime,
    attachments: tuple[IncomingFile, ...] = (),
    staff_seconds: int = 0,
    version: int | None = None,
) -> Message:
    """Leaves a note among colleagues; whom it mentions follows from now on and is told.

    Raises:
        NotFoundError: there is no such conversation.
        StaleError: somebody changed it since `version` was read.
        InboxError: it says nothing, or the minutes cannot be.
    """
    conversation = lock(conversation_id, version=version)
    said = clean_text(text, field="text", max_length=MAX_TEXT)
    if not said and not attachments:
        raise InboxError("The note is empty. Write something, or attach a file.")
    message = _written(
        conversation,
        kind=Message.Kind.NOTE,
        text=said,
        actor=actor,
        at=at,
        staff_seconds=staff_seconds,
    )
    attach_files(message, attachments, at=at)
    cost = spend(conversation, staff_seconds, actor.user_id)
    _mention(conversation, said, actor, at)
    _forget_draft(conversation, actor, Draft.Kind.NOTE)
    save(conversation, at=at)
    log(
        conversation,
        "noted",
        f"message:{message.pk}",
        happened_at=at,
        at=at,
        staff_seconds=staff_seconds,
        cost_minor=cost,
        properties={"message": message.pk, "user": actor.user_id},
    )
    audit(conversation, "noted", actor=actor, at=at)
    announce(conversation, Event.NOTED, at=at)
    return message


def _mention(conversation: Conversation, text: str, actor: Actor, at: datetime) -> None:
    people = (
        [
            Person(user.pk, user.name, user.email)
            for user in User.objects.filter(is_active=True).exclude(role="").order_by("name", "pk")
        ]
        if "@" in text
        else []
    )
    named = [one for one in mentioned(text, people) if one != actor.user_id]
    if not named:
        return
    Follower.objects.bulk_create(
        (Follower(conversation=conversation, user_id=one) for one in named), ignore_conflicts=True
    )
    words = f"{actor.name} mentioned you: {preview_of(text)}"
    tell(conversation, named, "mentioned", words, at=at)
