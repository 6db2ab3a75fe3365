"""Models by nature, regular buyers, segments, hybrids, contracts judged, and the season."""

from dataclasses import replace

import numpy as np
import pytest

from amity.base.time import day_number, from_day_number
from amity.base.vocabulary import Nature
from amity.measure.analytics import nbd
from amity.measure.analytics.backtest import backtest, compare, wider
from amity.measure.analytics.base import base_of, join, make_base
from amity.measure.analytics.clv import Outlook, value_customers
from amity.measure.analytics.contracts import Contract, renewals
from amity.measure.analytics.hybrid import Terms, value_hybrid
from amity.measure.analytics.natures import ValueModel, choose_model
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.regularity import regularity
from amity.measure.analytics.retention import fit_contract
from amity.measure.analytics.season import operational, season_of
from amity.measure.analytics.segments import fit_segments, value_segments
from amity.measure.analytics.summary import make_log, occasions, summarize
from amity.measure.analytics.verdict import Verdict, fit_purchases, fit_spend
from amity.testing.populations import HEAVY, ODD, Columns, Habits, beside, buyers, regular

HIGH_END = [1000, 869, 743, 653, 593, 551, 517, 491]


@pytest.mark.parametrize(
    ("nature", "once", "discrete", "model"),
    [
        (Nature.TRANSACTIONAL, None, False, ValueModel.BGNBD),
        (Nature.TRANSACTIONAL, 0.6, False, ValueModel.BGNBD),
        (Nature.TRANSACTIONAL, 0.9, False, ValueModel.MBGNBD),
        (Nature.TRANSACTIONAL, 0.9, True, ValueModel.BGBB),
        (Nature.LONG_TERM, None, False, ValueModel.CONTRACT),
        (Nature.HYBRID, None, False, ValueModel.HYBRID),
    ],
)
def test_nature_chooses_the_model(
    nature: Nature, once: float | None, discrete: bool, model: ValueModel
) -> None:
    found = choose_model(nature, once_share=once, discrete=discrete)

    assert found.model is model
    assert found.reason


def test_purchases_at_random_are_not_called_regular() -> None:
    found = regularity(occasions(make_log(*buyers(20_000, 21, HEAVY))))

    assert found.low is not None
    assert found.high is not None
    assert found.low < 1.1
    assert found.high > 0.9
    assert (found.erlang, found.warning) == (1, "")


def test_habits_are_found_with_their_shape_and_warned_of() -> None:
    rng = np.random.default_rng(3)
    rate = rng.gamma(2.0, 1.0, 4000) / 60.0
    day = np.cumsum(rng.gamma(3.0, 1.0 / 3.0, (4000, 12)) / rate[:, None], axis=1).astype(int)
    seen = day.ravel() < 700
    log = make_log(np.repeat(np.arange(4000), 12)[seen], day.ravel()[seen])

    found = regularity(occasions(log))

    assert found.k == pytest.approx(3.0, rel=0.15)
    assert found.erlang == 3
    assert "Erlang-3" in found.warning


@pytest.mark.parametrize("name", ODD)
def test_every_base_gets_an_answer_on_regularity_and_season(name: str) -> None:
    log = make_log(*ODD[name]())

    found, season = regularity(occasions(log)), season_of(occasions(log), 730)

    assert (found.k is None) == (found.low is None)
    known = [value for value in (found.k, found.low, found.high) if value is not None]
    assert np.isfinite(known).all()
    assert np.isfinite(season.index).all()
    assert np.mean(season.index) == pytest.approx(1.0)


def test_everyone_regular_is_told_so() -> None:
    assert (
        "more regularly than by chance"
        in regularity(occasions(make_log(*regular(400, 7, 14, 700, 0.1)))).warning
    )


def base_named(seed: int, customers: int, habits: Habits) -> Columns:
    return buyers(customers, seed, habits)


def test_small_segment_leans_on_the_base_and_a_large_one_on_itself() -> None:
    fast = Habits(r=1.0, alpha=20.0, a=0.7, b=4.0)
    bases = {
        "many": base_of(summarize(make_log(*buyers(5000, 31)), 730)),
        "other": base_of(summarize(make_log(*buyers(5000, 32, fast)), 730)),
        "few": base_of(summarize(make_log(*buyers(8, 33, fast)), 730)),
    }

    pooled = fit_purchases(join(list(bases.values())))
    segments = fit_segments(bases, pooled)

    assert pooled.customers == 10_008
    alone = fit_purchases(bases["other"])
    other, few = segments["other"], segments["few"]
    assert other.own_share > 0.98
    assert few.own_share < 0.1
    assert other.fit.model.vector() == pytest.approx(alone.model.vector(), rel=0.15)
    away = np.abs(np.log(few.fit.model.vector() / pooled.model.vector())).max()
    apart = np.abs(np.log(alone.model.vector() / pooled.model.vector())).max()
    assert away < apart
    assert few.fit.customers == 8
    errors, alone_errors = few.fit.standard_errors(), pooled.standard_errors()
    assert all(errors[name] > alone_errors[name] for name in errors)
    assert "as if it were 100 more" in few.reason


def test_segments_of_a_base_without_a_model_share_its_answer() -> None:
    bases = {
        name: base_of(summarize(make_log(*ODD[name]()), 730))
        for name in ("everyone regular", "two days", "hardly any repeats")
    }

    pooled = fit_purchases(bases["two days"])
    segments = fit_segments({"two days": bases["two days"]}, pooled)

    assert pooled.verdict is not Verdict.OK
    assert segments["two days"].fit.model == pooled.model
    whole = fit_purchases(join(list(bases.values())))
    for found in fit_segments(bases, whole).values():
        assert np.isfinite(found.fit.model.vector()).all()


def test_each_customer_is_valued_by_her_own_segment() -> None:
    log = make_log(*beside(buyers(800, 61), buyers(800, 62, HEAVY)))
    summary = summarize(log, 730)
    members = {
        "few": np.flatnonzero(summary.customer < 800),
        "often": np.flatnonzero(summary.customer >= 800),
    }
    fit, spend = fit_purchases(summary), fit_spend(summary)
    fits = fit_segments({name: base_of(summary.of(rows)) for name, rows in members.items()}, fit)

    values = value_segments(summary, members, fits, spend, Outlook(band=0.2))

    pooled = value_customers(summary, fit, spend, Outlook(band=0.2))
    assert np.isfinite(values.clv).all()
    assert values.kept_share == pooled.kept_share
    fresh = members["often"][summary.x[members["often"]] == 0]
    assert values.purchases[fresh].mean() > pooled.purchases[fresh].mean()
    own = value_customers(
        summary.of(members["few"]), fits["few"].fit, spend, Outlook(band=0.2), 1.0
    )
    assert values.purchases[members["few"]] == pytest.approx(own.purchases)


def test_hybrid_counts_departures_once() -> None:
    rng = np.random.default_rng(6)
    n, period, years = 40_000, 30.0, 24
    chance = rng.beta(0.7, 9.0, n)
    lasted = np.minimum(rng.geometric(chance), years)  # periods begun
    rate = rng.gamma(2.0, 1.0, n) / 40.0
    bought = rng.poisson(rate * lasted * period)
    seen = [int((lasted > t).sum()) for t in range(years)]
    ended = nbd.fit(make_base(bought, np.zeros(n, np.int64), (lasted * period).astype(np.int64)))
    contract = fit_contract(renewals([seen]))
    extras = Nbd.at(ended.point)
    terms = Terms(fee=1000.0, spend=500.0, days=period, horizon=12 * period, discount=0.0)
    running = lasted == years

    found = value_hybrid(
        np.full(int(running.sum()), years - 1), bought[running], np.full(int(running.sum()), 720.0),
        contract=contract.model, rate=extras, terms=terms,
    )  # fmt: skip

    assert extras.r / extras.alpha == pytest.approx(2.0 / 40.0, rel=0.02)
    ahead = rng.geometric(chance[running])  # the next renewals that fail
    kept = np.minimum(ahead - 1, 12)
    assert found.from_fees.sum() == pytest.approx(1000.0 * kept.sum(), rel=0.02)
    sold = rng.poisson(rate[running] * kept * period)
    assert found.extras.sum() == pytest.approx(sold.sum(), rel=0.03)
    assert found.from_extras.sum() == pytest.approx(500.0 * sold.sum(), rel=0.03)
    assert found.total == pytest.approx(found.from_fees + found.from_extras)


def test_contracts_are_judged_and_held_out() -> None:
    fit = fit_contract(renewals([HIGH_END]))

    assert fit.verdict is Verdict.OK
    assert fit.model.name == "beta-discrete-Weibull"
    assert fit.covariance is not None
    assert fit.observed.tolist() == pytest.approx([n / 1000 for n in HIGH_END])
    assert fit.held_out.tolist() == pytest.approx([0.517, 0.491])
    assert np.abs(fit.forecast - fit.held_out).max() < 0.012


@pytest.mark.parametrize(
    "cohorts",
    [
        [[10, 9]], [[50]], [[1000, 1000, 1000, 1000]], [[1000, 0, 0, 0]], [[0, 0]],
        [[1000, 900, 810, 729, 656]], [[40, 30], [40, 20, 10, 0]],
    ],
)  # fmt: skip
def test_every_set_of_contracts_gets_an_answer(cohorts: list[list[int]]) -> None:
    fit = fit_contract(renewals(cohorts))

    survival = fit.model.survival(np.arange(60))
    assert fit.reason
    assert np.isfinite(survival).all()
    assert ((survival >= 0) & (survival <= 1)).all()
    assert (np.diff(survival) <= 1e-12).all()
    assert np.isfinite(fit.observed).all()


def test_contract_that_all_leave_alike_is_answered_with_one_chance() -> None:
    fit = fit_contract(renewals([[100_000, 90_000, 81_000, 72_900, 65_610]]))

    assert fit.verdict is Verdict.DEGENERATE
    assert fit.model.retention([1, 10]).tolist() == pytest.approx([0.9, 0.9], rel=1e-3)


def test_discounting_for_ever_needs_a_rate() -> None:
    with pytest.raises(ValueError, match="positive rate"):
        Contract(0.7, 3.8).residual_lifetime(1, 0.0)


def seasonal_log(strength: float) -> Columns:
    """Three years of buyers who buy more in December, thinned from faster ones."""
    who, day, amount = buyers(6000, 41, HEAVY, acquired=1096, days=1460)
    start = day_number(from_day_number(18_628))  # 2021-01-01
    month = np.array([from_day_number(start + d).month for d in range(1462)])[day]
    keep = np.random.default_rng(1).random(len(day)) < np.where(month == 12, 1.0, 1.0 - strength)
    return who[keep], day[keep] + start, amount[keep]


def test_season_is_found_with_its_month_and_time_runs_by_it() -> None:
    log = make_log(*seasonal_log(0.5))
    as_of = 18_628 + 1460

    season = season_of(occasions(log), as_of)

    assert season.known
    assert int(np.argmax(season.index)) == 11
    assert season.index[11] == pytest.approx(12 * 1.0 / (11 * 0.5 + 1.0), rel=0.1)
    assert season.ahead(as_of, 365) == pytest.approx(365, rel=0.02)
    november = day_number(from_day_number(as_of)) - from_day_number(as_of).day - 30
    assert season.ahead(november, 61) > 1.2 * 61


def test_operational_time_changes_nothing_without_a_season() -> None:
    log = make_log(*seasonal_log(0.0))
    as_of = 18_628 + 1460
    summary = summarize(log, as_of)

    season = season_of(occasions(log), as_of)
    plain, timed = fit_purchases(summary), fit_purchases(operational(summary, season))

    assert not season.known
    assert set(season.index) == {1.0}
    assert timed.model.vector() == pytest.approx(plain.model.vector(), rel=1e-6)


def test_operational_time_mends_the_forecast_of_december() -> None:
    log = make_log(*seasonal_log(0.6))
    cut = 18_628 + 1460 - 31  # November ends
    summary = summarize(log, cut)
    season = season_of(occasions(log), cut)
    timed = operational(summary, season)

    plain = compare(log, summary, fit_purchases(summary), 31)
    mended = compare(log, timed, fit_purchases(timed), 31, season.ahead(cut, 31))

    assert plain.actual == mended.actual
    assert plain.error is not None
    assert mended.error is not None
    assert abs(mended.error) < abs(plain.error) / 2
    assert backtest(log, cut, 31)[1].forecast == pytest.approx(mended.forecast)


def test_short_history_tells_no_season() -> None:
    log = make_log(*buyers(300, 5))

    assert "under two years" in season_of(occasions(log.until(400)), 400).reason
    assert "Too few" in season_of(occasions(make_log([1, 1], [0, 800])), 800).reason


def test_the_wider_of_the_two_errors_is_named() -> None:
    log = make_log(*buyers(3000, 51))
    held = backtest(log, 500, 200)[1]

    assert held.band is not None
    assert held.parameters is not None
    assert held.band >= held.parameters
    assert wider(held).startswith("The back-test's band (± ")
    unsure = replace(held, parameters=2 * held.band)
    assert wider(unsure).startswith("The error of the parameters (± ")
    assert wider(replace(held, parameters=None)) == ""
