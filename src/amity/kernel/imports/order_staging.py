"""Reads a whole file of orders into its stage; nothing is written to the database yet.

How dates and numbers are written is decided on a sample. Where a later row shows that the decision
was wrong (the first 31 in a column of 1/2/2024), the reading begins anew with the better one.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from amity.kernel.imports.analysis import column_cells
from amity.kernel.imports.files.batches import Batch, Reject, TableFile
from amity.kernel.imports.formats.dates import DateStyle, guess_date_style, parse_date
from amity.kernel.imports.formats.numbers import is_null, parse_number
from amity.kernel.imports.order_rows import parse_orders
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.staging import Stage, part_count, stage_rows

Progress = Callable[[int, int, str], None]
_AMOUNTS = ("quantity", "unit_price", "amount", "discount", "total", "refund")


@dataclass(slots=True)
class _Pass:
    """One reading of the file: what was counted, and which ways of reading were tried."""

    tried: set[tuple[str, str]]
    rows: int = 0
    reasons: Counter[str] = field(default_factory=Counter)


class _StyleError(Exception):
    """The cells of this batch speak for other settings."""

    def __init__(self, settings: ImportSettings) -> None:
        self.settings = settings


def stage_orders(
    file: TableFile,
    settings: ImportSettings,
    stage: Stage,
    progress: Progress,
    *,
    token: str = "",
) -> ImportSettings:
    """Fills the stage from the file; the settings that were right for all of it.

    `token` is noted with the stage, to know again whose it is.
    """
    tried = {(settings.date_style, settings.decimal_sign)}
    while True:
        try:
            count = _fill(file, settings, stage, progress, tried)
        except _StyleError as better:
            settings = better.settings
            tried.add((settings.date_style, settings.decimal_sign))
            continue
        stage.complete({**count, "settings": settings.to_json(), "token": token})
        return settings


def _fill(
    file: TableFile,
    settings: ImportSettings,
    stage: Stage,
    progress: Progress,
    tried: set[tuple[str, str]],
) -> dict[str, Any]:
    """Reads the file once; the number of parts and rows, and the reasons of the rejects."""
    stage.clear()
    count = _Pass(tried)
    parts = part_count(file.estimated_rows)
    tables = _tables(file, settings, stage, progress, count)
    stage_rows(stage, tables, parts=parts, key="order")
    return {"parts": parts, "rows": count.rows, "reasons": dict(count.reasons)}


def _tables(
    file: TableFile,
    settings: ImportSettings,
    stage: Stage,
    progress: Progress,
    count: _Pass,
) -> Iterator[Any]:
    wanted = sorted(set(settings.mapping.values()), key=file.names.index)
    for number, batch in enumerate(file.batches(wanted)):
        table, rejects = parse_orders(batch, settings)
        _doubt(batch, settings, rejects, count.tried)
        count.rows += batch.rows
        if rejects:
            count.reasons.update(reject.reason for reject in rejects)
            stage.write_rejects(f"read-{number:06}", rejects)
        progress(batch.position, file.size, "Reading")
        yield table


def _doubt(
    batch: Batch, settings: ImportSettings, rejects: list[Reject], tried: set[tuple[str, str]]
) -> None:
    """Raises _StyleError where the rejected cells can be read in another way."""
    reasons = {reject.reason for reject in rejects}
    better = settings
    if "bad_date" in reasons and not settings.date_certain:
        better = replace(better, date_style=_other_dates(batch, settings))
    if "bad_number" in reasons and not settings.decimal_certain:
        better = replace(better, decimal_sign=_other_sign(batch, settings))
    if (better.date_style, better.decimal_sign) not in tried:
        raise _StyleError(better)


def _other_dates(batch: Batch, settings: ImportSettings) -> str:
    cells = column_cells(batch, settings.mapping["date"])
    now = sum(parse_date(cell, DateStyle(settings.date_style)) is not None for cell in cells)
    guess = guess_date_style(cells)
    return guess.style.value if guess.share * len(cells) > now else settings.date_style


def _other_sign(batch: Batch, settings: ImportSettings) -> str:
    cells = [
        cell
        for name in _AMOUNTS
        if name in settings.mapping
        for cell in column_cells(batch, settings.mapping[name])
        if not is_null(cell)
    ]
    read = {sign: sum(parse_number(cell, sign) is not None for cell in cells) for sign in ".,"}
    return max(read, key=lambda sign: (read[sign], sign == settings.decimal_sign))
