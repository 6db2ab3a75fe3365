"""Bases on which a purchase model cannot be fitted: an answer, never NaN, never an exception."""

import numpy as np
import pytest

from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.backtest import backtest, choose_holdout
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.clv import Outlook, Values, value_customers
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.summary import Log, make_log, summarize
from amity.measure.analytics.verdict import PurchaseFit, Verdict, fit_purchases, fit_spend

YEAR = 365


def simulate(customers: int, shape: float, scale: float, drop: tuple[float, float] | None) -> Log:
    """A year of purchases at Gamma(shape, scale days) rates; drop-out Beta(a, b) or none."""
    rng = np.random.default_rng(11)
    who: list[int] = []
    when: list[int] = []
    for customer in range(customers):
        rate, leaves = rng.gamma(shape) / scale, rng.beta(*drop) if drop else 0.0
        day = float(rng.integers(0, YEAR))
        while day <= YEAR:
            who.append(customer)
            when.append(int(day))
            if len(who) > 1 and who[-2] == customer and rng.random() < leaves:
                break
            day += rng.exponential(1.0 / rate)
    return make_log(who, when, rng.integers(100, 9000, len(who)))


def regular(customers: int, every: int, times: int) -> Log:
    """Everybody buys every so many days."""
    days = np.tile(np.arange(times) * every, customers)
    return make_log(np.repeat(np.arange(customers), times), days, np.full(len(days), 500))


def measured(log: Log, as_of: int) -> tuple[PurchaseFit, Values]:
    summary = summarize(log, as_of)
    fit = fit_purchases(summary)
    return fit, value_customers(summary, fit, fit_spend(summary), Outlook(band=0.2))


ODD: dict[str, tuple[Log, int]] = {
    "nobody repeats": (make_log(np.arange(500), np.arange(500) % 300, np.full(500, 100)), 300),
    "one purchase": (make_log([1], [5], [100]), 300),
    "one customer": (make_log([1, 1, 1], [5, 50, 90], [100, 100, 200]), 300),
    "all today": (make_log(np.arange(100), np.full(100, 300), np.full(100, 100)), 300),
    "all on one day": (make_log(np.arange(100), np.full(100, 30), np.full(100, 100)), 300),
    "everyone regular": (regular(200, 7, 50), 350),
    "every day": (regular(50, 1, 60), 59),
    "two days of history": (regular(300, 1, 2), 1),
    "two days long ago": (regular(300, 1, 2), 200),
    "nobody leaves": (simulate(600, 0.5, 30, None), YEAR),
    "all leave alike": (simulate(600, 0.5, 30, (1000, 4000)), YEAR),
    "a small base": (simulate(100, 0.5, 30, (1, 3)), YEAR),
    "free of charge": (make_log([1, 1, 2], [1, 9, 4], [0, 0, 0]), 30),
    "nothing": (make_log([], [], []), 30),
}


@pytest.mark.parametrize("name", ODD)
def test_every_base_gets_finite_answers(name: str) -> None:
    log, as_of = ODD[name]

    fit, values = measured(log, as_of)

    assert fit.reason
    assert all(np.isfinite(list(fit.parameters().values())))
    for column in (values.alive, values.purchases, values.purchases_low, values.purchases_high):
        assert np.isfinite(column).all()
    if name != "free of charge":
        assert np.isfinite(values.clv).all()
    assert (values.purchases <= 366).all()
    assert ((values.alive >= 0) & (values.alive <= 1)).all()


@pytest.mark.parametrize("name", ODD)
def test_every_base_can_be_back_tested(name: str) -> None:
    log, as_of = ODD[name]
    days = choose_holdout(summarize(log, as_of))

    _, held = backtest(log, as_of - days, days)

    assert np.isfinite([held.forecast, held.low, held.high]).all()
    assert held.low <= held.forecast <= held.high


def test_few_repeat_buyers_are_counted_in_the_reason() -> None:
    log = make_log([*range(50), *range(12)], [0] * 50 + [90] * 12)

    fit = fit_purchases(summarize(log, 100))

    assert fit.verdict is Verdict.NOT_ENOUGH_DATA
    assert fit.reason.startswith("Not enough data yet: needs 30 repeat buyers, has 12.")
    assert fit.fallback == "NBD without drop-out, shrunk to the base"
    assert isinstance(fit.model, Nbd)


def test_two_days_of_history_do_not_make_a_year_of_daily_purchases() -> None:
    log, as_of = ODD["two days of history"]

    fit, values = measured(log, as_of)

    assert fit.verdict is Verdict.NOT_ENOUGH_DATA
    assert values.purchases.sum() < 10 * 300


def test_base_that_nobody_leaves_is_degenerate_and_keeps_its_rate() -> None:
    log, as_of = ODD["nobody leaves"]

    fit, values = measured(log, as_of)

    summary = summarize(log, as_of)
    rate = summary.purchases / summary.T.sum()
    assert fit.verdict is Verdict.DEGENERATE
    assert "no sign of customers leaving" in fit.reason
    assert isinstance(fit.model, Nbd)
    assert values.purchases.sum() == pytest.approx(rate * 365.25 * 600, rel=0.1)


def test_four_thousand_orders_do_not_become_millions() -> None:
    # BG/NBD alone runs to a = 0, b = infinity here.
    log = regular(80, 7, 50)

    fit, values = measured(log, 350)

    assert len(log) == 4000
    assert fit.verdict is Verdict.DEGENERATE
    assert 3500 < values.purchases.sum() < 4500


def test_plain_drop_out_with_unknown_spread_keeps_drop_out() -> None:
    log, as_of = simulate(150, 0.5, 30, (1000, 4000)), YEAR

    fit, values = measured(log, as_of)

    assert fit.verdict is Verdict.DEGENERATE
    assert fit.reason.startswith("The parameters run away (")
    assert fit.fallback == "BG/NBD with its spreads held by a weak prior"
    assert isinstance(fit.model, BgNbd)
    no_dropout = Nbd(1.0, 100.0)
    summary = summarize(log, as_of)
    forever = no_dropout.expected(summary.x, summary.t_x, summary.T, 365.25)
    assert values.purchases.sum() < forever.sum()


def test_one_huge_buyer_makes_nobody_else_rich() -> None:
    log = simulate(600, 0.5, 30, (1, 3))
    assert log.amount is not None
    spoiled: Floats = log.amount.copy()
    buyer: Ints = log.customer[np.flatnonzero(log.customer[1:] == log.customer[:-1])[5:6]]
    spoiled[log.customer == buyer[0]] = 1e10

    _, before = measured(log, YEAR)
    _, after = measured(Log(log.customer, log.day, spoiled), YEAR)

    others = summarize(log, YEAR).customer != buyer[0]
    assert after.clv[others].sum() < 2 * before.clv[others].sum()


def test_equal_spends_are_degenerate_and_answered_by_the_mean() -> None:
    summary = summarize(regular(200, 7, 50), 350)

    fit = fit_spend(summary)

    assert fit is not None
    assert fit.verdict is Verdict.DEGENERATE
    assert fit.model.expected(np.array([0, 49]), np.array([np.nan, 500.0])) == pytest.approx(500.0)


def test_log_without_money_has_purchases_and_no_value() -> None:
    log = simulate(300, 0.5, 30, (1, 3))

    fit, values = measured(Log(log.customer, log.day), YEAR)

    assert np.isfinite(values.purchases).all()
    assert np.isnan(values.clv).all()
    assert fit.customers == 300


def test_customers_without_spend_are_dropped_and_counted() -> None:
    free = np.repeat(np.arange(40), 2)
    amount = np.where(free < 5, 0, 100 + free)
    log = make_log(free, np.tile([0, 60], 40), amount)

    fit = fit_spend(summarize(log, 100))

    assert fit is not None
    assert (fit.customers, fit.dropped) == (35, 5)


def test_spend_that_follows_frequency_is_warned_of() -> None:
    rows = [(c, d, 100 * (1 + c % 9)) for c in range(60) for d in range(2 + c % 9)]

    fit = fit_spend(summarize(make_log(*zip(*rows, strict=True)), 100))

    assert fit is not None
    assert fit.correlation is not None
    assert fit.correlation >= 0.3
    assert "read values with care" in fit.warning
