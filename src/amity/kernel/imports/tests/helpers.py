"""Short ways to import a file in tests."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from amity.kernel.access.rules import SYSTEM
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import analyze_file, create_import, start_import
from amity.kernel.jobs.worker import run_to_end

DATA = Path(__file__).parent / "data"
AT = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)


def take_in(path: Path, kind: str = "orders", **chosen: Any) -> Import:
    """The import of a file, run to its end."""
    analysis = analyze_file(path, kind, chosen)
    row = create_import(
        path=path,
        file_name=path.name,
        settings=analysis.settings,
        names=analysis.file.names,
        actor=SYSTEM,
        at=AT,
    )
    job = start_import(row.pk, actor=SYSTEM, at=AT)
    run_to_end(job.pk)
    row.refresh_from_db()
    return row


def orders_file(folder: Path, text: str, name: str = "orders.csv") -> Path:
    """A file with this text."""
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path
