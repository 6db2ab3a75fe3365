"""Plain delimited text, read by Arrow many times as fast as record by record.

Arrow knows neither rejects nor stray quotes, so a file is looked through first, and the careful
reader goes on from the first row that Arrow does not like.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv

from amity.kernel.imports.files.batches import MAX_FIELD, Batch

PIECE = 1 << 22  # bytes
_BREAK, _QUOTE, _NUL = b"\n"[0], b'"'[0], 0
_UTF8 = frozenset({"utf-8", "utf-8-sig", "ascii"})


@dataclass(frozen=True, slots=True)
class Plain:
    """How a text is written that Arrow may read."""

    names: tuple[str, ...]
    delimiter: str
    has_header: bool


class OddRowError(Exception):
    """A row that Arrow cannot read."""


def is_plain(stream: BinaryIO, *, encoding: str, delimiter: str, quote: str) -> bool:
    """Whether Arrow reads the text as the careful reader does: each line is a record of its own.

    So it is in UTF-8 without a NUL, where each line is short and has its quotes in pairs.
    """
    if encoding not in _UTF8 or quote != '"' or len(delimiter) != 1 or not delimiter.isascii():
        return False
    left = b""
    first = True
    while piece := stream.read(PIECE):
        data = left + piece
        if first and not data.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].strip():
            return False  # a blank line before the header
        first = False
        end = data.rfind(b"\n") + 1
        left = data[end:]
        if len(left) > MAX_FIELD or not _lines_are_plain(data[:end]):
            return False
    return _lines_are_plain(left + b"\n")


def _lines_are_plain(data: bytes) -> bool:
    if b"\x00" in data:
        return False
    cells: NDArray[np.uint8] = np.frombuffer(data, dtype=np.uint8)
    breaks = np.flatnonzero(cells == _BREAK)
    if len(breaks) and int(np.diff(breaks, prepend=-1).max()) > MAX_FIELD:
        return False
    if b'"' not in data:
        return True
    before = np.searchsorted(np.flatnonzero(cells == _QUOTE), breaks)
    return not bool((before % 2).any())


def batches(
    stream: BinaryIO,
    plain: Plain,
    wanted: Sequence[str],
    *,
    rows: int,
    position: Callable[[], int],
) -> Iterator[Batch]:
    """The rows in the batches that the careful reader would give, up to the first odd row.

    `position` tells how much of the file was read.

    Raises:
        OddRowError: behind the last batch: the careful reader is to go on there.
    """
    reading = csv.ReadOptions(
        column_names=list(plain.names), skip_rows=int(plain.has_header), block_size=PIECE
    )
    text = csv.ConvertOptions(
        column_types=dict.fromkeys(plain.names, pa.string()),
        include_columns=list(wanted),
        strings_can_be_null=False,
    )
    parsing = csv.ParseOptions(delimiter=plain.delimiter)
    waiting: list[Any] = []
    held, first, is_odd = 0, 1, False
    options = {"read_options": reading, "parse_options": parsing, "convert_options": text}
    try:
        with csv.open_csv(stream, **options) as pieces:
            for piece in pieces:
                waiting.append(piece)
                held += piece.num_rows
                while held >= rows:
                    table = pa.Table.from_batches(waiting)
                    yield _batch(table.slice(0, rows), first, position())
                    waiting, held = table.slice(rows).to_batches(), held - rows
                    first += rows
    except pa.ArrowInvalid:
        is_odd = True  # a row of another width, or not in UTF-8: the careful reader names it
    if held:
        yield _batch(pa.Table.from_batches(waiting), first, position())
    if is_odd:
        raise OddRowError


def _batch(table: Any, first: int, position: int) -> Batch:
    numbers = np.arange(first, first + table.num_rows, dtype=np.int64)
    columns = {name: table.column(name).combine_chunks() for name in table.column_names}
    return Batch(numbers, columns, [], position)
