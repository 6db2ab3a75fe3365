"""How a number was obtained travels with the number."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Grade(StrEnum):
    """Evidence grade: how a figure is known (A is best)."""

    A = "A"  # own experiment
    B = "B"  # own observation
    C = "C"  # published benchmark
    D = "D"  # assumption

    @property
    def label(self) -> str:
        """The grade in words."""
        return _GRADE_LABELS[self]


_GRADE_LABELS = {
    Grade.A: "own experiment",
    Grade.B: "own observation",
    Grade.C: "published benchmark",
    Grade.D: "assumption",
}


@dataclass(frozen=True, slots=True)
class Estimate:
    """A figure with its interval, its grade and its as-of time.

    `low` and `high` bound it (95 % unless the definition says otherwise); None is "not known".
    """

    value: float
    low: float | None
    high: float | None
    grade: Grade
    as_of: datetime | None = None


class AmityError(Exception):
    """An expected failure; its message is fit for the person who caused it."""


class NotFoundError(AmityError):
    """What was named does not exist (or not any more)."""


class ConflictError(AmityError):
    """It cannot be done as things stand now."""


class StaleError(ConflictError):
    """Somebody else changed it since it was read."""
