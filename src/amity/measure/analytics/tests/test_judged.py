"""Verdicts and back-tests of the models beside the usual one, and of segments."""

from datetime import date

import numpy as np
import pytest

from amity.base.time import day_number
from amity.measure.analytics.arrays import Bools
from amity.measure.analytics.backtest import (
    backtest,
    backtest_opportunities,
    backtest_pareto,
    backtest_segments,
)
from amity.measure.analytics.bgbb import Opportunities
from amity.measure.analytics.judged import fit_opportunities, fit_pareto, opportunities_of
from amity.measure.analytics.summary import Log, Summary, make_log, summarize
from amity.measure.analytics.tests.test_published_others import donations
from amity.measure.analytics.verdict import Verdict

AS_OF = day_number(date(1997, 9, 30))


def test_pareto_of_the_published_base_is_believed_and_held_out(
    cdnow: Log, calibration: Summary
) -> None:
    fit, held = backtest_pareto(cdnow, AS_OF, 273)

    assert fit.verdict is Verdict.OK
    assert fit.log_likelihood == fit_pareto(calibration).log_likelihood
    assert fit.model is not None
    assert list(fit.standard_errors()) == ["r", "alpha", "s", "beta"]
    assert fit.model.per("week").alpha == pytest.approx(10.578, abs=1e-3)
    assert held is not None
    assert held.actual == 1882
    assert 1653.4 < held.forecast < 1882
    assert held.band is not None
    assert held.parameters is not None


def test_pareto_of_few_is_not_fitted() -> None:
    log = make_log([1, 1, 2], [10_000, 10_100, 10_050])

    fit, held = backtest_pareto(log, 10_200, 30)

    assert (fit.model, fit.verdict, held) == (None, Verdict.NOT_ENOUGH_DATA, None)
    assert fit.parameters() == fit.standard_errors() == {}
    assert "needs 30 repeat buyers, has 1" in fit.reason


def test_pareto_of_a_base_that_nobody_leaves_is_degenerate() -> None:
    rng = np.random.default_rng(5)
    customer = np.repeat(np.arange(400), 12)
    day = (10_000 + rng.uniform(0, 700, len(customer))).astype(np.int64)

    fit = fit_pareto(summarize(make_log(customer, day), 10_700))

    assert fit.verdict is Verdict.DEGENERATE
    assert fit.reason


def test_bgbb_of_the_donations_is_believed() -> None:
    fit = fit_opportunities(donations())

    assert fit.verdict is Verdict.OK
    assert fit.parameters() == pytest.approx(
        {"alpha": 1.2035, "beta": 0.7497, "gamma": 0.6567, "delta": 2.7834}, abs=1e-4
    )
    assert all(error > 0 for error in fit.standard_errors().values())


def _history(customers: int, years: int, leave: float) -> Bools:
    rng = np.random.default_rng(11)
    buys, goes = rng.beta(1.2, 0.8, customers), rng.beta(leave, 2.8, customers)
    stays = rng.random((customers, years)) > goes[:, None]
    there = np.logical_and.accumulate(stays, axis=1)
    return np.asarray(there & (rng.random((customers, years)) < buys[:, None]))


def test_bgbb_is_held_out_on_the_opportunities_it_has_not_seen() -> None:
    history = _history(6_000, 10, 0.7)

    fit, held = backtest_opportunities(history, 4)

    assert fit.verdict is Verdict.OK
    assert held is not None
    assert (held.as_of, held.days, held.actual) == (6, 4, int(history[:, 6:].sum()))
    assert held.low <= held.actual <= held.high
    assert abs(held.error or 1.0) < 0.08
    assert [row.frequency for row in held.by_frequency] == list(range(7))
    assert sum(row.customers for row in held.by_frequency) == 6_000


def test_opportunities_are_counted_from_who_bought_when() -> None:
    history = np.array([[1, 0, 1], [0, 0, 0], [1, 0, 1]], dtype=np.bool_)

    rows = opportunities_of(history)

    found = zip(rows.x, rows.t_x, rows.n, rows.customers, strict=True)
    assert sorted(found) == [(0, 0, 3, 1), (2, 3, 3, 2)]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        (Opportunities(*np.array([[0.0], [0.0], [6.0], [500.0]])), "needs 30 buyers, has 0"),
        (
            Opportunities(*np.array([[0.0, 1.0], [0.0, 1.0], [2.0, 2.0], [90.0, 60.0]])),
            "needs 3 opportunities, has 2",
        ),
    ],
)
def test_too_few_opportunities_are_not_fitted(rows: Opportunities, says: str) -> None:
    fit = fit_opportunities(rows)

    assert (fit.model, fit.verdict) == (None, Verdict.NOT_ENOUGH_DATA)
    assert says in fit.reason


def test_nothing_to_hold_out_is_refused() -> None:
    history = _history(50, 4, 0.7)

    for held in (0, 4):
        with pytest.raises(ValueError, match="Hold out at least one"):
            backtest_opportunities(history, held)


def test_each_segment_is_held_out_by_its_own_fit(cdnow: Log) -> None:
    everyone = np.unique(cdnow.customer)
    members = {"odd": everyone[everyone % 2 == 1], "even": everyone[everyone % 2 == 0]}

    found = backtest_segments(cdnow, members, AS_OF, 273)

    whole = backtest(cdnow, AS_OF, 273)[1]
    assert sum(held.actual for _, held in found.values()) == whole.actual
    assert sum(held.forecast for _, held in found.values()) == pytest.approx(
        whole.forecast, rel=0.02
    )
    for fit, held in found.values():
        assert 0.9 < fit.own_share < 1
        assert held.low <= held.actual <= held.high
        assert held.band is not None
