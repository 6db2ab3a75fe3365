"""Mails about mails: what did not arrive and why, who complained, who is away.

Read from the report that RFC 3464 and RFC 5965 describe where there is one, else from the wording.
"""

import re
from dataclasses import dataclass, replace
from typing import Literal

from amity.run.inbox.rules.mail.marks import AWAY_SUBJECT, Marks
from amity.run.inbox.rules.mail.markup import text_of_markup
from amity.run.inbox.rules.mail.mime import Headers, Part, read_headers
from amity.run.inbox.rules.mail.reasons import is_hard, reason_of
from amity.run.inbox.rules.mail.words import decoded, header_text

Kind = Literal["bounce", "delayed", "delivered", "complaint", "vacation"]
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d.])")
REPLY = re.compile(
    r"(?<![\d.\[:/-])([245][0-5]\d)(?=[ \-:,]|$)(?![ ]?(?:bytes|kb|mb)\b)", re.IGNORECASE
)
EMAIL = r"[^\s<>()\[\]:;,\"'|=]{1,64}@[A-Za-z0-9.-]{1,253}[A-Za-z0-9]"
IN_BRACKETS = re.compile(rf"<({EMAIL})>")
ALONE = re.compile(rf"(?:^|[\s\"'(:=])({EMAIL})(?:[\s\"'):,.]|$)")
AT_BEGIN = re.compile(
    rf"^[\s>*-]*(?:(?:to|recipient|recipients?|failed recipient|original-recipient|rcpt to|"
    rf"final recipient|recipient address)\s*[:=]\s*)?<?({EMAIL})>?(?=[\s:,.(|\[]|$)",
    re.IGNORECASE,
)
FAILURE_SUBJECT = re.compile(
    r"undeliver|non[- ]?deliver|not delivered|delivery (?:status|failure|error|problem|report|"
    r"has failed|notification)|deliver(?:y|ing).{0,20}fail|failed delivery|failure notice|failure "
    r"delivery|mail (?:delivery|system) (?:fail|error|problem)|returned mail|returned to sender|"
    r"returning message|message (?:delivery|status|you sent blocked)|could not (?:be )?(?:send|"
    r"deliver)|mail failure|error (?:sending|mail)|warning: (?:message|could not)|unzustellbar|"
    r"échec|no entregad|mancato recapito|dsn|bounce|fail(?:ed|ure)? mail|delayed mail|"
    r"message not delivered|postmaster notify|denied|配信|rejected",
    re.IGNORECASE,
)
FAILURE_TEXT = re.compile(
    r"could not be (?:sent|delivered)|cannot be delivered|was not delivered|were not delivered|"
    r"undeliverable|unable to deliver|delivery to the following|failed permanently|"
    r"not delivered to|"
    r"permanent (?:fatal )?error|could not deliver|did not reach|wasn't able to deliver|"
    r"has been rejected|delivery errors|returned message|error delivering|delivery failed|"
    r"mail you sent|had delivery errors|invalid final delivery|unknown user|user unknown|"
    r"user not found|could not send|not able to deliver|message could not|mail delivery",
    re.IGNORECASE,
)
ORIGINAL_BEGINS = re.compile(
    r"^[\s>]*(?:[-=_*]{2,}.{0,10}(?:original|returned|below this line|this is a copy|unsent|"
    r"undelivered|"
    r"the header of|header of|received:|included).{0,80}$|(?:the )?(?:original |your )?message "
    r"(?:headers? )?follows?\b.*$|message headers follow.*$|"
    r"(?:---+|===+)?\s*(?:beginning of )?(?:the )?(?:original|returned|undelivered|failed) "
    r"message\b.*$|"
    r"received: (?:from|by|\(qmail) .*$|return-path: .*$|here is a copy.*$|"
    r"original mail (?:as follows|header).*$)",
    re.IGNORECASE,
)
DELAY = re.compile(
    r"will (?:retry|continue|keep trying|be retried)|no need to re-?send|do not need to re-?send|"
    r"temporary failure report|not yet been delivered|still trying|message delayed|"
    r"has been delayed",
    re.IGNORECASE,
)
ANSWER = re.compile(r"(?:^|[\s>(:])[45]\d\d[ \-#:]|[45]\.\d\.\d|^\s*reason:|said:", re.IGNORECASE)
NOT_RECIPIENT = re.compile(r"\s*(?:from|message-id|reply-to|sender|subject|date)\b", re.IGNORECASE)
URL = re.compile(r"https?://\S{1,300}")
MOST_FAILURES = 100
TEXT = 60_000  # characters that are looked through


@dataclass(frozen=True, slots=True)
class Failure:
    """One recipient of a mail of ours that did not get it, and why.

    `status` is that of RFC 3463 and `reply` that of the server, empty where not said. `reason` is a
    word of `reasons.REASONS`. `is_hard`: the address does not exist, and writing again is useless.
    """

    recipient: str
    status: str
    reply: str
    reason: str
    is_hard: bool
    text: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a mail reports of a mail of ours; `feedback_type` is that of a complaint (RFC 5965)."""

    kind: Kind
    failures: tuple[Failure, ...] = ()
    feedback_type: str = ""
    original_message_id: str = ""


def read_report(root: Part, marks: Marks, *, sender: str) -> Report | None:
    """What the mail reports; None where it reports nothing."""
    parts = list(root.walk())
    original = _original_id(parts)
    complaint = _complaint(parts, sender=sender)
    if complaint is not None:
        return replace(complaint, original_message_id=original)
    text = _text(parts)
    blocks = _status_blocks(parts, text)
    if blocks:
        report = _from_blocks(blocks, text)
        if report is not None:
            return replace(report, original_message_id=original)
    if _looks_failed(root, marks, text):
        failures = _from_text(root, parts, text)
        if failures:
            kind: Kind = "delayed" if _is_delay(root, text) else "bounce"
            return Report(kind, failures, original_message_id=original)
    if marks.is_automatic and not marks.is_list and _is_away(root, marks):
        return Report("vacation")
    return None


def _is_away(root: Part, marks: Marks) -> bool:
    submitted = root.headers.text("auto-submitted").lower()
    return (
        submitted.startswith(("auto-replied", "vacation"))
        or root.headers.has("x-autoreply")
        or root.headers.has("x-autorespond")
        or bool(AWAY_SUBJECT.match(root.headers.text("subject")))
    )


def _complaint(parts: list[Part], *, sender: str) -> Report | None:
    for part in parts:
        if part.content_type == "message/feedback-report":
            headers = read_headers(part.data[:TEXT].replace(b"\n\n", b"\n"))
            kind = headers.text("feedback-type").lower()
            return Report("complaint", feedback_type=kind[:40] or "other")
    subject = parts[0].headers.text("subject").lower()
    if (
        sender.startswith(("staff@hotmail.", "complaint", "abuse@", "fbl"))
        and "complaint" in subject
    ):
        return Report("complaint", feedback_type="abuse")
    return None


def _text(parts: list[Part]) -> str:
    """The words of the report, without the mail that is returned."""
    plain: list[str] = []
    marked: list[str] = []
    for part in parts:
        if part.content_type == "message/rfc822":
            break
        if part.content_type == "text/plain":
            plain.append(part.text[:TEXT])
        elif part.content_type == "text/html":
            marked.append(text_of_markup(part.text))
    text = "\n".join(plain) if "".join(plain).strip() else "\n".join(marked)
    kept: list[str] = []
    size = 0
    for line in text[: TEXT * 2].split("\n"):
        if size > 40 and ORIGINAL_BEGINS.match(line[:400]):
            break
        kept.append(line)
        size += len(line) + 1
    return "\n".join(kept)[:TEXT]


def _status_blocks(parts: list[Part], text: str) -> list[Headers]:
    for part in parts:
        if part.content_type in {"message/delivery-status", "message/global-delivery-status"}:
            return _blocks(part.data[:TEXT].replace(b"\r\n", b"\n"))
    if re.search(r"^final-recipient\s*:", text, re.IGNORECASE | re.MULTILINE):
        return _blocks(text.encode("utf-8", "replace"))
    for part in parts:
        if part.content_type == "text/plain" and b"Final-Recipient:" in part.data[:TEXT]:
            return _blocks(part.data[:TEXT])
    return []


def _blocks(data: bytes) -> list[Headers]:
    blocks = [
        read_headers(block) for block in re.split(rb"\n[ \t]*\n", data.strip())[: MOST_FAILURES + 5]
    ]
    named = [block for block in blocks if _recipient(block)]
    if named:
        return named
    return []


def _recipient(block: Headers) -> str:
    for name in ("final-recipient", "original-recipient", "x-actual-recipient"):
        value = block.text(name).rpartition(";")[2].strip(" <>")
        if "@" in value:
            return value.lower()[:254]
    return ""


def _from_blocks(blocks: list[Headers], text: str) -> Report | None:
    failures: dict[str, Failure] = {}
    actions: set[str] = set()
    for block in blocks[:MOST_FAILURES]:
        recipient = _recipient(block)
        action = block.text("action").lower().split(" ")[0]
        actions.add(action)
        if action in {"delivered", "relayed", "expanded"}:
            continue
        known = _said_of(recipient, text, len(blocks))
        diagnostic = header_text(b" ".join(block.all("diagnostic-code")))[:2000]
        codes = f"{diagnostic} {block.text('status')}"
        status = _status(diagnostic, block.text("status"), known)
        reply = _reply(diagnostic) or _reply(known)
        is_delay = action == "delayed"
        reason = reason_of(
            status=status,
            reply=reply,
            text=URL.sub(" ", f"{codes} {known}"),
            diagnostic=URL.sub(" ", diagnostic),
            is_delay=is_delay,
        )
        failures.setdefault(
            recipient,
            Failure(recipient, status, reply, reason, is_hard(reason), (diagnostic or known)[:500]),
        )
    if failures:
        is_delayed = actions <= {"delayed", "relayed", "delivered", "expanded"}
        return Report("delayed" if is_delayed else "bounce", tuple(failures.values()))
    return Report("delivered") if actions & {"delivered", "relayed", "expanded"} else None


def _status(diagnostic: str, stated: str, text: str) -> str:
    """The most telling of the codes that stand in the report."""
    exact: list[str] = STATUS.findall(diagnostic)
    named: list[str] = STATUS.findall(stated)
    precise = [code for code in exact if not code.endswith(".0.0")]
    if precise and (not named or named[0].endswith(".0") or named[0][0] == precise[0][0]):
        return precise[-1] if "unknown address error" in diagnostic.lower() else precise[0]
    said = [code for code in STATUS.findall(text) if not code.endswith(".0.0")]
    return next((code for code in named if not code.endswith(".0.0")), "") or next(
        iter([*said, *named, *exact]), ""
    )


def _reply(text: str) -> str:
    cleaned = STATUS.sub(" ", text)
    found = [code for code in REPLY.findall(cleaned) if code[0] in "45"]
    return found[0] if found else ""


def _said_of(recipient: str, text: str, count: int) -> str:
    """What the words of the report say of one recipient."""
    if count <= 1:
        return text[:4000]
    at = text.lower().find(recipient)
    if at < 0:
        return ""
    return text[at : at + 600].split("\n\n", maxsplit=1)[0]


def _looks_failed(root: Part, marks: Marks, text: str) -> bool:
    headers = root.headers
    if headers.has("x-failed-recipients"):
        return True
    daemon = marks.has_null_sender or "mailer-daemon" in headers.text("from").lower()
    daemon = (
        daemon
        or "postmaster" in headers.text("from").lower()
        or "mail delivery" in headers.text("from").lower()
    )
    by_subject = bool(FAILURE_SUBJECT.search(headers.text("subject")))
    by_text = bool(FAILURE_TEXT.search(text))
    return (daemon and (by_subject or by_text)) or (by_subject and by_text)


def _is_delay(root: Part, text: str) -> bool:
    subject = root.headers.text("subject").lower()
    return bool(DELAY.search(text)) or subject.startswith(("warning", "delayed"))


def _from_text(root: Part, parts: list[Part], text: str) -> tuple[Failure, ...]:
    lines = text.split("\n")[:600]
    failed = root.headers.text("x-failed-recipients")
    named = [email.strip().lower() for email in failed.split(",") if "@" in email]
    places = _places(lines)
    recipients = named or list(places) or _recipients_of_original(parts)
    is_delay = _is_delay(root, text)
    failures: list[Failure] = []
    for recipient in list(dict.fromkeys(recipients))[:MOST_FAILURES]:
        known = _said_at(places.get(recipient), lines, places) if len(recipients) > 1 else text
        telling = _telling(known)
        status = (STATUS.findall(telling) or STATUS.findall(known) or [""])[0]
        reply = _reply(telling) or _reply(known)
        reason = reason_of(
            status=status, reply=reply, text=known[:6000], diagnostic=telling, is_delay=is_delay
        )
        said = " ".join((telling or known).split())[:500]
        failures.append(Failure(recipient, status, reply, reason, is_hard(reason), said))
    return tuple(failures)


def _telling(text: str) -> str:
    """The lines in which a server's answer stands, and those that go on with it."""
    lines = text.split("\n")
    found: list[str] = []
    for at, line in enumerate(lines[:200]):
        if ANSWER.search(line[:400]):
            found.append(line[:400])
            found.extend(more[:400] for more in lines[at + 1 : at + 3] if more.strip())
        if len(found) >= 12:
            break
    return URL.sub(" ", " ".join(found))


def _said_at(place: int | None, lines: list[str], places: dict[str, int]) -> str:
    """What stands between this recipient and the next, at most twelve lines."""
    if place is None:
        return "\n".join(lines)
    following = [other for other in places.values() if other > place]
    return "\n".join(lines[place : min([*following, place + 12])])


def _places(lines: list[str]) -> dict[str, int]:
    """The recipients that the report names, with the lines where it does."""
    found: dict[str, int] = {}
    for at, line in enumerate(lines):
        match = AT_BEGIN.match(line[:400])
        if match and not NOT_RECIPIENT.match(line):
            found.setdefault(match.group(1).lower(), at)
    if found:
        return found
    for at, line in enumerate(lines):
        match = IN_BRACKETS.search(line[:400]) or ALONE.search(line[:400])
        if match and not NOT_RECIPIENT.match(line):
            return {match.group(1).lower(): at}
    return {}


def _recipients_of_original(parts: list[Part]) -> list[str]:
    for headers in _originals(parts):
        match = IN_BRACKETS.search(headers.text("to")) or ALONE.search(headers.text("to"))
        if match:
            return [match.group(1).lower()]
    return []


def _originals(parts: list[Part]) -> list[Headers]:
    """The headers of the mail that is reported on, where it is returned."""
    found: list[Headers] = []
    for part in parts:
        if part.content_type in {
            "message/rfc822",
            "text/rfc822-headers",
            "message/rfc822-headers",
            "message/global",
        }:
            block = part.data[:TEXT].replace(b"\r\n", b"\n").lstrip(b"\n").partition(b"\n\n")[0]
            found.append(read_headers(block))
    for part in parts:
        if part.content_type == "text/plain" and not found:
            text = part.data[:TEXT]
            at = text.lower().rfind(b"message-id:")
            if at >= 0:
                found.append(
                    read_headers(
                        text[max(0, text.rfind(b"\n\n", 0, at)) :].strip().partition(b"\n\n")[0]
                    )
                )
    return found


def _original_id(parts: list[Part]) -> str:
    for headers in _originals(parts):
        match = re.search(r"<[^<>\s]{3,250}>", decoded(headers.raw("message-id")[:1000]))
        if match:
            return match.group()
    return ""
