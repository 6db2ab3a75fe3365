"""Conversations that begin with us: a new mail, a call, a visit at the counter."""

from datetime import datetime

from django.db import transaction

from amity.base.ids import uuid7
from amity.base.results import NotFoundError
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.queries import get_customer
from amity.kernel.customers.rules import EMAIL
from amity.run.inbox.models import Channel, Conversation, Message, Participant
from amity.run.inbox.operations.change import audit, note_event, save
from amity.run.inbox.operations.receiving import open_conversation, receive
from amity.run.inbox.operations.replying import reply
from amity.run.inbox.operations.statuses import close
from amity.run.inbox.operations.tending import assign
from amity.run.inbox.rules.incoming import Incoming, IncomingFile
from amity.run.inbox.rules.working import InboxError, clean_addresses, subject_of


@transaction.atomic
def start_conversation(
    *,
    channel: Channel,
    customer_id: int,
    subject: str,
    text: str,
    actor: Actor,
    at: datetime,
    to: str = "",
    cc: tuple[str, ...] = (),
    attachments: tuple[IncomingFile, ...] = (),
    staff_seconds: int = 0,
) -> Message:
    """Writes to a customer first; it is theirs who wrote, and waits for the customer.

    Raises:
        NotFoundError: there is no such customer.
        InboxError: it says nothing, or a mail has no address to go to.
    """
    customer = get_customer(customer_id)
    addresses = clean_addresses([to]) or _addresses(customer)
    if channel.kind == Channel.Kind.MAIL and not addresses:
        raise InboxError(f"{customer.name} has no e-mail address. Add one, or give it here.")
    conversation = open_conversation(
        channel=channel,
        subject=subject_of(subject, text),
        customer=customer,
        at=at,
        opened_at=at,
    )
    Participant.objects.create(
        conversation=conversation,
        customer=customer,
        address=addresses[0] if addresses else "",
        name=customer.name,
    )
    note_event(conversation, "opened", "Begun by us.", actor=actor, at=at)
    if actor.user_id is not None:
        assign(conversation_id=conversation.pk, user_id=actor.user_id, actor=actor, at=at)
    return reply(
        conversation_id=conversation.pk,
        actor=actor,
        text=text,
        at=at,
        cc=cc,
        attachments=attachments,
        staff_seconds=staff_seconds,
    )


def _addresses(customer: Customer) -> list[str]:
    rows = Identity.objects.filter(customer=customer, kind=EMAIL)
    return list(rows.order_by("pk").values_list("value", flat=True)[:1])


@transaction.atomic
def log_contact(
    *,
    channel: Channel,
    text: str,
    staff_seconds: int,
    actor: Actor,
    at: datetime,
    customer_id: int | None = None,
    conversation_id: int | None = None,
    is_solved: bool = False,
    attachments: tuple[IncomingFile, ...] = (),
) -> Conversation:
    """Writes down a call or a visit: who it was, what was said, how long it took.

    It is answered as it is written down; with `is_solved` the matter is closed, else it is open
    and belongs to who wrote it down.

    Raises:
        NotFoundError: there is no such customer or conversation.
        InboxError: it says nothing, or the time cannot be.
    """
    if not text.strip():
        raise InboxError("Write in a sentence what it was about.")
    if customer_id is None and conversation_id is None:
        raise NotFoundError("Choose the customer who called or came.")
    received = receive(
        channel=channel,
        incoming=Incoming(
            text=text,
            happened_at=at,
            source=channel.kind,
            source_id=str(uuid7(at)),
            customer_id=customer_id,
            conversation_id=conversation_id,
            staff_seconds=staff_seconds,
            attachments=attachments,
            is_verified=True,
        ),
        at=at,
        actor=actor,
    )
    conversation = received.conversation
    conversation.first_responded_at = conversation.first_responded_at or at
    conversation.waiting_since = None
    save(conversation, at=at)
    if actor.user_id is not None and conversation.assignee_id is None:
        assign(conversation_id=conversation.pk, user_id=actor.user_id, actor=actor, at=at)
    if is_solved:
        close(conversation_id=conversation.pk, actor=actor, at=at)
    audit(conversation, "contact_logged", actor=actor, at=at)
    conversation.refresh_from_db()
    return conversation


def ensure_talk_channels(*, at: datetime) -> None:
    """Makes the telephone and the counter where there are none, so that calls can be logged."""
    if Channel.objects.filter(kind__in=(Channel.Kind.PHONE, Channel.Kind.VISIT)).exists():
        return
    for key, name, kind in (("phone", "Phone", "phone"), ("counter", "Counter", "visit")):
        defaults = {"name": name, "kind": kind, "touchpoint_key": key, "created_at": at}
        Channel.objects.get_or_create(key=key, defaults=defaults)
