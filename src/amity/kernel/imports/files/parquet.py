"""Parquet files, read in slices with only the wanted columns."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from amity.kernel.imports.files.batches import BATCH_ROWS, MAX_COLUMNS, Batch, FileError


class ParquetFile:
    """A Parquet file; nested columns are left out."""

    kind = "parquet"
    has_header = True

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            with pq.ParquetFile(path) as file:
                schema, self.size = file.schema_arrow, file.metadata.num_rows
        except (pa.ArrowException, OSError) as error:
            raise FileError(f"The Parquet file cannot be read: {error}. Export it again.") from None
        self.estimated_rows = self.size
        self.names = tuple(field.name for field in schema if not pa.types.is_nested(field.type))
        if len(self.names) > MAX_COLUMNS:
            raise FileError(f"{len(self.names)} columns; at most {MAX_COLUMNS} are read.")

    def describe(self) -> dict[str, object]:
        return {"format": self.kind}

    def batches(self, wanted: Sequence[str], *, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        first = 1
        try:
            with pq.ParquetFile(self.path) as file:
                for piece in file.iter_batches(batch_size=rows, columns=list(wanted)):
                    numbers = np.arange(first, first + piece.num_rows, dtype=np.int64)
                    first += piece.num_rows
                    columns = {name: _plain(piece.column(name)) for name in wanted}
                    yield Batch(numbers, columns, [], first - 1)
        except pa.ArrowException as error:
            raise FileError(f"The Parquet file is damaged: {error}. Export it again.") from None


def _plain(array: pa.Array) -> pa.Array:
    return array.dictionary_decode() if pa.types.is_dictionary(array.type) else array
