"""Repeat purchases over time beside what a model expects of them: the usual look at a fit.

Fader, Hardie, Lee, "Counting your customers the easy way", Marketing Science 24 (2005) 275-284,
figures 2 and 3. The expectation is that of new customers since their first purchases, so it uses
nothing that a customer did later.
"""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints, floats
from amity.measure.analytics.season import FLAT, Season
from amity.measure.analytics.summary import Log, Summary, occasions
from amity.measure.analytics.verdict import Model

NO_SEASON = Season(FLAT, known=False, strength=0.0, reason="")


@dataclass(frozen=True, slots=True)
class Tracking:
    """Cumulative repeat purchases of a summary's customers up to the end of each `day`."""

    day: Ints
    actual: Ints
    expected: Floats


def track(
    log: Log,
    summary: Summary,
    model: Model,
    until: int,
    *,
    step: int = 7,
    season: Season = NO_SEASON,
) -> Tracking:
    """Every `step` days from the first purchase of anyone to the day `until`.

    `summary` says whose purchases are counted; `model` is in days, operational ones where a season
    is given. Days later than the summary's are the hold-out.
    """
    if summary.customers == 0:
        return Tracking(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64), np.zeros(0))
    start = int(summary.first_day.min())
    ends = np.arange(start + step - 1, until + 1, step, dtype=np.int64)
    return Tracking(
        ends, _bought(log, summary, until, ends), _expected(summary, model, ends, season)
    )


def _bought(log: Log, summary: Summary, until: int, ends: Ints) -> Ints:
    rows = occasions(log.until(until))
    place = np.searchsorted(summary.customer, rows.customer).clip(max=summary.customers - 1)
    known = summary.customer[place] == rows.customer
    again = known & (rows.day > summary.first_day[place])
    return np.searchsorted(np.sort(rows.day[again]), ends, side="right")


def _expected(summary: Summary, model: Model, ends: Ints, season: Season) -> Floats:
    births, counts = np.unique(summary.first_day, return_counts=True)
    start = int(births[0])
    if not len(ends):
        return np.zeros(0)
    clock = season.clock(start, int(ends[-1]))
    times = np.arange(np.ceil(clock[-1]) + 2.0)
    table = model.new_customer(times)
    return floats(
        [
            np.interp(clock[end - start] - clock[births[births <= end] - start], times, table)
            @ counts[births <= end]
            for end in ends.tolist()
        ]
    )
