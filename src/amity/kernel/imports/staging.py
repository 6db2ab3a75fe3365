"""Staged rows on disk, parted so that all rows of one order lie in one part.

Any order of the rows in the file is right then, and a part is small enough to be held in memory
and to be written in one transaction. The parts of a file are the same every time.
"""

import csv
import heapq
import json
import os
import shutil
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amity.kernel.imports.files.batches import Reject

PART_ROWS = 100_000
MAX_PARTS = 2_000
_FORMULA_STARTS = frozenset("=+-@\t\r\uff1d\uff0b\uff0d\uff20")  # full-width forms count too
_HEADER = ("row", "field", "reason", "value", "remedy")


def part_count(estimated_rows: int) -> int:
    """How many parts a file of that many rows is staged in."""
    return max(1, min(MAX_PARTS, round(estimated_rows / PART_ROWS)))


class Stage:
    """The folder of one import's staged parts, rejects and notes."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def notes(self) -> dict[str, Any] | None:
        """What was noted when the staging was complete; None while it is not."""
        file = self.folder / "complete.json"
        return dict(json.loads(file.read_text("utf-8"))) if file.exists() else None

    def complete(self, notes: dict[str, Any]) -> None:
        """Marks the staging as complete."""
        draft = self.folder / "complete.draft"
        draft.write_text(json.dumps(notes), "utf-8")
        draft.replace(self.folder / "complete.json")

    def clear(self) -> None:
        """Begins anew."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.folder.mkdir(parents=True, exist_ok=True)

    def part(self, number: int) -> Any:
        """The rows of a part as an Arrow table; None where it has none."""
        file = self.folder / f"part-{number}.arrow"
        if not file.exists():
            return None
        with pa.OSFile(str(file)) as source, pa.ipc.open_stream(source) as reader:
            return reader.read_all()

    def write_rejects(self, name: str, rejects: Iterable[Reject]) -> None:
        """Keeps rejects under a name; a second time replaces the first."""
        draft = self.folder / f"rejects-{name}.draft"
        with draft.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            for reject in sorted(rejects, key=lambda reject: reject.row):
                writer.writerow(
                    (reject.row, reject.field, reject.reason, reject.value, reject.remedy)
                )
        draft.replace(self.folder / f"rejects-{name}.csv")

    def merge_rejects(self, target: Path) -> None:
        """All rejects in one file, by row number, safe to open in a spreadsheet."""
        with ExitStack() as stack:
            streams = [
                stack.enter_context(file.open(encoding="utf-8", newline=""))
                for file in sorted(self.folder.glob("rejects-*.csv"))
            ]
            rows = heapq.merge(*map(csv.reader, streams), key=lambda row: int(row[0]))
            output = stack.enter_context(target.open("w", encoding="utf-8", newline=""))
            writer = csv.writer(output)
            writer.writerow(_HEADER)
            for row in rows:
                writer.writerow([row[0], *map(formula_safe, row[1:])])

    def write_ids(self, name: str, ids: Iterable[int]) -> None:
        """Keeps ids under a name, to count the different ones at the end."""
        np.save(self.folder / f"ids-{name}.npy", np.fromiter(ids, dtype=np.int64))

    def count_ids(self, prefix: str) -> int:
        """How many different ids were kept under names that begin with `prefix`."""
        found = [np.load(file) for file in sorted(self.folder.glob(f"ids-{prefix}-*.npy"))]
        return len(np.unique(np.concatenate(found))) if found else 0


def read_rejects(path: Path, count: int) -> list[Reject]:
    """The first rows of a rejects file."""
    with path.open(encoding="utf-8", newline="") as stream:
        rows = islice(csv.DictReader(stream), count)
        return [
            Reject(int(row["row"]), row["field"], row["reason"], row["value"], row["remedy"])
            for row in rows
        ]


def formula_safe(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in _FORMULA_STARTS else text


def stage_rows(stage: Stage, tables: Iterator[Any], *, parts: int, key: str) -> None:
    """Writes each table's rows to the parts that the texts in column `key` belong to."""
    with ExitStack() as stack:
        writers: dict[int, Any] = {}
        for table in tables:
            for number, piece in _parted(table, parts, key):
                if number not in writers:
                    file = str(stage.folder / f"part-{number}.arrow")
                    writers[number] = stack.enter_context(pa.ipc.new_stream(file, piece.schema))
                writers[number].write_table(piece)


def _parted(table: Any, parts: int, key: str) -> Iterator[tuple[int, Any]]:
    if not table.num_rows:
        return
    if parts == 1:
        yield 0, table
        return
    encoded = pc.dictionary_encode(table.column(key).combine_chunks())
    words: Sequence[str] = encoded.dictionary.to_pylist()
    homes = np.fromiter((zlib.crc32(w.encode()) % parts for w in words), np.int32, len(words))
    home = homes[encoded.indices.to_numpy()]
    order = np.argsort(home, kind="stable")
    table = table.take(pa.array(order))
    bounds = np.searchsorted(home[order], np.arange(parts + 1))
    for number in range(parts):
        if bounds[number] < bounds[number + 1]:
            yield number, table.slice(bounds[number], bounds[number + 1] - bounds[number])


def free_bytes(folder: Path) -> int:
    """How much room the disk of `folder` has."""
    found = os.statvfs(folder)
    return found.f_bavail * found.f_frsize
