"""The two kinds of column that the wing works on."""

from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Column: TypeAlias = Floats | Ints
Bools: TypeAlias = npt.NDArray[np.bool_]
Int32s: TypeAlias = npt.NDArray[np.int32]
AnyInts: TypeAlias = npt.NDArray[np.integer[Any]]
RowColumns: TypeAlias = tuple[Ints, Int32s, Int32s]
"""Where each x begins, t_x and T of repeat buyers sorted by x."""
Records: TypeAlias = npt.NDArray[np.void]
AnyFloats: TypeAlias = npt.NDArray[np.floating[Any]]
ScoredRows: TypeAlias = tuple[AnyInts, AnyInts, AnyInts, Int32s, AnyInts, AnyInts | Floats]
"""x, t_x, T, the place of (x, T) in the tables, number of spends, spent in all."""
Law: TypeAlias = tuple[
    Floats, Floats, Floats, Floats, Floats, tuple[float, float, float, float], float
]
"""What `score` computes with: ln(alpha+t) of every day; power and base of u by x; purchases while
alive and their discounted sum by pair; (a, b, c, d) of the spend (a + b S) / (c + d n); the factor
of the value."""


def floats(values: npt.ArrayLike) -> Floats:
    """The values as a float64 array."""
    return np.asarray(values, dtype=np.float64)


def ints(values: npt.ArrayLike) -> Ints:
    """The values as an int64 array."""
    return np.asarray(values, dtype=np.int64)


def added(tables: Sequence[Floats]) -> Floats:
    """The sum of tables whose first lengths may differ: what a table lacks counts as 0."""
    total = np.zeros((max(len(table) for table in tables), *tables[0].shape[1:]))
    for table in tables:
        total[: len(table)] += table
    return total


def group_starts(sorted_keys: npt.NDArray[Any]) -> Ints:
    """Where each run of equal keys begins in a sorted array."""
    if len(sorted_keys) == 0:
        return np.zeros(0, dtype=np.int64)
    changes = np.flatnonzero(sorted_keys[1:] != sorted_keys[:-1]) + 1
    return np.concatenate(([0], changes)).astype(np.int64)


def average_ranks(values: Floats) -> Floats:
    """Ranks from 1, ties sharing their mean rank (as scipy.stats.rankdata, which loads slowly)."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return floats((last - (counts - 1) / 2.0)[place])
