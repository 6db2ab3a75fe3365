"""XLSX workbooks, read row by row; bombs are refused by the sizes that the archive declares."""

import warnings
import zipfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, time
from itertools import islice
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import ParseError

import numpy as np
from defusedxml.common import DefusedXmlException

from amity.kernel.imports.files.batches import (
    BATCH_ROWS,
    MAX_COLUMNS,
    MAX_FIELD,
    Batch,
    FileError,
    Reject,
    TextOptions,
    text_columns,
    unique_names,
)
from amity.kernel.imports.files.records import reject
from amity.kernel.imports.formats.headers import find_header

_FAULTS = (
    zipfile.BadZipFile,
    KeyError,
    ParseError,
    DefusedXmlException,
    TypeError,
    ValueError,
)
MAX_PARTS = 2_000
MAX_PART = 400_000_000  # unpacked bytes of one sheet
MAX_STRINGS = 60_000_000  # unpacked bytes of what is held in memory
MAX_RATIO = 200  # of unpacked to packed bytes, beyond the first 10 MB


class SheetFile:
    """One sheet of a workbook: the named one, else the first that holds a table."""

    kind = "xlsx"

    def __init__(self, path: Path, options: TextOptions) -> None:
        self.path = path
        self.options = options
        _refuse_bombs(path)
        self.sheet = ""
        head: list[list[str]] = []
        with self._workbook() as book:
            names = [options.sheet] if options.sheet else book.sheetnames
            for name in names:
                if name not in book.sheetnames:
                    raise FileError(
                        f"There is no sheet {name!r}; there is {', '.join(book.sheetnames)}."
                    )
                head = list(islice(_filled_rows(book[name]), 60))
                self.sheet, self.size = name, book[name].max_row or 0
                if any(len([cell for cell in row if cell]) > 1 for row in head):
                    break
        self._find_header(head)
        self.estimated_rows = self.size

    def _find_header(self, head: list[list[str]]) -> None:
        width = max((len(row) for row in head), default=0)
        if not width:
            raise FileError("The workbook is empty. Choose a file with at least one row.")
        if width > MAX_COLUMNS:
            raise FileError(f"More than {MAX_COLUMNS} columns. Leave columns out.")
        found = find_header(
            [row + [""] * (width - len(row)) for row in head],
            has_header=self.options.has_header,
            skip=self.options.skip_rows,
        )
        self.skip, self.has_header = found.skip, found.has_header
        self.names = unique_names(found.names)

    def describe(self) -> dict[str, object]:
        return {
            "format": self.kind,
            "sheet": self.sheet,
            "header": self.has_header,
            "skip_rows": self.skip,
        }

    @contextmanager
    def _workbook(self) -> Iterator[Any]:
        from openpyxl import load_workbook  # noqa: PLC0415 -- slow to load, for workbooks alone

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about styles that are of no interest here
            try:
                book = load_workbook(self.path, read_only=True, data_only=True, keep_links=False)
                try:
                    yield book
                finally:
                    book.close()
            except _FAULTS as error:
                raise FileError(f"The workbook cannot be read: {error}. Save it again.") from None

    def batches(self, wanted: Sequence[str], *, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        width = len(self.names)
        with self._workbook() as book:
            found = _filled_rows(book[self.sheet])
            for _ in range(self.skip + self.has_header):
                next(found, None)
            first = 1
            while piece := list(islice(found, rows)):
                yield self._batch(piece, first, wanted, width)
                first += len(piece)

    def _batch(
        self, piece: list[list[str]], first: int, wanted: Sequence[str], width: int
    ) -> Batch:
        rejects: list[Reject] = []
        kept, numbers = [], []
        for number, cells in enumerate(piece, start=first):
            if any(cells[width:]):
                rejects.append(reject(number, "too_many_columns", " ".join(cells)))
                continue
            if any(len(cell) > MAX_FIELD for cell in cells):
                rejects.append(reject(number, "field_too_long"))
                continue
            kept.append(cells[:width] + [""] * (width - len(cells)))
            numbers.append(number)
        columns = text_columns(kept, self.names, wanted)
        return Batch(np.array(numbers, dtype=np.int64), columns, rejects, first + len(piece) - 1)


def _rows(sheet: Any) -> Iterator[tuple[Any, ...]]:
    sheet.reset_dimensions()  # some programs write a wrong size; a lying one costs memory
    return iter(sheet.iter_rows(values_only=True, max_col=MAX_COLUMNS + 1))


def _filled_rows(sheet: Any) -> Iterator[list[str]]:
    return (texts for row in _rows(sheet) if (texts := _texts(row)))


def _texts(row: Sequence[Any]) -> list[str]:
    cells = [_text(value) for value in row]
    while cells and not cells[-1]:
        cells.pop()
    return cells


def _text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value).strip()


def _refuse_bombs(path: Path) -> None:
    try:
        with zipfile.ZipFile(path) as archive:
            parts = archive.infolist()
    except zipfile.BadZipFile:
        raise FileError("The workbook is damaged. Save it again.") from None
    if len(parts) > MAX_PARTS:
        raise FileError(f"The workbook has {len(parts)} parts; at most {MAX_PARTS} are read.")
    for part in parts:
        limit = MAX_PART if part.filename.startswith("xl/worksheets/") else MAX_STRINGS
        ratio = part.file_size / max(part.compress_size, 1)
        if part.file_size > limit or (part.file_size > 10_000_000 and ratio > MAX_RATIO):
            raise FileError(
                f"The workbook unpacks to {part.file_size // 1_000_000} MB in one part, which is"
                " refused. Save it as CSV."
            )
