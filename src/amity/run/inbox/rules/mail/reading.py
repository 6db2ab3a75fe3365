"""One mail, read: bytes in, values out. Whatever the bytes are, it ends within bounds."""

import hashlib
import html as entities
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_tz

from amity.run.inbox.rules.mail.addresses import Address, read_addresses
from amity.run.inbox.rules.mail.bounces import Report, read_report
from amity.run.inbox.rules.mail.errors import HostileMailError
from amity.run.inbox.rules.mail.limits import REFERENCES, SUBJECT_CHARACTERS, TEXT_CHARACTERS
from amity.run.inbox.rules.mail.marks import Marks, read_marks
from amity.run.inbox.rules.mail.markup import read_markup
from amity.run.inbox.rules.mail.mime import Headers, Part, read_parts
from amity.run.inbox.rules.mail.replies import cut_reply
from amity.run.inbox.rules.mail.words import decoded, plain, safe_file_name

MESSAGE_ID = re.compile(r"<([^<>\s]{1,250})>")
OWN_MARK = "amity"  # what this house writes into X-Loop of automatic mails


@dataclass(frozen=True, slots=True)
class MailFile:
    """A file of a mail; `content_id` where its HTML shows it inline."""

    name: str
    content_type: str
    content_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """A mail that was let in. Ids of messages are without their brackets."""

    digest: str  # sha256 of the raw mail
    message_id: str
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    sender: Address
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[Address, ...]
    subject: str
    sent_at: datetime | None
    text: str
    quoted: str
    html: str
    files: tuple[MailFile, ...]
    marks: Marks
    report: Report | None
    headers: Headers


@dataclass(frozen=True, slots=True)
class _Body:
    text: str
    html: str


def read_mail(raw: bytes) -> ParsedMail:
    """The mail in its pieces. At most a few seconds and about six times its size in memory.

    Raises:
        HostileMailError: it is too large, too deep or has no sender; the message says which.
    """
    root = read_parts(raw)
    headers = root.headers
    senders = read_addresses(headers.all("from")) or read_addresses(headers.all("sender"))
    if not senders:
        if not headers.rows:
            raise HostileMailError("It has no headers.")
        senders = read_addresses(headers.all("return-path"))
    sender = senders[0] if senders else Address("", "")
    marks = read_marks(headers, sender=sender.email, own_mark=OWN_MARK)
    report = read_report(root, marks, sender=sender.email)
    if not sender.email and report is None:
        raise HostileMailError("It does not say who sent it.")
    text, quoted, html = _body(root)
    return ParsedMail(
        digest=hashlib.sha256(raw).hexdigest(),
        message_id=(_ids(headers, "message-id") or ("",))[0],
        in_reply_to=_ids(headers, "in-reply-to"),
        references=_ids(headers, "references"),
        sender=sender,
        reply_to=read_addresses(headers.all("reply-to")),
        to=read_addresses(headers.all("to")),
        cc=read_addresses(headers.all("cc")),
        delivered_to=read_addresses(headers.all("delivered-to") + headers.all("x-original-to")),
        subject=headers.text("subject")[:SUBJECT_CHARACTERS],
        sent_at=_sent_at(headers.text("date")),
        text=text,
        quoted=quoted,
        html=html,
        files=_files(root),
        marks=marks,
        report=report,
        headers=headers,
    )


def _ids(headers: Headers, name: str) -> tuple[str, ...]:
    text = " ".join(decoded(value) for value in headers.all(name))[-60_000:]
    found = [plain(match) for match in MESSAGE_ID.findall(text)]
    return tuple(dict.fromkeys(found))[-REFERENCES:]


def _sent_at(text: str) -> datetime | None:
    try:
        read = parsedate_tz(text[:100])
        if read is None or not 1980 <= read[0] <= 2200:
            return None
        moment = datetime(*read[:6], tzinfo=UTC)
        return datetime.fromtimestamp(moment.timestamp() - (read[9] or 0), UTC)
    except (ValueError, TypeError, IndexError, OverflowError, OSError):
        return None


def _body(root: Part) -> tuple[str, str, str]:
    """The new text, the quoted text, and the new part as harmless HTML where there is any."""
    body = _of(root)
    if not body.html:
        reply = cut_reply(body.text)
        return reply.text, _with(reply.quoted, reply.signature), ""
    markup = read_markup(body.html)
    if body.text.strip():
        reply = cut_reply(body.text)
        return reply.text, _with(reply.quoted, reply.signature), markup.html
    reply = cut_reply(markup.text)
    quoted = "\n\n".join(part for part in (reply.quoted, markup.quoted) if part)
    return reply.text, _with(quoted, reply.signature), markup.html


def _with(quoted: str, signature: str) -> str:
    return "\n\n".join(part for part in (signature, quoted) if part)[:TEXT_CHARACTERS]


def _of(part: Part) -> _Body:
    """What is to be read in a part: the last HTML and the first text of alternatives, all else."""
    if not part.children:
        return _leaf(part)
    bodies = [_of(child) for child in part.children if not _is_file(child)]
    if part.content_type == "multipart/alternative":
        texts = [body.text for body in bodies if body.text.strip() and not body.html]
        marked = [body for body in bodies if body.html]
        text = texts[0] if texts else (marked[-1].text if marked else "")
        return _Body(text, marked[-1].html if marked else "")
    has_html = any(body.html for body in bodies)
    html = "".join(body.html or _as_html(body.text) for body in bodies) if has_html else ""
    has_text = any(body.text.strip() for body in bodies)
    only_text = not has_html or all(body.text.strip() for body in bodies if body.html)
    text = "\n\n".join(body.text for body in bodies if body.text) if has_text and only_text else ""
    return _Body(text[:TEXT_CHARACTERS], html[:TEXT_CHARACTERS])


def _as_html(text: str) -> str:
    return f"<div>{entities.escape(text).replace(chr(10), '<br>')}</div>" if text.strip() else ""


def _leaf(part: Part) -> _Body:
    if _is_file(part):
        return _Body("", "")
    if part.content_type == "text/html":
        return _Body("", part.text)
    return _Body(plain(part.text.replace("\r", "\n")), "")


def _is_file(part: Part) -> bool:
    if part.children:
        return False
    if part.disposition == "attachment":
        return True
    if part.content_type in {"text/plain", "text/html"}:
        return bool(part.file_name)
    return True


def _files(root: Part) -> tuple[MailFile, ...]:
    found: list[MailFile] = []
    for part in root.walk():
        if part.children or not _is_file(part) or not part.encoded:
            continue
        content_type = part.content_type[:100]
        found.append(
            MailFile(
                name=part.file_name or safe_file_name("", content_type),
                content_type=content_type,
                content_id=part.content_id,
                data=part.data,
            )
        )
    return tuple(found)
