"""Tiny companies where every choice can be tried by hand."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from amity.adapt.advisor.advise import advise, feasible
from amity.adapt.advisor.generate import generate
from amity.adapt.advisor.model import Program, build
from amity.adapt.advisor.problem import Problem
from amity.adapt.advisor.solver import Effort, Progress, Solver, Status
from amity.adapt.advisor.tests.small import PA, SS, company, segment

EXACT = Effort(seconds=30.0, gap=1e-6)


def brute_force(program: Program) -> float:
    """The best net over every assignment of the binaries."""
    solver, best = Solver(program), -np.inf
    binaries = np.flatnonzero(program.integer)
    for choice in itertools.product((0.0, 1.0), repeat=len(binaries)):
        values = np.zeros(len(program.gain))
        values[binaries] = choice
        best = max(best, solver.polish(values).net)
    return best


def tiny(seed: int) -> Problem:
    """A generated company cut to two segments, two touchpoints and two types."""
    problem = generate(2, seed, touchpoints=5)
    kept = problem.touchpoints[:2]
    kinds = {kind: problem.types[kind] for kind in (PA, SS)}
    segments = tuple(
        replace(
            item,
            offers={kind: offer for kind, offer in item.offers.items() if kind in kinds},
            reach={place.key: item.reach[place.key] for place in kept},
            stages={stage: item.stages[stage] for place in kept for stage in place.stages},
        )
        for item in problem.segments
    )
    places = tuple(
        replace(place, upkeep={"basic": place.upkeep["basic"]}, carries=frozenset(kinds))
        for place in kept
    )
    return replace(problem, segments=segments, touchpoints=places, types=kinds)


@pytest.mark.parametrize("seed", range(3))
def test_plan_is_the_best_of_all_choices(seed: int) -> None:
    problem = tiny(seed)
    expected = brute_force(build(problem))

    solved = advise(problem, EXACT)

    assert solved.plan.net == pytest.approx(expected, rel=1e-5, abs=1.0)
    assert solved.plan.bound >= solved.plan.net - 1e-6
    assert solved.plan.status is Status.OPTIMAL


@pytest.mark.parametrize("seed", range(3))
def test_plan_keeps_every_row_and_adds_up(seed: int) -> None:
    solved = advise(generate(4, seed, touchpoints=10), Effort(seconds=30.0))
    plan = solved.plan
    parts = sum(item.net for item in plan.segments) + sum(term.amount for term in plan.terms)

    assert feasible(solved.program, solved.answer.values)
    assert parts == pytest.approx(plan.net, rel=1e-6)


@pytest.mark.parametrize("seed", range(4))
def test_plan_is_never_worse_than_greedy_and_tier_rules(seed: int) -> None:
    solved = advise(generate(4, seed, touchpoints=10), Effort(seconds=20.0))
    simple = [solved.baselines.greedy, solved.baselines.tiers]

    assert any(answer is not None for answer in simple)
    for answer in simple:
        assert answer is None or solved.plan.net >= answer.net - 1e-6 * abs(answer.net)


def test_more_budget_never_makes_the_plan_worse() -> None:
    problem = generate(3, 3, touchpoints=10)
    assert problem.budget is not None

    nets = [
        advise(replace(problem, budget=problem.budget * share), Effort(gap=1e-4)).plan.net
        for share in (0.5, 1.0, 1.5)
    ]

    assert all(more >= less - 1e-3 * abs(less) for less, more in itertools.pairwise(nets))


def test_progress_tells_incumbent_and_bound_and_a_stop_keeps_the_best_plan() -> None:
    told: list[Progress] = []

    solved = advise(
        generate(6, 1), Effort(seconds=30.0, report=told.append, stop=lambda: len(told) > 6)
    )

    assert solved.plan.status is Status.STOPPED
    assert any(item.incumbent is not None and item.bound is not None for item in told)
    assert solved.plan.net >= max(item.incumbent or -np.inf for item in told) - 1.0


def test_a_company_without_customers_to_serve_does_nothing() -> None:
    empty = company(segment(size=replace(segment().size, value=0.0, low=0.0, high=0.0)))

    solved = advise(empty, EXACT)

    assert solved.plan.net == pytest.approx(0.0)
