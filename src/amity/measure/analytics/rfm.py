"""Recency, frequency and money as quintiles, and the groups that people know by name.

The score of a value is 1 + floor(5 m), where m is the share of customers below it plus half of
those equal to it. Equal values always get equal scores, whatever the order of the rows; with
heavy ties (most customers bought once) not every score need occur. 5 is best everywhere.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints, average_ranks, ints
from amity.measure.analytics.summary import Summary

GROUPS = {
    "champions": "bought lately and often",
    "loyal": "buy often, not all of them lately",
    "promising": "bought lately, a few times",
    "new": "bought lately for the first time",
    "fading": "middling, and quieter than they were",
    "at risk": "bought often, not for long",
    "lost": "bought little, long ago",
}

# Rows: recency 1..5; columns: frequency 1..5.
_GRID = (
    ("lost", "lost", "fading", "at risk", "at risk"),
    ("lost", "lost", "fading", "at risk", "at risk"),
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
    group = tuple(_GRID[i - 1][j - 1] for i, j in zip(r.tolist(), f.tolist(), strict=True))
    return Rfm(r, f, m, group)


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
