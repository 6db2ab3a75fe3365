"""Seeded bases that no model fits: each ends in a verdict with a reason, and in sane numbers."""

import numpy as np
import pytest

from amity.measure.analytics import mbgnbd, pareto
from amity.measure.analytics.backtest import backtest, choose_holdout
from amity.measure.analytics.base import base_of
from amity.measure.analytics.clv import Outlook, value_customers
from amity.measure.analytics.summary import make_log, summarize
from amity.measure.analytics.verdict import Verdict, fit_purchases, fit_spend
from amity.testing.populations import ODD

DAYS = {"two days": 1, "everyone daily": 90}
VERDICTS = {
    "hardly any repeats": {Verdict.OK, Verdict.DEGENERATE},
    "everyone regular": {Verdict.DEGENERATE},
    "nearly regular": {Verdict.DEGENERATE},
    "one huge buyer": {Verdict.OK, Verdict.DEGENERATE},
    "two days": {Verdict.NOT_ENOUGH_DATA},
    "mixture": {Verdict.OK, Verdict.DEGENERATE},
    "all refunded": {Verdict.OK, Verdict.DEGENERATE},
    "zero and negative spend": {Verdict.OK, Verdict.DEGENERATE},
    "nobody leaves": {Verdict.DEGENERATE},
    "all leave alike": {Verdict.DEGENERATE},
    "a tiny segment": {Verdict.NOT_ENOUGH_DATA},
    "everyone daily": {Verdict.DEGENERATE},
}


@pytest.mark.parametrize("asked", ["BG/NBD", "MBG/NBD"])
@pytest.mark.parametrize("name", ODD)
def test_odd_base_ends_in_a_verdict_and_finite_values(name: str, asked: str) -> None:
    log = make_log(*ODD[name]())
    summary = summarize(log, DAYS.get(name, 730))

    fit, spend = fit_purchases(summary, asked), fit_spend(summary)
    values = value_customers(summary, fit, spend, Outlook(band=0.3))

    assert fit.verdict in VERDICTS[name]
    assert fit.reason
    assert (fit.fallback is None) == (fit.verdict is Verdict.OK)
    assert np.isfinite(fit.log_likelihood)
    assert spend is not None
    assert spend.reason
    for column in (
        values.alive, values.purchases, values.purchases_low, values.purchases_high,
        values.spend, values.clv, values.clv_low, values.clv_high,
    ):  # fmt: skip
        assert np.isfinite(column).all()
        assert (column >= 0).all()
    assert (values.alive <= 1).all()
    assert (values.purchases <= 366).all()


@pytest.mark.parametrize("name", ODD)
def test_forecast_of_an_odd_base_stays_near_what_it_did(name: str) -> None:
    log = make_log(*ODD[name]())
    summary = summarize(log, DAYS.get(name, 730))

    year = value_customers(summary, fit_purchases(summary), None, Outlook()).purchases.sum()

    lived = max(summary.span, 1.0)
    assert year <= 2.0 * (summary.purchases + 0.05 * summary.customers) * max(365 / lived, 1.0) + 20


@pytest.mark.parametrize("name", ODD)
def test_odd_base_can_be_back_tested(name: str) -> None:
    log = make_log(*ODD[name]())
    as_of = DAYS.get(name, 730)
    days = choose_holdout(summarize(log, as_of))

    held = backtest(log, as_of - days, days)[1]

    assert np.isfinite([held.forecast, held.low, held.high]).all()
    assert held.low <= held.forecast <= held.high


@pytest.mark.parametrize("name", ODD)
def test_pareto_on_an_odd_base_says_when_it_is_not_to_be_believed(name: str) -> None:
    base = base_of(summarize(make_log(*ODD[name]()), DAYS.get(name, 730)))

    found = pareto.fit(base)

    assert np.isfinite(found.point).all()
    assert np.isfinite(found.value)
    covariance = found.covariance()
    assert covariance is None or np.isfinite(covariance).all()


def test_everything_refunded_is_worth_nothing() -> None:
    summary = summarize(make_log(*ODD["all refunded"]()), 731)

    values = value_customers(summary, fit_purchases(summary), fit_spend(summary), Outlook())

    assert values.purchases.sum() > 0
    assert values.clv.sum() == pytest.approx(0.0, abs=1e-6)


def test_guarded_fit_of_equal_leavers_keeps_the_drop_out() -> None:
    summary = summarize(make_log(*ODD["all leave alike"]()), 730)

    fit = fit_purchases(summary)

    assert fit.fallback == "BG/NBD with its spreads held by a weak prior"
    held = mbgnbd.fit_guarded(base_of(summary))
    assert np.isfinite(held.point).all()
