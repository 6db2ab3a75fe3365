"""Reply tokens: the part of our address after the plus that says which conversation is answered.

Who has the token was written to by us; nobody else can make one.
"""

import hashlib
import hmac
import re

TOKEN = re.compile(r"^c([0-9a-z]{1,13})-([0-9a-f]{20})$")
DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


def reply_token(conversation_id: int, *, key: bytes) -> str:
    """`c<id>-<mac>`: 80 bits of HMAC-SHA256 over the conversation's id."""
    return f"c{_in_36(conversation_id)}-{_mac(conversation_id, key)}"


def with_token(address: str, conversation_id: int, *, key: bytes) -> str:
    """`help@example.com` as `help+c7-…@example.com`."""
    local, _, domain = address.partition("@")
    return f"{local}+{reply_token(conversation_id, key=key)}@{domain}"


def conversation_of(address: str, *, own: frozenset[str], key: bytes) -> int | None:
    """The conversation that an address of ours names; None where it names none or is forged."""
    local, _, domain = address.lower().rpartition("@")
    base, plus, tag = local.partition("+")
    match = TOKEN.match(tag)
    if not plus or match is None or f"{base}@{domain}" not in own:
        return None
    conversation_id = int(match.group(1), 36)
    if not hmac.compare_digest(match.group(2), _mac(conversation_id, key)):
        return None
    return conversation_id if conversation_id < 2**63 else None


def base_address(address: str) -> str:
    """The address without what stands after the plus."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def _mac(conversation_id: int, key: bytes) -> str:
    message = b"inbox.reply:" + str(conversation_id).encode()
    return hmac.new(key, message, hashlib.sha256).hexdigest()[:20]


def _in_36(number: int) -> str:
    digits = ""
    while number:
        number, rest = divmod(number, 36)
        digits = DIGITS[rest] + digits
    return digits or "0"
