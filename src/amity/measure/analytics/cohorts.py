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
    purchase occasions (minor units, NaN throughout when the log has no money).
    """

    period: Period
    starts: tuple[date, ...]
    sizes: Ints
    active: Floats
    share: Floats
    spend: Floats
    partial_age: tuple[int | None, ...]


def cohorts(log: Log, as_of: int, period: Period = "month") -> Cohorts:
    """Cohort triangles of the purchases up to and including the day `as_of`."""
    rows = occasions(log.until(as_of))
    if len(rows.customer) == 0:
        none = np.zeros((0, 0))
        return Cohorts(period, (), np.zeros(0, dtype=np.int64), none, none, none, ())
    now = int(period_of(np.array([as_of]), period)[0])
    when = period_of(rows.day, period)
    begin = group_starts(rows.customer)
    first = np.repeat(when[begin], np.diff(np.append(begin, len(when))))
    oldest = int(first.min())
    height = now - oldest + 1
    cohort, age = first - oldest, when - first
    sizes = np.bincount(when[begin] - oldest, minlength=height)
    unseen = np.add.outer(np.arange(height), np.arange(height)) > height - 1
    active = _distinct(rows, cohort, age, height)
    spend = _money(rows, cohort, age, height)
    active[unseen], spend[unseen] = np.nan, np.nan
    share = active / np.maximum(sizes, 1)[:, None]
    keep = sizes > 0
    whole = int(period_of(np.array([as_of + 1]), period)[0]) > now
    ages = [None if whole else height - 1 - k for k in range(height)]
    return Cohorts(
        period,
        tuple(start_of(oldest + k, period) for k in range(height) if keep[k]),
        sizes[keep],
        active[keep],
        share[keep],
        spend[keep],
        tuple(a for a, kept in zip(ages, keep, strict=True) if kept),
    )


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


def _distinct(rows: Occasions, cohort: Ints, age: Ints, height: int) -> Floats:
    """Customers with at least one purchase per cohort and age."""
    new = np.ones(len(age), dtype=np.bool_)
    new[1:] = (rows.customer[1:] != rows.customer[:-1]) | (age[1:] != age[:-1])
    flat = np.bincount(cohort[new] * height + age[new], minlength=height * height)
    return floats(flat.reshape(height, height))


def _money(rows: Occasions, cohort: Ints, age: Ints, height: int) -> Floats:
    """Net money per cohort and age."""
    known = np.isfinite(rows.net)
    if not known.any():
        return np.full((height, height), np.nan)
    place = cohort[known] * height + age[known]
    flat = np.bincount(place, weights=rows.net[known], minlength=height * height)
    return floats(flat.reshape(height, height))
