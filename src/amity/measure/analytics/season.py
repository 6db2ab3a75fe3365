"""Season: how much more is bought in some months, and time counted by how much is bought in it.

The month's index is its repeat purchases a day against the average of the twelve months around
it, meaned over the years and shrunk towards 1 by the scatter of counts. In *operational time* a day
of a strong month is longer than one of a weak month, a year is a year, and purchases run evenly; so
any model here can be fitted on it as it is. Two years are needed: one cannot tell season from
growth.
"""

from dataclasses import dataclass, replace
from datetime import date

import numpy as np

from amity.base.time import day_number, from_day_number
from amity.measure.analytics.arrays import Floats, Ints, floats
from amity.measure.analytics.summary import Occasions, Summary

NEEDED_DAYS = 730
NEEDED_PURCHASES = 500
NOTABLE = 0.05


@dataclass(frozen=True, slots=True)
class Season:
    """Index of each calendar month (1 is average; all 1 where none is known), and how it is known.

    `strength` is the largest distance from 1; `known` says whether two years carry it and it is
    at least 5 %.
    """

    index: tuple[float, ...]
    known: bool
    strength: float
    reason: str

    def clock(self, first_day: int, last_day: int) -> Floats:
        """Operational time at the end of each day from `first_day` to `last_day`, from 0 on."""
        months = [from_day_number(day).month for day in range(first_day, last_day + 1)]
        weight = np.array(self.index)[np.array(months, dtype=np.int64) - 1]
        return floats(np.cumsum(weight) - weight[0])

    def ahead(self, as_of: int, days: int) -> float:
        """Operational days in the `days` after `as_of`; as many where no season is known."""
        if not self.known:
            return float(days)
        clock = self.clock(as_of, as_of + days)
        return float(clock[-1])


FLAT = (1.0,) * 12


def season_of(rows: Occasions, as_of: int) -> Season:
    """The season of the purchase occasions of a log up to a day."""
    repeat = np.zeros(len(rows.customer), dtype=np.bool_)
    repeat[1:] = rows.customer[1:] == rows.customer[:-1]
    days = rows.day[repeat & (rows.day <= as_of)]
    span = as_of - int(rows.day.min(initial=as_of))
    if span < NEEDED_DAYS:
        return Season(FLAT, False, 0.0, "Season is not told apart from growth in under two years.")
    if len(days) < NEEDED_PURCHASES:
        words = f"Too few repeat purchases for a season: {len(days):,} of {NEEDED_PURCHASES}."
        return Season(FLAT, False, 0.0, words)
    index = _index(*_monthly(days, as_of - span, as_of))
    strength = float(np.abs(index - 1.0).max())
    if strength < NOTABLE:
        return Season(FLAT, False, strength, "No month differs from the others by 5 % or more.")
    high = int(np.argmax(index))
    words = f"Month {high + 1} brings {index[high]:.0%} of an average month."
    return Season(tuple(index.tolist()), True, strength, words)


def operational(summary: Summary, season: Season) -> Summary:
    """The summary with t_x and T in operational days, to the whole day; as it is without a season.

    Days of the calendar (`first_day`, `last_day`, `as_of`) stay.
    """
    if not season.known or summary.customers == 0:
        return summary
    start = int(summary.first_day.min())
    clock = season.clock(start, summary.as_of)
    began, ended = clock[summary.first_day - start], clock[summary.last_day - start]
    t_x, T = np.round(ended - began), np.round(clock[-1] - began)
    return replace(summary, t_x=floats(t_x), T=floats(np.maximum(T, t_x)))


def _monthly(days: Ints, first_day: int, as_of: int) -> tuple[Ints, Floats, Floats]:
    """Calendar month, purchases and days of every whole month."""
    start, end = from_day_number(first_day), from_day_number(as_of)
    months = range(start.year * 12 + start.month, end.year * 12 + end.month)
    edges = [day_number(date(m // 12, m % 12 + 1, 1)) for m in months]
    count = np.histogram(days, bins=np.array(edges))[0]
    calendar = np.array([m % 12 for m in months][:-1], dtype=np.int64)
    return calendar, count.astype(np.float64), np.diff(edges).astype(np.float64)


def _index(calendar: Ints, count: Floats, length: Floats) -> Floats:
    """Ratios to the average of the twelve months around, meaned by calendar month and shrunk."""
    rate = count / length
    around = np.convolve(rate, np.concatenate(([0.5], np.ones(11), [0.5])) / 12.0, mode="same")
    whole = np.arange(len(rate))
    usable = (whole >= 6) & (whole < len(rate) - 6) & (around > 0)
    ratio = np.ones(len(rate))
    np.divide(rate, around, out=ratio, where=usable)
    index, noise = np.ones(12), np.zeros(12)
    for month in range(12):
        here = usable & (calendar == month)
        if here.any():
            index[month] = ratio[here].mean()
            noise[month] = 1.0 / max(count[here].sum(), 1.0)
    spread = float(((index - 1.0) ** 2).mean())
    signal = max(spread - float(noise.mean()), 0.0)
    index = 1.0 + (index - 1.0) * np.divide(signal, signal + noise, out=np.zeros(12),
                                            where=signal + noise > 0)  # fmt: skip
    return np.asarray(index / index.mean())
