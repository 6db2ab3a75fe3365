"""What a visitor has not seen goes by mail: our own words, and never what a stranger wrote."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from amity.kernel.access.operations import company
from amity.kernel.jobs.operations import enqueue
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import enqueue_mail
from amity.run.inbox.models import Channel, ChatSession, Conversation, Message
from amity.run.inbox.operations.letters.keys import reply_address
from amity.run.inbox.queries.chat import chat_channel_of, visible_messages
from amity.run.inbox.rules.chat_letters import letter_of, said_in
from amity.run.inbox.rules.mail.boxes import mailbox_of
from amity.run.inbox.rules.working import InboxError

UNSEEN_FOR = timedelta(minutes=2)  # then an answer goes by mail
MAILS_AN_HOUR = 3  # to an address that nobody has proven
PREFIX = "inbox:chat:"


def deliver_chat(message: Message, at: datetime) -> None:
    """An answer in a chat is there as soon as it is written; unseen, it goes by mail later."""
    message.delivery = Message.Delivery.SENT
    number = message.conversation_id
    enqueue("inbox.chat_unseen", {"conversation": number}, at=at, run_at=at + UNSEEN_FOR)


@transaction.atomic
def mail_unseen(conversation_id: int, *, at: datetime) -> int:
    """Mails what visitors of a conversation did not fetch, once; how many mails these were."""
    rows = ChatSession.objects.select_for_update(of=("self",)).exclude(email="")
    sessions = rows.filter(conversation=conversation_id).order_by("-seen_at", "-pk")
    return sum(_mail_unseen(session, at) for session in list(sessions[:1]))


def _mail_unseen(session: ChatSession, at: datetime) -> bool:
    known = max(session.seen_message_id, session.mailed_message_id)
    unseen = [
        one
        for one in visible_messages(session)
        if one.pk > known and one.kind == Message.Kind.REPLY
    ]
    if not unseen or session.conversation is None or is_mailed_enough(session, at):
        return False
    last = unseen[-1].pk
    text = letter_of([one.text for one in unseen], can_answer=_mailbox(session) is not None)
    _send(session, session.conversation, f"{PREFIX}{session.pk}:{last}", text, at)
    session.mailed_message_id = last
    session.save(update_fields=["mailed_message_id"])
    return True


def is_mailed_enough(session: ChatSession, at: datetime) -> bool:
    """Whether an address that nobody has proven got its mails of this hour already."""
    if session.is_verified:
        return False
    mailed = OutboxMessage.objects.filter(
        to=session.email, key__startswith=PREFIX, created_at__gt=at - timedelta(hours=1)
    )
    return mailed.count() >= MAILS_AN_HOUR


@transaction.atomic
def mail_transcript(session_id: int, *, at: datetime) -> None:
    """Mails what was said until now; what the visitor wrote only to a proven visitor.

    Raises:
        InboxError: nothing was said, there is no address, or it got enough mails.
    """
    session = ChatSession.objects.select_for_update(of=("self",)).get(pk=session_id)
    messages = visible_messages(session)
    shown = [one for one in messages if session.is_verified or one.kind == Message.Kind.REPLY]
    if session.conversation is None or not shown:
        raise InboxError(_("There is no answer yet that could be sent."))
    if not session.email:
        raise InboxError(_("Leave your e-mail address first."))
    if is_mailed_enough(session, at):
        raise InboxError(_("This address got enough mails for now. Try again in an hour."))
    lines = [(_speaker(one), one.at, one.text) for one in shown]
    key = f"{PREFIX}{session.pk}:transcript:{messages[-1].pk}"
    _send(session, session.conversation, key, said_in(lines), at)


def _speaker(message: Message) -> str:
    return company().name if message.kind == Message.Kind.REPLY else "You"


def _mailbox(session: ChatSession) -> Channel | None:
    rows = Channel.objects.filter(kind=Channel.Kind.MAIL, is_active=True).exclude(address="")
    return rows.order_by("pk").first()


def _send(
    session: ChatSession, conversation: Conversation, key: str, text: str, at: datetime
) -> None:
    mailbox = _mailbox(session)
    headers: dict[str, str] = {}
    sender = None
    if mailbox is not None:
        sender = (mailbox_of(mailbox.settings).from_name or mailbox.name, mailbox.address)
        headers = {"X-Loop": mailbox.address.lower()}
        if mailbox_of(mailbox.settings).has_plus_addresses:
            headers["Reply-To"] = reply_address(mailbox, conversation.pk)
    name = company().name or chat_channel_of(session).name
    enqueue_mail(
        key=key,
        to=session.email,
        subject=f"{name} has answered your chat [#{conversation.number}]",
        text=text,
        headers=headers,
        sender=sender,
        customer_id=session.customer_id,
        at=at,
    )
