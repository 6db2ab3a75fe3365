"""Secrets that must be used again, kept so that the database alone does not give them away.

The key is derived from the house's secret key. SHAKE-256 of key and nonce is the stream that hides
the text, and HMAC-SHA256 over nonce and hidden text tells whether anybody changed it.
"""

import base64
import binascii
import hashlib
import hmac
import secrets

from django.conf import settings

from amity.base.results import AmityError

PREFIX = "sealed:"
NONCE_BYTES = 16
TAG_BYTES = 32


class SealError(AmityError):
    """A sealed secret that cannot be opened."""


def derived_key(purpose: str) -> bytes:
    """32 bytes for one purpose, from the house's secret key."""
    secret = str(settings.SECRET_KEY).encode()
    return hmac.new(secret, f"amity:{purpose}".encode(), hashlib.sha256).digest()


def seal(text: str) -> str:
    """`text` hidden; each time differently."""
    nonce = secrets.token_bytes(NONCE_BYTES)
    hidden = _mixed(text.encode(), nonce)
    return PREFIX + base64.urlsafe_b64encode(nonce + _tag(nonce + hidden) + hidden).decode()


def unseal(sealed: str) -> str:
    """The text again.

    Raises:
        SealError: it was changed, or sealed with another secret key.
    """
    try:
        data = base64.urlsafe_b64decode(sealed.removeprefix(PREFIX).encode())
    except (binascii.Error, UnicodeError) as error:
        raise SealError("The sealed secret is damaged. Enter it again.") from error
    nonce, tag, hidden = (
        data[:NONCE_BYTES],
        data[NONCE_BYTES : NONCE_BYTES + TAG_BYTES],
        data[NONCE_BYTES + TAG_BYTES :],
    )
    if not hmac.compare_digest(tag, _tag(nonce + hidden)):
        raise SealError("The secret was sealed with another secret key. Enter it again.")
    return _mixed(hidden, nonce).decode()


def _mixed(data: bytes, nonce: bytes) -> bytes:
    stream = hashlib.shake_256(derived_key("sealing") + nonce).digest(len(data))
    return bytes(one ^ other for one, other in zip(data, stream, strict=True))


def _tag(data: bytes) -> bytes:
    return hmac.new(derived_key("sealing tag"), data, hashlib.sha256).digest()
