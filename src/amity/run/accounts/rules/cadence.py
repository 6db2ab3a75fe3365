"""How long it has been silent, and whether that is too long. Pure."""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from itertools import pairwise

from amity.base.time import day_number

SOON = 0.8  # of the cadence: from then on the contact is due


class CadenceState(StrEnum):
    """Whether the contact that was agreed is kept."""

    KEPT = "kept"
    DUE = "due"
    MISSED = "missed"
    NONE = "none"  # no cadence is agreed

    @property
    def label(self) -> str:
        """In words."""
        return {"kept": "in touch", "due": "due", "missed": "missed", "none": "no cadence"}[self]


@dataclass(frozen=True, slots=True)
class Silence:
    """How long nobody spoke; `since` is the last contact, else the day somebody took over."""

    days: int
    since: date
    cadence_days: int | None
    state: CadenceState

    @property
    def occasion(self) -> str:
        """What names this silence: the same one raises one task."""
        return f"{self.since.isoformat()}/{self.cadence_days}"


def silence_of(
    *, last_contact: datetime | None, owned_since: datetime, cadence_days: int | None, at: datetime
) -> Silence:
    """The silence at `at`, in whole days: since the last contact, else since somebody took over."""
    since = (last_contact or owned_since).date()
    days = max(day_number(at.date()) - day_number(since), 0)
    return Silence(days, since, cadence_days, _state(days, cadence_days))


def _state(days: int, cadence_days: int | None) -> CadenceState:
    if cadence_days is None:
        return CadenceState.NONE
    if days > cadence_days:
        return CadenceState.MISSED
    return CadenceState.DUE if days >= SOON * cadence_days else CadenceState.KEPT


def kept_share(contacts: list[datetime], cadence_days: int | None, at: datetime) -> float | None:
    """The share of gaps between contacts, the present one too, within the cadence; None: unknown.

    `contacts` are sorted. Two contacts at least make a gap that says something.
    """
    if cadence_days is None or len(contacts) < 2:
        return None
    days = sorted({one.date() for one in contacts} | {at.date()})
    gaps = [(later - earlier).days for earlier, later in pairwise(days)]
    return sum(gap <= cadence_days for gap in gaps) / len(gaps) if gaps else None
