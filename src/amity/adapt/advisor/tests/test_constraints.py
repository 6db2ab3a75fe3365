"""Each rule of the model, one by one, on a company that fits in the head."""

from dataclasses import replace

import pytest

from amity.adapt.advisor.advise import InfeasibleError, advise, shortages
from amity.adapt.advisor.checks import ProblemError
from amity.adapt.advisor.plan import TermKind
from amity.adapt.advisor.problem import (
    CrossSide,
    Offer,
    Piece,
    Reach,
    Rules,
    Skill,
    TypeSetting,
    Upkeep,
    assumed,
    sure,
)
from amity.adapt.advisor.questions import Questioner, price_of_promise
from amity.adapt.advisor.solver import Effort
from amity.adapt.advisor.tests.small import COM, PA, SS, company, offer, place, segment
from amity.base.results import Estimate, Grade
from amity.base.vocabulary import Stage

EXACT = Effort(seconds=20.0, gap=1e-6)


def test_a_real_offer_has_at_least_its_minimum_intensity() -> None:
    dear = {PA: offer(0.0, 1.0), SS: offer(-0.01, 0.2, resolved=0.5)}

    solved = advise(company(segment(offers=dear)), EXACT)

    assert solved.plan.segment("shops").mix[PA] == pytest.approx(0.25)


def test_a_type_that_costs_more_than_it_wins_is_not_run() -> None:
    types = {PA: TypeSetting(), SS: TypeSetting(fixed_cost=1_000.0)}

    solved = advise(company(types=types), EXACT)

    assert solved.plan.types == (PA,)


def test_a_type_needs_a_touchpoint_that_carries_it() -> None:
    desk = replace(place(), carries=frozenset({PA}))

    solved = advise(company(touchpoints=(desk,)), EXACT)

    assert set(solved.plan.segment("shops").mix) == {PA}


def test_uplifts_of_one_customer_overlap() -> None:
    saturated = (Piece(1.0, 0.01), Piece(0.0, 10.0))

    solved = advise(company(saturation=saturated), EXACT)

    assert solved.plan.value == pytest.approx(0.01 * 100 * 100)


def test_coverage_counts_fit_times_quality() -> None:
    worth = segment(stages={Stage.SUPPORT: sure(0.10)}, reach={"desk": Reach(fit=sure(0.5))})

    solved = advise(company(worth, coverage=(Piece(1.0, 1.0),)), EXACT)
    covered = [t for t in solved.plan.segment("shops").terms if t.kind is TermKind.COVERAGE]

    assert covered[0].amount == pytest.approx(100 * 100 * 0.10 * 0.5 * 0.6)


def test_a_touchpoint_runs_at_one_quality() -> None:
    both = {"basic": Upkeep(cost=1.0), "integrated": Upkeep(cost=2.0)}
    worth = segment(stages={Stage.SUPPORT: sure(0.10)})

    solved = advise(company(worth, touchpoints=(replace(place(), upkeep=both),)), EXACT)

    assert [item.quality for item in solved.plan.touchpoints] == ["integrated"]


def test_too_many_touchpoints_for_a_customer_lose_value() -> None:
    keys = ("a", "b", "c")
    places = tuple(place(key) for key in keys)
    reach = {key: Reach(fit=sure(0.5)) for key in keys}
    stages = {Stage.SUPPORT: sure(0.05)}
    calm = segment(reach=reach, stages=stages, comfortable=1, overload=sure(0.1))
    free = segment(reach=reach, stages=stages)

    few = advise(company(calm, touchpoints=places), EXACT).plan.touchpoints
    many = advise(company(free, touchpoints=places), EXACT).plan.touchpoints

    assert (len(few), len(many)) == (1, 3)


def test_joining_touchpoints_gets_dearer_with_their_number() -> None:
    keys = ("a", "b", "c")
    reach = {key: Reach(fit=sure(0.5)) for key in keys}
    worth = segment(reach=reach, stages={Stage.SUPPORT: sure(0.05)})
    effort = (Piece(1.0, 1.0), Piece(10_000.0, 1.0))

    solved = advise(
        company(worth, touchpoints=tuple(place(key) for key in keys), integration=effort), EXACT
    )

    assert len(solved.plan.touchpoints) == 1


def test_contacts_are_answered_by_people_resolved_or_unmet() -> None:
    solved = advise(company(segment(unmet_limit=0.1)), EXACT)
    plan = solved.plan.segment("shops")

    assert plan.assisted + sum(plan.resolved.values()) + plan.unmet + plan.breach >= 100 - 1e-6
    assert plan.unmet <= 10 + 1e-6


def test_people_answer_only_where_they_are_offered() -> None:
    solved = advise(company(segment(offers={SS: offer(0.01, 0.2, resolved=0.5)})), EXACT)
    plan = solved.plan.segment("shops")

    assert plan.assisted == 0.0
    assert plan.breach == pytest.approx(50.0)
    assert solved.plan.breaches[0].promise == "contacts"
    assert solved.plan.breaches[0].price == pytest.approx(5 * 10 * 50)


def test_budget_and_hours_are_kept() -> None:
    scarce = (Skill(key="front_line", name="Front line", hours=3.0, wage=20.0),)

    solved = advise(company(budget=200.0, skills=scarce), EXACT)

    assert solved.plan.cost <= 200.0 + 1e-6
    assert solved.plan.resource("hours:front_line").used <= 3.0 + 1e-6


def test_the_shortage_says_how_many_hours_keep_every_promise() -> None:
    scarce = (Skill(key="front_line", name="Front line", hours=3.0, wage=20.0),)

    solved = advise(company(skills=scarce), EXACT)

    assert [item.resource for item in solved.shortages] == ["hours:front_line"]
    assert solved.shortages[0].missing == pytest.approx(2.0)  # 50 contacts of 0.1 h, less 3 h
    assert solved.shortages[0].sentence == "Front line is short by 2 hours (there are 3)."


def test_a_stage_that_no_touchpoint_serves_is_a_breach_with_a_price() -> None:
    wanting = segment(stages={Stage.SUPPORT: sure(0.0), Stage.TRANSACT: sure(0.01)})

    solved = advise(company(wanting), EXACT)

    assert [(item.promise, item.about) for item in solved.plan.breaches] == [("stage", "transact")]
    assert solved.plan.breaches[0].price > 0


def test_a_promise_is_kept_even_where_it_loses_and_its_price_is_told() -> None:
    owed = replace(offer(0.0, 9.5), owed=True, minimum=1.0)
    poor = segment(offers={SS: offer(0.0, 0.1, resolved=1.0), PA: owed})

    solved = advise(company(poor), EXACT)

    assert solved.plan.segment("shops").mix[PA] == pytest.approx(1.0)
    assert price_of_promise(solved, "shops", PA, EXACT) == pytest.approx(950.0)
    asked = Questioner(solved, 10.0).why_not("shops", PA)
    assert asked.promised
    assert asked.loss == pytest.approx(-950.0)


def test_an_owed_type_that_hours_cannot_keep_becomes_a_number() -> None:
    owed = replace(offer(0.0, 1.0, hours=20.0), owed=True, minimum=1.0)
    poor = segment(offers={SS: offer(0.0, 0.1, resolved=1.0), PA: owed})

    solved = advise(company(poor), EXACT)

    assert PA not in solved.plan.segment("shops").mix
    assert [item.promise for item in solved.plan.breaches] == ["type"]
    assert solved.shortages[0].missing == pytest.approx(1_000.0)


def test_a_served_segment_gets_the_type_that_loses_least() -> None:
    dear = {PA: offer(0.0, 5.0), SS: offer(0.0, 1.0)}
    free = segment(offers=dear, contacts=sure(0.0))

    nothing = advise(company(free), EXACT)
    served = advise(company(replace(free, served=True)), EXACT)

    assert nothing.plan.segment("shops").mix == {}
    assert set(served.plan.segment("shops").mix) == {SS}
    assert served.plan.net == pytest.approx(-25.0)


def test_a_forbidden_type_is_not_offered() -> None:
    barred = {PA: offer(), SS: replace(offer(0.5, 0.0), forbidden=True)}

    solved = advise(company(segment(offers=barred)), EXACT)

    assert set(solved.plan.segment("shops").mix) == {PA}


def test_the_change_limit_holds_the_plan_near_today() -> None:
    now = segment(today={PA: 1.0})

    held = advise(company(now, rules=Rules(change_limit=0)), EXACT)
    free = advise(company(now), EXACT)

    assert set(held.plan.segment("shops").mix) == {PA}
    assert set(free.plan.segment("shops").mix) == {PA, SS}


def test_segments_treated_equally_get_the_same_types() -> None:
    rich = segment("rich", value=sure(1_000.0), offers={PA: offer(), COM: offer(0.05, 2.0)})
    poor = segment("poor", value=sure(1.0), offers={PA: offer(), COM: offer(0.05, 2.0)})

    equal = advise(company(rich, poor, rules=Rules(equal=(("rich", "poor"),))), EXACT)
    free = advise(company(rich, poor), EXACT)

    assert set(equal.plan.segment("rich").mix) == set(equal.plan.segment("poor").mix)
    assert set(free.plan.segment("rich").mix) != set(free.plan.segment("poor").mix)


def test_the_fairness_floor_lowers_what_may_stay_unmet() -> None:
    dear = segment(unmet_limit=0.5, contact_cost=sure(30.0), offers={PA: offer(0.0, 0.0)})

    fair = advise(company(dear, rules=Rules(fairness=0.9)), EXACT)
    free = advise(company(dear), EXACT)

    assert free.plan.segment("shops").unmet == pytest.approx(50.0)
    assert fair.plan.segment("shops").unmet == pytest.approx(10.0)


def test_serving_one_side_of_a_market_is_worth_something_to_the_other() -> None:
    sellers, buyers = segment("sellers", size=sure(10.0)), segment("buyers", size=sure(1_000.0))
    effect = CrossSide(helping=("sellers",), helped=("buyers",), elasticity=assumed(0.2))
    market = company(sellers, buyers, cross_side=(effect,))

    assert market.credited_value(sellers) == pytest.approx(100 + 0.2 * 1_000 * 100 / 10)
    assert market.credited_value(buyers) == 100.0


def test_harm_is_taken_in_full() -> None:
    harmful = Offer(uplift=assumed(-0.02), cost=sure(0.0), owed=True, minimum=0.5)

    solved = advise(company(segment(offers={PA: offer(), COM: harmful})), EXACT)

    assert sum(
        term.amount for term in solved.plan.segment("shops").terms if term.about == COM.value
    ) == pytest.approx(-0.02 * 0.5 * 100 * 100)


def test_contradicting_demands_are_refused_with_the_reason() -> None:
    held = segment(today={})
    demand = company(held, budget=1_000.0, rules=Rules(change_limit=0))
    solved = advise(demand, EXACT)

    forced = Questioner(solved, 10.0).why_not("shops", SS)

    assert forced.loss is None
    assert [item.resource for item in forced.missing] == ["changes"]
    assert not forced.displaces


def test_faults_of_the_inputs_are_told_in_plain_words() -> None:
    wrong = segment(
        size=Estimate(-1.0, None, None, Grade.D),
        reach={"nowhere": Reach(fit=sure(0.5))},
        offers={PA: replace(offer(), owed=True, forbidden=True, hours={"magic": 1.0})},
    )

    with pytest.raises(ProblemError) as caught:
        advise(company(wrong, budget=-5.0))

    assert caught.value.faults == (
        "The budget is -5.0: give an amount of zero or more.",
        "Shops: the number of customers must be zero or more.",
        "Shops: the touchpoint “nowhere” is not in the registry.",
        "Shops, personal-assistance: it is both promised and forbidden: drop one of the two.",
        "Shops, personal-assistance: it needs hours of “magic”, a skill without hours: add it.",
    )


def test_hard_demands_beyond_the_resources_are_infeasible_by_name() -> None:
    must = replace(place(cost=500.0), must_run=True)

    with pytest.raises(InfeasibleError, match="The budget is short by 4"):
        advise(company(touchpoints=(must,), budget=100.0))


def test_nothing_is_short_where_everything_can_be_kept() -> None:
    assert shortages(company()) == ()


def test_an_offer_that_would_break_a_promise_says_so() -> None:
    promised = replace(offer(0.0, 1.0, hours=10.0), owed=True, minimum=1.0)
    wanted = replace(offer(0.01, 1.0, hours=1.0), minimum=1.0)
    busy = segment(offers={PA: promised, SS: wanted}, contacts=sure(0.0))

    solved = advise(company(busy), EXACT)
    asked = Questioner(solved, 10.0).why_not("shops", SS)

    assert asked.loss is None
    assert asked.displaces
    assert [round(item.missing) for item in asked.missing] == [100]
