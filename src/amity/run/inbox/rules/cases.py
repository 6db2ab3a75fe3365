"""Cases of another system: one row each, or a log with a row for every change. Pure."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from amity.base.text import fold
from amity.kernel.imports.formats.fields import read_fields

FIELDS = read_fields("amity.run.inbox.rules", "cases.toml")["conversations"]
OPEN, WAITING, CLOSED = "open", "waiting", "closed"
LOW, NORMAL, HIGH, URGENT = 1, 2, 3, 4

_CLOSED = re.compile(r"resol|solved|clos|done|complet|cancel|finish|erledigt|geschlossen|geloest")
_AGAIN = re.compile(r"re-?open|unresol|unsolved|not (?:resol|solved|clos|done)")
_WAITING = re.compile(r"(?:await|wait|pending).*(?:user|customer|caller|requester|info)")
_PRIORITIES = (
    (URGENT, re.compile(r"critical|urgent|highest|kritisch|dringend|\bp?1\b")),
    (HIGH, re.compile(r"high|hoch|major|\bp?2\b")),
    (NORMAL, re.compile(r"moderate|medium|normal|mittel|\bp?3\b")),
    (LOW, re.compile(r"low|minor|planning|niedrig|gering|\bp?[45]\b")),
)
_YES = frozenset("true yes y 1 met kept in time within ja".split()) | {"in time", "on time"}
_NO = frozenset("false no n 0 missed breached broken late violated nein".split())
_EARLIEST = datetime.min.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class CaseRow:
    """What one row says of its case; None and empty where it says nothing."""

    number: int  # of the row
    key: str
    opened_at: datetime
    changed_at: datetime | None = None
    answered_at: datetime | None = None
    resolved_at: datetime | None = None
    closed_at: datetime | None = None
    due_at: datetime | None = None
    kept: bool | None = None
    customer: str = ""
    customer_name: str = ""
    subject: str = ""
    text: str = ""
    status: str = ""
    priority: str = ""
    channel: str = ""
    topic: str = ""
    team: str = ""
    person: str = ""
    reassigned: int | None = None
    reopened: int | None = None
    seconds: int = 0


@dataclass(frozen=True, slots=True)
class Step:
    """Something that became of a case: assigned, handed_over, resolved, reopened or closed."""

    kind: str
    at: datetime
    team: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Case:
    """A case as all its rows tell it; `ended_at` is when it was resolved, else closed.

    `kept` is the other system's own verdict on what it had promised.
    """

    key: str
    opened_at: datetime
    answered_at: datetime | None
    ended_at: datetime | None
    last_at: datetime
    status: str
    priority: int
    kept: bool | None
    customer: str
    customer_name: str
    subject: str
    text: str
    channel: str
    topic: str
    team: str
    person: str
    reopened: int
    seconds: int
    steps: tuple[Step, ...]

    def to_json(self) -> dict[str, Any]:
        """For storing."""
        return {**_plain(self), "steps": [_plain(step) for step in self.steps]}

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> "Case":
        """From what was stored."""
        steps = tuple(Step(**_revived(step)) for step in stored["steps"])
        return cls(**{**_revived(stored), "steps": steps})


def _plain(told: Case | Step) -> dict[str, Any]:
    cells = ((name, getattr(told, name)) for name in told.__dataclass_fields__)
    return {
        name: value.isoformat() if isinstance(value, datetime) else value for name, value in cells
    }


def _revived(stored: Mapping[str, Any]) -> dict[str, Any]:
    return {
        name: datetime.fromisoformat(value) if value and _is_instant(name) else value
        for name, value in stored.items()
    }


def _is_instant(name: str) -> bool:
    return name == "at" or name.endswith("_at")


def status_of(words: str) -> str:
    """Open, waiting for the customer, or closed, by another system's words for it."""
    folded = fold(words)
    if _AGAIN.search(folded):
        return OPEN
    if _CLOSED.search(folded):
        return CLOSED
    return WAITING if _WAITING.search(folded) else OPEN


def priority_of(words: str) -> int:
    """How pressing, by words or by a number of which 1 presses most; else as usual."""
    folded = fold(words)
    return next((rank for rank, words in _PRIORITIES if words.search(folded)), NORMAL)


def verdict_of(words: str) -> bool | None:
    """Whether a promise was kept.

    Raises:
        ValueError: the words are neither a yes nor a no.
    """
    folded = fold(words)
    if not folded:
        return None
    if folded not in _YES | _NO:
        raise ValueError(words)
    return folded in _YES


def case_of(rows: Iterable[CaseRow]) -> Case:
    """The case that these rows tell of, each in place of what the ones before it said."""
    told = sorted(rows, key=lambda row: (row.changed_at or _EARLIEST, row.number))
    opened_at = min(row.opened_at for row in told)
    status = _status(told)
    ended_at = _ended_at(told) if status == CLOSED else None
    steps = tuple(sorted(_steps(told, opened_at, ended_at), key=lambda step: step.at))
    turns = [step for step in steps if step.team or step.person]
    moments = [row.changed_at for row in told if row.changed_at is not None]
    return Case(
        key=told[0].key,
        opened_at=opened_at,
        answered_at=_last(told, "answered_at"),
        ended_at=ended_at,
        last_at=max([opened_at, *moments, *(step.at for step in steps)]),
        status=status,
        priority=priority_of(_last(told, "priority") or ""),
        kept=_verdict(told, ended_at),
        **{name: _last(told, name) or "" for name in _TEXTS},
        team=turns[-1].team if turns else "",
        person=_last(told, "person") or "",
        reopened=sum(step.kind == "reopened" for step in steps),
        seconds=max(row.seconds for row in told),
        steps=steps,
    )


_TEXTS = ("customer", "customer_name", "subject", "text", "channel", "topic")


def _last(rows: Sequence[CaseRow], name: str) -> Any:
    """What the last row says that says anything."""
    found = (getattr(row, name) for row in reversed(rows))
    return next((value for value in found if value not in {None, ""}), None)


def _status(rows: Sequence[CaseRow]) -> str:
    words = _last(rows, "status")
    if words is not None:
        return status_of(words)
    has_end = any(row.resolved_at or row.closed_at for row in rows)
    return CLOSED if has_end else OPEN


def _ended_at(rows: Sequence[CaseRow]) -> datetime:
    """When it was resolved, else closed, else when the file first called it closed for good."""
    given: datetime | None = _last(rows, "resolved_at") or _last(rows, "closed_at")
    if given is not None:
        return given
    ended: datetime | None = None
    for row in rows:
        if status_of(row.status) != CLOSED:
            ended = None
        elif ended is None:
            ended = row.changed_at
    return ended or rows[-1].changed_at or rows[-1].opened_at


def _verdict(rows: Sequence[CaseRow], ended_at: datetime | None) -> bool | None:
    told: bool | None = _last(rows, "kept")
    due: datetime | None = _last(rows, "due_at")
    if told is None and due is not None and ended_at is not None:
        return ended_at <= due
    return told


def _steps(
    rows: Sequence[CaseRow], opened_at: datetime, ended_at: datetime | None
) -> Iterator[Step]:
    first = rows[0]
    if first.team or first.person:
        yield Step("assigned", opened_at, first.team, first.person)
    yield from _counted(rows, "handed_over", "reassigned", _changed_hands)
    yield from _counted(rows, "reopened", "reopened", _came_back)
    if ended_at is not None:
        closed_at: datetime | None = _last(rows, "closed_at")
        if ended_at != closed_at:
            yield Step("resolved", ended_at)
        yield Step("closed", max(closed_at or ended_at, ended_at))


def _counted(
    rows: Sequence[CaseRow],
    kind: str,
    count: str,
    happened: Callable[[CaseRow, CaseRow], bool],
) -> Iterator[Step]:
    """One step for each that the file counts; where it counts none, for each that its rows show."""
    counts = any(getattr(row, count) is not None for row in rows)
    reached = 0
    for place, row in enumerate(rows):
        at = row.changed_at or row.opened_at
        if counts:
            more = max((getattr(row, count) or 0) - reached, 0)
            reached += more
        else:
            more = int(place > 0 and happened(rows[place - 1], row))
        yield from (Step(kind, at, row.team, row.person) for _ in range(more))


def _changed_hands(before: CaseRow, row: CaseRow) -> bool:
    if before.team and row.team:
        return before.team != row.team
    return bool(before.person and row.person and before.person != row.person)


def _came_back(before: CaseRow, row: CaseRow) -> bool:
    return status_of(before.status) == CLOSED and status_of(row.status) != CLOSED
