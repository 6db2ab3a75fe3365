"""What open deals are expected to bring, by month. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from math import sqrt

ENOUGH = 30  # closed deals of a stage before its conversion is said
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Conversion:
    """How often closed deals that entered a stage were won; bounds by Wilson at 95 %."""

    won: int
    closed: int

    @property
    def is_enough(self) -> bool:
        """Whether there are enough closed deals to say it."""
        return self.closed >= ENOUGH

    @property
    def share(self) -> float | None:
        """The won share; None below thirty closed deals."""
        return self.won / self.closed if self.is_enough else None

    @property
    def interval(self) -> tuple[float, float]:
        """The interval of the won share."""
        return wilson(self.won, self.closed)


@dataclass(frozen=True, slots=True)
class OpenSum:
    """Open deals of one stage and month together, in minor units."""

    month: date
    stage_id: int
    amount_minor: int
    committed_minor: int
    deals: int


@dataclass(frozen=True, slots=True)
class MonthForecast:
    """One month: all that is open, what owners stand in for, and the sum by probabilities.

    `measured_minor` weighs by what stages converted so far; None where one stage has too few.
    """

    month: date
    deals: int
    best_minor: int
    committed_minor: int
    weighted_minor: int
    measured_minor: int | None


def wilson(hits: int, count: int) -> tuple[float, float]:
    """The 95 % interval of a share (Wilson 1927); 0 to 1 for nothing counted."""
    if count == 0:
        return 0.0, 1.0
    share, square = hits / count, Z95**2
    middle = share + square / (2 * count)
    half = Z95 * sqrt(share * (1 - share) / count + square / (4 * count**2))
    base = 1 + square / count
    return max(0.0, (middle - half) / base), min(1.0, (middle + half) / base)


def forecast_by_month(
    sums: Iterable[OpenSum],
    *,
    planned: Mapping[int, float],
    measured: Mapping[int, Conversion],
) -> list[MonthForecast]:
    """The months in their order; `planned` and `measured` by stage number."""
    months: dict[date, list[OpenSum]] = {}
    for one in sums:
        months.setdefault(one.month, []).append(one)
    return [_month(month, months[month], planned, measured) for month in sorted(months)]


def _month(
    month: date,
    parts: list[OpenSum],
    planned: Mapping[int, float],
    measured: Mapping[int, Conversion],
) -> MonthForecast:
    nothing = Conversion(0, 0)
    shares = [(part.amount_minor, measured.get(part.stage_id, nothing).share) for part in parts]
    known = [amount * share for amount, share in shares if share is not None]
    return MonthForecast(
        month=month,
        deals=sum(part.deals for part in parts),
        best_minor=sum(part.amount_minor for part in parts),
        committed_minor=sum(part.committed_minor for part in parts),
        weighted_minor=round(sum(part.amount_minor * planned[part.stage_id] for part in parts)),
        measured_minor=round(sum(known)) if len(known) == len(shares) else None,
    )
