"""Identifiers that sort by time and names that are safe in an address."""

import re
import secrets
import unicodedata
import uuid
from datetime import datetime


def uuid7(at: datetime) -> uuid.UUID:
    """A version 7 UUID (RFC 9562, section 5.7) for the instant `at`: it sorts by time."""
    milliseconds = int(at.timestamp() * 1000)
    value = (milliseconds & ((1 << 48) - 1)) << 80
    value |= 0x7 << 76
    value |= secrets.randbits(12) << 64
    value |= 0b10 << 62
    value |= secrets.randbits(62)
    return uuid.UUID(int=value)


def slug(text: str, *, fallback: str = "item") -> str:
    """Lower-case ASCII words joined by hyphens, at most 50 characters, else `fallback`."""
    ascii_text = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode()
    words = re.sub(r"[^a-z0-9]+", "-", ascii_text.lower()).strip("-")
    return words[:50].rstrip("-") or fallback
