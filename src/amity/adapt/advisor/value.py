"""Customer lifetime value under a contract, and the offer that a change of retention makes.

A customer who stays each year with probability r and pays a margin m at each year's end is worth
m r / (1 + d - r) at discount d. A relationship that lengthens the life costs its hours in each of
the added years too, so the uplift counted here is the added life times the margin after that cost.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from amity.adapt.advisor.problem import Offer, Piece, sure
from amity.base.results import Estimate, Grade


@dataclass(frozen=True, slots=True)
class RetentionLevel:
    """Yearly hours for a customer, and the yearly retention that they bring."""

    hours: float
    retention: float


def life(retention: float, discount: float) -> float:
    """Discounted years that a customer goes on paying."""
    return retention / (1.0 + discount - retention)


def lifetime_value(margin: float, retention: float, discount: float) -> float:
    """What a customer is worth: yearly margin times discounted years."""
    return margin * life(retention, discount)


def retention_offer(
    *,
    margin: float,
    retention: float,
    discount: float,
    levels: Sequence[RetentionLevel],
    skill: str,
    wage: float,
    grade: Grade = Grade.D,
    minimum: float | None = None,
) -> Offer:
    """The offer whose levels (rising hours, the last one full) raise retention.

    Cost is counted over the base life (`Segment.horizon` must be `life(retention, discount)`); the
    cost of the added years lowers the uplift. The curve through the levels must flatten.
    """
    base, full = life(retention, discount), levels[-1].hours
    worth = margin * base
    uplifts = [
        (life(level.retention, discount) - base) * (margin - level.hours * wage) / worth
        for level in levels
    ]
    total = uplifts[-1]
    pieces, at, won = [], 0.0, 0.0
    for level, uplift in zip(levels, uplifts, strict=True):
        width = level.hours / full - at
        pieces.append(Piece((uplift - won) / total / width, width))
        at, won = level.hours / full, uplift
    return Offer(
        uplift=Estimate(total, None, None, grade),
        cost=sure(full * wage),
        hours={skill: full},
        response=tuple(pieces),
        minimum=levels[0].hours / full if minimum is None else minimum,
    )
