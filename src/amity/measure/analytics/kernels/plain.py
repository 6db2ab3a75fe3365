"""The passes in NumPy, in blocks that stay in the cache.

A block is short enough that BLAS takes its dot products in one thread: on a busy machine the
threads of BLAS made such a pass forty times slower.
"""

from collections.abc import Iterator

import numpy as np

from amity.measure.analytics.arrays import AnyInts, Floats, Int32s, Ints, RowColumns

BLOCK = 8192
FEW = 256
"""A count of purchases that fewer customers have shares its block with its neighbors."""
STEEPEST = 700.0


def tally(x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Ints, Ints]:
    """Customers by x and by T, one-time buyers by T, repeat purchases by T."""
    days = int(T.max(initial=0)) + 1
    return (
        np.bincount(x, minlength=1),
        np.bincount(T, minlength=days),
        np.bincount(T[x == 0], minlength=days),
        np.bincount(T, weights=x, minlength=days).astype(np.int64),
    )


def by_count(x: AnyInts, starts: Ints, left: AnyInts, right: AnyInts) -> tuple[Int32s, Int32s]:
    """The two columns of the repeat buyers in the order of x; `starts` says where each x begins."""
    narrow = x.astype(np.uint16) if len(starts) <= 2**16 else x  # 16 bits are sorted by radix
    order = np.argsort(narrow, kind="stable")[len(x) - int(starts[-1]) :]
    return left[order].astype(np.int32), right[order].astype(np.int32)


def gone_sums(
    rows: RowColumns, tables: tuple[Floats, Floats], power: Floats, base: Floats
) -> Floats:
    """Per x the eleven sums of `dropout.SUMS` over its rows.

    `tables` are ln(alpha+t) and 1/(alpha+t) of every tick; u = base + power Q by x.
    """
    (starts, t_x, T), (logs, shares) = rows, tables
    found = np.zeros((len(starts) - 1, 11))
    for first, last in _stretches(starts):
        for low in range(int(starts[first]), int(starts[last]), BLOCK):
            high = min(low + BLOCK, int(starts[last]))
            quiet = logs[T[low:high]] - logs[t_x[low:high]]
            here, there = shares[T[low:high]], shares[t_x[low:high]]
            if last == first + 1:
                u = base[first] + power[first] * quiet
                found[first] += [float(p @ other) for p, other in _terms(quiet, here, there, u)]
                continue
            kinds = np.searchsorted(starts, np.arange(low, high), side="right") - 1
            edges = np.concatenate(([0], np.flatnonzero(np.diff(kinds)) + 1))
            u = base[kinds] + power[kinds] * quiet
            sums = [np.add.reduceat(p * other, edges) for p, other in _terms(quiet, here, there, u)]
            found[kinds[edges]] += np.array(sums, dtype=np.float64).T
    return found


def _terms(quiet: Floats, here: Floats, there: Floats, u: Floats) -> list[tuple[Floats, Floats]]:
    """What is summed, as a weight and a factor."""
    grown = np.exp(np.minimum(u, STEEPEST))
    p = grown / (1.0 + grown)
    q = p / (1.0 + grown)
    bend, one = here - there, np.ones(len(u))
    q_quiet, q_bend = q * quiet, q * bend
    return [
        (p, one), (p, quiet), (p, bend), (p, there * there - here * here),
        (q, one), (q, quiet), (q, bend), (q_quiet, quiet), (q_quiet, bend), (q_bend, bend),
        (np.log1p(grown), one),
    ]  # fmt: skip


def _stretches(starts: Ints) -> Iterator[tuple[int, int]]:
    """Ranges of x to take together: a frequent one alone, rare neighbors jointly."""
    sizes = np.diff(starts)
    first = 0
    while first < len(sizes):
        last = first + 1
        if 0 < sizes[first] < FEW or sizes[first] == 0:
            while last < len(sizes) and sizes[last] < FEW:
                last += 1
        if starts[last] > starts[first]:
            yield first, last
        first = last


def spend_sums(starts: Ints, spent: Floats, v: float) -> Floats:
    """Per number of spends the sums of ln(S + v), 1/(S + v) and 1/(S + v)^2."""
    found = np.zeros((len(starts) - 1, 3))
    for first, last in _stretches(starts):
        for low in range(int(starts[first]), int(starts[last]), BLOCK):
            high = min(low + BLOCK, int(starts[last]))
            whole = spent[low:high] + v
            share = 1.0 / whole
            columns = np.log(whole), share, share * share
            inside = np.clip(starts[first : last + 1], low, high)[:-1] - low
            filled = np.diff(np.clip(starts[first : last + 1], low, high)) > 0
            for k, column in enumerate(columns):
                found[first:last, k][filled] += np.add.reduceat(column, inside[filled])
    return found
