"""Calibration against hold-out: fit on the history to a day, compare with the days after it."""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Bools, Column, Floats, Ints, floats
from amity.measure.analytics.base import base_of, columns_of
from amity.measure.analytics.bgbb import BgBb
from amity.measure.analytics.clv import grid_of
from amity.measure.analytics.erlang import Habits
from amity.measure.analytics.intervals import Z95, log_variance
from amity.measure.analytics.judged import (
    Judged,
    fit_habits,
    fit_opportunities,
    fit_pareto,
    opportunities_of,
    recency,
)
from amity.measure.analytics.pareto import ParetoNbd
from amity.measure.analytics.season import operational, season_of
from amity.measure.analytics.segments import SegmentFit, fit_segments
from amity.measure.analytics.summary import Log, Summary, occasions, summarize
from amity.measure.analytics.verdict import Model, PurchaseFit, fit_purchases

TOP_FREQUENCY = 7
COMPARED = 100_000


@dataclass(frozen=True, slots=True)
class FrequencyRow:
    """Customers with `frequency` repeat purchases in calibration (the last row: that or more)."""

    frequency: int
    customers: int
    actual_mean: float
    expected_mean: float


@dataclass(frozen=True, slots=True)
class Backtest:
    """Hold-out purchases of the calibration's customers: forecast against actual.

    `error` is forecast / actual - 1 (None when nothing was bought). `low` and `high` are the band
    to show beside a forecast, `band` its relative half-width: at least the miss of this very
    back-test, and at least 95 % of parameter error and of chance. `parameters` is the relative
    half-width of parameter error alone, 95 % (None: the errors cannot be estimated).
    """

    as_of: int
    days: int
    forecast: float
    actual: int
    error: float | None
    low: float
    high: float
    band: float | None
    parameters: float | None
    by_frequency: tuple[FrequencyRow, ...]


def backtest(
    log: Log, as_of: int, days: int, asked: str = "BG/NBD"
) -> tuple[PurchaseFit, Backtest]:
    """Fit on the log to `as_of` inclusive and compare with the `days` after it."""
    season = season_of(occasions(log.until(as_of)), as_of)
    summary = operational(summarize(log, as_of), season)
    fit = fit_purchases(summary, asked)
    return fit, compare(log, summary, fit, days, season.ahead(as_of, days))


def backtest_pareto(log: Log, as_of: int, days: int) -> tuple[Judged[ParetoNbd], Backtest | None]:
    """As `backtest` for Pareto/NBD; no back-test where there is not enough data to fit it."""
    season = season_of(occasions(log.until(as_of)), as_of)
    summary = operational(summarize(log, as_of), season)
    fit = fit_pareto(summary)
    if fit.model is None:
        return fit, None
    ahead = season.ahead(as_of, days)
    return fit, _compare(log, summary, fit.model, fit.covariance, days=days, ahead=ahead)


def backtest_habits(
    log: Log, as_of: int, days: int, k: int
) -> tuple[Judged[Habits], Backtest | None]:
    """As `backtest` for MBG/CNBD-k; no back-test where there is not enough data to fit it.

    Of more than 100,000 customers every so-many-th is compared, since each costs dozens of
    incomplete beta functions.
    """
    season = season_of(occasions(log.until(as_of)), as_of)
    summary = operational(summarize(log, as_of), season)
    fit = fit_habits(summary, k)
    if fit.model is None:
        return fit, None
    summary = every_so_many(summary)
    model, ahead = fit.model, season.ahead(as_of, days)
    x, t_x, T = summary.x, summary.t_x, summary.T
    expected = np.minimum(model.expected(x, t_x, T, ahead), float(days))
    actual = holdout_purchases(log, summary, days)
    variance = log_variance(
        lambda point: np.array([model.moved(point).expected(x, t_x, T, ahead).sum()]),
        model.vector(),
        fit.covariance,
    )
    return fit, _held(expected, actual, variance, x, as_of=as_of, days=days)


def every_so_many(summary: Summary) -> Summary:
    """At most some 100,000 of the customers."""
    return summary.of(np.arange(0, summary.customers, max(summary.customers // COMPARED, 1)))


def backtest_segments(
    log: Log, members: Mapping[str, Ints], as_of: int, days: int, asked: str = "BG/NBD"
) -> dict[str, tuple[SegmentFit, Backtest]]:
    """As `backtest`, each segment by a fit of its own that leans on the whole base.

    `members` are customers of the log; those who had not bought by `as_of` are passed over. A
    segment that was made of what came later (the best buyers of today) flatters the forecast.
    """
    season = season_of(occasions(log.until(as_of)), as_of)
    summary = operational(summarize(log, as_of), season)
    rows = {
        name: np.flatnonzero(np.isin(summary.customer, customers))
        for name, customers in members.items()
    }
    bases = {name: base_of(summary.of(here)) for name, here in rows.items()}
    fits = fit_segments(bases, fit_purchases(summary, asked))
    ahead = season.ahead(as_of, days)
    return {
        name: (fits[name], compare(log, summary.of(here), fits[name].fit, days, ahead))
        for name, here in rows.items()
    }


def backtest_opportunities(history: Bools, held: int) -> tuple[Judged[BgBb], Backtest | None]:
    """BG/BB fitted without the last `held` opportunities of `history`, compared with them.

    One row a customer, one column an opportunity. `as_of` and `days` count opportunities.

    Raises:
        ValueError: nothing is left to fit, or nothing is held out.
    """
    seen = history.shape[1] - held
    if held < 1 or seen < 1:
        raise ValueError("Hold out at least one opportunity, and leave at least one.")
    fit = fit_opportunities(opportunities_of(history[:, :seen]))
    if fit.model is None:
        return fit, None
    x, t_x = recency(history[:, :seen])
    n = np.full(len(x), float(seen))
    expected = fit.model.expected(x, t_x, n, held)
    variance = log_variance(
        lambda point: np.array([BgBb.at(point).expected(x, t_x, n, held).sum()]),
        fit.model.vector(),
        fit.covariance,
    )
    actual = floats(history[:, seen:].sum(axis=1))
    return fit, _held(expected, actual, variance, x, as_of=seen, days=held)


def compare(
    log: Log, summary: Summary, fit: PurchaseFit, days: int, ahead: float | None = None
) -> Backtest:
    """Hold a fit in days on `summary` against the `days` of the log after the summary's day.

    Where the summary is in operational time, `ahead` are the operational days in those.
    """
    return _compare(log, summary, fit.model, fit.covariance, days=days, ahead=ahead)


def _compare(
    log: Log,
    summary: Summary,
    fitted: Model | ParetoNbd,
    covariance: Floats | None,
    *,
    days: int,
    ahead: float | None,
) -> Backtest:
    grid = grid_of(columns_of(summary))
    horizon = np.array([float(days) if ahead is None else ahead])

    def forecasts(point: Floats) -> Floats:
        model = fitted.moved(point)
        bought = np.minimum(model.while_alive(grid.x, grid.T, horizon)[:, 0], float(days))
        return floats(model.alive(summary.x, summary.t_x, summary.T) * bought[grid.place])

    expected = forecasts(fitted.vector())
    actual = holdout_purchases(log, summary, days)
    variance = log_variance(
        lambda point: np.array([forecasts(point).sum()]), fitted.vector(), covariance
    )
    return _held(expected, actual, variance, summary.x, as_of=summary.as_of, days=days)


def _held(
    expected: Floats,
    actual: Floats,
    variance: Floats | None,
    frequency: Column,
    *,
    as_of: int,
    days: int,
) -> Backtest:
    """The report on customers' purchases; `variance` is that of the logarithm of their sum."""
    forecast, bought = float(expected.sum()), int(actual.sum())
    sure = None if variance is None else float(np.sqrt(variance[0]))
    scatter = float(np.sum((actual - expected) ** 2))
    deviation = float(np.sqrt(((sure or 0.0) * forecast) ** 2 + scatter))
    half = max(abs(forecast - bought), Z95 * deviation)
    return Backtest(
        as_of=as_of,
        days=days,
        forecast=forecast,
        actual=bought,
        error=forecast / bought - 1.0 if bought else None,
        low=max(forecast - half, 0.0),
        high=forecast + half,
        band=half / forecast if forecast > 0 else None,
        parameters=None if sure is None else Z95 * sure,
        by_frequency=_by_frequency(frequency, expected, actual),
    )


def holdout_purchases(log: Log, summary: Summary, days: int) -> Floats:
    """Purchase occasions of each of the summary's customers in the days after it."""
    if summary.customers == 0:
        return np.zeros(0)
    rows = occasions(log.between(summary.as_of, summary.as_of + days))
    place = np.searchsorted(summary.customer, rows.customer).clip(max=summary.customers - 1)
    known = summary.customer[place] == rows.customer
    return np.bincount(place[known], minlength=summary.customers).astype(np.float64)


def choose_holdout(summary: Summary) -> int:
    """Days to hold out when nobody says: a third of the history, at most a year."""
    return int(min(365, summary.span // 3))


def wider(held: Backtest) -> str:
    """Which of the two errors of a forecast is the larger one, in words; empty if one is unknown.

    Parameters can be known well of a model that does not hold: then the miss is the wider.
    """
    if held.band is None or held.parameters is None:
        return ""
    if held.band > held.parameters:
        return (
            f"The back-test's band (± {held.band:.0%}) is wider than the error of the parameters "
            f"(± {held.parameters:.0%}): the model is surer of itself than its past allows."
        )
    return (
        f"The error of the parameters (± {held.parameters:.0%}) is wider than the back-test's band "
        f"(± {held.band:.0%}): more customers would make forecasts surer."
    )


def _by_frequency(frequency: Column, expected: Floats, actual: Floats) -> tuple[FrequencyRow, ...]:
    """Means by calibration frequency 0..6 and 7 or more; rows without customers are left out."""
    bucket = np.minimum(frequency, TOP_FREQUENCY)
    rows = []
    for least in range(TOP_FREQUENCY + 1):
        here = bucket == least
        if here.any():
            means = float(actual[here].mean()), float(expected[here].mean())
            rows.append(FrequencyRow(least, int(np.count_nonzero(here)), *means))
    return tuple(rows)
