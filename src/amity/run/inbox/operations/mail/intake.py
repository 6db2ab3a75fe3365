"""Mails come in: read, judged, put into their conversation, once."""

import hashlib
import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.db import IntegrityError, InterfaceError, OperationalError, connection, transaction

from amity.base.results import AmityError
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM
from amity.run.inbox.models import (
    Channel,
    Conversation,
    MailIntake,
    Message,
    Participant,
    QuarantinedMail,
)
from amity.run.inbox.operations.change import note_event, tell
from amity.run.inbox.operations.letters.keys import (
    content_key,
    is_own,
    mail_channels,
    named_conversation,
    own_addresses,
    subject_key,
)
from amity.run.inbox.operations.mail.acknowledging import acknowledge
from amity.run.inbox.operations.mail.guards import Verdict, judge
from amity.run.inbox.operations.mail.reports import take_report
from amity.run.inbox.operations.receiving import Received, received_before, take_in
from amity.run.inbox.queries.once import forget, once, reading_once
from amity.run.inbox.rules.incoming import Incoming, IncomingFile
from amity.run.inbox.rules.mail import HostileMailError, ParsedMail, read_mail
from amity.run.inbox.rules.mail.authentication import is_authentic
from amity.run.inbox.rules.mail.boxes import mailbox_of
from amity.run.inbox.rules.mail.letters import number_in
from amity.run.inbox.rules.mail.limits import MAIL_BYTES
from amity.run.inbox.rules.mail.peeking import peek
from amity.run.inbox.rules.mail.tokens import base_address

log = logging.getLogger(__name__)
SOURCE = "mail"
OLDEST = timedelta(days=7)  # a mail that says to be older is dated by its arrival
PATIENCE = "250ms"  # of several mails for a lock; then whoever holds it goes first
FAILED = "A mail could not be taken in: %s"
UNANSWERED = (OperationalError, InterfaceError)
Outcome = MailIntake.Outcome
Status = Literal["stored", "quarantined", "duplicate", "report"]


@dataclass(frozen=True, slots=True)
class Ingested:
    """What became of a mail; `reason` where it is in quarantine, `message` where it is stored."""

    status: Status
    reason: str = ""
    message: Message | None = None


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a mail belongs, and how that is known."""

    channel: Channel
    conversation_id: int | None
    is_proven: bool  # by a token that we gave


@dataclass(frozen=True, slots=True)
class _Letter:
    """A mail as it came, and as it was read; without `mail`, `refused` says why."""

    raw: bytes
    digest: str
    mail: ParsedMail | None = None
    refused: str = ""


@dataclass(frozen=True, slots=True)
class _Way:
    """How mails came."""

    at: datetime
    channel: Channel | None
    envelope_to: tuple[str, ...]
    is_released: bool


class _RefusedError(AmityError):
    """A mail that was read and is not let in."""


def ingest(
    raw: bytes,
    *,
    at: datetime,
    channel: Channel | None = None,
    envelope_to: tuple[str, ...] = (),
    is_released: bool = False,
) -> Ingested:
    """Takes a mail in, once, whatever it holds; when this returns, it is committed.

    `channel` is the mailbox that it was fetched from; else it is told by the addresses. A mail that
    cannot be read or is not to be let in goes to quarantine as it is. `is_released`: a person let
    it out of quarantine, so that it is judged no more.

    Raises:
        OperationalError: the database does not answer; the mail is not taken.
    """
    way = _Way(at, channel, envelope_to, is_released)
    return _ingest([raw], way)[0]


def ingest_many(raws: Sequence[bytes], *, at: datetime, channel: Channel) -> list[Ingested]:
    """Takes in mails of one mailbox as `ingest` does, in one transaction where that can be.

    What becomes of one changes nothing for the others. Where the database gives up on all of them
    (somebody else holds a lock), each is taken alone.

    Raises:
        OperationalError: the database does not answer; some may be taken, as they would be known.
    """
    way = _Way(at, channel, (), is_released=False)
    try:
        return _ingest(raws, way)
    except UNANSWERED:
        if len(raws) == 1:
            raise
        return [_ingest([raw], way)[0] for raw in raws]


def _ingest(raws: Sequence[bytes], way: _Way) -> list[Ingested]:
    digests = [hashlib.sha256(raw).hexdigest() for raw in raws]
    rows = MailIntake.objects.filter(digest__in=digests).select_related("message")
    known = {
        row.digest: Ingested("duplicate", message=row.message)
        for row in rows
        if not (way.is_released and row.outcome == Outcome.QUARANTINED)
    }
    pairs = zip(raws, digests, strict=True)
    letters = [_Letter(raw, it) if it in known else _read(raw, it) for raw, it in pairs]
    if len(known) == len(set(digests)):
        return [known[it] for it in digests]
    with _transaction(is_polite=len(raws) > 1):
        return [known.get(letter.digest) or _settle(letter, way) for letter in letters]


def _read(raw: bytes, digest: str) -> _Letter:
    try:
        return _Letter(raw, digest, mail=read_mail(raw))
    except HostileMailError as hostile:
        return _Letter(raw, digest, refused=str(hostile))
    except Exception as error:
        log.warning(FAILED, type(error).__name__, exc_info=True)
        return _Letter(raw, digest, refused=_reason(error))


@contextmanager
def _transaction(*, is_polite: bool) -> Iterator[None]:
    """One transaction that reads settings once.

    Several mails lock in no certain order: where somebody waits for what they hold, they give up
    before PostgreSQL calls it a deadlock (after a second) and fails somebody.
    """
    with transaction.atomic(), reading_once():
        if is_polite and connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{PATIENCE}'")
        yield


def _settle(letter: _Letter, way: _Way) -> Ingested:
    """What becomes of a mail, in a savepoint of its own."""
    if letter.mail is None:
        return set_aside(letter.raw, letter.refused, at=way.at)
    for is_last in (False, True):
        try:
            with transaction.atomic():
                return _take(letter.mail, way)
        except _RefusedError as refused:
            return set_aside(letter.raw, str(refused), at=way.at)
        except UNANSWERED:
            raise
        except Exception as error:
            forget()  # what was read may have been rolled back
            if isinstance(error, IntegrityError):
                if MailIntake.objects.filter(digest=letter.digest).exists():
                    return Ingested("duplicate")
                if not is_last:
                    continue  # another stored the same message or customer meanwhile
            log.warning(FAILED, type(error).__name__, exc_info=True)
            return set_aside(letter.raw, _reason(error), at=way.at)
    raise AssertionError("the last try returns")


def _reason(error: Exception) -> str:
    reason = str(error) if isinstance(error, AmityError) else type(error).__name__
    return f"It could not be taken in: {reason}"


def _take(mail: ParsedMail, way: _Way) -> Ingested:
    channels, at = once("mailboxes", mail_channels), way.at
    own = own_addresses(channels)
    place = _place(mail, way.channel, channels, own, way.envelope_to)
    intake = MailIntake(
        digest=mail.digest,
        content_key=content_key(mail),
        at=at,
        outcome=Outcome.STORED,
        channel=place.channel,
        sender=mail.sender.email[:320],
        subject_key=subject_key(mail),
        is_automatic=mail.marks.is_silent,
    )
    verdict = Verdict()
    if mail.report is None or mail.report.kind == "vacation":
        if not way.is_released:
            verdict = judge(
                mail,
                channel=place.channel,
                own=own,
                said_key=intake.subject_key,
                is_threaded=place.conversation_id is not None,
                at=at,
            )
        if verdict.refused:
            raise _RefusedError(verdict.refused)
    elif take_report(mail.report, at=at):
        intake.outcome = Outcome.REPORT
        _save(intake, is_released=way.is_released)
        return Ingested("report")
    elif not way.is_released:
        raise _RefusedError("It reports on a mail that is not ours.")
    into = place.conversation_id or verdict.into
    incoming = _incoming(mail, place, own=own, into=into, at=at)
    received = received_before(incoming) or take_in(channel=place.channel, incoming=incoming, at=at)
    _note(received, mail, place, is_grouped=verdict.into is not None, at=at)
    intake.message = received.message
    _save(intake, is_released=way.is_released)
    if received.is_new_message and not mail.marks.is_silent and mail.report is None:
        acknowledge(received, own=own, at=at)
    status: Status = "stored" if received.is_new_message else "duplicate"
    return Ingested(status, message=received.message)


def _save(intake: MailIntake, *, is_released: bool) -> None:
    if is_released:
        MailIntake.objects.filter(digest=intake.digest, outcome=Outcome.QUARANTINED).delete()
    intake.save(force_insert=True)


def _place(
    mail: ParsedMail,
    channel: Channel | None,
    channels: list[Channel],
    own: frozenset[str],
    envelope_to: tuple[str, ...],
) -> _Place:
    named = [*envelope_to, *(one.email for one in (*mail.delivered_to, *mail.to, *mail.cc))]
    found = channel or _addressed(named, channels) or (channels[0] if len(channels) == 1 else None)
    if found is None:
        raise _RefusedError("It is for no mailbox of ours.")
    by_token = named_conversation(named, own)
    if by_token is not None and Conversation.objects.filter(pk=by_token).exists():
        return _Place(found, by_token, is_proven=_takes_part(by_token, mail.sender.email))
    return _Place(found, _by_headers(mail), is_proven=False)


def _addressed(named: list[str], channels: list[Channel]) -> Channel | None:
    by_address = {channel.address.lower(): channel for channel in channels if channel.address}
    for address in named:
        channel = by_address.get(address.lower()) or by_address.get(base_address(address))
        if channel is not None:
            return channel
    return None


def _by_headers(mail: ParsedMail) -> int | None:
    """The conversation that the mail answers, if its sender takes part in it."""
    ids = [*mail.in_reply_to, *reversed(mail.references)][:50]
    if ids:
        rows = Message.objects.filter(internet_message_id__in=ids).order_by("-pk")
        for conversation_id in dict.fromkeys(rows.values_list("conversation_id", flat=True)[:50]):
            if _takes_part(conversation_id, mail.sender.email):
                return conversation_id
    number = number_in(mail.subject)
    if number is None:
        return None
    by_number = Conversation.objects.filter(number=number).values_list("pk", flat=True).first()
    if by_number is None or not _takes_part(by_number, mail.sender.email):
        return None
    return by_number


def _takes_part(conversation_id: int, address: str) -> bool:
    rows = Participant.objects.filter(conversation_id=conversation_id, address=address)
    return bool(address) and rows.exists()


def _incoming(
    mail: ParsedMail, place: _Place, *, own: frozenset[str], into: int | None, at: datetime
) -> Incoming:
    hosts = frozenset(mailbox_of(place.channel.settings).trusted_hosts)
    sent_at = mail.sent_at
    happened_at = sent_at if sent_at and at - OLDEST <= sent_at <= at else at
    return Incoming(
        text=mail.text or ("" if mail.html or mail.files else mail.subject),
        happened_at=happened_at,
        source=SOURCE,
        source_id=content_key(mail),
        sender_address=mail.sender.email,
        sender_name=mail.sender.name,
        subject=mail.subject,
        quoted=mail.quoted,
        html=mail.html,
        internet_message_id=mail.message_id,
        in_reply_to=mail.in_reply_to,
        references=mail.references,
        to=tuple(one.email for one in mail.to if not is_own(one.email, own)),
        cc=tuple(one.email for one in mail.cc if not is_own(one.email, own)),
        attachments=tuple(
            IncomingFile(file.name, file.content_type, file.data, file.content_id)
            for file in mail.files
        ),
        is_automatic=mail.marks.is_automatic,
        is_verified=place.is_proven
        or is_authentic(mail.headers, sender=mail.sender.email, hosts=hosts),
        conversation_id=into,
    )


def _note(
    received: Received, mail: ParsedMail, place: _Place, *, is_grouped: bool, at: datetime
) -> None:
    conversation, message = received.conversation, received.message
    if is_grouped and not conversation.events.filter(kind="grouped").exists():
        words = f"Many mails came from {mail.sender.email} at once; they are gathered here."
        note_event(conversation, "grouped", words, actor=SYSTEM, at=at)
        if conversation.assignee_id is not None:
            told = f"#{conversation.number}: {words}"
            tell(conversation, [conversation.assignee_id], "grouped", told, at=at)
    if message.is_verified or not received.is_new_message:
        return
    colleague = once("colleagues", _colleagues).get(mail.sender.email.lower())
    if colleague is not None:
        words = f"A mail says to come from {colleague}, a colleague, and nothing proves it."
        note_event(conversation, "unproven", words, actor=SYSTEM, at=at)


def _colleagues() -> dict[str, str]:
    """The names of the people of the company by their addresses."""
    people = User.objects.filter(is_active=True).only("email", "name")
    return {person.email.lower(): str(person) for person in people}


def set_aside(raw: bytes, reason: str, *, at: datetime) -> Ingested:
    """Keeps the mail as it came, in quarantine, for a person to look at; once."""
    digest = hashlib.sha256(raw).hexdigest()
    sender, subject = _said(raw)
    try:
        with transaction.atomic():
            _row, is_new = QuarantinedMail.objects.get_or_create(
                digest=digest,
                defaults={
                    "received_at": at,
                    "reason": reason[:300],
                    "sender": sender,
                    "subject": subject,
                    "raw": raw[:MAIL_BYTES],
                },
            )
            MailIntake.objects.get_or_create(
                digest=digest,
                defaults={
                    "content_key": digest,
                    "at": at,
                    "outcome": Outcome.QUARANTINED,
                    "sender": sender,
                },
            )
    except IntegrityError:  # another took the same mail meanwhile
        return Ingested("duplicate")
    return Ingested("quarantined" if is_new else "duplicate", reason=reason)


def _said(raw: bytes) -> tuple[str, str]:
    """Sender and subject as far as they can be read without reading the mail."""
    seen = peek(raw)
    return seen.sender[:320], seen.subject[:300]
