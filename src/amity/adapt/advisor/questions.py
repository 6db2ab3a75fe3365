"""Questions to a solved plan, each answered by solving again.

What if this type were forced on or off for this segment, from which uplift on would the answer
turn, what is one more unit of a resource worth, which other plans are nearly as good.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import highspy
import numpy as np

from amity.adapt.advisor.advise import (
    Shortage,
    Solved,
    advise,
    company_fixed,
    shortages,
)
from amity.adapt.advisor.model import minimum_intensity, owed_price, response_slopes
from amity.adapt.advisor.plan import Plan, read_plan, row_use
from amity.adapt.advisor.problem import Segment, interval
from amity.adapt.advisor.search import search
from amity.adapt.advisor.solver import Answer, Effort, Vector
from amity.base.vocabulary import RelationshipType

NEAR = 0.01  # plans within this share of the net count as equally good
VISIBLY = 0.10  # and differ visibly when this share of the offers differs
EXTRA = 0.10  # how much more of a resource is tried


@dataclass(frozen=True, slots=True)
class WhyNot:
    """What forcing a decision the other way costs.

    `loss` is None where it cannot be done; `missing` then says what is short. `break_even` is the
    uplift at full intensity at which both choices are worth the same; `assumed` is the one that
    the plan counts on, `low` and `high` its interval. Where the type is `promised`, the loss is
    that of not owing it: below zero, the promise costs that much.
    """

    segment: str
    type: RelationshipType
    chosen: bool
    loss: float | None
    assumed: float
    low: float
    high: float
    break_even: float | None = None
    missing: tuple[Shortage, ...] = ()
    promised: bool = False
    displaces: bool = False  # it cannot be done without breaking another promise

    @property
    def stable(self) -> bool | None:
        """Whether the decision is the same at both ends of the interval; None: not known."""
        if self.loss is None or self.promised:
            return True
        if self.break_even is None:
            return None
        return self.break_even < self.low if self.chosen else self.break_even > self.high


@dataclass(frozen=True, slots=True)
class Price:
    """What more of a resource is worth: the first unit, and really gained at 10 % more."""

    resource: str
    name: str
    used: float
    limit: float
    first: float
    extra: float  # how much more was tried
    gained: float  # net gained by it in all

    @property
    def each(self) -> float:
        """The gain for each extra unit at 10 % more."""
        return self.gained / self.extra if self.extra else 0.0


@dataclass(frozen=True, slots=True)
class Alternative:
    """Another plan that is nearly as good: what differs, and what it costs to prefer it."""

    plan: Plan
    loss: float
    differences: tuple[tuple[str, RelationshipType, bool], ...]  # segment, type, offered there


class Questioner:
    """Answers questions about one solved plan within a time limit."""

    def __init__(self, solved: Solved, seconds: float = 60.0) -> None:
        self.solved = solved
        self.deadline = time.perf_counter() + seconds

    @property
    def left(self) -> float:
        """Seconds left."""
        return self.deadline - time.perf_counter()

    @property
    def values(self) -> Vector:
        """The plan's values by column."""
        values = self.solved.answer.values
        assert values is not None  # noqa: S101 - a solved plan has values
        return values

    # Why not the other

    def why_not(self, segment: str, kind: RelationshipType) -> WhyNot:
        """What the other choice for this type and segment costs, and what would turn it."""
        problem = self.solved.problem
        offer = problem.segment(segment).offers[kind]
        chosen = self._offered(segment, kind)
        scale = offer.scale or 1.0
        low, high = (end * scale for end in interval(offer.uplift))
        told = WhyNot(segment, kind, chosen, None, offer.effect, low, high)
        other = self.forced(segment, kind, not chosen)
        if other.values is None:
            return self._with_missing(told)
        if chosen and offer.owed:
            freed = other.net + owed_price(problem.segment(segment))
            return replace(told, loss=self.solved.plan.net - freed, promised=True)
        loss = max(0.0, self.solved.plan.net - other.net)
        taken, refused = (self.solved.answer, other) if chosen else (other, self.solved.answer)
        return replace(told, loss=loss, break_even=self._break_even(segment, kind, taken, refused))

    def forced(self, segment: str, kind: RelationshipType, offered: bool) -> Answer:
        """The best plan with this offer forced on or off.

        The plan's neighborhood is tried first; where that loses much, other segments may have to
        give way, so everything is solved again from there.
        """
        program = self.solved.program
        column = program.columns.offer[segment, kind]
        lower, upper = self._near(segment, self.values)
        lower[column] = upper[column] = float(offered)
        self._free_promise(segment, kind, upper)
        effort = Effort(seconds=min(2.0, max(0.1, self.left)), gap=1e-3)
        near = self.solved.solver.solve(effort, lower=lower, upper=upper)
        lost = self.solved.plan.net - near.net
        if self.left <= 0 or lost <= NEAR * abs(self.solved.plan.net):
            return near
        lower, upper = program.lower.copy(), self.solved.upper.copy()
        lower[column] = upper[column] = float(offered)
        self._free_promise(segment, kind, upper)
        effort = Effort(seconds=min(5.0, max(0.1, self.left)), gap=5e-3)
        far = search(self.solved.solver, effort, start=near.values, lower=lower, upper=upper)
        return far if far.values is not None else near

    def _free_promise(self, segment: str, kind: RelationshipType, upper: Vector) -> None:
        """Lets the one promise be broken that is asked about, at its price."""
        gap = self.solved.program.columns.owed_gap.get((segment, kind))
        if gap is not None:
            upper[gap] = 1.0

    def _near(self, segment: str, around: Vector) -> tuple[Vector, Vector]:
        """Bounds that leave free one segment and what the company runs, and hold the rest."""
        program, columns = self.solved.program, self.solved.program.columns
        chosen = np.round(around)
        lower, upper = program.lower.copy(), self.solved.upper.copy()
        others = [index for (owner, _), index in columns.offer.items() if owner != segment]
        others += [index for (owner, _, _), index in columns.opened.items() if owner != segment]
        lower[others] = upper[others] = chosen[others]
        return lower, upper

    def _offered(self, segment: str, kind: RelationshipType) -> bool:
        return bool(self.values[self.solved.program.columns.offer[segment, kind]] > 0.5)

    def _with_missing(self, told: WhyNot) -> WhyNot:
        """What is short to do it at all, else what is short to do it and keep every promise."""
        problem, forced = self.solved.problem, {(told.segment, told.type): not told.chosen}
        effort = Effort(seconds=min(5.0, max(0.2, self.left)), gap=0.05)
        missing = shortages(problem, effort, promises=False, forced=forced)
        if missing:
            return replace(told, missing=missing)
        missing = shortages(problem, effort, promises=True, forced=forced)
        return replace(told, missing=missing, displaces=bool(missing))

    def _break_even(
        self, segment: str, kind: RelationshipType, taken: Answer, refused: Answer
    ) -> float | None:
        """The uplift at which taking is worth as much as refusing, by secants over re-solves."""
        offer = self.solved.problem.segment(segment).offers[kind]
        goal, at, net = refused.net, offer.effect, taken.net
        around = self.values if taken.values is None else taken.values
        slope = self._slope(segment, kind, taken)
        if slope <= 0:
            return None
        tolerance = 1e-3 * max(abs(goal), 1.0)
        for _ in range(4):
            if abs(net - goal) <= tolerance or self.left <= 0 or slope <= 0:
                break
            tried = at + (goal - net) / slope
            answer = self._with_effect(segment, kind, tried, around)
            if answer.values is None or abs(tried - at) < 1e-9:
                break
            slope, at, net = (answer.net - net) / (tried - at), tried, answer.net
        return at + (goal - net) / slope if slope > 0 else at

    def _slope(self, segment: str, kind: RelationshipType, answer: Answer) -> float:
        """How fast the net grows with the uplift, at this answer."""
        if answer.values is None:
            return 0.0
        problem, columns = self.solved.problem, self.solved.program.columns
        item = problem.segment(segment)
        amounts = answer.values[list(columns.pieces[segment, kind])]
        response = sum(
            piece.slope * amount
            for piece, amount in zip(item.offers[kind].response, amounts, strict=True)
        )
        gained = answer.values[list(columns.gained[segment])]
        marginal = problem.saturation[-1].slope
        for piece, amount in zip(problem.saturation, gained, strict=True):
            if amount < piece.width - 1e-9:
                marginal = piece.slope
                break
        return float(item.size.value * problem.credited_value(item) * marginal * response)

    def _with_effect(
        self, segment: str, kind: RelationshipType, effect: float, around: Vector
    ) -> Answer:
        """The best plan near another with the type taken and another uplift."""
        program, solver = self.solved.program, self.solved.solver
        offer = self.solved.problem.segment(segment).offers[kind]
        row = program.marks[f"uplift:{segment}"]
        pieces = program.columns.pieces[segment, kind]
        slopes = [effect * (piece.slope if effect >= 0 else 1.0) for piece in offer.response]
        lower, upper = self._near(segment, around)
        lower[program.columns.offer[segment, kind]] = 1.0
        try:
            for column, slope in zip(pieces, slopes, strict=True):
                solver.coefficient(row, column, -slope)
            effort = Effort(seconds=min(2.0, max(0.1, self.left)), gap=1e-3)
            return solver.solve(effort, lower=lower, upper=upper)
        finally:
            for column, slope in zip(pieces, response_slopes(offer), strict=True):
                solver.coefficient(row, column, -slope)

    # What binds

    def prices(self) -> Iterator[Price]:
        """The worth of more of each resource that is (nearly) used up, the dearest first."""
        program, solved = self.solved.program, self.solved
        first = solved.solver.duals(self.values)
        names = {f"hours:{skill.key}": skill.name for skill in solved.problem.skills}
        names["budget"] = "Budget"
        for name in sorted(first, key=lambda item: -first[item]):
            if name == "changes":
                continue
            row = program.resources[name]
            limit, used = float(program.row_upper[row]), row_use(program, row, self.values)
            scarce = used > 0.999 * limit - 1e-6
            extra = EXTRA * limit
            gained = self._gain(name, limit + extra) if scarce and self.left > 0 else 0.0
            yield Price(
                name, names[name], used, limit, first[name] if scarce else 0.0, extra, gained
            )

    def _gain(self, resource: str, limit: float) -> float:
        """The net gained with another limit, with the same types and touchpoints run."""
        solved = self.solved
        before = float(solved.program.row_upper[solved.program.resources[resource]])
        lower, upper = company_fixed(solved.program, self.values, solved.upper)
        effort = Effort(seconds=min(4.0, max(0.2, self.left)), gap=2e-3)
        try:
            solved.solver.resource_limits({resource: limit})
            answer = solved.solver.solve(effort, start=self.values, lower=lower, upper=upper)
        finally:
            solved.solver.resource_limits({resource: before})
        return max(0.0, answer.net - solved.plan.net)

    # Today

    def as_today(self) -> Answer:
        """Today's mix at today's touchpoints, whether or not the resources would allow it."""
        solved, program = self.solved, self.solved.program
        lower, upper = program.lower.copy(), program.upper.copy()
        for segment in solved.problem.segments:
            self._held_as_today(segment, lower, upper)
        limits = {name: float(program.row_upper[row]) for name, row in program.resources.items()}
        effort = Effort(seconds=min(5.0, max(0.5, self.left)), gap=1e-3)
        try:
            solved.solver.resource_limits(dict.fromkeys(limits, highspy.kHighsInf))
            return solved.solver.solve(effort, lower=lower, upper=upper)
        finally:
            solved.solver.resource_limits(limits)

    def _held_as_today(self, segment: Segment, lower: Vector, upper: Vector) -> None:
        problem, columns = self.solved.problem, self.solved.program.columns
        for (owner, kind), column in columns.offer.items():
            if owner != segment.key:
                continue
            offer, today = segment.offers[kind], segment.today.get(kind, 0.0)
            left = max(today, minimum_intensity(offer, problem.types[kind])) if today else 0.0
            lower[column] = upper[column] = float(today > 0)
            for piece, index in zip(offer.response, columns.pieces[owner, kind], strict=True):
                lower[index] = upper[index] = min(left, piece.width)
                left -= lower[index]
        for (owner, place, _), column in columns.opened.items():
            if owner == segment.key and segment.today and place not in segment.today_touchpoints:
                upper[column] = 0.0

    # Nearly as good

    def alternatives(self, most: int = 2) -> Iterator[Alternative]:
        """Plans within 1 % of the net that differ in at least 10 % of the offers."""
        seen = [self.values]
        while len(seen) <= most and self.left > 0:
            answer = self._different(seen)
            if answer.values is None or answer.net < (1 - NEAR) * self.solved.plan.net:
                return
            seen.append(answer.values)
            plan = read_plan(self.solved.problem, self.solved.program, answer)
            offers = self.solved.program.columns.offer
            yield Alternative(
                plan,
                max(0.0, self.solved.plan.net - answer.net),
                tuple(
                    (segment, kind, bool(answer.values[index] > 0.5))
                    for (segment, kind), index in offers.items()
                    if (answer.values[index] > 0.5) != (self.values[index] > 0.5)
                ),
            )

    def _different(self, seen: list[Vector]) -> Answer:
        solved = self.solved
        offers = np.array(list(solved.program.columns.offer.values()))
        least = max(1.0, np.ceil(VISIBLY * len(offers)))
        net = solved.plan.net
        effort = Effort(
            seconds=min(8.0, max(0.2, self.left)), gap=5e-3, above=net - NEAR * abs(net)
        )
        distances = []
        for values in seen:
            taken = np.round(values[offers])
            distances.append((offers, 1.0 - 2.0 * taken, least - float(taken.sum())))
        near = company_fixed(solved.program, self.values, solved.upper)
        with solved.solver.further_rows(distances):
            answer = solved.solver.solve(effort, lower=near[0], upper=near[1])
            if answer.values is None and self.left > 0:
                effort = replace(effort, seconds=min(8.0, max(0.2, self.left)), first=True)
                answer = solved.solver.solve(effort, upper=solved.upper)
        return answer


def price_of_promise(
    solved: Solved, segment: str, kind: RelationshipType, effort: Effort | None = None
) -> float:
    """What owing this type costs: the net that the company would gain by not owing it."""
    problem = solved.problem
    item = problem.segment(segment)
    offers = {**item.offers, kind: replace(item.offers[kind], owed=False)}
    segments = tuple(
        replace(item, offers=offers) if other.key == segment else other
        for other in problem.segments
    )
    free = advise(replace(problem, segments=segments), effort)
    return max(0.0, free.plan.net - solved.plan.net)
