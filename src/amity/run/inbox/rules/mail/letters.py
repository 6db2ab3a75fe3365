"""How an answer is written as a mail: subject, quote, signature, text and HTML."""

import html as entities
import re
from datetime import datetime

REFERENCE = re.compile(r"^\s*(?:re|aw|sv|antw)\s*:", re.IGNORECASE)
QUOTED_LINES = 200
NUMBER = re.compile(r"\[#(\d{1,18})\]")


def reply_subject(subject: str, number: int) -> str:
    """`Re: subject [#number]` in one line of at most 250 characters."""
    line = " ".join(NUMBER.sub("", subject).split()) or "Your message"
    begun = line if REFERENCE.match(line) else f"Re: {line}"
    return f"{begun[:230]} [#{number}]"


def number_in(subject: str) -> int | None:
    """The number of the conversation that the subject names."""
    match = NUMBER.search(subject)
    return int(match.group(1)) if match else None


def said_by(name: str, at: datetime) -> str:
    """The line above a quote."""
    return f"On {at:%d %b %Y, %H:%M} {name or 'you'} wrote:"


def letter_text(text: str, *, signature: str, head: str, quoted: str) -> str:
    """Answer, signature and what is answered, as plain text."""
    pieces = [text.strip()]
    if signature.strip():
        pieces.append(f"-- \n{signature.strip()}")
    if quoted.strip():
        lines = quoted.strip().split("\n")[:QUOTED_LINES]
        pieces.append("\n".join([head, *(f"> {line}" for line in lines)]))
    return "\n\n".join(pieces)


def letter_html(text: str, *, html: str, signature: str, head: str, quoted: str) -> str:
    """The same as HTML; `html` is the harmless HTML of the answer where it has any."""
    body = html or _paragraphs(text)
    if signature.strip():
        body += f"<p>-- <br>{_lines(signature)}</p>"
    if quoted.strip():
        kept = "\n".join(quoted.strip().split("\n")[:QUOTED_LINES])
        body += f'<p>{entities.escape(head)}</p><blockquote type="cite">{_lines(kept)}</blockquote>'
    return f"<!doctype html><html><body>{body}</body></html>"


def _paragraphs(text: str) -> str:
    found = (part for part in re.split(r"\n{2,}", text.strip()) if part.strip())
    return "".join(f"<p>{_lines(part)}</p>" for part in found)


def _lines(text: str) -> str:
    return "<br>".join(entities.escape(line) for line in text.strip().split("\n"))
