"""What customers say comes in."""

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from amity.base.text import clean_text
from amity.base.vocabulary import RelationshipType
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import NewIdentity, ensure_customer
from amity.kernel.customers.queries import find_by_identity, get_customer
from amity.kernel.customers.rules import EMAIL, PHONE, IdentityError
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import (
    Channel,
    Conversation,
    ConversationLink,
    Message,
    Participant,
)
from amity.run.inbox.operations import aftermath
from amity.run.inbox.operations.change import (
    gathering,
    inbox_settings,
    lock,
    log,
    next_number,
    note_event,
    save,
    spend,
)
from amity.run.inbox.operations.files import attach_files
from amity.run.inbox.rules.incoming import Incoming
from amity.run.inbox.rules.working import (
    MAX_TEXT,
    check_seconds,
    clean_addresses,
    preview_of,
    reopens,
    subject_of,
)

Status = Conversation.Status


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A message on its way in."""

    channel: Channel
    incoming: Incoming
    text: str
    customer: Customer | None
    actor: Actor
    at: datetime


@dataclass(frozen=True, slots=True)
class Received:
    """What became of a message: where it is, and whether message and conversation are new."""

    conversation: Conversation
    message: Message
    is_new_message: bool
    is_new_conversation: bool


def receive(
    *, channel: Channel, incoming: Incoming, at: datetime, actor: Actor = SYSTEM
) -> Received:
    """Stores a message of a customer once, in its conversation or in a new one.

    The customer is found by identity or made; nobody is ever merged. A closed conversation opens
    again within the days of the settings; later the message begins a new one that is linked to it.
    What a machine wrote (`is_automatic`) neither reopens nor waits for an answer.

    Raises:
        NotFoundError: the conversation or customer that is named is not there.
        UnsafeTextError: the text holds what no field may hold.
        InboxError: a file is too large.
    """
    known = received_before(incoming)
    if known is not None:
        return known
    try:
        with transaction.atomic():
            return take_in(channel=channel, incoming=incoming, at=at, actor=actor)
    except IntegrityError:
        known = received_before(incoming)  # the same message was stored by another meanwhile
        if known is None:
            raise
        return known


def received_before(incoming: Incoming) -> Received | None:
    """What became of a message that came before; None for a new one."""
    rows = Message.objects.filter(source=incoming.source, source_id=incoming.source_id)
    number = rows.values_list("pk", flat=True).first()
    if number is None:
        return None
    message = Message.objects.select_related("conversation").get(pk=number)
    return Received(message.conversation, message, is_new_message=False, is_new_conversation=False)


def take_in(
    *, channel: Channel, incoming: Incoming, at: datetime, actor: Actor = SYSTEM
) -> Received:
    """Stores a message that was not `received_before`, in the transaction of the caller.

    Raises:
        IntegrityError: another stored it meanwhile; the caller rolls back.
        AmityError: as `receive` says.
    """
    text = clean_text(incoming.text, field="text", max_length=MAX_TEXT)
    arrival = _Arrival(channel, incoming, text, _customer(incoming, at), actor, at)
    earlier = lock(incoming.conversation_id) if incoming.conversation_id is not None else None
    continued = earlier if earlier is not None and _goes_on(earlier, incoming, at) else None
    conversation = continued or _open(arrival)
    if earlier is not None and continued is None:
        link_rows(earlier, conversation, at=at)
        words = f"Follows #{earlier.number}, which was closed."
        note_event(conversation, "linked", words, actor=SYSTEM, at=at)
    reopened = _wake(conversation, incoming, at)
    message = _message(conversation, arrival)
    attach_files(message, incoming.attachments, at=at)
    is_new = continued is None
    _take_part(conversation, arrival, is_new=is_new)
    cost = _count(conversation, arrival)
    with gathering(conversation):
        _log(conversation, message, cost, at)
        aftermath.received(conversation, message, is_new=is_new, was_closed=reopened, at=at)
    return Received(conversation, message, is_new_message=True, is_new_conversation=is_new)


def _log(conversation: Conversation, message: Message, cost: int, at: datetime) -> None:
    save(conversation, at=at)
    automatic, customer = Interaction.Actor.AUTOMATIC, Interaction.Actor.CUSTOMER
    log(
        conversation,
        "received",
        f"message:{message.pk}",
        happened_at=message.at,
        at=at,
        direction=Interaction.Direction.INBOUND,
        doer=automatic if message.is_automatic else customer,
        staff_seconds=message.staff_seconds,
        cost_minor=cost,
        customer_id=message.customer_id,
        properties={"message": message.pk, "channel": message.channel.key},
    )


def _customer(incoming: Incoming, at: datetime) -> Customer | None:
    if incoming.customer_id is not None:
        return get_customer(incoming.customer_id)
    if not incoming.sender_address:
        return None
    kind = EMAIL if "@" in incoming.sender_address else PHONE
    try:
        if incoming.is_automatic:  # a machine's address makes no new customer
            found = find_by_identity(kind, incoming.sender_address)
            return found and (found.merged_into or found)
        identity = NewIdentity(kind, incoming.sender_address)
        customer, _made = ensure_customer(identity=identity, name=incoming.sender_name, at=at)
    except IdentityError:
        return None
    return customer.merged_into or customer


def _goes_on(conversation: Conversation, incoming: Incoming, at: datetime) -> bool:
    if incoming.is_automatic or conversation.status != Status.CLOSED:
        return True
    days = inbox_settings().reopen_days
    return reopens(closed_at=conversation.closed_at, at=at, days=days)


def _open(arrival: _Arrival) -> Conversation:
    incoming, channel = arrival.incoming, arrival.channel
    conversation = open_conversation(
        channel=channel,
        subject=subject_of(incoming.subject, arrival.text),
        customer=arrival.customer,
        at=arrival.at,
        opened_at=min(incoming.happened_at, arrival.at),
        language=incoming.language,
    )
    words = f"Opened by {channel.get_kind_display().lower()}."
    note_event(conversation, "opened", words, actor=arrival.actor, at=arrival.at)
    return conversation


def open_conversation(
    *,
    channel: Channel,
    subject: str,
    customer: Customer | None,
    at: datetime,
    opened_at: datetime,
    language: str = "",
    relationship_type: str = RelationshipType.PERSONAL_ASSISTANCE.value,
) -> Conversation:
    """A new conversation without messages; call it inside the transaction that gives it one."""
    return Conversation.objects.create(
        number=next_number(),
        subject=clean_text(subject, field="subject", max_length=300),
        channel=channel,
        customer=customer,
        language=language or (customer.language if customer is not None else ""),
        relationship_type=relationship_type,
        opened_at=opened_at,
        last_message_at=opened_at,
        created_at=at,
        updated_at=at,
    )


def link_rows(one: Conversation, other: Conversation, *, at: datetime) -> bool:
    """Links two conversations; whether they were not linked before."""
    first, second = sorted((one, other), key=lambda each: each.pk)
    _row, made = ConversationLink.objects.get_or_create(
        first=first, second=second, defaults={"created_at": at}
    )
    return made


def _wake(conversation: Conversation, incoming: Incoming, at: datetime) -> bool:
    """Opens what slept, waited or was closed; whether it was closed."""
    if incoming.is_automatic or conversation.status == Status.OPEN:
        return False
    was_closed = conversation.status == Status.CLOSED
    conversation.status = Status.OPEN
    conversation.snoozed_until = None
    if was_closed:
        conversation.closed_at = None
        conversation.reopened_count += 1
        words = "Reopened: the customer wrote again."
        note_event(conversation, "reopened", words, actor=SYSTEM, at=at)
        source_id = f"reopened:{conversation.pk}:{conversation.reopened_count}"
        log(
            conversation,
            "reopened",
            source_id,
            happened_at=at,
            at=at,
            doer=Interaction.Actor.CUSTOMER,
        )
    return was_closed


def _message(conversation: Conversation, arrival: _Arrival) -> Message:
    incoming = arrival.incoming
    sender = arrival.customer or conversation.customer
    return Message.objects.create(
        conversation=conversation,
        kind=Message.Kind.INCOMING,
        channel=arrival.channel,
        user_id=arrival.actor.user_id,
        customer=sender,
        author_name=(incoming.sender_name or (sender.name if sender else ""))[:200],
        author_address=incoming.sender_address[:320],
        text=arrival.text,
        quoted=clean_text(incoming.quoted[:MAX_TEXT], field="quoted", max_length=MAX_TEXT),
        html=incoming.html,
        at=incoming.happened_at,
        is_automatic=incoming.is_automatic,
        is_verified=incoming.is_verified,
        internet_message_id=incoming.internet_message_id[:255],
        headers={
            "subject": incoming.subject[:300],
            "to": list(incoming.to),
            "cc": list(incoming.cc),
            "in_reply_to": list(incoming.in_reply_to),
            "references": list(incoming.references),
        },
        source=incoming.source,
        source_id=incoming.source_id,
        staff_seconds=check_seconds(incoming.staff_seconds),
        created_at=arrival.at,
    )


def _take_part(conversation: Conversation, arrival: _Arrival, *, is_new: bool) -> None:
    """Notes the sender as one who asked and the others as copied; who is there stays so."""
    incoming, customer, channel = arrival.incoming, arrival.customer, arrival.channel
    if incoming.is_automatic:
        return
    rows_known = conversation.participants.values_list("address", flat=True)
    known = set[str]() if is_new else set(rows_known)
    own = {channel.address.lower()} if channel.address else set[str]()
    sender = incoming.sender_address.strip().lower()[:320]
    rows: list[Participant] = []
    if sender not in known or not known:
        rows.append(
            Participant(
                conversation=conversation,
                customer=customer,
                address=sender,
                name=incoming.sender_name[:200] or (customer.name if customer else ""),
            )
        )
    copied = clean_addresses((*incoming.to, *incoming.cc))
    rows.extend(
        Participant(conversation=conversation, address=one, role=Participant.Role.COPIED)
        for one in copied
        if one not in known | own | {sender}
    )
    Participant.objects.bulk_create(rows[:50], ignore_conflicts=True)


def _count(conversation: Conversation, arrival: _Arrival) -> int:
    """Brings what the lists show up to date; returns the cost of the time that it took."""
    incoming = arrival.incoming
    happened = min(incoming.happened_at, arrival.at)
    if happened >= conversation.last_message_at:
        conversation.preview = preview_of(arrival.text)
        conversation.last_message_at = happened
    conversation.message_count += 1
    conversation.last_inbound_at = max(conversation.last_inbound_at or happened, happened)
    if not incoming.is_automatic:
        conversation.waiting_since = conversation.waiting_since or happened
    return spend(conversation, incoming.staff_seconds, arrival.actor.user_id)
