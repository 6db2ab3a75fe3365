"""Published figures of Pareto/NBD, BG/BB, contracts and survival; each test names its unit.

Sources: Hardie's notes; the BTYD walk-through; the tests of CLVTools, lifetimes and
pymc-marketing; Fader and Hardie (2007); Fader, Hardie, Shang (2010); Kaplan and Meier's example of
6-MP. Pareto/NBD is on CDNOW in weeks (39 weeks, daily events).
"""

import csv
from pathlib import Path

import numpy as np
import pytest

from amity.measure.analytics import bgbb, contracts, pareto
from amity.measure.analytics.arrays import Floats, ints
from amity.measure.analytics.backtest import holdout_purchases
from amity.measure.analytics.base import base_of, make_base
from amity.measure.analytics.bgbb import BgBb, Opportunities
from amity.measure.analytics.contracts import Contract, renewals
from amity.measure.analytics.newton import Likelihood, Optimum
from amity.measure.analytics.pareto import ParetoNbd
from amity.measure.analytics.summary import Log, Summary
from amity.measure.analytics.survival import kaplan_meier

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]
REGULAR = [1000, 631, 468, 382, 326, 289, 262, 241]


@pytest.fixture(scope="module")
def fitted(calibration: Summary) -> Optimum:
    """Pareto/NBD in weeks."""
    return pareto.fit(
        make_base(calibration.x, ints(calibration.t_x), ints(calibration.T), step=1 / 7)
    )


def test_pareto_parameters_and_errors_in_weeks(fitted: Optimum) -> None:
    assert fitted.converged
    assert fitted.point == pytest.approx([0.553277, 10.577683, 0.606240, 11.668736], rel=2e-6)
    assert fitted.point[:3].round(3).tolist() == [0.553, 10.578, 0.606]
    assert float(fitted.point[3]) == pytest.approx(11.669, abs=5e-4)
    assert fitted.value == pytest.approx(-9594.976179, abs=1e-6)
    covariance = fitted.covariance()
    assert covariance is not None
    published = [0.0476264, 0.8427222, 0.1872594, 6.2105448]
    assert np.sqrt(np.diag(covariance)) == pytest.approx(published, rel=2e-4)


def test_pareto_in_days_is_pareto_in_weeks(fitted: Optimum, calibration: Summary) -> None:
    days = pareto.fit(base_of(calibration))

    weeks = ParetoNbd.at(days.point, "day").per("week")

    assert weeks.vector() == pytest.approx(fitted.point, rel=1e-6)
    assert days.value == pytest.approx(fitted.value - 2457 * np.log(7), abs=1e-6)


def test_pareto_expectations_in_weeks(fitted: Optimum) -> None:
    model = ParetoNbd.at(fitted.point, "week")

    assert float(model.new_customer(np.array([52.0]))[0]) == pytest.approx(1.473434, abs=2e-6)
    one = np.array([26.0]), np.array([216 / 7]), np.array([31.0])
    assert float(model.expected(*one, 52.0)[0]) == pytest.approx(25.45647, rel=1e-4)
    assert float(model.alive(*one)[0]) == pytest.approx(0.997874, abs=1e-6)
    paradox = model.expected(
        np.array([10.0, 15.0, 20.0, 25.0]), np.full(4, 20.0), np.full(4, 39.0), 52.0
    )
    assert paradox == pytest.approx([0.7062289, 0.1442396, 0.02250658, 0.00309267], rel=1e-3)


def test_pareto_new_customer_by_week_of_the_btyd_manual() -> None:
    found = ParetoNbd(0.553, 10.578, 0.606, 11.669, "week").new_customer(np.arange(10.0))

    manual = [
        0, 0.05077821, 0.09916088, 0.14542507, 0.1897893, 0.23247466, 0.27361274, 0.31335159,
        0.35181024, 0.38909211,
    ]  # fmt: skip
    assert found == pytest.approx(manual, abs=0.003)  # the manual's parameters are older


def test_discounted_transactions_of_the_btyd_manual_in_weeks() -> None:
    model = ParetoNbd(0.5629966, 12.5590370, 0.4081095, 10.5148048, "week")
    x = np.arange(1.0, 11.0)

    one = model.discounted_transactions(
        np.array([7.0]), np.array([35.0]), np.array([77.86]), 0.0027
    )
    curve = model.discounted_transactions(x, np.full(10, 30.0), np.full(10, 77.86), 0.0027)

    assert float(one[0]) == pytest.approx(1.8641833, abs=5e-8)
    assert curve.round(4).tolist() == [
        2.1992, 2.8435, 2.8671, 2.4454, 1.8405, 1.2624, 0.8096, 0.4948, 0.2920, 0.1679,
    ]  # fmt: skip


def test_pareto_and_bgnbd_agree_on_the_hold_out(
    fitted: Optimum, calibration: Summary, cdnow: Log
) -> None:
    model = ParetoNbd.at(fitted.point, "week")

    expected = model.expected(calibration.x, calibration.t_x / 7, calibration.T / 7, 39.0)

    assert holdout_purchases(cdnow, calibration, 273).sum() == 1882
    assert 1653.4 < float(expected.sum()) < 1882


def donations() -> Opportunities:
    file = Path(__file__).parent / "data" / "donations.csv"
    with file.open(newline="") as lines:
        rows = np.array([[float(v) for v in row] for row in list(csv.reader(lines))[1:]])
    return Opportunities(*rows.T)


def test_bgbb_of_the_donations_in_years() -> None:
    rows = donations()

    found = bgbb.fit(rows)

    model = BgBb.at(found.point)
    assert found.converged
    assert found.covariance() is not None
    assert found.point == pytest.approx([1.203522, 0.749716, 0.656718, 2.783443], abs=2e-6)
    assert found.point[:3].round(4).tolist() == [1.2035, 0.7497, 0.6567]
    assert float(found.point[3]) == pytest.approx(2.7838, abs=5e-4)
    assert round(found.value, 2) == -33225.58
    assert float(model.new_customer(10).sum()) == pytest.approx(3.179805, abs=3e-5)
    ten = model.expected(np.array([0.0, 4.0]), np.array([0.0, 5.0]), np.full(2, 6.0), 10)
    assert ten == pytest.approx([0.1302169, 3.627858], rel=1e-4)
    six = np.full(3, 6.0)
    alive = model.alive(np.array([0.0, 2.0, 6.0]), np.array([0.0, 4.0, 6.0]), six)
    assert alive.round(2).tolist() == [0.11, 0.59, 0.93]
    five_years = model.expected(rows.x, rows.t_x, rows.n, 5) @ rows.customers
    assert float(five_years) == pytest.approx(12884.2, abs=0.06)


def test_bgbb_expected_gifts_by_year_and_by_number() -> None:
    model = BgBb.at(bgbb.fit(donations()).point)

    by_number = 11_104 * model.pmf(6)
    assert by_number[[0, 6]].round(1).tolist() == [3454.9, 1253.1]
    assert float(model.pmf(6).sum()) == pytest.approx(1.0)
    published = [
        5535.8, 4717.1, 4147.6, 3724.7, 3395.9, 3131.6, 2913.8, 2730.5, 2573.7, 2437.9, 2318.7,
    ]  # fmt: skip
    assert (11_104 * model.new_customer(11)).tolist() == pytest.approx(published, abs=0.12)


def fit_of(survivors: list[int], years: int, *, aging: bool = False) -> Optimum:
    return contracts.fit(renewals([survivors[: years + 1]]), aging=aging)


def test_sbg_of_the_high_end_segment_in_years() -> None:
    found = fit_of(HIGH_END, 7)

    model = Contract(*found.point)
    assert found.point.round(3).tolist() == [0.668, 3.806]
    target = contracts.likelihood(renewals([HIGH_END]), aging=False)
    assert target(np.ones(2))[0] / 1000 == pytest.approx(-2.115, abs=6e-4)
    assert model.survival(np.arange(8, 13)).round(3).tolist() == [0.460, 0.436, 0.414, 0.395, 0.378]
    assert round(model.residual_lifetime(7, 0.1), 3) == 7.530


def test_sbg_of_the_regular_segment_in_years() -> None:
    assert fit_of(REGULAR, 7).point.round(3).tolist() == [0.704, 1.182]
    four = fit_of(REGULAR, 4).point
    assert four.round(3).tolist() == [0.764, 1.296]
    assert Contract(*four).survival([5, 6, 7]).round(3).tolist() == [0.284, 0.254, 0.230]


def test_beta_discrete_weibull_mends_the_high_end_forecast_of_four_years() -> None:
    plain, aging = fit_of(HIGH_END, 4), fit_of(HIGH_END, 4, aging=True)

    straight = Contract(*plain.point).survival([5, 6, 7])
    bent = Contract(*aging.point).survival([5, 6, 7])
    actual = np.array([0.551, 0.517, 0.491])

    assert plain.point.round(3).tolist() == [1.281, 7.790]
    assert straight.round(3).tolist() == [0.534, 0.486, 0.444]
    assert np.abs(bent - actual).max() < 0.012
    assert np.abs(bent - actual).max() < np.abs(straight - actual).max() / 3


def test_multi_cohort_sbg_in_years() -> None:
    whole = [10000, 8000, 6480, 5307, 4391]

    found = contracts.fit(renewals([whole[:length] for length in (5, 4, 3, 2)]))

    assert found.point.round(2).tolist() == [3.80, 15.19]
    assert found.point == pytest.approx([3.79812, 15.19190], abs=1e-5)


def test_kaplan_meier_of_6_mp_in_weeks() -> None:
    weeks = "6 6 6 6+ 7 9+ 10 10+ 11+ 13 16 17+ 19+ 20+ 22 23 25+ 32+ 32+ 34+ 35+".split()

    found = kaplan_meier(
        [float(week.rstrip("+")) for week in weeks], [not week.endswith("+") for week in weeks]
    )

    assert found.time.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert found.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert found.share.round(4).tolist() == [
        0.8571, 0.8067, 0.7529, 0.6902, 0.6275, 0.5378, 0.4482,
    ]  # fmt: skip
    assert found.error.round(4).tolist() == [
        0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346,
    ]  # fmt: skip
    assert ((found.low < found.share) & (found.share < found.high)).all()


def test_kaplan_meier_of_a_complete_cohort_is_its_share_left() -> None:
    found = kaplan_meier([1, 1, 2, 3], [True, True, True, True])

    assert found.share.tolist() == [0.5, 0.25, 0.0]
    assert np.isfinite([found.error, found.low, found.high]).all()
    assert kaplan_meier([], []).share.tolist() == []
    with pytest.raises(ValueError, match="number from 0"):
        kaplan_meier([-1.0], [True])


@pytest.mark.parametrize(
    ("target", "point"),
    [
        (pareto.likelihood(make_base(np.array([0, 0, 3, 9]), np.array([0, 0, 80, 200]),
                                     np.array([40, 90, 200, 230]))), [0.5, 30.0, 0.6, 90.0]),
        (pareto.likelihood(make_base(np.array([1, 4]), np.array([9, 80]), np.array([40, 90]))),
         [0.5, 90.0, 0.6, 30.0]),
        (bgbb.likelihood(donations()), [1.1, 0.8, 0.6, 2.5]),
        (contracts.likelihood(renewals([HIGH_END]), aging=True), [0.6, 3.0, 1.2]),
        (contracts.likelihood(renewals([REGULAR]), aging=False), [0.7, 1.1]),
    ],
)  # fmt: skip
def test_gradient_and_hessian_are_those_of_the_value(
    target: Likelihood, point: list[float]
) -> None:
    at: Floats = np.array(point)
    _, gradient, hessian = target(at)

    for k in range(len(at)):
        step = np.zeros(len(at))
        step[k] = 1e-5 * at[k]
        up, down = target(at + step), target(at - step)
        assert (up[0] - down[0]) / (2 * step[k]) == pytest.approx(gradient[k], rel=1e-5, abs=1e-5)
        slope = (up[1] - down[1]) / (2 * step[k])
        assert slope == pytest.approx(hessian[k], rel=1e-5, abs=1e-5)


@pytest.mark.parametrize("cohorts", [[], [[]], [[100, 120]]])
def test_cohorts_that_grow_or_are_empty_are_refused(cohorts: list[list[int]]) -> None:
    with pytest.raises(ValueError, match="never grows"):
        renewals(cohorts)
