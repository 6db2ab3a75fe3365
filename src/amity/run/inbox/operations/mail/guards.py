"""What keeps the inbox from being flooded, fooled, or answering itself for ever."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import QuerySet

from amity.run.inbox.models import Channel, MailIntake, Message
from amity.run.inbox.rules.mail import ParsedMail

AUTOMATIC_AN_HOUR = 5  # mails of machines from one address that are let in
GROUPED_FROM = 20  # mails of one address within the window go into one conversation
FLOOD_FROM = 200  # and from here on into quarantine
SAME_FROM = 50  # mails of anybody that say the same
WINDOW = timedelta(minutes=10)
HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Verdict:
    """`refused` says why it goes to quarantine; `into` is where a flood is gathered."""

    refused: str = ""
    into: int | None = None


def judge(
    mail: ParsedMail,
    *,
    channel: Channel,
    own: frozenset[str],
    said_key: str,
    is_threaded: bool,
    at: datetime,
) -> Verdict:
    """Whether a mail may come in. At most four statements."""
    recent = _recent(mail.sender.email, at)
    refused = _loop(mail, own, at) or _flood(recent, said_key, at, is_threaded=is_threaded)
    if refused or is_threaded:
        return Verdict(refused=refused)
    is_grouped = recent >= GROUPED_FROM
    return Verdict(into=_latest(mail.sender.email, channel) if is_grouped else None)


def _loop(mail: ParsedMail, own: frozenset[str], at: datetime) -> str:
    sender = mail.sender.email
    if sender in own:
        return "It says to come from our own address."
    marks = {value.decode("latin-1").strip().lower() for value in mail.headers.all("x-loop")}
    if marks & own:
        return "It has passed here before: two machines answer one another."
    if not mail.marks.is_silent:
        return ""
    machines = MailIntake.objects.filter(sender=sender, is_automatic=True, at__gt=at - HOUR)
    let_in = machines.exclude(outcome=MailIntake.Outcome.QUARANTINED)
    if _count(let_in, AUTOMATIC_AN_HOUR) >= AUTOMATIC_AN_HOUR:
        return f"More than {AUTOMATIC_AN_HOUR} mails of a machine in an hour from this sender."
    return ""


def _flood(recent: int, said_key: str, at: datetime, *, is_threaded: bool) -> str:
    if recent >= FLOOD_FROM:
        return f"A flood: more than {FLOOD_FROM} mails of this sender in ten minutes."
    same = MailIntake.objects.filter(subject_key=said_key, at__gt=at - WINDOW)
    if not is_threaded and _count(same, SAME_FROM) >= SAME_FROM:
        return f"A flood: more than {SAME_FROM} mails in ten minutes say the same."
    return ""


def _recent(sender: str, at: datetime) -> int:
    """The mails of a sender within the window, as far as they are counted."""
    return _count(MailIntake.objects.filter(sender=sender, at__gt=at - WINDOW), FLOOD_FROM)


def _count(rows: QuerySet[MailIntake], most: int) -> int:
    """How many there are, up to `most`."""
    return len(rows.values_list("pk", flat=True)[:most])


def _latest(sender: str, channel: Channel) -> int | None:
    rows = Message.objects.filter(
        author_address=sender, channel=channel, kind=Message.Kind.INCOMING
    ).order_by("-pk")
    return rows.values_list("conversation_id", flat=True).first()
