"""The passes over all customers: in NumPy, and the same compiled by numba where that is installed.

Both give the same figures to rounding (the tests compare them). Small bases never load numba: it
takes longer to load than they take to fit.
"""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from importlib.util import find_spec
from typing import Protocol, TypeVar

from amity.measure.analytics.arrays import (
    AnyFloats,
    AnyInts,
    Floats,
    Int32s,
    Ints,
    Law,
    Records,
    RowColumns,
    ScoredRows,
)
from amity.measure.analytics.kernels import plain

WORTH_COMPILING = 200_000
"""Rows from which the compiled passes win back the time of loading them."""
WORTH_THREADS = 400_000

Part = TypeVar("Part")
Found = TypeVar("Found")


class Kernels(Protocol):
    """What both modules offer."""

    def tally(self, x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Ints, Ints]: ...

    def by_count(
        self, x: AnyInts, starts: Ints, left: AnyInts, right: AnyInts
    ) -> tuple[Int32s, Int32s]: ...

    def gone_sums(
        self, rows: RowColumns, tables: tuple[Floats, Floats], power: Floats, base: Floats
    ) -> Floats: ...

    def spent_by_count(
        self, count: AnyInts, starts: Ints, spent: AnyInts | Floats, factor: float
    ) -> Floats: ...

    def spend_sums(self, starts: Ints, spent: Floats, v: float) -> Floats: ...

    def fold(
        self, records: Records, customer: AnyInts, day: AnyInts, amount: AnyInts, epoch: int
    ) -> Ints: ...

    def pairs(self, x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Int32s]: ...

    def score(self, rows: ScoredRows, law: Law, found: AnyFloats) -> None: ...


@lru_cache(maxsize=1)
def _compiled() -> Kernels | None:
    if find_spec("numba") is None:
        return None
    from amity.measure.analytics.kernels import compiled  # noqa: PLC0415 -- numba loads slowly

    return compiled


def kernels_for(rows: int) -> Kernels:
    """The compiled passes for a large base where numba is installed, else NumPy's."""
    return (rows >= WORTH_COMPILING and _compiled()) or plain


def threads() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def pieces(rows: int) -> int:
    """Into how many parts so many rows are worth splitting: one a processor, each compiled."""
    return max(min(threads(), rows // WORTH_COMPILING), 1)


def over(parts: Sequence[Part], work: Callable[[Part], Found], rows: int) -> list[Found]:
    """`work` of every part, in their order; in threads where there are rows enough for it."""
    if len(parts) < 2 or rows < WORTH_THREADS:
        return [work(part) for part in parts]
    with ThreadPoolExecutor(min(len(parts), threads())) as pool:
        return list(pool.map(work, parts))
