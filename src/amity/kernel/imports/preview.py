"""The first rows of a file as they are understood, and the first problems."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from amity.base.time import from_day_number
from amity.kernel.hooks.discovery import load
from amity.kernel.imports.analysis import SAMPLE_ROWS, Analysis, preview_rows
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.kinds import brought_kinds
from amity.kernel.imports.interaction_rows import reject_facts
from amity.kernel.imports.order_rows import NUMBERS, parse_orders
from amity.kernel.imports.people_rows import Profile, profiles
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import ONE

FIRST_ROWS = 8
FIRST_PROBLEMS = 20
_SHOWN = (
    "customer", "date", "order", "product", "description", "quantity", "unit_price", "amount",
    "discount", "total", "refund", "currency", "channel", "country",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Preview:
    """`rows` hold one text a column; `looked_at` rows of the file were read for it."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    problems: tuple[Reject, ...]
    reasons: dict[str, int]
    looked_at: int


def preview(analysis: Analysis) -> Preview:
    """What the first rows become; nothing is written.

    Raises:
        FileError: the file cannot be read.
    """
    wanted = sorted(set(analysis.settings.mapping.values()), key=analysis.file.names.index)
    batch = next(iter(analysis.file.batches(wanted, rows=SAMPLE_ROWS)), None)
    if batch is None:
        return Preview((), (), (), {}, 0)
    columns, rows, rejects = _understood(batch, analysis)
    reasons = Counter(reject.reason for reject in rejects)
    first = sorted(rejects, key=lambda reject: reject.row)[:FIRST_PROBLEMS]
    return Preview(columns, rows, tuple(first), dict(reasons.most_common()), batch.rows)


def _understood(
    batch: Batch, analysis: Analysis
) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...], list[Reject]]:
    settings = analysis.settings
    if settings.kind == "orders":
        table, rejects = parse_orders(batch, settings)
        columns = tuple(n for n in _SHOWN if n == "date" or n in table.column_names)
        cells = [_order_cells(row, columns) for row in table.slice(0, FIRST_ROWS).to_pylist()]
        return columns, tuple(cells), rejects
    if settings.kind == "customers":
        people, rejects = profiles(batch, settings)
        columns = ("name", "external", "email", "phone", "company", "tags", "other")
        return columns, tuple(_person_cells(person) for person in people[:FIRST_ROWS]), rejects
    rejects = _checker(settings.kind)(batch, settings)
    cells = [tuple(row.values()) for row in preview_rows(analysis, FIRST_ROWS)]
    return tuple(settings.mapping), tuple(cells), [*batch.rejects, *rejects]


def _checker(kind: str) -> Callable[[Batch, ImportSettings], list[Reject]]:
    """What tells the rows of a batch that cannot be taken."""
    if kind in brought_kinds():
        return load(brought_kinds()[kind].check)
    return reject_facts if kind == "interactions" else lambda *_: []


def _order_cells(row: dict[str, Any], columns: tuple[str, ...]) -> tuple[str, ...]:
    day = row["day"]
    values = {**row, "date": None if day is None else from_day_number(day).isoformat()}
    for name in NUMBERS:
        if values.get(name) is not None:
            values[name] = f"{values[name] / ONE:g}"
    return tuple("" if values[name] is None else str(values[name]) for name in columns)


def _person_cells(person: Profile) -> tuple[str, ...]:
    other = {**person.fields, **person.custom}
    return (
        person.name,
        person.external,
        ", ".join(person.emails),
        ", ".join(person.phones),
        person.company,
        ", ".join(person.tags),
        ", ".join(f"{name}: {value}" for name, value in other.items())[:200],
    )
