"""How a message leaves: each kind of channel has its own way."""

from collections.abc import Callable
from datetime import datetime, timedelta

from django.db import transaction

from amity.base.results import AmityError
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.operations import enqueue
from amity.run.inbox.models import Channel, Message
from amity.run.inbox.operations.change import cost_of, log
from amity.run.inbox.operations.chat_mail import deliver_chat
from amity.run.inbox.operations.letters.sending import deliver_mail

Delivery = Message.Delivery
Sender = Callable[[Message, datetime], None]

# A sender hands the message on in the transaction it is called in, and sets `delivery`.
SENDERS: dict[str, Sender] = {
    Channel.Kind.MAIL.value: deliver_mail,
    Channel.Kind.CHAT.value: deliver_chat,
}
AT_ONCE = frozenset({Channel.Kind.CHAT.value})  # who waits at the other end waits for each second


def leaves(channel: Channel) -> bool:
    """Whether messages of this channel are carried to the customer by us."""
    return channel.kind in SENDERS


def hold(message: Message, *, seconds: int, at: datetime) -> None:
    """Keeps a message back for so long, in which it can be taken back; then it leaves."""
    message.send_after = at + timedelta(seconds=seconds)
    message.delivery = Delivery.HELD
    message.save(update_fields=["send_after", "delivery"])
    enqueue("inbox.release_held", {}, at=at, run_at=message.send_after)


def release(message_id: int, *, at: datetime) -> bool:
    """Sends a message whose time has come; False where it was taken back or sent already."""
    with transaction.atomic():
        rows = Message.objects.select_for_update(of=("self",))
        message = (
            rows.select_related("conversation__channel", "channel")
            .filter(pk=message_id, delivery=Delivery.HELD, send_after__lte=at)
            .first()
        )
        if message is None:
            return False
        deliver(message, at=at)
        log_reply(message, at=at)
        return True


def deliver(message: Message, *, at: datetime) -> None:
    """Hands a message to the sender of its channel; what cannot be sent says why."""
    message.delivery = Delivery.QUEUED
    message.send_after = None  # it cannot be taken back any more
    sender = SENDERS.get(message.channel.kind)
    try:
        if sender is None:
            message.delivery = Delivery.NONE
        else:
            with transaction.atomic():
                sender(message, at)
    except AmityError as error:
        message.delivery = Delivery.FAILED
        message.delivery_error = str(error)[:500]
    message.save()


def log_reply(message: Message, *, at: datetime) -> None:
    """Writes the reply into the log, once."""
    log(
        message.conversation,
        "replied",
        f"message:{message.pk}",
        happened_at=message.at,
        at=at,
        direction=Interaction.Direction.OUTBOUND,
        doer=Interaction.Actor.AUTOMATIC if message.is_automatic else Interaction.Actor.HUMAN,
        staff_seconds=message.staff_seconds,
        cost_minor=cost_of(message.staff_seconds, message.user_id),
        customer_id=message.customer_id,
        properties={"message": message.pk, "user": message.user_id},
    )


def due(at: datetime) -> list[int]:
    """The messages whose time to leave has come, oldest first."""
    rows = Message.objects.filter(delivery=Delivery.HELD, send_after__lte=at)
    return list(rows.order_by("send_after", "pk").values_list("pk", flat=True)[:1000])
