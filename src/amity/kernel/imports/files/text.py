"""CSV, TSV and their kin, plain or packed (zip, gzip)."""

import gzip
import io
import zipfile
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import BinaryIO, TextIO, cast

import numpy as np

from amity.kernel.imports.files.batches import (
    BATCH_ROWS,
    MAX_COLUMNS,
    Batch,
    FileError,
    Reject,
    TextOptions,
    text_columns,
    unique_names,
)
from amity.kernel.imports.files.records import Record, fits, records, reject
from amity.kernel.imports.files.swift import OddRowError, Plain, is_plain
from amity.kernel.imports.files.swift import batches as swift_batches
from amity.kernel.imports.formats.encodings import Dialect, guess_delimiter, guess_encoding
from amity.kernel.imports.formats.headers import find_header

SAMPLE_BYTES = 1_000_000
SAMPLE_LINES = 200
MAX_UNPACKED = 20_000_000_000  # bytes
_WIDE = ("utf-16", "utf-32", "utf_16", "utf_32")  # half of their bytes may be NUL
MAX_RATIO = 500  # of unpacked to packed bytes, beyond the first 10 MB


class _Guarded(io.RawIOBase):
    """The unpacked bytes of a member; refuses a bomb while reading, whatever its header says."""

    def __init__(self, stream: BinaryIO, packed_size: int) -> None:
        self.stream = stream
        self.limit = min(MAX_UNPACKED, max(10_000_000, packed_size * MAX_RATIO))
        self.count = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # RawIOBase is looser
        data = self.stream.read(len(buffer))
        self.count += len(data)
        if self.count > self.limit:
            raise FileError(
                "The packed file unpacks to far more than it should. Unpack it yourself and import"
                " the text file."
            )
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self.stream.close()
        super().close()


class TextFile:
    """A delimited text file, read once for its shape and as often as wanted for its rows."""

    kind = "csv"

    def __init__(self, path: Path, options: TextOptions) -> None:
        self.path = path
        self.options = options
        self.size = path.stat().st_size
        sample = self._sample()
        self.encoding = options.encoding or guess_encoding(sample)
        if not self.encoding.startswith(_WIDE) and sample.count(0) > len(sample) // 100:
            raise FileError(
                "This is no table: it holds binary data. Export it as CSV, XLSX or Parquet."
            )
        self.newline = "\n" if b"\n" in sample else None
        lines = self._first_lines()
        guess = guess_delimiter(lines)
        self.delimiter = options.delimiter or guess.delimiter
        self._find_header(guess)
        self.estimated_rows = self._estimate(sample, lines)

    def _find_header(self, guess: Dialect) -> None:
        with self._open() as stream:
            head = list(islice(self._records(stream, None), 60))
        if not head:
            raise FileError("The file is empty. Choose a file with at least one row.")
        if head[0].reason == "line_too_long":
            raise FileError(
                "Row 1, column 1: the first line has more than 1,000,000 characters, so this is no"
                " table. Check how the file was exported."
            )
        found = find_header(
            [record.cells for record in head],
            has_header=self.options.has_header,
            skip=self.options.skip_rows,
        )
        self.skip, self.has_header = found.skip, found.has_header
        self.names = unique_names(found.names)
        if len(self.names) > MAX_COLUMNS:
            raise FileError(
                f"Row 1: {len(self.names)} columns; at most {MAX_COLUMNS} are read. Check the"
                " delimiter, or leave columns out."
            )

    def _estimate(self, sample: bytes, lines: list[str]) -> int:
        breaks = sample.count(b"\n") or sample.count(b"\r") or 1
        unpacked = self.size if len(sample) < SAMPLE_BYTES or self.path_is_plain else self.size * 8
        return max(len(lines), int(unpacked * breaks / max(len(sample), 1)))

    @property
    def path_is_plain(self) -> bool:
        """Whether the file is not packed."""
        return _packing(self.path) == ""

    def describe(self) -> dict[str, object]:
        return {
            "format": self.kind,
            "encoding": self.encoding,
            "delimiter": self.delimiter,
            "header": self.has_header,
            "skip_rows": self.skip,
        }

    def _bytes(self) -> BinaryIO:
        packing = _packing(self.path)
        if packing == "gzip":
            packed = cast("BinaryIO", gzip.GzipFile(self.path, "rb"))
        elif packing == "zip":
            packed = _open_member(self.path, self.options.member)
        else:
            return self.path.open("rb")
        return io.BufferedReader(_Guarded(packed, self.size), 1 << 16)

    def _sample(self) -> bytes:
        with self._bytes() as stream:
            return stream.read(SAMPLE_BYTES)

    def _open(self) -> TextIO:
        errors = "surrogateescape" if self.encoding.startswith("utf-8") else "replace"
        try:
            return io.TextIOWrapper(self._bytes(), encoding=self.encoding, errors=errors)
        except LookupError:
            raise FileError(
                f"There is no encoding {self.encoding!r}. Use utf-8, utf-16, cp1252 or another name"
                " that Python knows."
            ) from None

    def _first_lines(self) -> list[str]:
        with self._open() as stream:
            lines = (stream.readline(20_000) for _ in range(SAMPLE_LINES))
            return [line.rstrip("\n") for line in lines if line.strip()]

    def _records(self, stream: TextIO, width: int | None) -> Iterator[Record]:
        quote = "" if self.options.quote == "none" else self.options.quote
        return records(stream, delimiter=self.delimiter, quote=quote, width=width)

    def batches(self, wanted: Sequence[str], *, rows: int = BATCH_ROWS) -> Iterator[Batch]:
        first = 1
        if self._is_plain(wanted):
            try:
                for batch in self._swiftly(wanted, rows):
                    yield batch
                    first += len(batch.numbers)
            except OddRowError:
                pass
            else:
                return
        yield from self._carefully(wanted, first, rows)

    def _is_plain(self, wanted: Sequence[str]) -> bool:
        if self.skip or not wanted:
            return False
        quote, sign = self.options.quote, self.delimiter
        with self._bytes() as stream:
            return is_plain(stream, encoding=self.encoding, delimiter=sign, quote=quote)

    def _swiftly(self, wanted: Sequence[str], rows: int) -> Iterator[Batch]:
        with self._bytes() as stream:
            plain = Plain(self.names, self.delimiter, self.has_header)
            yield from swift_batches(
                stream, plain, wanted, rows=rows, position=lambda: _position(stream)
            )

    def _carefully(self, wanted: Sequence[str], first: int, rows: int) -> Iterator[Batch]:
        """The rows from number `first` on, record by record."""
        width = len(self.names)
        last_wanted = max((self.names.index(name) for name in wanted), default=0)
        with self._open() as stream:
            found = self._records(stream, width)
            for _ in range(self.skip + self.has_header + first - 1):
                next(found, None)
            while piece := list(islice(found, rows)):
                yield self._batch(piece, first, wanted, last_wanted, _position(stream))
                first += len(piece)

    def _batch(
        self, piece: list[Record], first: int, wanted: Sequence[str], last: int, position: int
    ) -> Batch:
        width = len(self.names)
        kept: list[list[str]] = []
        numbers: list[int] = []
        rejects: list[Reject] = []
        for number, record in enumerate(piece, start=first):
            reason = record.reason or (
                "" if len(record.cells) == width else fits(record, width, last)
            )
            if reason:
                rejects.append(reject(number, reason, " ".join(record.cells)))
                continue
            kept.append(record.cells)
            numbers.append(number)
        columns = text_columns(_decoded(kept), self.names, wanted)
        return Batch(np.array(numbers, dtype=np.int64), columns, rejects, position)


def _decoded(rows: list[list[str]]) -> list[list[str]]:
    """Bytes that are no UTF-8, read as Windows-1252: files glued together have such lines."""
    for position, row in enumerate(rows):
        if not all(map(str.isascii, row)):
            rows[position] = [_mend(cell) for cell in row]
    return rows


def _mend(cell: str) -> str:
    try:
        cell.encode()
    except UnicodeEncodeError:
        raw = cell.encode("utf-8", "surrogateescape")
        return raw.decode("cp1252", "replace")
    return cell


def _position(stream: TextIO | BinaryIO) -> int:
    buffer = getattr(stream, "buffer", stream)
    raw = getattr(buffer, "raw", None)
    return raw.count if isinstance(raw, _Guarded) else int(buffer.tell())


def _packing(path: Path) -> str:
    with path.open("rb") as stream:
        magic = stream.read(4)
    if magic[:2] == b"\x1f\x8b":
        return "gzip"
    return "zip" if magic == b"PK\x03\x04" else ""


def _open_member(path: Path, wanted: str | None) -> BinaryIO:
    try:
        archive = zipfile.ZipFile(path)
        members = [
            info
            for info in archive.infolist()[:10_000]
            if not info.is_dir() and not info.filename.startswith("__MACOSX")
        ]
        return cast("BinaryIO", archive.open(_choose(members, wanted)))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError) as error:
        raise FileError(f"The zip file cannot be read ({error}). Unpack it yourself.") from None


def _choose(members: list[zipfile.ZipInfo], wanted: str | None) -> zipfile.ZipInfo:
    if wanted:
        members = [info for info in members if info.filename == wanted]
    if len(members) != 1:
        names = ", ".join(info.filename for info in members[:5]) or "none"
        raise FileError(
            f"The zip file must hold one file, and it holds {len(members)} ({names}). Name the one"
            " to read with --member, or pack it alone."
        )
    if members[0].file_size > MAX_UNPACKED:
        raise FileError("The zip file unpacks to more than 20 GB. Split it.")
    return members[0]
