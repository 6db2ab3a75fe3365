"""What the purchase models need of a base of customers, and no more.

Time is counted in whole ticks (days), so that logarithms and powers come from tables with one
entry a tick. Most of a likelihood needs counts alone: customers by x, customers and purchases by
T. Only the term of those who may have left needs each repeat buyer's row (x, t_x, T); rows are
sorted by x, and lie in parts whose sums are added up. A part may be anywhere: in another thread
or on another machine.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import reduce
from itertools import pairwise
from typing import Protocol

import numpy as np

from amity.measure.analytics.arrays import AnyInts, Floats, Int32s, Ints, added, floats, ints
from amity.measure.analytics.kernels import kernels_for, pieces
from amity.measure.analytics.summary import Summary


class Part(Protocol):
    """Repeat buyers, wherever they lie: in this process, in an engine, on other machines."""

    def __len__(self) -> int: ...

    def sums(self, point: Floats, s: int, times: Floats) -> Floats:
        """The map of a step: per x the eleven sums of `dropout.SUMS` over the rows, shape (x, 11).

        `point` is (r, alpha, a, b), `s` is 1 for MBG/NBD, `times` are those of the ticks.
        """
        ...

    def thinned(self, every: int) -> "Rows":
        """Every so-many-th row, here."""
        ...


@dataclass(frozen=True, slots=True)
class Rows:
    """Repeat buyers sorted by x; those with x repeats are starts[x] to starts[x+1]. In ticks."""

    starts: Ints
    t_x: Int32s
    T: Int32s

    def __len__(self) -> int:
        return int(self.starts[-1])

    def sums(self, point: Floats, s: int, times: Floats) -> Floats:
        """Per x the eleven sums of `dropout.SUMS`, shape (x, 11)."""
        r, alpha, a, b = point
        x = np.arange(len(self.starts) - 1, dtype=np.float64)
        base = np.log(a) - np.log(np.maximum(b + x - 1 + s, 1e-300))
        tables = np.log(alpha + times), 1.0 / (alpha + times)
        columns = self.starts, self.t_x, self.T
        return kernels_for(len(self)).gone_sums(columns, tables, r + x, base)

    def thinned(self, every: int) -> "Rows":
        """Every so-many-th row in the order of x."""
        return Rows(-(-self.starts // every), self.t_x[::every], self.T[::every])


@dataclass(frozen=True, slots=True)
class Base:
    """Counts of a base, and the rows of its repeat buyers in parts; `step` is the time of a tick.

    `by_x` and `by_age` count customers, `once_by_age` those who bought once, `bought_by_age` repeat
    purchases. Counts may be fractions, in a sample.
    """

    step: float
    by_x: Floats
    by_age: Floats
    once_by_age: Floats
    bought_by_age: Floats
    parts: tuple[Part, ...]

    @property
    def customers(self) -> float:
        """Customers of the base."""
        return float(self.by_x.sum())

    @property
    def purchases(self) -> float:
        """Repeat occasions of all customers."""
        return float(self.bought_by_age.sum())

    @property
    def exposure(self) -> float:
        """Time under observation, of all customers together."""
        return float(self.by_age @ self.times())

    @property
    def rows(self) -> int:
        """Repeat buyers."""
        return sum(len(part) for part in self.parts)

    @property
    def span(self) -> float:
        """The longest time that anybody was observed."""
        return self.step * float(np.flatnonzero(self.by_age).max(initial=0))

    def times(self) -> Floats:
        """The time of every tick from 0 to the longest T."""
        return self.step * np.arange(len(self.by_age), dtype=np.float64)

    def thinned(self, every: int) -> "Base":
        """Every so-many-th repeat buyer in the order of x, the others in proportion."""
        parts = tuple(part.thinned(every) for part in self.parts)
        by_x = np.zeros(len(self.by_x))
        by_age, bought = self.once_by_age / every, np.zeros(len(self.by_age))
        by_x[0] = self.by_x[0] / every
        for part in parts:
            sizes = np.diff(part.starts)
            by_x[: len(sizes)] += sizes
            by_age = by_age + np.bincount(part.T, minlength=len(by_age))
            x = np.repeat(np.arange(len(sizes)), sizes)
            bought += np.bincount(part.T, weights=x, minlength=len(by_age))
        return replace(
            self,
            by_x=by_x,
            by_age=by_age,
            once_by_age=self.once_by_age / every,
            bought_by_age=bought,
            parts=parts,
        )


@dataclass(frozen=True, slots=True)
class Columns:
    """One row a customer: x repeats, the last at t_x of T, in days; `spends` positive repeat
    spends of `spent` minor units in all."""

    x: AnyInts
    t_x: AnyInts
    T: AnyInts
    spends: AnyInts
    spent: AnyInts | Floats

    def __len__(self) -> int:
        return len(self.x)


def columns_of(summary: Summary) -> Columns:
    """The columns of a customer summary."""
    spent = summary.spend_count * np.nan_to_num(summary.spend_mean)
    return Columns(
        summary.x, ints(summary.t_x), ints(summary.T), summary.spend_count, floats(spent)
    )


def base_of_columns(columns: Columns) -> Base:
    """The base of customers, in days."""
    return make_base(columns.x, columns.t_x, columns.T)


def make_base(x: AnyInts, t_x: AnyInts, T: AnyInts, step: float = 1.0) -> Base:
    """The base of customers with x repeats, the last at t_x of T; both in whole ticks of `step`."""
    kernels = kernels_for(len(x))
    by_x, by_age, once, bought = kernels.tally(x, T)
    starts = np.concatenate(([0, 0], np.cumsum(by_x[1:]))).astype(np.int64)
    rows = Rows(starts, *kernels.by_count(x, starts, t_x, T))
    return Base(
        step,
        by_x.astype(np.float64),
        by_age.astype(np.float64),
        once.astype(np.float64),
        bought.astype(np.float64),
        _split(rows, pieces(len(rows))),
    )


def base_of(summary: Summary) -> Base:
    """The base of a customer summary, in days."""
    return make_base(summary.x, ints(summary.t_x), ints(summary.T))


def join(bases: Sequence[Base]) -> Base:
    """Several bases as one: counts are added, rows stay where they are."""
    return reduce(_joined, bases)


def _joined(left: Base, right: Base) -> Base:
    if left.step != right.step:
        raise ValueError("Bases with ticks of different length cannot be joined.")
    return Base(
        left.step,
        added([left.by_x, right.by_x]),
        added([left.by_age, right.by_age]),
        added([left.once_by_age, right.once_by_age]),
        added([left.bought_by_age, right.bought_by_age]),
        left.parts + right.parts,
    )


def _split(rows: Rows, into: int) -> tuple[Rows, ...]:
    """Parts of about equal length; each keeps the whole list of x."""
    edges = np.linspace(0, len(rows), into + 1).astype(np.int64)
    return tuple(
        Rows(np.clip(rows.starts, low, high) - low, rows.t_x[low:high], rows.T[low:high])
        for low, high in pairwise(edges)
    )
