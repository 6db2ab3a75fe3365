"""Records of a delimited text: bounded lines, quotes that never close, ragged rows."""

import csv
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TextIO

from amity.kernel.imports.files.batches import (
    MAX_COLUMNS,
    MAX_FIELD,
    MAX_LINE,
    FileError,
    Reject,
)
from amity.kernel.imports.formats.encodings import SPACES

MAX_RESTARTS = 1_000  # a quote that never closes costs at most a field of reading each

MAX_BLANK = 100_000

_REMEDIES = {
    "line_too_long": "Split the line; at most 1,000,000 characters are read.",
    "unclosed_quote": "Close the quote or double it; or choose that the file has no quotes.",
    "nul_character": "Remove the NUL character.",
    "field_too_long": "Shorten the field to 65,536 characters.",
    "too_many_columns": "Quote the fields that hold the delimiter.",
    "too_few_columns": "Fill the row up to the columns of the header.",
    "bad_encoding": "Save the file as UTF-8.",
}


def reject(row: int, reason: str, value: str = "", field: str = "") -> Reject:
    """A reject with the remedy that fits its reason."""
    return Reject(row, field, reason, value[:200], _REMEDIES[reason])


@dataclass(slots=True)
class Record:
    """One record: its cells, or why it could not be read."""

    cells: list[str]
    reason: str = ""


def bounded_lines(stream: TextIO) -> Iterator[str | None]:
    """The lines of the text; None for one that is too long (it is passed over in pieces)."""
    readline = stream.readline
    blank = 0
    while line := readline(MAX_LINE):
        blank = blank + 1 if len(line) == 1 else 0
        if blank > MAX_BLANK:
            raise FileError(
                f"The file has more than {MAX_BLANK:,} blank lines in a row, so this is no table."
                " Check how it was exported."
            )
        if len(line) == MAX_LINE and line[-1] != "\n":
            while (rest := readline(MAX_LINE)) and rest[-1] != "\n":
                pass
            yield None
        else:
            yield line


class _Feed:
    """Lines for the reader, that can be given back, and the ones used since the last record."""

    def __init__(self, lines: Iterator[str | None]) -> None:
        self.lines = lines
        self.returned: deque[str] = deque()
        self.used: list[str] = []
        self.too_long = False

    def __iter__(self) -> "_Feed":
        return self

    def __next__(self) -> str:
        if self.too_long:
            raise StopIteration
        line = self.returned.popleft() if self.returned else next(self.lines)
        if line is None:
            self.too_long = True
            raise StopIteration
        self.used.append(line)
        return line

    def give_back(self) -> str:
        """Returns all lines but the first since the last record; answers the first."""
        first, *others = self.used
        self.returned.extendleft(reversed(others))
        self.used = []
        return first


def records(stream: TextIO, *, delimiter: str, quote: str, width: int | None) -> Iterator[Record]:
    """The records of a delimited text; blank lines are passed over.

    A record over several lines that has not `width` cells, or does not end, is taken for a stray
    quote: its first line is rejected and the others are read again.

    Raises:
        FileError: too many quotes never close.
    """
    if delimiter == SPACES:
        yield from _spaced(stream)
        return
    csv.field_size_limit(MAX_FIELD)
    feed = _Feed(bounded_lines(stream))
    restarts = 0
    while True:
        restart = False
        reader = _reader(feed, delimiter, quote)
        for record in _read(reader, feed, _Shape(width, delimiter, quote)):
            restart = record.reason in {"unclosed_quote", "field_too_long"}
            restarts += record.reason == "unclosed_quote"
            yield record
            if restart:
                break
        if restarts > MAX_RESTARTS:
            raise FileError(
                f"More than {MAX_RESTARTS} quotes never close. Import with --quote none if the file"
                " uses no quotes, or save it again."
            )
        if feed.too_long:
            feed.too_long = False
            feed.used = []
            yield Record([], "line_too_long")
        elif not restart:
            return


def _reader(feed: _Feed, delimiter: str, quote: str) -> Iterator[list[str]]:
    if not quote:
        return csv.reader(feed, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    return csv.reader(feed, delimiter=delimiter, quotechar=quote)


@dataclass(frozen=True, slots=True)
class _Shape:
    """What a record should look like; the width is not known while the header is looked for."""

    width: int | None
    delimiter: str
    quote: str

    def is_stray(self, cells: list[str], lines: list[str]) -> bool:
        """Whether a quote that does not belong there made one record of several lines.

        So it is where the width is wrong, where text follows a closing quote, or where a line
        inside the quoted text is a whole record by itself.
        """
        if self.width is None:
            return len(lines) > 100
        if len(cells) != self.width:
            return True
        *middle, last = lines[1:]
        inside = [*middle, last.split(self.quote, 1)[0]]
        needed = self.width - 1
        if self.width >= 4 and any(line.count(self.delimiter) >= needed for line in inside):
            return True
        strict = csv.reader(lines, delimiter=self.delimiter, quotechar=self.quote, strict=True)
        try:
            return next(strict, None) is None
        except csv.Error:
            return True


def _read(reader: Iterator[list[str]], feed: _Feed, shape: _Shape) -> Iterator[Record]:
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            yield _broken(feed)
            return
        if cells is None:
            return
        used = feed.used
        if len(used) > 1 and shape.is_stray(cells, used):
            yield _broken(feed)
            return
        nul = any("\x00" in line for line in used)
        feed.used = []
        if cells:
            yield Record(cells, "nul_character" if nul else "")


def _broken(feed: _Feed) -> Record:
    if len(feed.used) <= 1:
        feed.used = []
        return Record([], "field_too_long")
    return Record([feed.give_back()[:200]], "unclosed_quote")


def _spaced(stream: TextIO) -> Iterator[Record]:
    for line in bounded_lines(stream):
        if line is None:
            yield Record([], "line_too_long")
        elif cells := line.split():
            yield Record(cells, "nul_character" if "\x00" in line else "")


def fits(record: Record, width: int, last_wanted: int) -> str:
    """Why the record does not fit `width` columns, or nothing; pads or cuts empty cells."""
    cells = record.cells
    if len(cells) == width:
        return ""
    if len(cells) > width:
        if len(cells) > MAX_COLUMNS or any(cell.strip() for cell in cells[width:]):
            return "too_many_columns"
        del cells[width:]
        return ""
    if len(cells) <= last_wanted:
        return "too_few_columns"
    cells.extend([""] * (width - len(cells)))
    return ""
