"""Rows that belong together by a key, brought together wherever they stand in the file.

An event log has many rows a case. The file is staged in parts, all rows of one key in one part, so
that a part can be taken in as a whole; see `staging`.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, Reject, TableFile
from amity.kernel.imports.order_staging import Progress
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.staging import Stage, stage_rows

PART_ROWS = 20_000  # of one transaction
_ROW, _KEY = "row of the file", "key of the rows"  # columns of the stage, by no file's names


def grouped(
    file: TableFile, wanted: Sequence[str], key: str, stage: Stage, progress: Progress
) -> Iterator[Batch]:
    """The rows in parts, each in the order of the file; what cannot be read or has no key first.

    `key` is a column. A stage that is complete is used as it is.
    """
    if stage.notes is None:
        _fill(file, wanted, key, stage, progress)
    notes = stage.notes or {}
    rejects = [Reject(*fields) for fields in notes["rejects"]]
    if rejects:
        yield Batch(np.array([], dtype=np.int64), _columns(None, wanted), rejects)
    parts = int(notes["parts"])
    for number in range(parts):
        table = stage.part(number)
        if table is not None:
            table = table.take(pc.sort_indices(table, [(_ROW, "ascending")]))
            numbers = table.column(_ROW).to_numpy()
            position = file.size * (number + 1) // parts
            yield Batch(numbers, _columns(table, wanted), position=position)


def _fill(
    file: TableFile, wanted: Sequence[str], key: str, stage: Stage, progress: Progress
) -> None:
    stage.clear()
    parts = max(1, round(file.estimated_rows / PART_ROWS))
    rejects: list[Reject] = []
    stage_rows(stage, _tables(file, wanted, key, rejects, progress), parts=parts, key=_KEY)
    told = [[one.row, one.field, one.reason, one.value, one.remedy] for one in rejects]
    stage.complete({"parts": parts, "rejects": told})


def _tables(
    file: TableFile, wanted: Sequence[str], key: str, rejects: list[Reject], progress: Progress
) -> Iterator[Any]:
    for batch in file.batches(wanted):
        rejects += batch.rejects
        keys = values.keys(batch.columns[key])
        missing = pc.is_null(keys).to_numpy(zero_copy_only=False)
        rejects += [
            Reject(int(row), key, "missing_key", "", REMEDIES["missing_key"])
            for row in batch.numbers[missing]
        ]
        columns = {name: _plain(batch.columns[name]) for name in wanted}
        table = pa.table({**columns, _ROW: pa.array(batch.numbers), _KEY: keys})
        progress(batch.position, file.size, "Reading")
        yield table.filter(pa.array(~missing))


def _plain(array: Any) -> Any:
    """Instants and days as they are, all else as text: the type is then that of every batch."""
    is_moment = pa.types.is_timestamp(array.type) or pa.types.is_date(array.type)
    return array if is_moment else values.as_text(array)


def _columns(table: Any, wanted: Sequence[str]) -> dict[str, Any]:
    if table is None:
        return {name: pa.array([], pa.string()) for name in wanted}
    return {name: table.column(name).combine_chunks() for name in wanted}
