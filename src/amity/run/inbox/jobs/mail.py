"""Mail: what the outbox did to our mails, and what lies in the mailboxes."""

from datetime import datetime

from amity.kernel.jobs.context import JobContext
from amity.kernel.jobs.operations import enqueue
from amity.run.inbox.models import Channel
from amity.run.inbox.operations.letters.sending import follow_mails
from amity.run.inbox.operations.mail.fetching import fetch_mailbox
from amity.run.inbox.rules.mail.boxes import mailbox_of


def follow(context: JobContext) -> dict[str, object]:
    """Notes at our messages which mails have left, failed or may have arrived."""
    return {"changed": follow_mails()}


def fetch_all(context: JobContext) -> dict[str, object]:
    """Asks for each mailbox that is fetched from; one that is slow holds up none of the others."""
    rows = Channel.objects.filter(kind=Channel.Kind.MAIL, is_active=True).order_by("pk")
    fetched = [channel for channel in rows if mailbox_of(channel.settings).is_fetched]
    for channel in fetched:
        _ask(channel, at=context.now())
    return {"mailboxes": len(fetched)}


def fetch(context: JobContext) -> dict[str, object]:
    """Takes in what is new in one mailbox."""
    channel = Channel.objects.filter(pk=context.payload["channel"], is_active=True).first()
    if channel is None:
        return {"gone": True}
    done = fetch_mailbox(channel, clock=context.now, progress=context.progress)
    if done["is_full"]:
        _ask(channel, at=context.now())
    return done


def _ask(channel: Channel, *, at: datetime) -> None:
    enqueue(
        "inbox.fetch_mail",
        {"channel": channel.pk},
        at=at,
        unique_key=f"inbox.fetch_mail:{channel.pk}",
        again=True,
    )
