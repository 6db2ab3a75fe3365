"""Calibration against hold-out: fit on the history to a day, compare with the days after it."""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.intervals import Z95, log_variance
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
    back-test, and at least 95 % of parameter error and of chance.
    """

    as_of: int
    days: int
    forecast: float
    actual: int
    error: float | None
    low: float
    high: float
    band: float | None
    by_frequency: tuple[FrequencyRow, ...]


def backtest(
    log: Log, as_of: int, days: int, asked: str = "BG/NBD"
) -> tuple[PurchaseFit, Backtest]:
    """Fit on the log to `as_of` inclusive and compare with the `days` after it."""
    summary = summarize(log, as_of)
    fit = fit_purchases(summary, asked)
    return fit, compare(log, summary, fit, days)


def compare(log: Log, summary: Summary, fit: PurchaseFit, days: int) -> Backtest:
    """Hold a fit in days on `summary` against the `days` of the log after the summary's day."""
    x, T = summary.x.astype(np.float64), summary.T
    expected = np.minimum(fit.model.expected(x, summary.t_x, T, float(days)), float(days))
    actual = holdout_purchases(log, summary, days)
    forecast, bought = float(expected.sum()), int(actual.sum())
    half = max(abs(forecast - bought), Z95 * _deviation(summary, fit, expected, actual, days))
    return Backtest(
        as_of=summary.as_of,
        days=days,
        forecast=forecast,
        actual=bought,
        error=forecast / bought - 1.0 if bought else None,
        low=max(forecast - half, 0.0),
        high=forecast + half,
        band=half / forecast if forecast > 0 else None,
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


def _deviation(
    summary: Summary, fit: PurchaseFit, expected: Floats, actual: Floats, days: int
) -> float:
    """Standard deviation of the total: parameter error, and the customers' own scatter."""
    x, t_x, T = summary.x.astype(np.float64), summary.t_x, summary.T

    def total(point: Floats) -> Floats:
        return np.array([fit.model.moved(point).expected(x, t_x, T, float(days)).sum()])

    parameter = log_variance(total, fit.model.vector(), fit.covariance)
    spread = 0.0 if parameter is None else float(parameter[0]) * float(expected.sum()) ** 2
    return float(np.sqrt(spread + np.sum((actual - expected) ** 2)))


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
