"""Text from outside: normalized and checked once, here."""

import unicodedata

from amity.base.results import AmityError


class UnsafeTextError(AmityError):
    """The text holds something that no field may hold."""


def clean_text(text: str, *, field: str, max_length: int) -> str:
    """`text` in NFC, stripped at both ends.

    Raises:
        UnsafeTextError: it has a NUL, a lone surrogate, or more than `max_length` characters.
    """
    if "\x00" in text:
        raise UnsafeTextError(f"{field} has a NUL character. Remove it and try again.")
    if any(0xD800 <= ord(character) <= 0xDFFF for character in text):
        raise UnsafeTextError(
            f"{field} has a broken character. Save the text as UTF-8 and try again."
        )
    cleaned = unicodedata.normalize("NFC", text).strip()
    if len(cleaned) > max_length:
        raise UnsafeTextError(
            f"{field} has {len(cleaned)} characters; at most {max_length} are kept. Shorten it."
        )
    return cleaned


def fold(text: str) -> str:
    """Lower case without accents, for comparing and searching."""
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in decomposed if not unicodedata.combining(character))


def initials(name: str) -> str:
    """At most two letters that stand for a name; `?` where there is none."""
    words = [word for word in name.split() if word[0].isalnum()]
    if not words:
        return "?"
    letters = words[0][0] + (words[-1][0] if len(words) > 1 else "")
    return letters.upper()


def has_nul(value: object) -> bool:
    """Whether a NUL stands in any text of a value read from JSON, keys included."""
    if isinstance(value, str):
        return "\x00" in value
    if isinstance(value, dict):
        return any(has_nul(key) or has_nul(item) for key, item in value.items())
    return isinstance(value, list) and any(has_nul(item) for item in value)


def positive(text: str | None) -> int | None:
    """A positive number that somebody wrote and a database can hold; None for all else."""
    given = text or ""
    is_number = given.isascii() and given.isdecimal() and len(given) < 19
    return (int(given) or None) if is_number else None
