"""Chat: who may call from where, who is who, and how long one waits. Pure."""

import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import median
from typing import Any
from urllib.parse import urlsplit

from amity.run.inbox.rules.working import InboxError

COLOR = re.compile(r"#[0-9a-f]{6}")
ACCENT = "#2f4079"
PAPER = "#ffffff"
INKS = ("#ffffff", "#14161a")
LEAST = 3.0  # of a control against the page, WCAG 1.4.11
ENOUGH = 20  # conversations, before a usual wait is told
CLIENT_ID = re.compile(r"[A-Za-z0-9_-]{8,64}")
EMAIL = re.compile(r"[^@\s<>\"',;]{1,64}@[^@\s<>\"',;]{1,180}\.[^@\s<>\"',;.]{2,}")


@dataclass(frozen=True, slots=True)
class ChatSettings:
    """What a chat channel was set up with; `secret` is sealed."""

    origins: tuple[str, ...] = ()
    accent: str = ACCENT
    greeting: str = ""
    calendar_key: str = ""
    secret: str = ""


def chat_settings(stored: Mapping[str, Any]) -> ChatSettings:
    """The settings as they were stored; what is missing stands as by default."""
    known = {name: stored[name] for name in ("accent", "greeting", "calendar_key", "secret")
             if isinstance(stored.get(name), str)}  # fmt: skip
    return replace(ChatSettings(origins=tuple(stored.get("origins", ()))), **known)


def clean_origins(text: str) -> tuple[str, ...]:
    """One origin a line, as browsers send it: scheme, host and perhaps a port.

    Raises:
        InboxError: a line is no origin.
    """
    return tuple(dict.fromkeys(_origin(line.strip()) for line in text.split() if line.strip()))


def _origin(line: str) -> str:
    parts = urlsplit(line)
    try:
        is_right = parts.scheme in {"https", "http"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        is_right = False
    is_bare = parts.path in {"", "/"} and not (parts.query or parts.fragment or parts.username)
    if not (is_right and is_bare) or "*" in line:
        raise InboxError(f"{line} is no address of a site. Write it like https://shop.example")
    host = (parts.hostname or "").encode("idna").decode() if "[" not in line else parts.netloc
    usual = {"https": 443, "http": 80}[parts.scheme]
    port = "" if parts.port in {None, usual} or "[" in line else f":{parts.port}"
    return f"{parts.scheme}://{host}{port}".lower()


def clean_accent(text: str) -> str:
    """A color that can be seen on white.

    Raises:
        InboxError: it is no color, or too pale.
    """
    color = text.strip().lower() or ACCENT
    if not COLOR.fullmatch(color):
        raise InboxError("A color is written like #2f4079.")
    found = contrast(color, PAPER)
    if found < LEAST:
        raise InboxError(
            f"{color} is too pale: its contrast to white is {found:.1f}, at least {LEAST:.0f} is "
            "needed. Choose a darker one."
        )
    return color


def ink_on(color: str) -> str:
    """White or near black, whichever reads better on the color."""
    return max(INKS, key=lambda ink: contrast(ink, color))


def contrast(one: str, other: str) -> float:
    """The contrast of two colors by WCAG 2.2, from 1 to 21."""
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _luminance(color: str) -> float:
    parts = [int(color[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@dataclass(frozen=True, slots=True)
class Claim:
    """Who a page says its visitor is; `signature` is made by the site's server."""

    user_id: str = ""
    email: str = ""
    name: str = ""
    signature: str = ""

    @property
    def signed(self) -> str:
        """What the signature stands for; its kind goes along, so that a user who chose somebody's
        address as a name is not taken for them."""
        if self.user_id:
            return f"id:{self.user_id}"
        return f"email:{self.email}" if self.email else ""


def signature_of(secret: str, who: str) -> str:
    """HMAC-SHA256 of `id:` and the user's number, or `email:` and the address, in hex digits."""
    return hmac.new(secret.encode(), who.encode(), hashlib.sha256).hexdigest()


def is_signed(claim: Claim, secret: str) -> bool:
    """Whether the site's server has signed the claim."""
    if not (claim.signed and secret and claim.signature.isascii()):
        return False
    return hmac.compare_digest(signature_of(secret, claim.signed), claim.signature.lower())


def clean_email(text: str) -> str:
    """An address to answer to.

    Raises:
        InboxError: it is none.
    """
    email = text.strip()
    if len(email) > 254 or not EMAIL.fullmatch(email):
        raise InboxError("This e-mail address cannot be right. Look at it once more.")
    return email.lower()


@dataclass(frozen=True, slots=True)
class UsualWait:
    """How long the first answer took of late; `seconds` is None where too little is known."""

    seconds: float | None
    counted: int


def usual_wait(seconds: Sequence[float | None]) -> UsualWait:
    """The median of first answers; one that never came (None) counts as longer than all others."""
    if len(seconds) < ENOUGH:
        return UsualWait(None, len(seconds))
    middle = median(float("inf") if one is None else one for one in seconds)
    return UsualWait(None if middle == float("inf") else middle, len(seconds))
