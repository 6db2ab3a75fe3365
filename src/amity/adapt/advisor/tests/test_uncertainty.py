"""The careful plan, the simulation, and the explanation."""

from dataclasses import replace

import numpy as np
import pytest

from amity.adapt.advisor import words
from amity.adapt.advisor.advise import Solved, advise
from amity.adapt.advisor.careful import careful, lowered
from amity.adapt.advisor.explain import Explanation, explain
from amity.adapt.advisor.generate import generate
from amity.adapt.advisor.problem import assumed, half_width, interval, sure
from amity.adapt.advisor.questions import Questioner
from amity.adapt.advisor.simulate import draw_world, simulate
from amity.adapt.advisor.solver import Effort
from amity.adapt.advisor.tests.small import DPA, PA, SS, company, offer, pump_maker, segment
from amity.base.results import Estimate, Grade


@pytest.mark.parametrize(
    ("grade", "width"), [(Grade.A, 15), (Grade.B, 40), (Grade.C, 60), (Grade.D, 100)]
)
def test_an_estimate_without_interval_is_as_wide_as_its_grade(grade: Grade, width: float) -> None:
    assert half_width(Estimate(100.0, None, None, grade)) == width


@pytest.mark.parametrize(
    ("estimate", "ends"),
    [
        (assumed(0.05), (0.0, 0.1)),
        (Estimate(0.05, None, None, Grade.B), (0.03, 0.07)),
        (Estimate(0.05, 0.04, None, Grade.D), (0.04, 0.1)),
        (Estimate(-0.02, None, None, Grade.D), (-0.04, 0.0)),
        (sure(0.05), (0.05, 0.05)),
    ],
)
def test_an_interval_that_is_not_known_follows_from_the_grade(
    estimate: Estimate, ends: tuple[float, float]
) -> None:
    assert interval(estimate) == pytest.approx(ends)


def test_the_decision_about_an_assumed_uplift_is_told_with_the_width_of_its_grade() -> None:
    solved = advise(company(segment(offers={SS: offer(0.05, 0.2), PA: offer(0.04, 8.0)})))

    asked = Questioner(solved, 10.0).why_not("shops", SS)

    assert (asked.low, asked.high) == pytest.approx((0.0, 0.1))
    assert asked.break_even == pytest.approx(0.002)
    assert words.stability(asked) == (
        "Self-service is offered for any uplift above 0.2 %: only part of the interval "
        "0.0 % to 10 %."
    )


def test_a_known_uplift_is_told_without_an_interval() -> None:
    known = replace(offer(0.05, 0.2), uplift=sure(0.05))
    solved = advise(company(segment(offers={SS: known, PA: offer(0.04, 8.0)})))

    asked = Questioner(solved, 10.0).why_not("shops", SS)

    assert words.stability(asked).endswith("above 0.2 %; 5.0 % is counted on.")


def test_the_haircut_takes_half_of_the_half_width() -> None:
    assert lowered(Estimate(0.10, 0.06, 0.14, Grade.B), 0.5).value == pytest.approx(0.08)
    assert lowered(assumed(0.10), 0.5).value == pytest.approx(0.05)
    assert lowered(sure(0.10), 0.5).value == 0.10


def test_the_careful_problem_keeps_what_is_counted() -> None:
    problem = company()
    lower = careful(problem)

    assert lower.segments[0].size == problem.segments[0].size
    assert lower.segments[0].offers[SS].uplift.value == pytest.approx(0.005)
    assert lower.segments[0].offers[SS].resolved.value == pytest.approx(0.25)


def test_an_unproven_effect_is_left_out_of_the_careful_plan() -> None:
    shaky = segment(offers={PA: offer(0.0, 0.0), SS: offer(0.05, 3.0)})

    nominal = advise(company(shaky)).plan.segment("shops").mix
    prudent = advise(careful(company(shaky))).plan.segment("shops").mix

    assert SS in nominal
    assert SS not in prudent


def test_simulation_without_uncertainty_gives_the_plans_net() -> None:
    known = segment(
        offers={
            kind: replace(item, uplift=sure(item.uplift.value), resolved=sure(item.resolved.value))
            for kind, item in segment().offers.items()
        }
    )
    solved = advise(company(known))
    assert solved.answer.values is not None

    world = draw_world(solved.problem, draws=10)
    simulated = simulate(solved.problem, solved.program, solved.answer.values, world)

    assert simulated.spread.mean == pytest.approx(solved.plan.net)
    assert simulated.segments["shops"][0] == pytest.approx(solved.plan.segment("shops").net)


def test_the_better_plan_is_better_in_most_worlds() -> None:
    solved = advise(generate(4, 2, touchpoints=10), Effort(seconds=20.0))
    greedy = solved.baselines.greedy
    assert solved.answer.values is not None
    assert greedy is not None
    assert greedy.values is not None

    world = draw_world(solved.problem, seed=7)
    best = simulate(solved.problem, solved.program, solved.answer.values, world)
    simple = simulate(solved.problem, solved.program, greedy.values, world)

    assert best.better_than(simple) + simple.better_than(best) <= 1.0
    assert best.better_than(simple) > 0.5
    assert best.spread.low < best.spread.mean < best.spread.high


@pytest.fixture(scope="module")
def story() -> tuple[Solved, Explanation]:
    solved = advise(pump_maker(), Effort(gap=1e-5))
    return solved, explain(solved, Effort(seconds=40.0))


def test_every_choice_that_could_be_made_is_explained(story: tuple[Solved, Explanation]) -> None:
    solved, told = story

    assert told.complete
    for item in solved.problem.segments:
        asked = {why.type for why in told.segment(item.key).why_not}
        assert asked == set(item.offers)


def test_the_decision_preference_and_cost_are_said_first(
    story: tuple[Solved, Explanation],
) -> None:
    key = story[1].segment("key")

    assert key.decision.startswith("Key accounts: ")
    assert "dedicated personal assistance at 100 %" in key.decision
    assert key.drivers[0].startswith("Preference:")
    assert key.drivers[1].startswith("Cost:")
    assert len(key.why_sentences) == len(key.why) <= 3


def test_the_loss_of_the_other_choice_is_re_solved(story: tuple[Solved, Explanation]) -> None:
    asked = {why.type: why for why in story[1].segment("key").why_not}

    assert asked[DPA].chosen
    assert asked[DPA].loss == pytest.approx(12 * 91_779, rel=5e-3)


def test_at_the_break_even_uplift_both_choices_are_worth_the_same(
    story: tuple[Solved, Explanation],
) -> None:
    solved, told = story
    asked = {why.type: why for why in told.segment("key").why_not}
    turn = asked[DPA].break_even
    assert turn is not None

    key = solved.problem.segment("key")
    nets = []
    for effect in (turn * 1.02, turn * 0.98):
        changed = replace(key.offers[DPA], uplift=assumed(effect))
        moved = replace(key, offers={**key.offers, DPA: changed})
        segments = tuple(moved if s.key == "key" else s for s in solved.problem.segments)
        nets.append(advise(replace(solved.problem, segments=segments), Effort(gap=1e-6)).plan)

    assert DPA in nets[0].segment("key").mix
    assert DPA not in nets[1].segment("key").mix


def test_changes_lead_from_today_to_the_plan() -> None:
    now = segment(today={PA: 1.0}, offers={PA: offer(-0.5, 9.0), SS: offer(0.1, 0.1, resolved=1.0)})

    told = explain(advise(company(now)), Effort(seconds=5.0)).segment("shops")

    assert {(change.type, change.action) for change in told.changes} == {
        (PA, "stop"),
        (SS, "start"),
    }


def test_alternatives_are_near_equal_and_visibly_different() -> None:
    solved = advise(generate(4, 2, touchpoints=10), Effort(seconds=20.0))
    told = explain(solved, Effort(seconds=30.0))
    offers = len(solved.program.columns.offer)

    for item in told.alternatives:
        assert item.loss <= 0.01 * abs(solved.plan.net) + 1.0
        assert len(item.differences) >= np.ceil(0.1 * offers)


def test_explaining_stops_when_the_time_is_over() -> None:
    solved = advise(generate(4, 1, touchpoints=10), Effort(seconds=20.0))

    told = explain(solved, Effort(seconds=0.2))

    assert not told.complete
    assert len(told.segments) == 4


def test_the_price_of_scarce_hours_is_really_gained() -> None:
    solved = advise(generate(4, 1, touchpoints=10), Effort(seconds=20.0))
    told = explain(solved, Effort(seconds=10.0))

    scarce = [price for price in told.prices if price.first > 0]
    assert scarce
    assert all(price.gained >= 0 for price in told.prices)
    assert all(price.used >= 0.999 * price.limit for price in scarce)
