"""Cohorts: of those who first bought in a month (or week), who bought again how much later.

A cell that lies after `as_of` is empty (NaN), never zero. The period that contains `as_of` is
shown as far as it is seen and marked `partial`, unless `as_of` is its last day.
"""

from dataclasses import dataclass
from datetime import date
from typing import Literal

import numpy as np

from amity.base.time import from_day_number
from amity.measure.analytics.arrays import Floats, Ints, floats, group_starts
from amity.measure.analytics.summary import Log, Occasions, occasions

Period = Literal["month", "week"]
MONDAY = 3  # 1970-01-01 was a Thursday: day 4 began the first whole week


@dataclass(frozen=True, slots=True)
class Cohorts:
    """Triangles of shape (cohorts, ages); NaN where not yet observed.

    `starts` is the first day of each cohort's period, `sizes` its customers; `active` counts the
    customers who bought at that age, `share` is active / size, `spend` the net money of the
    purchase occasions (minor units, NaN throughout when the log has no money). `left_out` counts
    the older cohorts that were not asked for.
    """

    period: Period
    starts: tuple[date, ...]
    sizes: Ints
    active: Floats
    share: Floats
    spend: Floats
    partial_age: tuple[int | None, ...]
    left_out: int = 0


def cohorts(log: Log, as_of: int, period: Period = "month", last: int | None = None) -> Cohorts:
    """Cohort triangles of the purchases up to and including the day `as_of`.

    `last` keeps the latest so many cohorts and their first so many periods of age, so that one
    order dated 1900 does not make a triangle of a century.
    """
    rows = occasions(log.until(as_of))
    now = int(period_of(np.array([as_of]), period)[0])
    first = _first_period(rows, period)
    known: Ints = np.unique(first)
    kept = known[-last:] if last else known
    if len(kept) == 0:
        none = np.zeros((0, 0))
        return Cohorts(period, (), np.zeros(0, dtype=np.int64), none, none, none, ())
    oldest = now - int(kept[0])
    shape = (len(kept), (min(oldest, last) if last else oldest) + 1)
    age = period_of(rows.day, period) - first
    recent = (first >= kept[0]) & (age < shape[1])
    place = np.searchsorted(kept, first[recent]) * shape[1] + age[recent]
    active = _distinct(rows.customer[recent], place, shape)
    spend = _money(rows.net[recent], place, shape)
    unseen = np.add.outer(kept, np.arange(shape[1])) > now
    active[unseen], spend[unseen] = np.nan, np.nan
    sizes = active[:, 0].astype(np.int64)
    whole = int(period_of(np.array([as_of + 1]), period)[0]) > now
    return Cohorts(
        period,
        tuple(start_of(int(start), period) for start in kept),
        sizes,
        active,
        active / sizes[:, None],
        spend,
        tuple(None if whole or now - start >= shape[1] else now - start for start in kept.tolist()),
        len(known) - len(kept),
    )


def _first_period(rows: Occasions, period: Period) -> Ints:
    """For each occasion, the period in which its customer first bought."""
    begin = group_starts(rows.customer)
    size = np.diff(np.append(begin, len(rows.customer)))
    return np.repeat(period_of(rows.day[begin], period), size)


def period_of(day: Ints, period: Period) -> Ints:
    """Running number of the calendar month, or of the week from Monday, that holds each day."""
    if period == "week":
        return (day + MONDAY) // 7
    months: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return months


def start_of(number: int, period: Period) -> date:
    """The first day of a period by its running number."""
    if period == "week":
        return from_day_number(7 * number - MONDAY)
    return date(1970 + number // 12, number % 12 + 1, 1)


def _distinct(customer: Ints, place: Ints, shape: tuple[int, int]) -> Floats:
    """Customers with at least one purchase per cell; entries sorted by customer, then day."""
    new = np.ones(len(place), dtype=np.bool_)
    new[1:] = (customer[1:] != customer[:-1]) | (place[1:] != place[:-1])
    return floats(np.bincount(place[new], minlength=shape[0] * shape[1]).reshape(shape))


def _money(net: Floats, place: Ints, shape: tuple[int, int]) -> Floats:
    """Net money per cell."""
    known = np.isfinite(net)
    if not known.any():
        return np.full(shape, np.nan)
    flat = np.bincount(place[known], weights=net[known], minlength=shape[0] * shape[1])
    return floats(flat.reshape(shape))
