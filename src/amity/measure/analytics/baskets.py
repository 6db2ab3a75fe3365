"""What is bought together: pairs, frequent sets and rules, counted in whole numbers.

Thresholds are compared as integers (b * count of both >= a * count of the condition for a
confidence of a / b), since rules that sit exactly on the threshold are lost to rounding otherwise
(Groceries has 39 on .8). A rule is a description: whether an offer sells more is for a hold-out.

Frequent sets by depth-first search on bit columns (Zaki, "Scalable algorithms for association
mining", IEEE TKDE 12, 2000).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, exp, inf, log, sqrt

import numpy as np
import numpy.typing as npt

from amity.measure.analytics.arrays import Ints, ints
from amity.measure.analytics.intervals import Z95

Itemset = tuple[int, ...]
Words = npt.NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Baskets:
    """Baskets as one column of bits an item: shape (items, ceil(baskets / 64))."""

    baskets: int
    items: int
    columns: Words

    @property
    def counts(self) -> Ints:
        """In how many baskets each item is."""
        return _count(self.columns)


def read(basket: Ints, item: Ints) -> Baskets:
    """Baskets of lines (basket number, item number); numbers from 0, repeated lines count once.

    Raises:
        ValueError: the columns differ in length or hold a negative number.
    """
    rows, columns = ints(basket), ints(item)
    if len(rows) != len(columns):
        raise ValueError("Every line needs a basket and an item.")
    if len(rows) and min(rows.min(), columns.min()) < 0:
        raise ValueError("Baskets and items are numbered from 0.")
    n = int(rows.max()) + 1 if len(rows) else 0
    k = int(columns.max()) + 1 if len(columns) else 0
    bits = np.zeros((k, (n + 63) // 64), dtype=np.uint64)
    np.bitwise_or.at(bits, (columns, rows // 64), np.uint64(1) << (rows % 64).astype(np.uint64))
    return Baskets(n, k, bits)


def pair_counts(basket: Ints, item: Ints) -> Ints:
    """In how many baskets each two items are together, shape (items, items); the diagonal alone.

    Lines must be distinct; by sparse multiplication.
    """
    from scipy.sparse import csr_array  # noqa: PLC0415 - slow to load, and only needed here

    rows, columns = ints(basket), ints(item)
    if not len(rows):
        return np.zeros((0, 0), dtype=np.int64)
    shape = (int(rows.max()) + 1, int(columns.max()) + 1)
    lines = csr_array((np.ones(len(rows), dtype=np.int32), (rows, columns)), shape=shape)
    lines.data[:] = 1
    both: Ints = np.asarray((lines.T @ lines).toarray(), dtype=np.int64)
    return both


def frequent(baskets: Baskets, support: Fraction, longest: int | None = None) -> dict[Itemset, int]:
    """Every set of items in at least `support` of the baskets, with its count.

    With `longest`, only sets of at most so many items.
    """
    least = max(ceil(support * baskets.baskets), 1)
    counts = baskets.counts
    kept = np.flatnonzero(counts >= least)
    kept = kept[np.argsort(counts[kept], kind="stable")]  # rare first: small branches
    found: dict[Itemset, int] = {}
    most = len(kept) if longest is None else longest
    _grow((), _Candidates(kept, counts[kept], baskets.columns[kept]), least, most, found)
    return found


@dataclass(frozen=True, slots=True)
class _Candidates:
    """Items that are frequent together with a prefix: how often, and in which baskets."""

    items: Ints
    counts: Ints
    columns: Words


def _grow(
    prefix: Itemset, after: _Candidates, least: int, most: int, found: dict[Itemset, int]
) -> None:
    """Adds every frequent set of at most `most` items that extends `prefix` by some of `after`."""
    for place, (item, count) in enumerate(
        zip(after.items.tolist(), after.counts.tolist(), strict=True)
    ):
        longer = (*prefix, item)
        found[tuple(sorted(longer))] = count
        if len(longer) >= most:
            continue
        both = after.columns[place + 1 :] & after.columns[place]
        counts = _count(both)
        kept = np.flatnonzero(counts >= least)
        if len(kept):
            more = _Candidates(after.items[place + 1 :][kept], counts[kept], both[kept])
            _grow(longer, more, least, most, found)


def _count(columns: Words) -> Ints:
    return ints(np.bitwise_count(columns).sum(axis=-1, dtype=np.int64))


@dataclass(frozen=True, slots=True)
class Rule:
    """Who has `condition` has `then` too: counts, and what follows from them.

    `lift` is confidence over the share of `then` among all baskets; `lift_low` its lower 95 %
    bound (delta method on the multinomial counts), by which rules are best ranked.
    """

    condition: Itemset
    then: int
    baskets: int
    both: int
    of_condition: int
    of_then: int

    @property
    def support(self) -> float:
        """Share of all baskets with both."""
        return self.both / self.baskets

    @property
    def confidence(self) -> float:
        """Share of the baskets with the condition that have `then`."""
        return self.both / self.of_condition

    @property
    def lift(self) -> float:
        """How many times more often than by chance."""
        return self.both * self.baskets / (self.of_condition * self.of_then)

    @property
    def lift_low(self) -> float:
        """Lower 95 % bound of the lift; 0 where nobody has both."""
        if self.both == 0:
            return 0.0
        n = self.baskets
        both, left, right = self.both / n, self.of_condition / n, self.of_then / n
        gradient = 1 / both - 1 / left - 1 / right
        variance = both * gradient**2 + (left - both) / left**2 + (right - both) / right**2 - 1.0
        spread = sqrt(max(variance, 0.0) / n)
        return exp(log(self.lift) - Z95 * spread) if spread < inf else 0.0


def rules(
    baskets: Baskets, support: Fraction, confidence: Fraction, longest: int | None = None
) -> list[Rule]:
    """All rules with one item to the right that reach both thresholds, the highest lift first.

    With `longest`, only rules of at most so many items on both sides together.

    `support` and `confidence` are fractions: `Fraction("0.8")`, never the float .8.
    """
    counts = frequent(baskets, support, longest)
    found = list(_rules(baskets.baskets, counts, confidence))
    return sorted(found, key=lambda rule: (-rule.lift, -rule.both, rule.condition, rule.then))


def _rules(baskets: int, counts: dict[Itemset, int], confidence: Fraction) -> Iterator[Rule]:
    above, below = confidence.numerator, confidence.denominator
    for items, both in counts.items():
        if len(items) == 1:
            continue
        for place, then in enumerate(items):
            condition = items[:place] + items[place + 1 :]
            if below * both >= above * counts[condition]:
                yield Rule(condition, then, baskets, both, counts[condition], counts[(then,)])
