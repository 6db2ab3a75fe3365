"""Takes in a file of orders: staged first, then written part by part.

A part is one transaction that also moves the checkpoint, so after a kill the run goes on with the
first part that is not there, and nothing is there twice.
"""

import shutil
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from itertools import zip_longest
from pathlib import Path
from typing import Any

from django.db import IntegrityError, transaction

from amity.base.results import AmityError
from amity.kernel import bulk
from amity.kernel.imports.analysis import need_fields
from amity.kernel.imports.assembly import Assembled, assemble
from amity.kernel.imports.files.opening import open_table
from amity.kernel.imports.models import Import
from amity.kernel.imports.order_staging import Progress, stage_orders
from amity.kernel.imports.order_writing import Written, write_part
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.staging import Stage
from amity.kernel.imports.storage import digest_of, folder_of
from amity.kernel.imports.summary import add_part, no_figures, summary

ATTEMPTS = 3  # of a part whose customers somebody else adds at the same moment


class ImportRunError(AmityError):
    """The import cannot go on."""


def checked_file(row: Import) -> Path:
    """The file of an import.

    Raises:
        ImportRunError: it is not the one that was chosen.
    """
    path = Path(row.file_path)
    if not path.is_file() or digest_of(path) != row.file_digest:
        raise ImportRunError(
            f"{row.file_name} has changed or gone since the import began. Import it anew."
        )
    return path


def read_into_stage(row: Import, progress: Progress) -> tuple[Stage, dict[str, Any]]:
    """The complete stage of an import and its notes; what is there already is used.

    Raises:
        ImportRunError: the file is not the one that was chosen.
        FileError, MappingError: it cannot be taken in.
    """
    stage = Stage(folder_of(row.pk) / "stage")
    notes = stage.notes
    token = f"{row.file_digest} {row.created_at.isoformat()}"
    if notes is not None and notes.get("token") == token:
        return stage, notes
    path = checked_file(row)
    settings = ImportSettings.from_json(row.options)
    file = open_table(path, settings.text_options())
    need_fields(settings, file.names)
    stage_orders(file, settings, stage, progress, token=token)
    return stage, stage.notes or {}


def run_orders(row: Import, *, at: datetime, progress: Progress) -> dict[str, Any]:
    """Runs the import to its end, from where it stopped; its summary."""
    began = time.monotonic()
    before = float(row.checkpoint.get("seconds", 0.0))
    stage, notes = read_into_stage(row, progress)
    settings = ImportSettings.from_json(notes["settings"])
    parts = int(notes["parts"])
    todo = range(int(row.checkpoint.get("part", 0)), parts)
    for number, assembled in _assembled(stage, todo, settings):
        progress(number, parts, "Writing")
        seconds = before + time.monotonic() - began
        _take_part(row, stage, number, assembled, settings, at=at, seconds=seconds)
    progress(parts, parts, "Finishing")
    seconds = before + time.monotonic() - began
    return _finish(row, stage, notes, settings, seconds=seconds)


def _assembled(
    stage: Stage, numbers: Sequence[int], settings: ImportSettings
) -> Iterator[tuple[int, Assembled | None]]:
    """The parts, each assembled while the database still writes the one before."""

    def work(number: int) -> Assembled | None:
        table = stage.part(number)
        return assemble(table, settings) if table is not None else None

    with ThreadPoolExecutor(max_workers=1) as pool:
        coming = pool.submit(work, numbers[0]) if numbers else None
        for number, after in zip_longest(numbers, numbers[1:]):
            assert coming is not None  # noqa: S101 -- there is a number
            assembled = coming.result()
            coming = pool.submit(work, after) if after is not None else None
            yield number, assembled


def _take_part(
    row: Import,
    stage: Stage,
    number: int,
    assembled: Assembled | None,
    settings: ImportSettings,
    *,
    at: datetime,
    seconds: float,
) -> None:
    if assembled is not None and assembled.rejects:
        stage.write_rejects(f"part-{number:06}", assembled.rejects)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            written = _commit_part(row, number, assembled, settings, at=at, seconds=seconds)
        except IntegrityError:
            if attempt == ATTEMPTS:
                raise
            continue
        stage.write_ids(f"customers-{number:06}", written.customer_ids if written else [])
        stage.write_ids(f"products-{number:06}", written.product_ids if written else [])
        return


@transaction.atomic
def _commit_part(
    row: Import,
    number: int,
    assembled: Assembled | None,
    settings: ImportSettings,
    *,
    at: datetime,
    seconds: float,
) -> Written | None:
    bulk.relax_commit()
    locked = Import.objects.select_for_update().get(pk=row.pk)
    if locked.checkpoint.get("part", 0) != number or locked.status != Import.Status.RUNNING:
        raise ImportRunError(f"Import {row.pk} goes on somewhere else. Look at it there.")
    figures = locked.checkpoint.get("figures") or no_figures()
    written = None
    if assembled is not None:
        created = changed = 0
        if assembled.orders is not None:
            written = write_part(assembled, settings, import_id=row.pk, at=at)
            created, changed = written.created, written.changed
        figures = add_part(figures, assembled, created=created, changed=changed)
    locked.checkpoint = {"part": number + 1, "figures": figures, "seconds": seconds}
    locked.save(update_fields=["checkpoint"])
    row.checkpoint = locked.checkpoint
    return written


def _finish(
    row: Import, stage: Stage, notes: dict[str, Any], settings: ImportSettings, *, seconds: float
) -> dict[str, Any]:
    figures = row.checkpoint.get("figures") or no_figures()
    rejects = folder_of(row.pk) / "rejects.csv"
    stage.merge_rejects(rejects)
    result = summary(
        figures,
        rows=int(notes["rows"]),
        reasons=notes["reasons"],
        customers=stage.count_ids("customers"),
        products=stage.count_ids("products"),
        currency=settings.currency,
        import_id=row.pk,
        seconds=seconds,
    )
    row.options = replace(settings).to_json()
    row.summary = result
    row.rejects_path = str(rejects) if result["rejected"] else ""
    shutil.rmtree(stage.folder, ignore_errors=True)
    return result
