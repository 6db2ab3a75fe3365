"""Takes in files whose rows stand alone, and those whose rows belong together by a key.

A batch is one transaction that also moves the checkpoint, so a killed run goes on behind the last
batch that is there.
"""

import shutil
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from amity.kernel.imports.analysis import need_fields
from amity.kernel.imports.files.batches import Batch, Reject, TableFile
from amity.kernel.imports.files.opening import open_table
from amity.kernel.imports.formats.kinds import group_key
from amity.kernel.imports.grouping import grouped
from amity.kernel.imports.models import Import
from amity.kernel.imports.order_import import ImportRunError, checked_file
from amity.kernel.imports.order_staging import Progress
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.staging import Stage
from amity.kernel.imports.storage import folder_of

ROWS = 2_000  # of one transaction
KEYS = (
    "rows", "accepted", "rejected", "reasons", "created", "changed", "unchanged", "duplicates",
    "import_id", "seconds",
)  # fmt: skip


@dataclass(slots=True)
class Taken:
    """What a batch brought."""

    created: int = 0
    changed: int = 0
    duplicates: int = 0
    accepted: int = 0
    rejects: list[Reject] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Work:
    """What a handler needs beside the rows."""

    settings: ImportSettings
    import_id: int
    at: datetime


Handler = Callable[[Batch, Work], Taken]


def run_rows(row: Import, handler: Handler, *, at: datetime, progress: Progress) -> dict[str, Any]:
    """Runs the import to its end, from where it stopped; its summary."""
    began = time.monotonic()
    before = float(row.checkpoint.get("seconds", 0.0))
    settings = ImportSettings.from_json(row.options)
    file = open_table(checked_file(row), settings.text_options())
    need_fields(settings, file.names)
    stage = Stage(folder_of(row.pk) / "stage")
    stage.folder.mkdir(parents=True, exist_ok=True)
    work = Work(settings, row.pk, at)
    done = 0
    for batch in batches_of(file, settings, stage, progress):
        done += batch.rows
        if done <= int(row.checkpoint.get("row", 0)):
            continue
        progress(batch.position, file.size, "Writing")
        seconds = before + time.monotonic() - began
        _take_batch(row, stage, batch, handler, work, done=done, seconds=seconds)
    return _finish(row, stage, seconds=before + time.monotonic() - began)


def _take_batch(
    row: Import,
    stage: Stage,
    batch: Batch,
    handler: Handler,
    work: Work,
    *,
    done: int,
    seconds: float,
) -> None:
    with transaction.atomic():
        locked = Import.objects.select_for_update().get(pk=row.pk)
        start = locked.checkpoint.get("row", 0)
        if start != done - batch.rows or locked.status != Import.Status.RUNNING:
            raise ImportRunError(f"Import {row.pk} goes on somewhere else. Look at it there.")
        taken = handler(batch, work) if len(batch.numbers) else Taken()
        rejects = [*batch.rejects, *taken.rejects]
        if rejects:
            stage.write_rejects(f"{start:012}", rejects)
        figures = _added(locked.checkpoint.get("figures", {}), taken, rejects)
        locked.checkpoint = {"row": done, "figures": figures, "seconds": seconds}
        locked.save(update_fields=["checkpoint"])
    row.checkpoint = locked.checkpoint


def _added(figures: dict[str, Any], taken: Taken, rejects: list[Reject]) -> dict[str, Any]:
    reasons = Counter(figures.get("reasons", {}))
    reasons.update(reject.reason for reject in rejects)
    counts = {
        name: figures.get(name, 0) + getattr(taken, name)
        for name in ("created", "changed", "duplicates", "accepted")
    }
    return {**counts, "reasons": dict(reasons)}


def _finish(row: Import, stage: Stage, *, seconds: float) -> dict[str, Any]:
    figures = row.checkpoint.get("figures") or _added({}, Taken(), [])
    rejected = sum(figures["reasons"].values())
    target = folder_of(row.pk) / "rejects.csv"
    stage.merge_rejects(target)
    row.rejects_path = str(target) if rejected else ""
    row.summary = {
        "rows": figures["accepted"] + rejected,
        "accepted": figures["accepted"],
        "rejected": rejected,
        "reasons": figures["reasons"],
        "created": figures["created"],
        "changed": figures["changed"],
        "unchanged": figures["accepted"] - figures["created"] - figures["changed"],
        "duplicates": figures["duplicates"],
        "import_id": row.pk,
        "seconds": round(seconds, 2),
    }
    shutil.rmtree(stage.folder, ignore_errors=True)
    return dict(row.summary)


def batches_of(
    file: TableFile, settings: ImportSettings, stage: Stage, progress: Progress
) -> Iterator[Batch]:
    """The file in the pieces that are one transaction each; the same pieces every time."""
    wanted = sorted(set(settings.mapping.values()), key=file.names.index)
    key = group_key(settings.kind)
    if not key:
        return file.batches(wanted, rows=ROWS)
    return grouped(file, wanted, settings.mapping[key], stage, progress)


def try_rows(
    path: Path,
    settings: ImportSettings,
    handler: Handler,
    *,
    at: datetime,
    stage: Stage,
    progress: Progress,
) -> dict[str, Any]:
    """The figures that the import would have: all is done in a transaction that is rolled back."""
    file = open_table(path, settings.text_options())
    figures = _added({}, Taken(), [])
    with transaction.atomic():
        for number, batch in enumerate(batches_of(file, settings, stage, progress)):
            taken = handler(batch, Work(settings, 0, at)) if len(batch.numbers) else Taken()
            rejects = [*batch.rejects, *taken.rejects]
            if rejects:
                stage.write_rejects(f"{number:012}", rejects)
            figures = _added(figures, taken, rejects)
        transaction.set_rollback(True)
    rejected = sum(figures["reasons"].values())
    unchanged = figures["accepted"] - figures["created"] - figures["changed"]
    rows = {"rows": figures["accepted"] + rejected, "rejected": rejected, "unchanged": unchanged}
    return {key: {**figures, **rows, "import_id": 0, "seconds": 0.0}[key] for key in KEYS}
