"""Contracts as facts: their renewals by the calendar, their curve, and what customers are worth."""

from datetime import date

import numpy as np
import pytest

from amity.base.time import day_number, from_day_number
from amity.measure.analytics.agreements import (
    RUNS,
    Agreements,
    curve_of,
    months_after,
    pooled_where_thin,
    renewals_by,
    whole_months,
)
from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.contracted import Extras, Horizon, extras_of, value_contracts
from amity.measure.analytics.contracts import Contract, renewals
from amity.measure.analytics.retention import ContractFit, fit_contract
from amity.measure.analytics.summary import make_log, occasions
from amity.measure.analytics.verdict import Verdict

REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


def days(*words: str) -> Ints:
    return np.array([day_number(date.fromisoformat(word)) for word in words])


def agreed(
    started: Ints, ended: Ints, months: int = 12, fee: float = 100.0, who: Ints | None = None
) -> Agreements:
    count = len(started)
    return Agreements(
        np.arange(count) if who is None else who,
        started,
        np.full(count, months),
        np.full(count, fee),
        ended,
    )


def as_contracts(cohort: list[int], eve: int = 1) -> Agreements:
    """A cohort from New Year 2010; who leaves does so `eve` days before the renewal."""
    leaving = [
        day_number(date(2010 + year, 1, 1)) - eve
        for year in range(1, len(cohort))
        for _ in range(cohort[year - 1] - cohort[year])
    ]
    ended = np.array(leaving + [RUNS] * cohort[-1])
    return agreed(np.full(len(ended), day_number(date(2010, 1, 1))), ended)


def test_months_end_where_the_month_does() -> None:
    start = days("2024-01-31", "2024-02-29", "2024-01-15")

    after = months_after(start, np.array([1, 12, 13]))

    assert [from_day_number(day).isoformat() for day in after.tolist()] == [
        "2024-02-29",
        "2025-02-28",
        "2025-02-15",
    ]
    assert whole_months(start, after).tolist() == [1, 12, 13]
    assert whole_months(start, after - 1).tolist() == [0, 11, 12]


@pytest.mark.parametrize("eve", [0, 1, 100])
def test_an_end_counts_for_the_renewal_that_it_came_before(eve: int) -> None:
    data = renewals_by(as_contracts(REGULAR, eve), day_number(date(2017, 1, 1)))

    assert data.lost.tolist() == (-np.diff(REGULAR)).tolist()
    assert data.kept.tolist() == [0] * 7 + [241]


def test_starts_at_different_times_add_up_and_later_ones_are_unknown() -> None:
    started = days("2020-01-01", "2020-06-01", "2021-06-01", "2023-06-01")
    ended = np.array([RUNS, day_number(date(2021, 6, 1)), RUNS, RUNS])

    data = renewals_by(agreed(started, ended), day_number(date(2022, 12, 31)))

    assert (data.lost.tolist(), data.kept.tolist()) == ([1.0, 0.0], [0.0, 1.0, 1.0])


def test_the_curve_holds_what_was_seen_and_what_the_model_says_beyond() -> None:
    data = renewals_by(as_contracts(REGULAR), day_number(date(2017, 1, 1)))
    fit = fit_contract(data)

    curve = curve_of(data, fit, 5)

    assert (fit.model.alpha, fit.model.beta) == pytest.approx((0.704, 1.182), abs=5e-4)
    assert curve.seen[:8].tolist() == pytest.approx([n / 1000 for n in REGULAR])
    assert np.isnan(curve.seen[8:]).all()
    assert curve.at_risk[:3].tolist() == [1000, 1000, 631]
    inner = slice(1, 8)
    assert (curve.seen_low[inner] < curve.seen[inner]).all()
    assert (curve.seen[inner] < curve.seen_high[inner]).all()
    assert (curve.model_low[1:] < curve.model[1:]).all()
    assert (curve.model[1:] < curve.model_high[1:]).all()
    assert curve.model.tolist() == pytest.approx(
        Contract(0.7041, 1.1820).survival(range(13)), abs=1e-3
    )


@pytest.mark.parametrize(
    "part",
    [
        agreed(days("2020-01-01"), np.array([RUNS])),
        agreed(days("2020-01-01"), days("2020-01-01")),
        agreed(days("2024-12-31", "2024-12-31"), np.array([RUNS, RUNS]), months=1),
        agreed(np.full(40, 18_000), np.full(40, 18_100), months=1),
    ],
)
def test_every_base_has_an_answer_in_numbers(part: Agreements) -> None:
    as_of = day_number(date(2024, 12, 31))
    data = renewals_by(part, as_of)
    fit = fit_contract(data)

    curve = curve_of(data, fit, 3)
    found = value_contracts(part, {int(part.months[0]): fit}, None, Horizon(), as_of)

    assert fit.verdict is not Verdict.OK
    assert fit.reason
    assert np.isfinite(curve.model).all()
    assert np.isfinite(curve.seen[: data.periods + 1]).all()
    assert np.isfinite(found.clv).all()


def test_a_thin_part_leans_on_all_contracts_of_its_period_and_says_so() -> None:
    whole = fit_contract(renewals([REGULAR]))
    thin = fit_contract(renewals([[20, 12, 9, 8]]))

    found = pooled_where_thin(thin, whole)

    assert found.model == whole.model
    assert found.verdict is Verdict.NOT_ENOUGH_DATA
    assert found.reason.endswith("Used instead: all contracts of this period.")
    assert found.observed.tolist() == thin.observed.tolist()
    assert pooled_where_thin(whole, thin) is whole


def certain(chance: float) -> ContractFit:
    """A fit in which each renewal comes with the same chance."""
    none = np.zeros(0)
    model = Contract(1e7 * (1 - chance), 1e7 * chance)
    return ContractFit(model, Verdict.OK, "", 0.0, None, 1, none, none, none)


def test_fees_are_those_of_the_renewals_to_come() -> None:
    as_of = day_number(date(2024, 6, 30))
    started = days("2024-01-01", "2024-01-01", "2024-01-01", "2023-01-01")
    ended = np.array([RUNS, day_number(date(2024, 9, 30)), day_number(date(2024, 3, 31)), RUNS])
    part = agreed(started, ended, months=3, who=np.array([1, 2, 3, 1]))

    found = value_contracts(part, {3: certain(0.9)}, None, Horizon(12, 0.0, 0.5), as_of)

    all_four = 0.9 + 0.81 + 0.729 + 0.6561
    assert found.customer.tolist() == [1, 2, 3]
    assert found.alive.tolist() == [1.0, 1.0, 0.0]
    assert found.clv == pytest.approx([2 * 50 * all_four, 50.0, 0.0], rel=1e-5)  # 2: notice given
    assert found.purchases.tolist() == [0.0, 0.0, 0.0]


def test_a_fee_that_nobody_knows_leaves_the_value_unknown() -> None:
    part = agreed(days("2024-01-01", "2024-01-01"), np.array([RUNS, RUNS]))
    part.fee[1] = np.nan

    found = value_contracts(part, {12: certain(0.9)}, None, Horizon(), 19_900)

    assert np.isfinite(found.clv[0])
    assert np.isnan(found.clv[1])


def simulated(rng: np.random.Generator, customers: int, months: int) -> tuple[Ints, Ints, Ints]:
    """Months lasted, and who bought when, under contracts of a month."""
    lasted = rng.geometric(rng.beta(0.7, 9.0, customers))
    rate = rng.gamma(2.0, 1.0, customers) / 60.0
    under = np.minimum(lasted, months) * 30.4375
    count = rng.poisson(rate * under)
    who = np.repeat(np.arange(customers), count)
    return lasted, who, (rng.random(len(who)) * under[who]).astype(np.int64)


def test_hybrid_finds_what_comes_without_counting_departures_twice() -> None:
    rng = np.random.default_rng(12)
    customers, seen = 20_000, 24
    lasted, who, day = simulated(rng, customers, seen + 12)
    start = day_number(date(2020, 1, 1))
    begun = np.full(customers, start)
    ends = months_after(begun, lasted)
    as_of = int(months_after(np.array([start]), np.array([seen]))[0]) - 1
    part = agreed(begun, np.where(ends - 1 <= as_of, ends - 1, RUNS), months=1, fee=1000.0)
    log = make_log(who, day + start, np.full(len(who), 500.0))
    fit = fit_contract(renewals_by(part, as_of))

    extras = extras_of(part, occasions(log.until(as_of)), _five_hundred, as_of)
    found = value_contracts(part, {1: fit}, extras, Horizon(12, 0.0, 1.0), as_of)

    assert isinstance(extras, Extras)
    kept = np.clip(np.minimum(lasted, seen + 12) - seen, 0, 12)
    fees = 1000.0 * float(kept.sum())
    later = occasions(log).day
    bought = float(np.count_nonzero((later > as_of) & (later <= as_of + 365)))
    assert found.purchases.sum() == pytest.approx(bought, rel=0.05)
    assert found.clv.sum() == pytest.approx(fees + 500.0 * bought, rel=0.05)
    assert (found.clv_low <= found.clv).all()
    assert (found.clv <= found.clv_high).all()
    assert found.clv_low.sum() < found.clv.sum() < found.clv_high.sum()


def _five_hundred(who: Ints) -> Floats:
    return np.full(len(who), 500.0)
