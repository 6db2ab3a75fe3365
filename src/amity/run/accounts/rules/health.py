"""How well an account does, 0 to 100, with the parts it is made of. Pure.

The weights are ours (grade D) until enough renewals were decided to hold the score against them.
A part that is not known takes no part in the score; the interval says what it could have made of
it: from all unknown parts at 0 to all at 100.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from amity.base.shares import share

USUAL_CADENCE = 90  # days, where none is agreed
ENOUGH_CONTACTS = 3
NEEDED, NEEDED_EACH = 30, 5  # decided renewals for a calibration; of them lost, and renewed
BANDS = ((0, 40), (40, 70), (70, 101))


@dataclass(frozen=True, slots=True)
class HealthFacts:
    """What is known of an account; None is "not known"."""

    days_silent: int
    cadence_days: int | None
    kept_share: float | None = None
    mood: float | None = None  # mean sentiment of 90 days, -1..1
    open_matters: int | None = None
    contacts_known: int | None = None  # None for a person
    value_recent: int | None = None  # net of the last 180 days
    value_before: int | None = None  # of the 180 days before


@dataclass(frozen=True, slots=True)
class HealthPart:
    """One part: its score 0..100 (None: not known), its weight, and why."""

    key: str
    label: str
    weight: float
    score: float | None
    why: str


@dataclass(frozen=True, slots=True)
class Health:
    """The score with what unknown parts could make of it."""

    score: float
    low: float
    high: float
    parts: tuple[HealthPart, ...]

    @property
    def unknown(self) -> tuple[HealthPart, ...]:
        """The parts of which nothing is known."""
        return tuple(part for part in self.parts if part.score is None)

    @property
    def words(self) -> str:
        """Good, watch or at risk."""
        return "good" if self.score >= 70 else "watch" if self.score >= 40 else "at risk"


def health_of(facts: HealthFacts) -> Health:
    """The health of an account; recency is always known, so there is always a score."""
    parts = tuple(_parts(facts))
    known = [(part.weight, part.score) for part in parts if part.score is not None]
    unknown = sum(part.weight for part in parts if part.score is None)
    weight = sum(share for share, _score in known)
    total = sum(share * score for share, score in known)
    whole = weight + unknown
    return Health(
        score=round(total / weight, 1),
        low=round(total / whole, 1),
        high=round((total + 100 * unknown) / whole, 1),
        parts=parts,
    )


def _parts(facts: HealthFacts) -> Sequence[HealthPart]:
    cadence = facts.cadence_days or USUAL_CADENCE
    return [
        HealthPart(
            "recency", "Last contact", 0.25, _recency(facts.days_silent, cadence),
            f"{facts.days_silent} days ago, {cadence} days are "
            + ("agreed" if facts.cadence_days else "usual"),
        ),
        HealthPart(
            "cadence", "Cadence kept", 0.15, _percent(facts.kept_share),
            "gaps of the last year within the cadence" if facts.kept_share is not None
            else "needs two contacts and a cadence",
        ),
        HealthPart(
            "mood", "Mood", 0.20,
            None if facts.mood is None else 50 + 50 * facts.mood,
            "of what they said in 90 days" if facts.mood is not None else "nobody felt or asked it",
        ),
        HealthPart(
            "open", "Open matters", 0.10,
            None if facts.open_matters is None else max(100.0 - 25 * facts.open_matters, 0.0),
            f"{facts.open_matters} open" if facts.open_matters is not None
            else "no conversation in 90 days",
        ),
        HealthPart(
            "reach", "Reach", 0.15, _reach(facts.contacts_known),
            f"{facts.contacts_known} people known" if facts.contacts_known is not None
            else "a person is reached by themselves",
        ),
        HealthPart(
            "trend", "Value trend", 0.15, _trend(facts.value_recent, facts.value_before),
            _trend_words(facts.value_recent, facts.value_before),
        ),
    ]  # fmt: skip


def _recency(days: int, cadence: int) -> float:
    """100 within the cadence, then down to 0 at three times the cadence."""
    return max(0.0, min(100.0, 100.0 * (3 * cadence - days) / (2 * cadence)))


def _percent(share: float | None) -> float | None:
    return None if share is None else 100 * share


def _reach(contacts: int | None) -> float | None:
    if contacts is None:
        return None
    return (0.0, 30.0, 65.0, 100.0)[min(contacts, ENOUGH_CONTACTS)]


def _trend(recent: int | None, before: int | None) -> float | None:
    """50 where it stands, 0 where nothing came, 100 where it doubled."""
    if not before or before < 0 or recent is None:
        return None
    return max(0.0, min(100.0, 50.0 * recent / before))


def _trend_words(recent: int | None, before: int | None) -> str:
    if not before or before < 0 or recent is None:
        return "needs orders of the half year before"
    return f"{recent / before - 1:+.0%} against the half year before"


@dataclass(frozen=True, slots=True)
class Band:
    """Renewals that began within a band of health: how many were renewed, with a 95 % interval."""

    low: int
    high: int
    decided: int
    renewed: int
    share: float | None
    share_low: float | None
    share_high: float | None


@dataclass(frozen=True, slots=True)
class Calibration:
    """The score held against renewals; `missing` says what is needed where it is too early."""

    bands: tuple[Band, ...]
    decided: int
    missing: str


def calibrate(outcomes: Sequence[tuple[float, bool]]) -> Calibration:
    """(health when work began, whether it was renewed) of each decided renewal, by band."""
    renewed = sum(was for _score, was in outcomes)
    lost = len(outcomes) - renewed
    missing = ""
    if len(outcomes) < NEEDED or min(renewed, lost) < NEEDED_EACH:
        missing = (
            f"Not enough data yet: needs {NEEDED} decided renewals with {NEEDED_EACH} of each "
            f"end, has {len(outcomes)} ({renewed} renewed, {lost} lost)."
        )
    bands = tuple(_band(low, high, outcomes) for low, high in BANDS)
    return Calibration(bands=() if missing else bands, decided=len(outcomes), missing=missing)


def _band(low: int, high: int, outcomes: Sequence[tuple[float, bool]]) -> Band:
    inside = [was for score, was in outcomes if low <= score < high]
    renewed = sum(inside)
    told = share(renewed, len(inside))
    return Band(low, min(high, 100), len(inside), renewed, told.value, told.low, told.high)
