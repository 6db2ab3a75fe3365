"""What the pages of mail show: mailboxes, quarantine, mails in doubt, and HTML as it is shown."""

from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.urls import reverse

from amity.base.results import NotFoundError
from amity.kernel.messaging.models import OutboxMessage
from amity.run.inbox.models import Channel, Message, QuarantinedMail
from amity.run.inbox.rules.files import PICTURES
from amity.run.inbox.rules.mail.markup import has_remote_pictures, remote_pictures, shown

OUTBOX_KEY = "inbox:message:"


def mailboxes() -> QuerySet[Channel]:
    """All mailboxes, those in use first."""
    return Channel.objects.filter(kind=Channel.Kind.MAIL).order_by("-is_active", "name", "pk")


def mailbox(channel_id: int) -> Channel:
    """One mailbox.

    Raises:
        NotFoundError: there is none.
    """
    found = mailboxes().filter(pk=channel_id).first()
    if found is None:
        raise NotFoundError("There is no such mailbox.")
    return found


def quarantined() -> QuerySet[QuarantinedMail]:
    """The mails that wait in quarantine, without their bytes."""
    return QuarantinedMail.objects.filter(released_at=None).defer("raw")


def quarantined_mail(mail_id: int) -> QuarantinedMail:
    """One of them, with its bytes.

    Raises:
        NotFoundError: it is not there (any more).
    """
    found = QuarantinedMail.objects.filter(pk=mail_id, released_at=None).first()
    if found is None:
        raise NotFoundError("This mail is not in quarantine (any more).")
    return found


def troubled() -> QuerySet[OutboxMessage]:
    """Mails of the inbox that may have arrived, and those that did not leave."""
    open_states = Q(status=OutboxMessage.Status.IN_DOUBT) | Q(status=OutboxMessage.Status.FAILED)
    return OutboxMessage.objects.filter(open_states, key__startswith=OUTBOX_KEY)


@dataclass(frozen=True, slots=True)
class MailCounts:
    """How many wait for a person."""

    quarantined: int
    in_doubt: int


def mail_counts() -> MailCounts:
    """Two statements."""
    return MailCounts(quarantined=quarantined().count(), in_doubt=troubled().count())


def conversation_numbers(mails: list[OutboxMessage]) -> dict[str, int]:
    """The number of the conversation of each mail, by the mail's key."""
    rows = Message.objects.filter(outbox_key__in=[mail.key for mail in mails])
    return dict(rows.values_list("outbox_key", "conversation__number"))


def html_of(message: Message, *, with_pictures: bool = False) -> str:
    """The HTML of a message as it is put on a page: inline pictures from our files, remote ones
    only where somebody asked for them, and then through us."""
    inline = {
        row.content_id: f"{reverse('inbox:file', args=[row.pk])}?shown=1"
        for row in message.attachments.all()
        if row.content_id and row.content_type in PICTURES
    }
    remote = {}
    if with_pictures:
        remote = {
            address: reverse("inbox:picture", args=[message.pk, number])
            for number, address in enumerate(remote_pictures(message.html))
        }
    return shown(message.html, inline=inline, remote=remote)


def hides_pictures(message: Message) -> bool:
    """Whether pictures of elsewhere are left out of it."""
    return bool(message.html) and has_remote_pictures(message.html)


def picture_address(message_id: int, number: int) -> str:
    """Where the picture of that number in a message lies.

    Raises:
        NotFoundError: there is none.
    """
    found = Message.objects.filter(pk=message_id).values_list("html", flat=True).first()
    addresses = remote_pictures(found or "")
    if not 0 <= number < len(addresses):
        raise NotFoundError("There is no such picture.")
    return addresses[number]
