"""A log of orders as Parquet, taken into the running state while it is read."""

from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from amity.measure.analytics.arrays import AnyInts, Ints
from amity.measure.analytics.kernels import threads
from amity.measure.analytics.running import Running

Columns = tuple[AnyInts, AnyInts, AnyInts]
NAMES = ("customer", "day", "amount")


def fold_parquet(path: Path, state: Running) -> Ints:
    """Takes a file into the state, one row group after the other; the customers to be made anew.

    Columns: `customer` (0 to n-1), `day` (days since 1970-01-01) and `amount` (whole minor units),
    integers without nulls; the earlier rows should be the earlier days. At most a few row groups
    are in memory.

    Raises:
        ValueError: a customer or a day is outside of what the state can hold.
    """
    dirty = [state.fold(*columns) for columns in _groups(path)]
    return np.unique(np.concatenate(dirty)) if dirty else np.zeros(0, dtype=np.int64)


def customers_in(path: Path) -> int:
    """One more than the highest customer, from the statistics of the file."""
    data = pq.ParquetFile(path).metadata
    place = data.schema.names.index("customer")
    groups = (data.row_group(k).column(place).statistics for k in range(data.num_row_groups))
    return max((int(found.max) for found in groups), default=-1) + 1


def _groups(path: Path) -> Iterator[Columns]:
    """The columns of each row group in their order, decoded ahead in other threads."""
    workers = threads()
    with ThreadPoolExecutor(workers) as pool:
        waiting: deque[Future[Columns]] = deque()
        for group in range(pq.ParquetFile(path).metadata.num_row_groups):
            waiting.append(pool.submit(_read, path, group))
            if len(waiting) > workers:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _read(path: Path, group: int) -> Columns:
    file = pq.ParquetFile(path, memory_map=True, pre_buffer=False)
    table = file.read_row_group(group, columns=list(NAMES), use_threads=False)
    customer, day, amount = (_column(table.column(name)) for name in NAMES)
    return customer, day, amount


def _column(column: Any) -> AnyInts:
    """The values as they lie in memory; pyarrow's `to_numpy` would load pandas for a second."""
    parts: list[Any] = [np.from_dlpack(chunk) for chunk in column.chunks]
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
