"""That we have a message, said by a machine: once an hour at most, and never to a machine."""

from datetime import datetime, timedelta

from amity.kernel.access.rules import SYSTEM
from amity.run.inbox.models import Message
from amity.run.inbox.operations.letters.keys import is_own
from amity.run.inbox.operations.receiving import Received
from amity.run.inbox.operations.replying import reply
from amity.run.inbox.rules.mail.boxes import mailbox_of

ONE_IN = timedelta(hours=1)


def acknowledge(received: Received, *, own: frozenset[str], at: datetime) -> Message | None:
    """Answers that a new matter has come, where the mailbox is set up so.

    It does not stop the clock of the promise, says nothing of what the stranger wrote, and goes to
    one address at most once an hour, so that nobody can make us flood another.
    """
    conversation, incoming = received.conversation, received.message
    mailbox = mailbox_of(conversation.channel.settings)
    address = incoming.author_address
    if not (received.is_new_conversation and mailbox.acknowledges and address):
        return None
    if is_own(address, own) or _acknowledged(address, since=at - ONE_IN):
        return None
    return reply(
        conversation_id=conversation.pk,
        actor=SYSTEM,
        text=mailbox.acknowledgment,
        at=at,
        is_automatic=True,
    )


def _acknowledged(address: str, *, since: datetime) -> bool:
    rows = Message.objects.filter(kind=Message.Kind.REPLY, is_automatic=True, at__gt=since)
    return rows.filter(conversation__participants__address=address).exists()
