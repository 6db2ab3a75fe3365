"""Two honest competitors of the planner: a greedy planner and tier rules, both polished by an LP.

They also give the search its start, so a plan is never worse than they are.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from amity.adapt.advisor.model import Program, minimum_intensity, possible_types
from amity.adapt.advisor.problem import ASSISTED, Problem, Segment, Touchpoint
from amity.adapt.advisor.solver import Answer, Effort, Progress, Solver, Vector
from amity.base.vocabulary import RelationshipType

PA = RelationshipType.PERSONAL_ASSISTANCE
DPA = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE
SS = RelationshipType.SELF_SERVICE
AUT = RelationshipType.AUTOMATED_SERVICES
COM = RelationshipType.COMMUNITIES
CC = RelationshipType.CO_CREATION

COMPANY_TYPES = (
    frozenset(RelationshipType),
    frozenset({PA, DPA, SS, AUT, COM}),
    frozenset({PA, DPA, SS, AUT}),
    frozenset({PA, SS}),
)
HOUR_PRICE = 1.3  # the greedy planner's guess of what an hour is worth, in wages
TIERS = tuple(
    (top, middle, rest)
    for top in (0.1, 0.2)
    for middle in (0.3, 0.5)
    for rest in (frozenset({SS}), frozenset({SS, PA}), frozenset({SS, AUT, PA}))
)


@dataclass(slots=True)
class _Choice:
    """What a simple planner decides: types a segment, touchpoints of the company."""

    offers: dict[str, set[RelationshipType]] = field(default_factory=dict)
    touchpoints: dict[str, str] = field(default_factory=dict)  # touchpoint -> quality


@dataclass(frozen=True, slots=True)
class Baselines:
    """The best answers of the simple planners; None where none of theirs fits."""

    greedy: Answer | None
    tiers: Answer | None

    @property
    def best(self) -> Answer | None:
        """The better of the two."""
        found = [answer for answer in (self.greedy, self.tiers) if answer is not None]
        return max(found, key=lambda answer: answer.net, default=None)


def baselines(problem: Problem, solver: Solver, effort: Effort) -> Baselines:
    """The best greedy design and the best tier rule that fit the resources."""
    greedy = _best(solver, list(greedy_choices(problem)), problem, effort)
    tiers = _best(solver, list(tier_choices(problem)), problem, effort)
    return Baselines(greedy, tiers)


def _best(
    solver: Solver, choices: list[_Choice], problem: Problem, effort: Effort
) -> Answer | None:
    best: Answer | None = None
    for choice in choices:
        if effort.stop is not None and effort.stop():
            break
        answer = solver.polish(to_vector(choice, problem, solver.program))
        if answer.values is not None and (best is None or answer.net > best.net):
            best = answer
            if effort.report is not None:
                effort.report(Progress("Trying simple rules first", best.net, None, 0.0))
    return best


def to_vector(choice: _Choice, problem: Problem, program: Program) -> Vector:
    """The integers of a choice; everything else is left to the polish."""
    values = np.zeros(len(program.gain))
    columns = program.columns
    run: set[RelationshipType] = set()
    for key, quality in choice.touchpoints.items():
        values[columns.touchpoint[key, quality]] = 1.0
    for segment in problem.segments:
        wanted = choice.offers.get(segment.key, set())
        opened = _openings(segment, wanted, choice, problem)
        for key in opened:
            values[columns.opened[segment.key, key, choice.touchpoints[key]]] = 1.0
        carried = {kind for key in opened for kind in problem.touchpoint(key).carries}
        for kind in wanted & carried:
            if (segment.key, kind) in columns.offer:
                values[columns.offer[segment.key, kind]] = 1.0
                run.add(kind)
    for kind in run:
        values[columns.run[kind]] = 1.0
    return values


def _openings(
    segment: Segment, wanted: set[RelationshipType], choice: _Choice, problem: Problem
) -> set[str]:
    """The best touchpoint a stage, and one that carries each wanted type."""
    reachable = [
        problem.touchpoint(key)
        for key in choice.touchpoints
        if key in segment.reach and problem.touchpoint(key).stages & segment.stages.keys()
    ]

    def worth(key: str) -> float:
        reach = segment.reach[key]
        share = stage_worth(segment, problem.touchpoint(key))
        return segment.worth * share * reach.fit.value * 0.5 - reach.opening

    opened: set[str] = {item.key for item in reachable if worth(item.key) > 0}
    for stage in segment.stages:
        inside = [item.key for item in reachable if stage in item.stages]
        opened |= {max(inside, key=worth)} if inside else set()
    for kind in wanted:
        carriers = [item.key for item in reachable if kind in item.carries]
        if carriers and not opened & set(carriers):
            opened.add(max(carriers, key=worth))
    return opened


def stage_worth(segment: Segment, touchpoint: Touchpoint) -> float:
    """What covering all stages of a touchpoint well is worth, as a share of value."""
    return sum(segment.stages[stage].value for stage in touchpoint.stages & segment.stages.keys())


def company_touchpoints(
    problem: Problem, quality: str, depth: int, types: frozenset[RelationshipType]
) -> dict[str, str]:
    """The `depth` most useful touchpoints a stage, and carriers of the types."""
    reach = {item.key: item.reach for item in problem.qualities}

    def score(key: str) -> float:
        touchpoint = problem.touchpoint(key)
        upkeep = touchpoint.upkeep.get(quality) or next(iter(touchpoint.upkeep.values()))
        labor = sum(hours * problem.wages[skill] for skill, hours in upkeep.hours.items())
        cost = (upkeep.cost + HOUR_PRICE * labor) * problem.horizon
        use = sum(
            segment.worth * stage_worth(segment, touchpoint) * segment.reach[key].fit.value
            for segment in problem.segments
            if key in segment.reach
        )
        return use * reach.get(quality, 1.0) - cost

    ranked = sorted((item.key for item in problem.touchpoints), key=score, reverse=True)
    chosen = {item.key for item in problem.touchpoints if item.must_run}
    for stage in {stage for segment in problem.segments for stage in segment.stages}:
        inside = [key for key in ranked if stage in problem.touchpoint(key).stages]
        chosen |= set(inside[:depth])
    for kind in types:
        carriers = [key for key in ranked if kind in problem.touchpoint(key).carries]
        if carriers and not chosen & set(carriers):
            chosen.add(carriers[0])
    qualities = {item.key: item.upkeep for item in problem.touchpoints}
    return {
        key: quality if quality in qualities[key] else next(iter(qualities[key])) for key in chosen
    }


def greedy_choices(problem: Problem) -> Iterator[_Choice]:
    """24 company designs, each filled by marginal value per cost while resources last."""
    for types in COMPANY_TYPES:
        for quality in (problem.qualities[0].key, problem.qualities[-1].key):
            for depth in (1, 2, 3):
                places = company_touchpoints(problem, quality, depth, types)
                yield _Choice(_filled(problem, types, places), places)


def tier_choices(problem: Problem) -> Iterator[_Choice]:
    """Twelve tier rules: the most valuable customers get people, the rest machines."""
    ranked = sorted(problem.segments, key=lambda segment: -segment.value.value)
    for top, middle, rest in TIERS:
        first, second = round(top * len(ranked)), round((top + middle) * len(ranked))
        offers = {}
        for position, segment in enumerate(ranked):
            tier = {DPA, PA, SS} if position < max(first, 1) else {PA, SS, AUT}
            kinds = set(rest) if position >= second else tier
            offers[segment.key] = (kinds | _owed(segment)) & possible_types(problem, segment)
        types = frozenset(kind for kinds in offers.values() for kind in kinds)
        yield _Choice(offers, company_touchpoints(problem, problem.qualities[0].key, 1, types))


def _owed(segment: Segment) -> set[RelationshipType]:
    return {kind for kind, offer in segment.offers.items() if offer.owed}


@dataclass(slots=True)
class _Resources:
    money: float
    hours: dict[str, float]

    def take(self, money: float, hours: Mapping[str, float]) -> bool:
        """Uses the resources if they last."""
        fits = money <= self.money and all(self.hours[key] >= need for key, need in hours.items())
        if fits:
            self.money -= money
            for key, need in hours.items():
                self.hours[key] -= need
        return fits


def _filled(
    problem: Problem, types: frozenset[RelationshipType], places: Mapping[str, str]
) -> dict[str, set[RelationshipType]]:
    left = _Resources(
        np.inf if problem.budget is None else problem.budget,
        {skill.key: skill.hours for skill in problem.skills},
    )
    for key, quality in places.items():
        upkeep = problem.touchpoint(key).upkeep[quality]
        left.take(upkeep.cost, upkeep.hours)
    for kind in types & set(problem.types):
        left.take(problem.types[kind].fixed_cost, problem.types[kind].fixed_hours)
    wishes: list[tuple[bool, float, Segment, RelationshipType]] = []
    offers: dict[str, set[RelationshipType]] = {}
    for segment in problem.segments:
        offers[segment.key] = set()
        wishes += _wishes(problem, segment, types)
    for _, _, segment, kind in sorted(wishes, key=lambda wish: (-wish[0], -wish[1])):
        offer = segment.offers[kind]
        least = minimum_intensity(offer, problem.types[kind]) * segment.size.value
        hours = {skill: least * amount for skill, amount in offer.hours.items()}
        if left.take(least * offer.cost.value + offer.setup, hours):
            offers[segment.key].add(kind)
    return offers


def _wishes(
    problem: Problem, segment: Segment, types: frozenset[RelationshipType]
) -> Iterator[tuple[bool, float, Segment, RelationshipType]]:
    """Types worth offering: (owed, gain per cost, segment, type); a served segment is owed one."""
    rated = []
    for kind in possible_types(problem, segment):
        gain, cost = _estimate(problem, segment, kind)
        rated.append((gain / max(cost, 1.0), gain > cost and kind in types, kind))
    best = max((item for item in rated if item[2] in types), default=None)
    for ratio, worth, kind in rated:
        owed = segment.offers[kind].owed
        owed = owed or (segment.served and best is not None and kind is best[2])
        if owed or worth:
            yield owed, ratio, segment, kind


def _estimate(problem: Problem, segment: Segment, kind: RelationshipType) -> tuple[float, float]:
    """A guess of what a type gains and costs at full intensity, hours above their wage."""
    offer, size = segment.offers[kind], segment.size.value
    labor = sum(hours * problem.wages[skill] for skill, hours in offer.hours.items())
    cost = size * (offer.cost.value + (HOUR_PRICE - 1) * labor) * segment.horizon + offer.setup
    gain = 0.8 * offer.effect * size * problem.credited_value(segment)
    if kind in ASSISTED:
        gain += 0.5 * size * segment.contacts.value * segment.unmet_loss.value * segment.horizon
    gain += size * offer.resolved.value * segment.contact_cost.value * segment.horizon
    return gain, cost
