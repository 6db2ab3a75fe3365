"""What came in, as every way in hands it over. Pure."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class IncomingFile:
    """A file that came with a message; `content_id` names it where the message shows it."""

    name: str
    content_type: str
    data: bytes
    content_id: str = ""


@dataclass(frozen=True, slots=True)
class Incoming:
    """One message of a customer; (source, source id) is its number, so that it is stored once.

    `text` is what was said, `quoted` the rest of the mail; `html` is sanitized already.
    `conversation_id` is given where the way in knows to which conversation it belongs.
    `is_verified` says that the sender is proven to be who they say.
    """

    text: str
    happened_at: datetime
    source: str
    source_id: str
    sender_address: str = ""
    sender_name: str = ""
    customer_id: int | None = None
    subject: str = ""
    quoted: str = ""
    html: str = ""
    internet_message_id: str = ""
    in_reply_to: tuple[str, ...] = ()
    references: tuple[str, ...] = ()
    to: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    attachments: tuple[IncomingFile, ...] = ()
    is_automatic: bool = False
    is_verified: bool = False
    conversation_id: int | None = None
    language: str = ""
    staff_seconds: int = 0  # of who wrote it down: a call, a visit
