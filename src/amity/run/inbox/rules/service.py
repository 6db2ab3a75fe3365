"""How matters went, counted and timed line by line. Pure.

Times are elapsed, from the customer's first word, in seconds; promises are judged on their working
calendars elsewhere and only counted here. A percentile of fewer than `FEW` matters is not told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import quantiles

from amity.base.shares import Share, share

FEW = 5


@dataclass(frozen=True, slots=True)
class Matter:
    """One conversation as the report sees it; times are None where it has not come to that."""

    line: str
    response_seconds: float | None
    resolution_seconds: float | None
    is_closed: bool
    was_reopened: bool
    was_handed_over: bool
    is_judged: bool  # closed long enough to know whether the customer came again
    came_again: bool
    staff_seconds: int
    cost_minor: int
    promises_made: int  # that were kept or broken
    promises_kept: int
    score: int | None  # 1 to 5


@dataclass(frozen=True, slots=True)
class Spread:
    """Middle and ninth tenth of times in seconds; None where too few are known."""

    count: int
    median: float | None
    p90: float | None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """What one line (a team, a segment …) did; `key` is empty for what has none."""

    key: str
    matters: int
    backlog: int
    response: Spread
    resolution: Spread
    reopened: Share
    handed_over: Share
    came_again: Share
    promises: Share
    satisfied: Share
    staff_seconds: int
    cost_minor: int

    @property
    def cost_per_matter_minor(self) -> float | None:
        """What a matter cost on average so far."""
        return self.cost_minor / self.matters if self.matters else None


def by_line(matters: Iterable[Matter]) -> list[ServiceLine]:
    """One line for each key, the busiest first."""
    groups: dict[str, list[Matter]] = {}
    for matter in matters:
        groups.setdefault(matter.line, []).append(matter)
    found = [line_of(key, group) for key, group in groups.items()]
    return sorted(found, key=lambda line: (-line.matters, line.key))


def line_of(key: str, matters: Sequence[Matter]) -> ServiceLine:
    """The figures of these matters together."""
    closed = [one for one in matters if one.is_closed]
    judged = [one for one in matters if one.is_judged]
    scores = [one.score for one in matters if one.score is not None]
    return ServiceLine(
        key=key,
        matters=len(matters),
        backlog=len(matters) - len(closed),
        response=spread([one.response_seconds for one in matters]),
        resolution=spread([one.resolution_seconds for one in matters]),
        reopened=share(sum(one.was_reopened for one in matters), len(matters)),
        handed_over=share(sum(one.was_handed_over for one in matters), len(matters)),
        came_again=share(sum(one.came_again for one in judged), len(judged)),
        promises=share(
            sum(one.promises_kept for one in matters), sum(one.promises_made for one in matters)
        ),
        satisfied=share(sum(score >= 4 for score in scores), len(scores)),
        staff_seconds=sum(one.staff_seconds for one in matters),
        cost_minor=sum(one.cost_minor for one in matters),
    )


def spread(seconds: Iterable[float | None]) -> Spread:
    """Median and 90th percentile of the known times."""
    known = sorted(one for one in seconds if one is not None)
    if len(known) < FEW:
        return Spread(len(known), None, None)
    tenths = quantiles(known, n=10, method="inclusive")
    return Spread(len(known), tenths[4], tenths[8])
