"""What every reader gives: rows in batches, and the rows that could not be read."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from amity.base.results import AmityError

BATCH_ROWS = 50_000
MAX_LINE = 1_000_000  # characters
MAX_FIELD = 65_536
MAX_COLUMNS = 500


class FileError(AmityError):
    """A file that cannot be read as a table."""


@dataclass(frozen=True, slots=True)
class Reject:
    """A row that was not taken: its number (1 is the first below the header), why, what to do."""

    row: int
    field: str
    reason: str  # a code, counted in the summary
    value: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of a file. `numbers` are their row numbers; `rejects` could not be read."""

    numbers: NDArray[np.int64]
    columns: dict[str, Any]  # name -> Arrow array: strings, or what a typed file holds
    rejects: list[Reject] = field(default_factory=list)
    position: int = 0  # how much of the file was read, in the unit of `TableFile.size`

    @property
    def rows(self) -> int:
        """Rows read, with the rejected ones."""
        return len(self.numbers) + len(self.rejects)


@dataclass(frozen=True, slots=True)
class TextOptions:
    """How a text file is to be read; None is found out."""

    encoding: str | None = None
    delimiter: str | None = None
    quote: str = '"'
    has_header: bool | None = None
    skip_rows: int | None = None
    sheet: str | None = None
    member: str | None = None


class TableFile(Protocol):
    """A file as a table."""

    kind: str  # "csv", "xlsx", "parquet"
    names: tuple[str, ...]
    size: int
    has_header: bool
    estimated_rows: int

    def describe(self) -> dict[str, object]:
        """How it is read, to be stored with the import."""

    def batches(self, wanted: Sequence[str], *, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        """The rows from the first on, with the columns `wanted`."""


def unique_names(names: Sequence[str]) -> tuple[str, ...]:
    """Column names without holes and doubles: an empty one becomes `Column 3`."""
    seen: dict[str, int] = {}
    result: list[str] = []
    for position, name in enumerate(names, start=1):
        base = " ".join(str(name).split())[:100] or f"Column {position}"
        seen[base] = seen.get(base, 0) + 1
        result.append(base if seen[base] == 1 else f"{base} ({seen[base]})")
    return tuple(result)


def text_columns(
    rows: Sequence[Sequence[str]], names: Sequence[str], wanted: Sequence[str]
) -> dict[str, Any]:
    """Rows of equal width as Arrow columns of text, only the wanted ones."""
    if not rows:
        return {name: pa.array([], pa.string()) for name in wanted}
    columns = list(zip(*rows, strict=True))
    return {name: pa.array(columns[names.index(name)], pa.string()) for name in wanted}
