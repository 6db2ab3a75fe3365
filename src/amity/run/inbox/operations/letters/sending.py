"""Answers leave as mails, through the one outbox of the house."""

from datetime import datetime

from amity.kernel.jobs.operations import enqueue
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import OutgoingFile, enqueue_mail
from amity.run.inbox.models import Channel, Message
from amity.run.inbox.operations.letters.keys import (
    is_own,
    mail_channels,
    own_addresses,
    reply_address,
)
from amity.run.inbox.rules.mail.boxes import mailbox_of
from amity.run.inbox.rules.mail.letters import letter_html, letter_text, reply_subject, said_by
from amity.run.inbox.rules.working import InboxError

Delivery = Message.Delivery
CHAIN = 10  # references that a mail of ours carries
MOST_REFERENCES = 1900  # characters of them
MOST_BYTES = 25 * 1024 * 1024  # of the files of one mail; few servers take more
OF_OUTBOX = {
    OutboxMessage.Status.SENT: Delivery.SENT,
    OutboxMessage.Status.FAILED: Delivery.FAILED,
    OutboxMessage.Status.SUPPRESSED: Delivery.FAILED,
    OutboxMessage.Status.IN_DOUBT: Delivery.IN_DOUBT,
}


def deliver_mail(message: Message, at: datetime) -> None:
    """Puts an answer into the outbox, in the transaction of the caller, who saves the message.

    Raises:
        InboxError: it is a note among colleagues, the mailbox has no address, nobody is there to
            write to, or the files are too large.
        MailError: an address or the subject cannot be sent.
    """
    conversation, channel = message.conversation, message.channel
    if message.kind != Message.Kind.REPLY:
        raise InboxError("Only answers to the customer leave the house.")
    if not channel.address:
        raise InboxError(f"{channel.name} has no address. Give it one in the settings.")
    own = own_addresses(mail_channels()) | {channel.address.lower()}
    to = [one for one in message.headers.get("to", []) if not is_own(one, own)]
    if not to:
        raise InboxError("Nobody in this conversation has an e-mail address to write to.")
    asked = _answered(message)
    quoted = asked.text if asked and not message.is_automatic else ""
    head = said_by(asked.author_name, asked.at) if asked else ""
    signature = "" if message.is_automatic else channel.signature
    mail, _new = enqueue_mail(
        key=f"inbox:message:{message.pk}",
        to=to,
        cc=[one for one in message.headers.get("cc", []) if not is_own(one, own)],
        sender=(mailbox_of(channel.settings).from_name or channel.name, channel.address),
        subject=_subject(message),
        text=letter_text(message.text, signature=signature, head=head, quoted=quoted),
        html=letter_html(
            message.text, html=message.html, signature=signature, head=head, quoted=quoted
        ),
        headers=_headers(message, channel, asked),
        customer_id=conversation.customer_id,
        files=_files(message),
        at=at,
    )
    message.outbox_key = mail.key
    message.internet_message_id = mail.message_id.strip("<>")
    message.delivery = Delivery.QUEUED
    enqueue("inbox.follow_mails", {}, at=at, unique_key="inbox.follow_mails", again=True)


def _subject(message: Message) -> str:
    conversation = message.conversation
    if message.is_automatic:  # what a stranger wrote is not carried to whom they name
        return f"We have your message [#{conversation.number}]"
    return reply_subject(conversation.subject, conversation.number)


def _answered(message: Message) -> Message | None:
    rows = message.conversation.messages.filter(kind=Message.Kind.INCOMING, pk__lt=message.pk)
    return rows.order_by("-pk").first()


def _headers(message: Message, channel: Channel, asked: Message | None) -> dict[str, str]:
    headers = {"X-Loop": channel.address.lower()}
    if mailbox_of(channel.settings).has_plus_addresses:
        headers["Reply-To"] = reply_address(channel, message.conversation_id)
    if message.is_automatic:
        headers |= {"Auto-Submitted": "auto-replied", "X-Auto-Response-Suppress": "All"}
    if asked is not None and asked.internet_message_id:
        earlier = [*asked.headers.get("references", []), asked.internet_message_id][-CHAIN:]
        headers["In-Reply-To"] = f"<{asked.internet_message_id}>"
        while len(" ".join(earlier)) > MOST_REFERENCES:
            earlier = earlier[1:]
        headers["References"] = " ".join(f"<{number}>" for number in earlier)
    return headers


def _files(message: Message) -> list[OutgoingFile]:
    rows = list(message.attachments.select_related("file").order_by("pk"))
    if sum(row.file.size for row in rows) > MOST_BYTES:
        raise InboxError("The files of a mail have at most 25 MB together. Send a link instead.")
    return [OutgoingFile(row.name, row.content_type, bytes(row.file.content)) for row in rows]


def follow_mails() -> int:
    """Brings what the outbox knows of our mails to their messages; how many changed."""
    waiting = Message.objects.filter(
        delivery__in=[Delivery.QUEUED, Delivery.IN_DOUBT, Delivery.FAILED]
    ).exclude(outbox_key="")
    changed = 0
    rows = list(waiting.order_by("-pk")[:2000])
    known = {
        mail.key: mail
        for mail in OutboxMessage.objects.filter(key__in=[row.outbox_key for row in rows]).only(
            "key", "status", "error"
        )
    }
    for message in rows:
        mail = known.get(message.outbox_key)
        if mail is None:
            continue
        delivery = OF_OUTBOX.get(OutboxMessage.Status(mail.status), Delivery.QUEUED)
        if (message.delivery, message.delivery_error) != (delivery, mail.error[:500]):
            # A bounce that came meanwhile stands.
            changed += Message.objects.filter(pk=message.pk, delivery=message.delivery).update(
                delivery=delivery, delivery_error=mail.error[:500]
            )
    return changed
