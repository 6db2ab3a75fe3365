"""Who should look after whom: by net gain an hour, within the hours there are. Pure.

The lifetime value of a customer counts the yearly hours inside the margin:
value = (margin - hours x wage) x retention / (1 + discount - retention).
Amounts are in major units.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Level:
    """Help of so many hours a year, and the yearly retention with it."""

    name: str
    hours: float
    retention: float


@dataclass(frozen=True, slots=True)
class Candidate:
    """A customer who could be looked after; `levels` are the kinds of help there are for them."""

    customer_id: int
    name: str
    segment: str
    margin: float
    retention: float
    levels: tuple[Level, ...]


@dataclass(frozen=True, slots=True)
class Manager:
    """A person with free hours a year."""

    user_id: int
    name: str
    free_hours: float


@dataclass(frozen=True, slots=True)
class Choice:
    """One proposal, or one refusal (`manager` is None), with its reason."""

    candidate: Candidate
    level: Level | None
    gain: float
    manager: Manager | None
    why: str

    @property
    def gain_an_hour(self) -> float:
        """What each hour earns."""
        return self.gain / self.level.hours if self.level else 0.0


@dataclass(frozen=True, slots=True)
class Proposal:
    """All choices, best first, and what is left."""

    taken: tuple[Choice, ...]
    refused: tuple[Choice, ...]
    hours_used: float
    hours_free: float
    hour_price: float  # what one more hour would earn
    tier_hours: float  # were everybody given the fullest level, as a rule by tiers would
    tier_gain: float

    @property
    def gain(self) -> float:
        """What the proposal adds to the lifetime values."""
        return sum(choice.gain for choice in self.taken)


def lifetime_value(margin: float, retention: float, discount: float) -> float:
    """What a customer is worth who brings `margin` a year."""
    return margin * retention / (1 + discount - retention)


def gain_of(candidate: Candidate, level: Level, *, wage: float, discount: float) -> float:
    """What the help adds to the lifetime value, its own cost taken off."""
    without = lifetime_value(candidate.margin, candidate.retention, discount)
    helped = lifetime_value(candidate.margin - level.hours * wage, level.retention, discount)
    return helped - without


def propose(
    candidates: Iterable[Candidate],
    managers: Sequence[Manager],
    *,
    wage: float,
    discount: float,
) -> Proposal:
    """Greedy by gain an hour: each customer gets the level that gains most, while hours last.

    Nobody is proposed at a loss, whatever the free hours; the refusal says what it would lose.
    """
    looked_at = list(candidates)
    best = [_best(one, wage=wage, discount=discount) for one in looked_at]
    wanted = sorted(
        (choice for choice in best if choice.gain > 0),
        key=lambda choice: (-choice.gain_an_hour, choice.candidate.customer_id),
    )
    refused = [choice for choice in best if choice.gain <= 0]
    free = {manager.user_id: manager.free_hours for manager in managers}
    taken, waiting = _fill(wanted, managers, free)
    ordered = sorted(refused, key=lambda choice: (choice.gain, choice.candidate.customer_id))
    fullest = [
        (one, max(one.levels, key=lambda level: level.hours)) for one in looked_at if one.levels
    ]
    used = sum(choice.level.hours for choice in taken if choice.level)
    return Proposal(
        taken=tuple(taken),
        refused=(*waiting, *ordered),
        hours_used=used,
        hours_free=sum(free.values()),
        hour_price=max((choice.gain_an_hour for choice in waiting), default=0.0),
        tier_hours=sum(level.hours for _one, level in fullest),
        tier_gain=sum(gain_of(one, level, wage=wage, discount=discount) for one, level in fullest),
    )


def _best(candidate: Candidate, *, wage: float, discount: float) -> Choice:
    if not candidate.levels:
        return Choice(candidate, None, 0.0, None, "No level of help is described for them.")
    gains = {
        level: gain_of(candidate, level, wage=wage, discount=discount) for level in candidate.levels
    }
    level = max(gains, key=lambda one: (gains[one], -one.hours))
    base = lifetime_value(candidate.margin, candidate.retention, discount)
    return Choice(candidate, level, gains[level], None, _why(base, level, gains))


def _why(base: float, level: Level, gains: Mapping[Level, float]) -> str:
    """The chosen level first: what the customer is worth without and with it."""
    ordered = sorted(gains, key=lambda one: one != level)
    told = [
        f"{one.name} ({one.hours:g} h a year): lifetime value {base:,.0f} → "
        f"{base + gains[one]:,.0f} ({gains[one]:+,.0f}{'' if gains[one] > 0 else ', refused'})"
        for one in ordered
    ]
    return "; ".join(told) + "."


def _fill(
    wanted: Sequence[Choice], managers: Sequence[Manager], free: dict[int, float]
) -> tuple[list[Choice], list[Choice]]:
    taken: list[Choice] = []
    waiting: list[Choice] = []
    for choice in wanted:
        hours = choice.level.hours if choice.level else 0.0
        fitting = [one for one in managers if free[one.user_id] >= hours]
        if not fitting:
            waiting.append(_placed(choice, None, f"{choice.why} No manager has {hours:g} h left."))
            continue
        chosen = max(fitting, key=lambda one: (free[one.user_id], -one.user_id))
        free[chosen.user_id] -= hours
        taken.append(_placed(choice, chosen, choice.why))
    return taken, waiting


def _placed(choice: Choice, manager: Manager | None, why: str) -> Choice:
    return Choice(choice.candidate, choice.level, choice.gain, manager, why)
