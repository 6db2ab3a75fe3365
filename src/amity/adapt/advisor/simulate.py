"""What plans are worth when the effects are not as estimated: many draws, the same for each plan.

Uplift, deflection and stage worth are drawn as normal figures whose 95 % interval is that of the
estimate. A plan's offers and staff stay as planned; where more contacts need people than planned,
spare hours answer them, and what is left counts as unmet or as a broken promise.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from amity.adapt.advisor.model import BREACH_FACTOR, Program, allowed_unmet
from amity.adapt.advisor.plan import row_use
from amity.adapt.advisor.problem import Piece, Problem, Segment, half_width
from amity.base.results import Estimate
from amity.base.vocabulary import RelationshipType, Stage

Draws = NDArray[np.float64]
DRAWS = 2_000
SIGMAS = 1.96


@dataclass(frozen=True, slots=True)
class Spread:
    """The net in the draws: its mean and the values that 5 % lie below and above."""

    mean: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Simulation:
    """One plan in all draws."""

    total: Draws
    segments: dict[str, Draws]

    @property
    def spread(self) -> Spread:
        """The plan's net."""
        return spread(self.total)

    def better_than(self, other: "Simulation") -> float:
        """The share of draws in which this plan's net is above the other's."""
        return float(np.mean(self.total > other.total))


@dataclass(frozen=True, slots=True)
class World:
    """One set of draws, so that all plans are compared in the same worlds."""

    uplift: dict[tuple[str, RelationshipType], Draws]
    resolved: dict[tuple[str, RelationshipType], Draws]
    stages: dict[tuple[str, Stage], Draws]
    count: int


def spread(values: Draws) -> Spread:
    """Mean, 5 % and 95 % value."""
    low, high = np.quantile(values, [0.05, 0.95])
    return Spread(float(values.mean()), float(low), float(high))


def draw_world(problem: Problem, *, draws: int = DRAWS, seed: int = 0) -> World:
    """Draws of every uncertain effect of the problem."""
    rng = np.random.default_rng(seed)

    def drawn(estimate: Estimate) -> Draws:
        values = rng.normal(estimate.value, half_width(estimate) / SIGMAS, draws)
        low = estimate.low if estimate.low is not None else min(0.0, 2 * estimate.value)
        floor = min(0.0, low) if estimate.value >= 0 else -np.inf
        return np.maximum(values, floor)

    world = World({}, {}, {}, draws)
    for segment in problem.segments:
        for kind, offer in segment.offers.items():
            world.uplift[segment.key, kind] = drawn(offer.uplift)
            world.resolved[segment.key, kind] = np.maximum(drawn(offer.resolved), 0.0)
        for stage, worth in segment.stages.items():
            world.stages[segment.key, stage] = drawn(worth)
    return world


def simulate(problem: Problem, program: Program, values: Draws, world: World) -> Simulation:
    """One plan (the values of its program) in every drawn world."""
    money = program.gain * values * program.unit
    drawn = _drawn_columns(program)
    fixed = float(money.sum() - money[drawn].sum())
    spare = 1.0 + _spare(problem, program, values)
    segments = {
        segment.key: _segment(problem, program, values, segment, world, spare=spare)
        for segment in problem.segments
    }
    total = np.full(world.count, fixed) + sum(segments.values(), np.zeros(world.count))
    kept = {key: draws + _fixed_of(program, money, key) for key, draws in segments.items()}
    return Simulation(total, kept)


def _drawn_columns(program: Program) -> list[int]:
    """Columns whose money depends on the draw."""
    columns = program.columns
    gained = [index for pieces in columns.gained.values() for index in pieces]
    contacts = (columns.assisted, columns.unmet, columns.breach)
    return gained + [index for group in contacts for index in group.values()]


def _fixed_of(program: Program, money: Draws, key: str) -> float:
    columns = program.columns
    own = [index for (owner, _), index in columns.offer.items() if owner == key]
    own += [
        index for (owner, _), pieces in columns.pieces.items() if owner == key for index in pieces
    ]
    own += [index for (owner, _, _), index in columns.opened.items() if owner == key]
    own += [index for owner, index in columns.overload.items() if owner == key]
    own += [index for owner, index in columns.served_gap.items() if owner == key]
    own += [index for (owner, _), index in columns.stage_gap.items() if owner == key]
    own += [index for (owner, _), index in columns.owed_gap.items() if owner == key]
    return float(money[own].sum())


def _segment(
    problem: Problem,
    program: Program,
    values: Draws,
    segment: Segment,
    world: World,
    *,
    spare: float,
) -> Draws:
    """Money of one segment that depends on the draw."""
    key, columns, size = segment.key, program.columns, segment.size.value
    raw = np.zeros(world.count)
    answered = np.zeros(world.count)
    for kind, offer in segment.offers.items():
        pieces = columns.pieces.get((key, kind), ())
        if pieces:
            amounts = values[list(pieces)]
            slopes = np.array([piece.slope for piece in offer.response])
            raw += world.uplift[key, kind] * offer.scale * float(slopes @ amounts)
            answered += world.resolved[key, kind] * float(amounts.sum())
    slopes = np.array([piece.slope for piece in problem.coverage])
    for stage in segment.stages:
        covered = float(slopes @ values[list(columns.covered[key, stage])])
        raw += world.stages[key, stage] * covered
    worth = size * problem.credited_value(segment)
    left = np.maximum(segment.contacts.value - answered, 0.0)
    assisted = np.minimum(left, float(values[columns.assisted[key]]) * spare)
    unmet = left - assisted
    broken = np.maximum(unmet - allowed_unmet(problem, segment), 0.0)
    lost = segment.unmet_loss.value * (unmet + (BREACH_FACTOR - 1) * broken)
    contacts = segment.contact_cost.value * assisted + lost
    return worth * _saturated(raw, problem.saturation) - size * segment.horizon * contacts


def _saturated(raw: Draws, pieces: tuple[Piece, ...]) -> Draws:
    """The overlapping uplifts of one customer; harm is not softened."""
    gained = np.minimum(raw, 0.0) * pieces[0].slope
    begin = 0.0
    for piece in pieces:
        gained = gained + piece.slope * np.clip(raw - begin, 0.0, piece.width)
        begin += piece.width
    return gained


def _spare(problem: Problem, program: Program, values: Draws) -> float:
    """How many more contacts than planned the spare hours could answer, relative to the plan."""
    shares = []
    for skill in problem.skills:
        used = sum(
            segment.size.value
            * segment.contact_hours.get(skill.key, 0.0)
            * float(values[program.columns.assisted[segment.key]])
            for segment in problem.segments
        )
        if used > 0:
            row = program.resources[f"hours:{skill.key}"]
            left = float(program.row_upper[row]) - row_use(program, row, values)
            shares.append(max(0.0, left) / used)
    return min(shares, default=0.0)
