"""A look at a mail that was not let in: its first headers and the beginning of its text."""

from dataclasses import dataclass

from amity.run.inbox.rules.mail.addresses import read_addresses
from amity.run.inbox.rules.mail.errors import HostileMailError
from amity.run.inbox.rules.mail.mime import Headers, read_headers
from amity.run.inbox.rules.mail.words import decoded, header_text, plain

HEADERS = 60  # lines that are shown
TEXT = 20_000  # characters


@dataclass(frozen=True, slots=True)
class Peek:
    """`headers` and `text` are plain text and safe to be shown as text."""

    sender: str
    subject: str
    headers: tuple[tuple[str, str], ...]
    text: str


def peek(raw: bytes) -> Peek:
    """The beginning of the mail; reads at most 100 kB, never fails."""
    begin = raw[:100_000].replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    block, _, body = begin.partition(b"\n\n")
    try:
        headers = read_headers(b"\n".join(block[:50_000].split(b"\n")[:1000]))
    except HostileMailError:
        headers = Headers(())
    senders = read_addresses(headers.all("from"))
    rows = tuple((name[:60], header_text(value)[:500]) for name, value in headers.rows[:HEADERS])
    return Peek(
        sender=senders[0].email if senders else "",
        subject=headers.text("subject")[:300],
        headers=rows,
        text=plain(decoded(body)[:TEXT]),
    )
