"""Recency, frequency and money as quintiles, and the groups that people know by name.

A group says where a customer stands among all others of the day, and somebody always bought longest
ago: whether she left is for a model to say, so no group is named as if it knew.

The score of a value is 1 + floor(5 m), where m is the share of customers below it plus half of
those equal to it. Equal values always get equal scores, whatever the order of the rows; with
heavy ties (most customers bought once) not every score need occur. 5 is best everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import (
    Floats,
    Ints,
    average_ranks,
    floats,
    group_starts,
    ints,
)
from amity.measure.analytics.summary import Occasions, Summary

GROUPS = {
    "champions": "bought lately and often",
    "loyal": "buy often, not all of them lately",
    "promising": "bought lately, a few times",
    "new": "bought lately for the first time",
    "fading": "middling, and quieter than they were",
    "at risk": "bought often, but not lately",
    "hibernating": "bought little, and longer ago than others",
}

# Rows: recency 1..5; columns: frequency 1..5.
_GRID = (
    ("hibernating", "hibernating", "fading", "at risk", "at risk"),
    ("hibernating", "hibernating", "fading", "at risk", "at risk"),
    ("fading", "fading", "fading", "loyal", "loyal"),
    ("new", "new", "promising", "loyal", "champions"),
    ("new", "new", "promising", "champions", "champions"),
)


@dataclass(frozen=True, slots=True)
class Rfm:
    """Scores 1..5 per customer of the summary; `m` is 0 where no money is known."""

    r: Ints
    f: Ints
    m: Ints
    group: tuple[str, ...]


def score(summary: Summary) -> Rfm:
    """RFM of a summary: last purchase, number of purchase occasions, total net money."""
    r = quintile(summary.last_day.astype(np.float64))
    f = quintile(summary.x.astype(np.float64))
    known = np.isfinite(summary.total)
    m = np.zeros(summary.customers, dtype=np.int64)
    m[known] = quintile(summary.total[known])
    return Rfm(r, f, m, _names(r, f))


def groups_on(rows: Occasions, day: int) -> dict[int, str]:
    """The group of each customer as of an earlier day, from the purchase occasions of a log."""
    seen = rows.day <= day
    customer, days = rows.customer[seen], rows.day[seen]
    starts = group_starts(customer)
    if len(starts) == 0:
        return {}
    ends = np.append(starts[1:], len(customer)) - 1
    r, f = quintile(floats(days[ends])), quintile(floats(ends - starts))
    return dict(zip(customer[starts].tolist(), _names(r, f), strict=True))


def _names(r: Ints, f: Ints) -> tuple[str, ...]:
    return tuple(_GRID[i - 1][j - 1] for i, j in zip(r.tolist(), f.tolist(), strict=True))


def quintile(values: Floats) -> Ints:
    """Scores 1..5, 5 for the highest values; see the module for ties."""
    if len(values) == 0:
        return np.zeros(0, dtype=np.int64)
    share = (average_ranks(values) - 0.5) / len(values)
    return ints(np.minimum(1 + np.floor(5.0 * share), 5))


def grid(rfm: Rfm) -> Ints:
    """Customers by recency (row 0 is score 1) and frequency (column 0 is score 1), 5 x 5."""
    counts = np.zeros((5, 5), dtype=np.int64)
    np.add.at(counts, (rfm.r - 1, rfm.f - 1), 1)
    return counts


STAYED_OUT = "not yet a customer"


@dataclass(frozen=True, slots=True)
class Movement:
    """Customers by the group they were in (rows) and are in (columns), in the order of `groups`."""

    groups: tuple[str, ...]
    customers: Ints


def movement(before: Mapping[int, str], after: Mapping[int, str]) -> Movement:
    """Who moved where between two scorings: customer to group, then and now.

    Who had not bought by then comes from "not yet a customer"; nobody goes back there, so a
    customer that is missing now is left out (merged, erased).
    """
    groups = (STAYED_OUT, *GROUPS)
    place = {group: row for row, group in enumerate(groups)}
    counts = np.zeros((len(groups), len(groups)), dtype=np.int64)
    for customer, now in after.items():
        counts[place[before.get(customer, STAYED_OUT)], place[now]] += 1
    return Movement(groups, counts)
