"""Reads and checks a whole file, and writes nothing to the database."""

import shutil
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from amity.kernel.imports.analysis import Analysis, need_fields
from amity.kernel.imports.assembly import assemble
from amity.kernel.imports.files.batches import Reject
from amity.kernel.imports.jobs import handler_of
from amity.kernel.imports.order_staging import Progress, stage_orders
from amity.kernel.imports.row_import import try_rows
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.staging import Stage, read_rejects
from amity.kernel.imports.summary import add_part, no_figures, summary

FIRST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class DryRun:
    """What an import would bring, and its first problems."""

    summary: dict[str, Any]
    problems: list[Reject]


def dry_run(
    path: Path,
    analysis: Analysis,
    *,
    at: datetime,
    progress: Progress,
    rejects: Path | None = None,
) -> DryRun:
    """The figures that the import would have; `orders_created` counts what the file holds.

    Whether an order is there already is not looked up. `rejects` is where to keep all problems.

    Raises:
        FileError, MappingError: it cannot be taken in.
    """
    need_fields(analysis.settings, analysis.file.names)
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="amity-") as folder:
        stage = Stage(Path(folder) / "stage")
        stage.clear()
        if analysis.settings.kind == "orders":
            figures = _orders(analysis, stage, progress)
        else:
            handler = handler_of(analysis.settings.kind)
            figures = try_rows(
                path, analysis.settings, handler, at=at, stage=stage, progress=progress
            )
        target = Path(folder) / "rejects.csv"
        stage.merge_rejects(target)
        if rejects is not None:
            shutil.copyfile(target, rejects)
        problems = read_rejects(target, FIRST_PROBLEMS)
    return DryRun({**figures, "seconds": round(time.monotonic() - began, 2)}, problems)


def _orders(analysis: Analysis, stage: Stage, progress: Progress) -> dict[str, Any]:
    stage_orders(analysis.file, analysis.settings, stage, progress)
    notes = stage.notes or {}
    settings = ImportSettings.from_json(notes["settings"])
    figures = no_figures()
    customers: set[str] = set()
    products: set[str] = set()
    for number in range(int(notes["parts"])):
        progress(number, int(notes["parts"]), "Checking")
        table = stage.part(number)
        if table is None:
            continue
        assembled = assemble(table, settings)
        stage.write_rejects(f"part-{number:06}", assembled.rejects)
        figures = add_part(figures, assembled, created=0, changed=0)
        if assembled.orders is not None:
            customers.update(filter(None, assembled.orders.column("customer").to_pylist()))
        if assembled.lines is not None:
            products.update(filter(None, assembled.lines.column("product").to_pylist()))
    return summary(
        {**figures, "created": figures["orders"]},
        rows=int(notes["rows"]),
        reasons=notes["reasons"],
        customers=len(customers),
        products=len(products),
        currency=settings.currency,
        import_id=0,
        seconds=0.0,
    )
