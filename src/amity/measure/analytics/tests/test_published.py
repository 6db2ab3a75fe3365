"""Published figures of the models on CDNOW (39 weeks, daily events, time in weeks unless said).

Sources: Fader, Hardie, Lee (2005); the BTYD walk-through; the tests of CLVTools and lifetimes;
Hardie's note 025. Formulas are tested at the publisher's parameters, the optimizer apart.
"""

from datetime import date

import numpy as np
import pytest

from amity.base.time import day_number
from amity.measure.analytics import bgnbd, gamma_gamma, mbgnbd, nbd
from amity.measure.analytics.arrays import ints
from amity.measure.analytics.backtest import backtest
from amity.measure.analytics.base import base_of, make_base
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.gamma_gamma import GammaGamma
from amity.measure.analytics.summary import Log, Summary, summarize
from amity.measure.analytics.verdict import Verdict, fit_purchases, fit_spend, spearman

PAPER = BgNbd(0.243, 4.414, 0.793, 2.426, "week")
BTYD = BgNbd(0.2425967, 4.413659, 0.7929869, 2.426164, "week")


def one(model: BgNbd, x: float, t_x: float, T: float, weeks: float) -> float:
    return float(model.expected(np.array([x]), np.array([t_x]), np.array([T]), weeks)[0])


def test_bgnbd_parameters_in_weeks(calibration: Summary) -> None:
    fit = fit_purchases(calibration).per("week")

    assert fit.verdict is Verdict.OK
    assert fit.unit == "week"
    assert fit.parameters() == pytest.approx(
        {"r": 0.24259452, "alpha": 4.41360202, "a": 0.79292202, "b": 2.42590678}, rel=2e-7
    )
    # clvkit's published digits, then those of the paper.
    six = {name: round(value, 6) for name, value in fit.parameters().items()}
    assert six == {"r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}
    three = {name: round(value, 3) for name, value in fit.parameters().items()}
    assert three == {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}


def test_bgnbd_log_likelihood_in_weeks_and_days(calibration: Summary) -> None:
    fit = fit_purchases(calibration)

    assert round(fit.per("week").log_likelihood, 4) == -9582.4292
    assert fit.per("week").log_likelihood == pytest.approx(-9582.429206674, abs=1e-8)
    assert fit.log_likelihood == pytest.approx(-9582.429206674 - 2457 * np.log(7), abs=1e-8)
    weeks = make_base(calibration.x, ints(calibration.t_x), ints(calibration.T), step=1 / 7)
    assert round(bgnbd.log_likelihood(PAPER, weeks), 1) == -9582.4


def test_bgnbd_standard_errors_in_weeks(calibration: Summary) -> None:
    errors = fit_purchases(calibration).per("week").standard_errors()

    assert round(errors["r"], 5) == 0.01256
    assert round(errors["alpha"], 4) == 0.3782
    assert round(errors["a"], 4) == 0.1857
    assert round(errors["b"], 4) == 0.7054


def test_bgnbd_new_customer(calibration: Summary) -> None:
    model = fit_purchases(calibration).per("week").model
    weeks = np.array([0.1429, 1.0, 3.0, 31.8571, 32.0, 78.0])

    assert model.new_customer(weeks).round(4).tolist() == [
        0.0078, 0.0532, 0.1506, 1.0405, 1.0437, 1.8580,
    ]  # fmt: skip
    assert float(BTYD.new_customer(np.array([52.0]))[0]) == pytest.approx(1.444004, abs=5e-7)


def test_bgnbd_conditional_expectation_of_customer_1516() -> None:
    x, t_x, T = np.array([26.0]), np.array([216 / 7]), np.array([31.0])

    assert float(BTYD.expected(x, t_x, T, 52.0)[0]) == pytest.approx(25.75659, abs=5e-6)
    assert float(BTYD.alive(x, t_x, T)[0]) == pytest.approx(0.9688523, abs=5e-8)


def test_bgnbd_increasing_frequency_paradox() -> None:
    x = np.array([10.0, 15.0, 20.0, 25.0])

    found = BTYD.expected(x, np.full(4, 20.0), np.full(4, 39.0), 52.0)

    assert found == pytest.approx([0.3474606, 0.04283391, 0.004158973, 0.0003583685], rel=1e-6)


def test_bgnbd_expectation_of_hardies_sheet() -> None:
    assert round(one(PAPER, 2, 30.43, 38.86, 39), 3) == 1.226


def test_bgnbd_pmf_of_the_btyd_manual() -> None:
    assert PAPER.pmf(10, 2.0) == pytest.approx(1.07869e-07, rel=5e-6)
    assert PAPER.pmf(0, 39.0) == pytest.approx(0.5737864, abs=5e-8)


def test_bgnbd_holdout_by_calibration_frequency(cdnow: Log) -> None:
    _, held = backtest(cdnow, day_number(date(1997, 9, 30)), 273)

    rows = held.by_frequency
    assert [row.frequency for row in rows] == list(range(8))
    assert [row.customers for row in rows] == [1411, 439, 214, 100, 62, 38, 29, 64]
    assert [round(row.actual_mean, 4) for row in rows] == [
        0.2367, 0.6970, 1.3925, 1.5600, 2.5323, 2.9474, 3.8621, 6.3594,
    ]  # fmt: skip
    published = [0.2251, 0.5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570]
    assert [row.expected_mean for row in rows] == pytest.approx(published, rel=1e-4)
    assert held.actual == 1882
    assert round(held.forecast, 1) == 1653.4
    assert held.error is not None
    assert round(held.error, 3) == -0.121
    assert held.low < held.forecast < held.actual <= held.high


def test_bgnbd_holdout_means_at_the_publishers_parameters(calibration: Summary) -> None:
    weeks = calibration.t_x / 7, calibration.T / 7

    expected = BTYD.expected(calibration.x, *weeks, 39.0)

    bucket = np.minimum(calibration.x, 7)
    assert [round(float(expected[bucket == k].mean()), 4) for k in range(8)] == [
        0.2251, 0.5231, 1.0441, 1.5203, 2.1638, 2.6538, 3.5040, 6.1570,
    ]  # fmt: skip


def test_mbgnbd_parameters_in_weeks(calibration: Summary) -> None:
    fit = fit_purchases(calibration, "MBG/NBD").per("week")

    assert fit.parameters() == pytest.approx(
        {"r": 0.524843, "alpha": 6.183086, "a": 0.891359, "b": 1.614002}, abs=1e-6
    )
    three = {name: round(value, 3) for name, value in fit.parameters().items()}
    assert three == {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
    assert fit.log_likelihood == pytest.approx(-9582.135716, abs=1e-6)


def test_nbd_parameters_in_weeks_and_its_overshoot(cdnow: Log, calibration: Summary) -> None:
    base = base_of(calibration)

    found = nbd.fit(base)

    model = nbd.Nbd.at(found.point).per("week")
    assert round(model.r, 4) == 0.3848
    assert round(model.alpha, 3) == 12.072
    assert round(found.value, 2) == -3193.06
    forecast = model.expected(calibration.x, calibration.t_x / 7, calibration.T / 7, 39.0)
    assert round(float(forecast.sum()), 1) == 2929.8


def test_gamma_gamma_on_946_repeat_buyers_in_dollars(calibration: Summary) -> None:
    fit = fit_spend(calibration)

    assert fit is not None
    assert isinstance(fit.model, GammaGamma)
    dollars = fit.model.scaled(0.01)
    assert fit.verdict is Verdict.OK
    assert (fit.customers, fit.dropped) == (946, 0)
    assert dollars.vector() == pytest.approx([6.249572, 3.744225, 15.443521], abs=6e-7)
    assert dollars.vector().round(2).tolist() == [6.25, 3.74, 15.44]
    # A density in dollars is a hundred times that in cents, for each of the 946 means.
    assert fit.log_likelihood is not None
    in_dollars = fit.log_likelihood + 946 * np.log(100)
    assert in_dollars == pytest.approx(-4055.91769, abs=1e-5)
    spenders = calibration.spend_count > 0
    assert round(float(calibration.spend_mean[spenders].mean()) / 100, 2) == 35.08


def test_gamma_gamma_expected_spend_of_hardies_first_ten(calibration: Summary) -> None:
    model = GammaGamma(6.25, 3.74, 15.44)

    found = model.expected(calibration.spend_count[:10], calibration.spend_mean[:10] / 100)

    sheet = [24.65, 18.91, 35.17, 35.17, 35.17, 71.46, 18.91, 35.17, 27.28, 35.17]
    assert found == pytest.approx(sheet, abs=0.1)
    assert found[[0, 1, 2, 5, 8]].round(2).tolist() == [24.66, 18.92, 35.22, 71.47, 27.29]


def test_gamma_gamma_units_change_v_alone(calibration: Summary) -> None:
    spenders = calibration.spend_count > 0
    count, mean = calibration.spend_count[spenders], calibration.spend_mean[spenders]

    cents, dollars = gamma_gamma.fit(count, mean), gamma_gamma.fit(count, mean / 100)

    assert cents.point == pytest.approx(dollars.point * [1, 1, 100], rel=1e-8)
    assert cents.value == pytest.approx(dollars.value - 946 * np.log(100), abs=1e-7)


def test_spend_hardly_depends_on_frequency_in_the_full_log(cdnow: Log) -> None:
    summary = summarize(cdnow, day_number(date(1998, 6, 30)))
    spenders = summary.spend_count > 0

    found = spearman(summary.x[spenders].astype(float), summary.spend_mean[spenders])

    assert found is not None
    assert 0.1 < found < 0.3


def test_mbgnbd_likelihood_at_given_parameters_equals_the_fit(calibration: Summary) -> None:
    base = base_of(calibration)

    found = mbgnbd.fit(base)

    model = mbgnbd.MbgNbd.at(found.point)
    assert mbgnbd.log_likelihood(model, base) == pytest.approx(found.value, abs=1e-9)
