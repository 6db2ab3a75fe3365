"""Grouped sufficient statistics: customers with the same (x, t_x, T) are one weighted row."""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.summary import Summary


@dataclass(frozen=True, slots=True)
class Cells:
    """Distinct (x, t_x, T) with the number `n` of customers in each; times in days.

    `inverse` gives, for each customer of the summary, the row of its cell.
    """

    x: Floats
    t_x: Floats
    T: Floats
    n: Floats
    inverse: Ints

    @property
    def purchases(self) -> float:
        """Repeat occasions of all customers."""
        return float(self.n @ self.x)

    @property
    def exposure(self) -> float:
        """Customer-days under observation."""
        return float(self.n @ self.T)


def group(x: Floats | Ints, t_x: Floats, T: Floats) -> Cells:
    """Cells of a base of customers; three columns of the same length."""
    rows = np.column_stack([x, t_x, T]).astype(np.float64)
    if len(rows) == 0:
        none = np.zeros(0)
        return Cells(none, none, none, none, np.zeros(0, dtype=np.int64))
    order = np.lexsort(rows.T[::-1])
    ordered = rows[order]
    fresh = np.concatenate(([True], (ordered[1:] != ordered[:-1]).any(axis=1)))
    inverse = np.empty(len(rows), dtype=np.int64)
    inverse[order] = np.cumsum(fresh) - 1
    distinct = ordered[fresh]
    counts = np.bincount(inverse).astype(np.float64)
    return Cells(distinct[:, 0], distinct[:, 1], distinct[:, 2], counts, inverse)


def cells_of(summary: Summary) -> Cells:
    """Cells of a customer summary."""
    return group(summary.x, summary.t_x, summary.T)
