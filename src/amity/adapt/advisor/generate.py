"""Invented companies from a seed, for tests and benchmarks.

Three classes of customers (70 % many small consumers, 20 % medium, 10 % business), value and size
lognormal and negatively related, Dirichlet preferences, beta complexity, gamma contact need, 30
touchpoints in five stages. Resources are 60 % of what an unlimited linear program would use, plus
the fixed work. All response figures are invented: they say how hard a plan is to find, not how
much a company gains.
"""

from dataclasses import replace
from typing import Any

import numpy as np

from amity.adapt.advisor.model import build
from amity.adapt.advisor.problem import (
    Offer,
    Piece,
    Problem,
    Reach,
    Segment,
    Skill,
    Touchpoint,
    TypeSetting,
    Upkeep,
    assumed,
    sure,
)
from amity.adapt.advisor.solver import Solver
from amity.base.results import Estimate, Grade
from amity.base.vocabulary import RelationshipType, Stage

WAGES = {"front_line": 32.0, "account": 55.0, "content": 45.0, "community": 38.0, "product": 60.0}
SKILL_OF = {
    RelationshipType.PERSONAL_ASSISTANCE: "front_line",
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: "account",
    RelationshipType.SELF_SERVICE: "content",
    RelationshipType.AUTOMATED_SERVICES: "content",
    RelationshipType.COMMUNITIES: "community",
    RelationshipType.CO_CREATION: "product",
}
FIXED = {  # yearly money and hours of running a type at all
    RelationshipType.PERSONAL_ASSISTANCE: (20_000.0, 300.0),
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: (15_000.0, 200.0),
    RelationshipType.SELF_SERVICE: (40_000.0, 600.0),
    RelationshipType.AUTOMATED_SERVICES: (60_000.0, 500.0),
    RelationshipType.COMMUNITIES: (30_000.0, 900.0),
    RelationshipType.CO_CREATION: (25_000.0, 700.0),
}
UPLIFT = (0.045, 0.10, 0.025, 0.03, 0.02, 0.018)
# mean size, mean value, contacts, hours of a contact, dedicated hours a customer, spread
CLASSES = (
    (6_000.0, 160.0, 1.2, 0.12, 0.6),
    (900.0, 1_800.0, 2.5, 0.25, 4.0),
    (90.0, 30_000.0, 7.0, 0.5, 50.0),
)


def generate(segments: int, seed: int, *, touchpoints: int = 30) -> Problem:
    """An invented company with this many segments; the same seed gives the same company."""
    rng = np.random.default_rng(seed)
    places = _touchpoints(rng, touchpoints)
    scale = max(segments, 4) / 20.0
    problem = Problem(
        segments=tuple(_segment(rng, index, places) for index in range(segments)),
        touchpoints=tuple(_scaled(place, scale) for place in places),
        skills=tuple(
            Skill(key=key, name=key.capitalize(), hours=1e9, wage=wage)
            for key, wage in WAGES.items()
        ),
        types={
            kind: TypeSetting(
                fixed_cost=FIXED[kind][0] * scale,
                fixed_hours={SKILL_OF[kind]: FIXED[kind][1] * scale},
                minimum=0.25,
            )
            for kind in RelationshipType
        },
        integration=tuple(Piece(1_500.0 * scale * 1.8**step, 4.0) for step in range(6)),
    )
    return _limited(problem)


def _touchpoints(rng: Any, count: int) -> tuple[Touchpoint, ...]:
    stages = list(Stage)
    return tuple(
        Touchpoint(
            key=f"t{index}",
            name=f"Touchpoint {index}",
            stages=frozenset({stages[index % 5]}),
            carries=_carries(rng, index),
            upkeep={
                "basic": Upkeep(
                    cost=float(rng.uniform(3_000, 10_000)),
                    hours={"content": float(rng.uniform(20, 80))},
                ),
                "integrated": Upkeep(
                    cost=float(rng.uniform(10_000, 25_000)),
                    hours={"content": float(rng.uniform(80, 250))},
                ),
            },
        )
        for index in range(count)
    )


def _carries(rng: Any, index: int) -> frozenset[RelationshipType]:
    kinds = list(RelationshipType)
    carried = {kind for kind in kinds if rng.random() < 0.3}
    return frozenset(carried | {kinds[index % 6]})


def _scaled(place: Touchpoint, scale: float) -> Touchpoint:
    upkeep = {
        quality: Upkeep(
            cost=cost.cost * scale, hours={key: value * scale for key, value in cost.hours.items()}
        )
        for quality, cost in place.upkeep.items()
    }
    return replace(place, upkeep=upkeep)


def _segment(rng: Any, index: int, places: tuple[Touchpoint, ...]) -> Segment:
    kind = int(rng.choice(3, p=[0.7, 0.2, 0.1]))
    size, value, contacts, contact_hours, dedicated = CLASSES[kind]
    shift = float(rng.normal())
    complexity = float(rng.beta(2, 3))
    need = contacts * float(rng.gamma(4.0, 0.25))
    hours = contact_hours * (0.6 + complexity)
    preference = np.clip(6.0 * rng.dirichlet(np.full(6, 2.0)), 0.35, 1.65)
    worth = value * float(np.exp(0.5 * shift))
    return Segment(
        key=f"s{index}",
        name=f"Segment {index}",
        size=sure(float(round(size * np.exp(-0.4 * shift + 0.3 * rng.normal())))),
        value=Estimate(worth, 0.8 * worth, 1.2 * worth, Grade.B),
        contacts=Estimate(need, 0.9 * need, 1.1 * need, Grade.B),
        unmet_loss=assumed(float(worth * rng.uniform(0.02, 0.04) + 5.0)),
        contact_cost=sure(hours * WAGES["front_line"] + 0.5),
        contact_hours={"front_line": hours},
        unmet_limit=0.1,
        offers=_offers(
            rng,
            worth=worth,
            need=need,
            complexity=complexity,
            dedicated=dedicated,
            preference=preference,
        ),
        reach={
            place.key: Reach(
                fit=assumed(float(rng.beta(2, 3))), opening=float(rng.uniform(50, 500))
            )
            for place in places
        },
        stages={stage: assumed(float(rng.uniform(0.002, 0.012))) for stage in Stage},
        comfortable=7,
        overload=assumed(0.001),
    )


def _offers(
    rng: Any, *, worth: float, need: float, complexity: float, dedicated: float, preference: Any
) -> dict[RelationshipType, Offer]:
    resolved = (0.0, 0.0, 0.55 * (1 - complexity), 0.3 * (1 - complexity), 0.15, 0.0)
    yearly_hours = (0.05 * need, dedicated, 0.0, 0.0, 0.002, 0.003)
    cash = (0.0, 0.002 * worth, 0.05 * need, 0.1 * need + 0.2, 0.1, 0.2)
    offers = {}
    for position, kind in enumerate(RelationshipType):
        skill, hours = SKILL_OF[kind], yearly_hours[position]
        uplift = UPLIFT[position] * float(np.exp(0.4 * rng.normal()))
        offers[kind] = Offer(
            uplift=Estimate(uplift, 0.4 * uplift, 1.6 * uplift, Grade.C),
            resolved=assumed(resolved[position] * need),
            cost=sure(cash[position] + hours * WAGES[skill]),
            setup=float(rng.uniform(500, 3_000)),
            hours={skill: hours},
            preference=float(preference[position]),
        )
    return offers


def _limited(problem: Problem) -> Problem:
    """The same company with 60 % of the resources that a relaxed, unlimited plan would use."""
    program = build(replace(problem, budget=1e12))
    solver = Solver(program)
    values = solver.linear(program.lower, program.upper).values
    assert values is not None  # noqa: S101 - nothing limits this program
    used = {name: _use(program, row, values) for name, row in program.resources.items()}
    fixed_money = sum(setting.fixed_cost for setting in problem.types.values())
    fixed = {
        skill: hours
        for setting in problem.types.values()
        for skill, hours in setting.fixed_hours.items()
    }
    return replace(
        problem,
        budget=0.6 * used["budget"] + fixed_money,
        skills=tuple(
            replace(skill, hours=0.6 * used[f"hours:{skill.key}"] + fixed.get(skill.key, 0.0))
            for skill in problem.skills
        ),
    )


def _use(program: Any, row: int, values: Any) -> float:
    begin, end = program.row_start[row], program.row_start[row + 1]
    index, value = program.row_index[begin:end], program.row_value[begin:end]
    return float(value @ values[index])
