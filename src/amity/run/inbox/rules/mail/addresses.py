"""Addresses of headers, read in one pass without recursion."""

import re
from dataclasses import dataclass

from amity.run.inbox.rules.mail.limits import ADDRESSES, VALUE_CHARACTERS
from amity.run.inbox.rules.mail.words import decoded, header_text, plain

ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]{1,64}@[^\s@<>()\[\],;:\"\\]{1,253}")


@dataclass(frozen=True, slots=True)
class Address:
    """A name, which anybody may claim, and an address in lower case."""

    name: str
    email: str


def read_addresses(values: list[bytes]) -> tuple[Address, ...]:
    """The addresses of the headers, each once, in their order, at most 200."""
    found: dict[str, Address] = {}
    for value in values:
        for piece in _pieces(decoded(value[:VALUE_CHARACTERS])):
            address = _address(piece)
            if address is not None:
                found.setdefault(address.email, address)
            if len(found) >= ADDRESSES:
                return tuple(found.values())
    return tuple(found.values())


def _pieces(text: str) -> list[str]:
    """Split at commas and semicolons that stand neither in quotes, comments nor brackets."""
    pieces: list[str] = []
    piece: list[str] = []
    depth, in_quotes, in_brackets, is_escaped = 0, False, False, False
    for character in text:
        if is_escaped:
            is_escaped = False
        elif character == "\\":
            is_escaped = True
        elif character == '"' and not depth:
            in_quotes = not in_quotes
        elif in_quotes:
            pass
        elif character in "()":
            depth = max(0, depth + (1 if character == "(" else -1))
        elif character in "<>" and not depth:
            in_brackets = character == "<"
        elif character in ",;" and not depth and not in_brackets:
            pieces.append("".join(piece))
            piece = []
            continue
        piece.append(character)
    pieces.append("".join(piece))
    return pieces[: ADDRESSES * 5]


def _address(piece: str) -> Address | None:
    before, bracket, rest = piece.rpartition("<")
    if bracket:
        match = ADDRESS.search(rest.partition(">")[0])
        name = before
    else:
        match = ADDRESS.search(piece)
        name = _comment(piece)
    if match is None:
        return None
    email = plain(match.group()).rstrip(".").lower()
    if email.count("@") != 1 or len(email) > 254:
        return None
    return Address(_name(name), email)


def _comment(piece: str) -> str:
    opened, closed = piece.find("("), piece.rfind(")")
    return piece[opened + 1 : closed] if 0 <= opened < closed else ""


def _name(text: str) -> str:
    stripped = text.rpartition(":")[2].strip() if ":" in text and '"' not in text else text.strip()
    if len(stripped) >= 2 and stripped[0] == stripped[-1] == '"':
        stripped = re.sub(r"\\(.)", r"\1", stripped[1:-1])
    name = header_text(stripped.strip("'").encode("utf-8", "replace"))
    return re.sub(r"[<>]", "", name)[:200].strip()
