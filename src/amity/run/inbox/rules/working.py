"""Decisions about conversations that need only values. Pure."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from amity.base.results import AmityError
from amity.base.text import fold

PREVIEW = 200
SUBJECT = 300
MAX_TEXT = 500_000
MAX_SECONDS = 24 * 3600  # a day at one message is a slip of the keyboard

OUTCOMES: Mapping[str, str] = {
    "resolved": "Resolved",
    "answered_elsewhere": "Answered elsewhere",
    "could_not_help": "Could not help",
    "no_answer_needed": "No answer needed",
    "no_word_back": "No word back from the customer",
    "duplicate": "Duplicate",
    "spam": "Spam",
}
REFERENCE = re.compile(
    r"^\s*(?:(?:re|fwd?|aw|wg|sv|vs|antw|odp|rv|tr)\s*(?:\[\d+\])?\s*:\s*)+", re.IGNORECASE
)
SPACES = re.compile(r"\s+")
MENTION = re.compile(r"(?<![\w@])@([\w][\w.\-]{0,60})")


class InboxError(AmityError):
    """Something that the inbox cannot do as it was asked."""


def preview_of(text: str) -> str:
    """The first words in one line."""
    line = SPACES.sub(" ", text).strip()
    return line if len(line) <= PREVIEW else f"{line[: PREVIEW - 1]}…"


def subject_of(subject: str, text: str) -> str:
    """The subject without its Re: and Fwd:; the first words of the text where there is none."""
    line = SPACES.sub(" ", REFERENCE.sub("", subject)).strip()
    return (line or preview_of(text)[:80])[:SUBJECT]


def check_outcome(outcome: str) -> str:
    """`outcome` as it stands.

    Raises:
        InboxError: there is no such outcome.
    """
    if outcome not in OUTCOMES:
        raise InboxError(f"There is no outcome {outcome[:50]}. Use {', '.join(OUTCOMES)}.")
    return outcome


def check_seconds(seconds: int) -> int:
    """Time spent, as it stands.

    Raises:
        InboxError: it is negative, or more than a day.
    """
    if not 0 <= seconds <= MAX_SECONDS:
        raise InboxError("Minutes lie between 0 and 1,440. Book longer work day by day.")
    return seconds


def reopens(*, closed_at: datetime | None, at: datetime, days: int) -> bool:
    """Whether a message on a closed matter belongs to it still, rather than beginning a new one."""
    return closed_at is None or at - closed_at <= timedelta(days=days)


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who can be mentioned."""

    id: int
    name: str
    email: str


def mentioned(text: str, people: Iterable[Person]) -> list[int]:
    """The people that a note names: `@Ada`, `@Ada.Okafor` or the beginning of an address, `@ada`.

    A first name that two share names neither.
    """
    words = {fold(word.rstrip(".-")) for word in MENTION.findall(text)}
    if not words:
        return []
    everybody = list(people)
    handles: dict[str, set[int]] = {}
    for one in everybody:
        for handle in _handles(one):
            handles.setdefault(handle, set()).add(one.id)
    found = {next(iter(ids)) for word in words if len(ids := handles.get(word, set())) == 1}
    return [one.id for one in everybody if one.id in found]


def _handles(one: Person) -> set[str]:
    names = fold(one.name).split()
    return {fold(one.email.partition("@")[0]), ".".join(names), *names[:1]} - {""}


def tag_names(text: str | Sequence[str]) -> list[str]:
    """Words by commas as tags: lower case, each once, in their order.

    Raises:
        InboxError: one is longer than fifty characters.
    """
    given = text.split(",") if isinstance(text, str) else text
    names = [SPACES.sub(" ", one).strip().lower() for one in given]
    if any(len(name) > 50 for name in names):
        raise InboxError("A tag has at most fifty characters.")
    return list(dict.fromkeys(name for name in names if name))


def clean_addresses(addresses: Iterable[str]) -> list[str]:
    """E-mail addresses in lower case, each once; what has no @ is left out."""
    found = [one.strip().lower() for one in addresses]
    return list(dict.fromkeys(one[:320] for one in found if "@" in one))
