"""The one outbox: a mail leaves once, and where that is not known, it is said.

waiting -> sending -> sent. A worker that dies in between leaves `sending` behind; the next one
makes it `in doubt`, since the server may have taken the mail, and a person decides.
"""

import smtplib
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Literal

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.core.mail.backends.base import BaseEmailBackend
from django.db import IntegrityError, transaction
from django.db.models import Count

from amity.base.ids import uuid7
from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.jobs.context import JobContext
from amity.kernel.jobs.operations import enqueue
from amity.kernel.messaging.models import OutboxFile, OutboxMessage
from amity.kernel.messaging.oauth import TokenError
from amity.kernel.messaging.rules import (
    MAX_ATTEMPTS,
    MailError,
    clean_content_type,
    clean_file_name,
    clean_headers,
    clean_recipients,
    clean_sender,
    clean_subject,
    retry_delay,
)

ON_ONE_CONNECTION = 50  # mails; OpenSMTPD takes a hundred, others fewer
LEASE = timedelta(minutes=5)  # longer than any SMTP dialogue within EMAIL_TIMEOUT
Status = OutboxMessage.Status
Outcome = Literal["sent", "refused", "rejected", "unknown"]


@dataclass(frozen=True, slots=True)
class OutgoingFile:
    """A file that goes with a mail."""

    name: str
    content_type: str
    data: bytes


@transaction.atomic
def enqueue_mail(
    *,
    key: str,
    to: str | Sequence[str],
    subject: str,
    text: str,
    at: datetime,
    html: str = "",
    headers: Mapping[str, str] | None = None,
    is_transactional: bool = True,
    customer_id: int | None = None,
    send_after: datetime | None = None,
    cc: Sequence[str] = (),
    sender: tuple[str, str] | None = None,
    files: Sequence[OutgoingFile] = (),
) -> tuple[OutboxMessage, bool]:
    """Puts a mail into the outbox, in the transaction of what it tells.

    `key` names the occasion: the same occasion is mailed once, whoever asks. `to` and `cc` are the
    people of one mail, who see one another. `sender` is a name and an address of ours; without it
    the mail is from the company's own.

    Returns:
        The message, and whether it is new.

    Raises:
        MailError: the recipient, the subject or a header cannot be sent.
    """
    number = uuid7(at)
    recipients = clean_recipients([to] if isinstance(to, str) else to)
    if not recipients:
        raise MailError("A mail needs somebody to go to.")
    message = OutboxMessage(
        key=clean_text(key, field="key", max_length=200),
        to=recipients[0],
        more_to=recipients[1:],
        cc=[address for address in clean_recipients(cc) if address not in recipients],
        sender=clean_sender(*sender) if sender else "",
        subject=clean_subject(subject),
        text=clean_text(text, field="text", max_length=500_000),
        html=html,
        headers=clean_headers(dict(headers or {})),
        message_id=f"<{number}@{_domain(sender)}>",
        is_transactional=is_transactional,
        customer_id=customer_id,
        send_after=send_after or at,
        created_at=at,
    )
    existing = OutboxMessage.objects.filter(key=message.key).first()
    if existing is not None:
        return existing, False
    try:
        with transaction.atomic():
            message.save(force_insert=True)
            OutboxFile.objects.bulk_create(
                OutboxFile(
                    message=message,
                    name=clean_file_name(one.name),
                    content_type=clean_content_type(one.content_type),
                    content=one.data,
                )
                for one in files
            )
    except IntegrityError:
        return OutboxMessage.objects.get(key=message.key), False
    if message.send_after <= at:
        enqueue("messaging.send", {}, at=at, unique_key="messaging.send", again=True)
    return message, True


def _domain(sender: tuple[str, str] | None) -> str:
    address = sender[1] if sender else str(settings.DEFAULT_FROM_EMAIL)
    return address.rpartition("@")[2].strip(" >") or "localhost"


def send(context: JobContext) -> dict[str, object]:
    """Job: sends what is due. Nothing leaves while the company is quiet or has no mail server."""
    doubted = doubt_abandoned(at=context.now())
    if company().is_quiet:
        return {"quiet": True, "in_doubt": doubted}
    if settings.EMAIL_BACKEND.endswith("smtp.EmailBackend") and not settings.EMAIL_HOST:
        return {"no_mail_server": True, "in_doubt": doubted}
    counts = {"sent": 0, "refused": 0, "rejected": 0, "unknown": 0}
    worker = f"{socket.gethostname()}:{context.job_id}:{context.attempt}"
    connection = get_connection()
    try:
        while (message := _claim(worker=worker, at=context.now())) is not None:
            outcome, reason = _deliver(connection, message)
            _settle(message, outcome, reason, at=context.now())
            counts[outcome] += 1
            handed = sum(counts.values())
            context.progress(handed, message=f"{counts['sent']} sent")
            if outcome == "refused" or handed % ON_ONE_CONNECTION == 0:
                connection.close()  # servers take only so many on one, then refuse for a while
            if outcome == "refused" and counts["sent"] == 0:
                break  # the server is not there; the next run tries again
    finally:
        connection.close()
    return {**counts, "in_doubt": doubted}


def doubt_abandoned(*, at: datetime) -> int:
    """Marks what a dead worker left in `sending` as in doubt; how many these were."""
    return OutboxMessage.objects.filter(status=Status.SENDING, lease_until__lt=at).update(
        status=Status.IN_DOUBT,
        error="The sender stopped while this was leaving; it may have arrived.",
    )


def _claim(*, worker: str, at: datetime) -> OutboxMessage | None:
    """The next mail that is due, as ours: the update counts a row for one worker alone."""
    due = OutboxMessage.objects.filter(status=Status.WAITING, send_after__lte=at)
    for message in due.order_by("send_after", "pk")[:10]:
        won = OutboxMessage.objects.filter(pk=message.pk, status=Status.WAITING).update(
            status=Status.SENDING,
            worker=worker,
            lease_until=at + LEASE,
            attempts=message.attempts + 1,
        )
        if won:
            message.refresh_from_db()
            return message
    return None


def _deliver(connection: BaseEmailBackend, message: OutboxMessage) -> tuple[Outcome, str]:
    """Hands the mail to the server; `unknown` where it may have taken it."""
    if (closed := _open(connection)) is not None:
        return "refused", closed
    try:
        refused = _hand_over(connection, _as_mail(connection, message))
    except smtplib.SMTPRecipientsRefused as error:
        codes = [code for code, _text in error.recipients.values()]
        return _by_code(max(codes, default=550), str(error))
    except smtplib.SMTPResponseException as error:  # sender refused, or an answer to the data
        return _by_code(error.smtp_code, str(error))
    except (OSError, smtplib.SMTPException) as error:
        connection.close()
        return "unknown", f"The connection broke while it was leaving: {error}"
    return "sent", refused


def _open(connection: BaseEmailBackend) -> str | None:
    """Opens the connection; why it does not open, where it does not."""
    try:
        connection.open()
    except TokenError as error:
        return str(error)
    except smtplib.SMTPAuthenticationError as error:
        return f"The mail server does not let {settings.EMAIL_HOST_USER} in: {error}"
    except (OSError, smtplib.SMTPException) as error:
        return f"The mail server does not answer: {error}"
    return None


def _hand_over(connection: BaseEmailBackend, mail: EmailMultiAlternatives) -> str:
    """Gives the mail to the server; says whom of several recipients the server did not take.

    Django's own way drops that answer.
    """
    client = getattr(connection, "connection", None)
    if not isinstance(client, smtplib.SMTP):
        mail.send()
        return ""
    sender = parseaddr(mail.from_email)[1]
    written = mail.message().as_bytes(linesep="\r\n")  # type: ignore[call-arg]  # Django's own take it
    refused = client.sendmail(sender, mail.recipients(), written)
    return "; ".join(
        f"{address} was refused: {code} {text.decode('utf-8', 'replace')}"
        for address, (code, text) in refused.items()
    )


def _as_mail(connection: BaseEmailBackend, message: OutboxMessage) -> EmailMultiAlternatives:
    mail = EmailMultiAlternatives(
        subject=message.subject,
        body=message.text,
        from_email=message.sender or None,
        to=[message.to, *message.more_to],
        cc=message.cc,
        headers={**message.headers, "Message-ID": message.message_id},
        connection=connection,
    )
    if message.html:
        mail.attach_alternative(message.html, "text/html")
    for file in message.files.order_by("pk"):
        mail.attach(file.name, bytes(file.content), file.content_type)
    return mail


def _by_code(code: int, reason: str) -> tuple[Outcome, str]:
    return ("refused" if 400 <= code < 500 else "rejected"), reason


def _settle(message: OutboxMessage, outcome: Outcome, reason: str, *, at: datetime) -> None:
    held = OutboxMessage.objects.filter(
        pk=message.pk, status=Status.SENDING, worker=message.worker, attempts=message.attempts
    )
    if outcome == "sent":
        held.update(status=Status.SENT, sent_at=at, lease_until=None, error=reason)
        OutboxFile.objects.filter(message_id=message.pk, message__status=Status.SENT).delete()
    elif outcome == "unknown":
        held.update(status=Status.IN_DOUBT, lease_until=None, error=reason)
    elif outcome == "rejected" or message.attempts >= MAX_ATTEMPTS:
        held.update(status=Status.FAILED, lease_until=None, error=reason)
    else:
        held.update(
            status=Status.WAITING,
            send_after=at + retry_delay(message.attempts),
            lease_until=None,
            error=reason,
        )


@transaction.atomic
def resolve_doubt(message_id: int, *, resend: bool, actor: Actor, at: datetime) -> OutboxMessage:
    """Decides a mail in doubt: sends it again under the same Message-ID, or lets it be.

    Raises:
        NotFoundError: there is no such mail.
        ConflictError: it is not in doubt (any more).
    """
    message = OutboxMessage.objects.select_for_update().filter(pk=message_id).first()
    if message is None:
        raise NotFoundError(f"There is no mail {message_id}.")
    if message.status != Status.IN_DOUBT:
        raise ConflictError(f"This mail is not in doubt: {message.get_status_display()}.")
    message.status = Status.WAITING if resend else Status.SENT
    message.send_after = at
    message.save(update_fields=["status", "send_after"])
    if resend:
        enqueue("messaging.send", {}, at=at, unique_key="messaging.send", again=True)
    record_audit(
        actor=actor,
        action="mail.resent" if resend else "mail.let_be",
        object_type="mail",
        object_id=message_id,
        at=at,
        summary=message.subject,
    )
    return message


@dataclass(frozen=True, slots=True)
class OutboxCounts:
    """How many mails are in each state, for the health page."""

    waiting: int
    sending: int
    in_doubt: int
    failed: int
    sent: int


def outbox_counts() -> OutboxCounts:
    """One statement."""
    rows = dict(OutboxMessage.objects.values_list("status").annotate(Count("pk")))
    return OutboxCounts(
        waiting=rows.get(Status.WAITING, 0),
        sending=rows.get(Status.SENDING, 0),
        in_doubt=rows.get(Status.IN_DOUBT, 0),
        failed=rows.get(Status.FAILED, 0),
        sent=rows.get(Status.SENT, 0),
    )
