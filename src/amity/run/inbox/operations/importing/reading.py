"""Batches of cells as rows of cases, and the rows that cannot be taken."""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa

from amity.kernel.imports import values
from amity.kernel.imports.cells import (
    Cells,
    instants,
    needed_keys,
    refuse_ends_before,
    texts,
    where,
)
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.order_rows import Rejection
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import ONE
from amity.run.inbox.rules.cases import CaseRow, verdict_of
from amity.run.inbox.rules.working import MAX_TEXT

_DATES = {
    "opened_at": "date",
    "changed_at": "changed",
    "answered_at": "answered",
    "resolved_at": "resolved",
    "closed_at": "closed",
    "due_at": "due",
}
_ENDS = ("answered_at", "resolved_at", "closed_at")  # none of them lies before the opening
_TEXTS = {
    "customer": 200,
    "customer_name": 200,
    "subject": 300,
    "text": MAX_TEXT,
    "status": 100,
    "priority": 100,
    "channel": 100,
    "topic": 100,
    "team": 100,
    "person": 200,
}
_COUNTS = ("reassigned", "reopened")
_MOST = 10_000  # handovers of one case; more is a slip in the file


def check(batch: Batch, settings: ImportSettings) -> list[Reject]:
    """The rows of a batch that could not be taken."""
    return read(batch, settings)[1]


def read(batch: Batch, settings: ImportSettings) -> tuple[list[CaseRow], list[Reject]]:
    """The rows of a batch that can be taken, and those that cannot."""
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    columns: dict[str, Cells] = {
        "key": needed_keys(rejection, settings, "conversation", "missing_key")
    }
    columns |= _dates(settings, rejection)
    columns |= {
        name: texts(batch, settings.mapping[name], limit)
        for name, limit in _TEXTS.items()
        if name in settings.mapping
    }
    columns |= {
        name: _numbers(batch, settings, rejection, name)
        for name in _COUNTS
        if name in settings.mapping
    }
    if "minutes" in settings.mapping:
        minutes = _numbers(batch, settings, rejection, "minutes", scale=60)
        columns["seconds"] = [number or 0 for number in minutes]
    if "kept" in settings.mapping:
        columns["kept"] = _verdicts(batch, settings, rejection)
    return list(_rows(batch, columns, rejection)), rejection.rejects


def _rows(batch: Batch, columns: dict[str, Cells], rejection: Rejection) -> Iterator[CaseRow]:
    names = list(columns)
    cells = zip(batch.numbers.tolist(), rejection.taken.tolist(), *columns.values(), strict=True)
    for number, is_taken, *row in cells:
        if is_taken:
            yield CaseRow(number=number, **dict(zip(names, row, strict=True)))


def _dates(settings: ImportSettings, rejection: Rejection) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    for name, field in _DATES.items():
        if field not in settings.mapping:
            continue
        told = instants(rejection, settings, field)
        found[name] = told.cells
        if name == "opened_at":
            rejection.refuse(told.missing, field, "missing_date")
    for name in _ENDS:
        if name in found:
            pair = found["opened_at"], found[name]
            refuse_ends_before(rejection, settings, _DATES[name], *pair)
    return found


def _numbers(
    batch: Batch, settings: ImportSettings, rejection: Rejection, name: str, *, scale: int = 1
) -> Cells:
    column = settings.mapping[name]
    found = values.numbers(batch.columns[column], settings.decimal_sign)
    out = found.bad | (found.values < 0) | (found.values > _MOST * ONE)
    rejection.refuse(out, name, "bad_number", column)
    whole = np.where(out, 0, found.values * scale // ONE)
    return list(pa.array(whole, mask=found.missing).to_pylist())


def _verdicts(batch: Batch, settings: ImportSettings, rejection: Rejection) -> Cells:
    column = settings.mapping["kept"]
    words = values.as_text(batch.columns[column]).to_pylist()
    known: dict[str, bool | None] = {}
    bad: set[str] = set()
    for word in {word or "" for word in words}:
        try:
            known[word] = verdict_of(word)
        except ValueError:
            bad.add(word)
    if bad:
        rejection.refuse(
            where(words, lambda word: (word or "") in bad), "kept", "bad_value", column
        )
    return [known.get(word or "") for word in words]
