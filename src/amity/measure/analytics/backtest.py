"""Calibration against hold-out: fit on the history to a day, compare with the days after it."""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, floats
from amity.measure.analytics.base import columns_of
from amity.measure.analytics.clv import grid_of
from amity.measure.analytics.intervals import Z95, log_variance
from amity.measure.analytics.season import operational, season_of
from amity.measure.analytics.summary import Log, Summary, occasions, summarize
from amity.measure.analytics.verdict import PurchaseFit, fit_purchases

TOP_FREQUENCY = 7


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


def compare(
    log: Log, summary: Summary, fit: PurchaseFit, days: int, ahead: float | None = None
) -> Backtest:
    """Hold a fit in days on `summary` against the `days` of the log after the summary's day.

    Where the summary is in operational time, `ahead` are the operational days in those.
    """
    grid = grid_of(columns_of(summary))
    horizon = np.array([float(days) if ahead is None else ahead])

    def forecasts(point: Floats) -> Floats:
        model = fit.model.moved(point)
        bought = np.minimum(model.while_alive(grid.x, grid.T, horizon)[:, 0], float(days))
        return floats(model.alive(summary.x, summary.t_x, summary.T) * bought[grid.place])

    expected = forecasts(fit.model.vector())
    actual = holdout_purchases(log, summary, days)
    forecast, bought = float(expected.sum()), int(actual.sum())
    variance = log_variance(
        lambda point: np.array([forecasts(point).sum()]), fit.model.vector(), fit.covariance
    )
    sure = None if variance is None else float(np.sqrt(variance[0]))
    scatter = float(np.sum((actual - expected) ** 2))
    deviation = float(np.sqrt(((sure or 0.0) * forecast) ** 2 + scatter))
    half = max(abs(forecast - bought), Z95 * deviation)
    return Backtest(
        as_of=summary.as_of,
        days=days,
        forecast=forecast,
        actual=bought,
        error=forecast / bought - 1.0 if bought else None,
        low=max(forecast - half, 0.0),
        high=forecast + half,
        band=half / forecast if forecast > 0 else None,
        parameters=None if sure is None else Z95 * sure,
        by_frequency=_by_frequency(summary, expected, actual),
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


def _by_frequency(summary: Summary, expected: Floats, actual: Floats) -> tuple[FrequencyRow, ...]:
    """Means by calibration frequency 0..6 and 7 or more; rows without customers are left out."""
    bucket = np.minimum(summary.x, TOP_FREQUENCY)
    rows = []
    for frequency in range(TOP_FREQUENCY + 1):
        here = bucket == frequency
        if here.any():
            means = float(actual[here].mean()), float(expected[here].mean())
            rows.append(FrequencyRow(frequency, int(np.count_nonzero(here)), *means))
    return tuple(rows)
