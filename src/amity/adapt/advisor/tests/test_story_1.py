"""DOMAIN story 1: key accounts of a pump maker, with the published figures."""

from dataclasses import replace

import pytest

from amity.adapt.advisor.advise import InfeasibleError, Solved, advise, shortages
from amity.adapt.advisor.questions import Questioner
from amity.adapt.advisor.solver import Effort
from amity.adapt.advisor.tests.small import DPA, PA, SS, pump_maker
from amity.adapt.advisor.value import lifetime_value

WAGE, DISCOUNT = 55.0, 0.10


@pytest.fixture(scope="module")
def solved() -> Solved:
    return advise(pump_maker(), Effort(seconds=20.0, gap=1e-4))


@pytest.mark.parametrize(
    ("margin", "hours", "retention", "value"),
    [
        (60_000, 0, 0.92, 306_667),
        (60_000, 120, 0.97, 398_446),
        (6_000, 0, 0.86, 21_500),
        (6_000, 18, 0.89, 21_233),
        (6_000, 6, 0.88, 22_680),
    ],
)
def test_lifetime_value_counts_the_yearly_hours(
    margin: float, hours: float, retention: float, value: float
) -> None:
    worth = lifetime_value(margin - hours * WAGE, retention, DISCOUNT)

    assert worth == pytest.approx(value, abs=0.5)


def test_key_accounts_get_full_and_mid_accounts_light_dedicated_assistance(solved: Solved) -> None:
    key, mid = solved.plan.segment("key"), solved.plan.segment("mid")

    assert key.mix[DPA] == pytest.approx(1.0)
    assert mid.mix[DPA] == pytest.approx(1 / 3)
    assert key.hours["account"] == pytest.approx(1_440)
    assert mid.hours["account"] == pytest.approx(1_080)


def test_the_gain_of_each_account_is_the_published_one(solved: Solved) -> None:
    gains = {
        key: sum(term.amount for term in solved.plan.segment(key).terms if term.about == DPA.value)
        / solved.plan.segment(key).customers
        for key in ("key", "mid")
    }

    assert gains["key"] == pytest.approx(91_779, rel=5e-3)
    assert gains["mid"] == pytest.approx(1_180, rel=5e-3)


def test_account_hours_are_left_over_and_worth_nothing_more(solved: Solved) -> None:
    use = solved.plan.resource("hours:account")
    prices = {price.resource: price for price in Questioner(solved).prices()}

    assert use.used == pytest.approx(2_520)
    assert use.limit == 4_200
    assert prices["hours:account"].first == 0.0
    assert prices["hours:account"].gained == 0.0


def test_small_accounts_get_self_service_and_people_on_request(solved: Solved) -> None:
    small = solved.plan.segment("small")

    assert set(small.mix) == {SS, PA}
    assert not solved.plan.breaches


def test_the_tier_rule_of_full_dedication_for_all_mid_needs_too_many_hours_and_loses() -> None:
    problem = pump_maker()
    mid = problem.segment("mid")
    full = replace(mid.offers[DPA], minimum=1.0, owed=True)
    rule = replace(mid, offers={**mid.offers, DPA: full})
    segments = tuple(rule if item.key == "mid" else item for item in problem.segments)
    key = problem.segment("key")
    owed_key = replace(key, offers={**key.offers, DPA: replace(key.offers[DPA], owed=True)})
    ruled = tuple(owed_key if item.key == "key" else item for item in segments)

    short = shortages(replace(problem, segments=ruled))
    skills = (replace(problem.skills[0], hours=5_000.0), problem.skills[1])
    with_hours = advise(replace(problem, segments=segments, skills=skills), Effort(gap=1e-4))

    assert {item.resource: round(item.missing) for item in short} == {"hours:account": 480}
    assert with_hours.plan.resource("hours:account").used == pytest.approx(4_680)
    assert with_hours.plan.net < advise(problem, Effort(gap=1e-4)).plan.net


def test_infeasible_error_names_the_resource() -> None:
    error = InfeasibleError(shortages(pump_maker()))

    assert "contradict" in str(error)  # nothing is short in this problem
