"""Batches of cells as deals, and the rows that cannot be taken."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import numpy as np

from amity.base.money import minor_digits
from amity.kernel.imports import values
from amity.kernel.imports.assembly import utc_instants
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.order_rows import Rejection
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import ONE
from amity.run.deals.operations.writing import MOST_MINOR
from amity.run.deals.rules.files import OPEN, ToldDeal

LONGEST = 150  # characters of a number or a customer
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_DATES = {"opened_at": "date", "closed_at": "closed", "expected_at": "expected"}
_TEXTS = {
    "stage": 60,
    "product": 100,
    "person": 200,
    "title": 200,
    "reason": 100,
    "competitor": 100,
}
Cells = list[Any]


def check(batch: Batch, settings: ImportSettings) -> list[Reject]:
    """The rows of a batch that could not be taken."""
    return read(batch, settings)[1]


def read(batch: Batch, settings: ImportSettings) -> tuple[list[tuple[int, ToldDeal]], list[Reject]]:
    """The deals of a batch with their rows, and the rows that cannot be taken."""
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    columns: dict[str, Cells] = {
        "key": _needed(rejection, settings, "deal", "missing_key"),
        "customer": _needed(rejection, settings, "customer", "missing_customer"),
    }
    columns |= _dates(batch, settings, rejection)
    columns["amount_minor"] = _amounts(batch, settings, rejection)
    columns |= {
        name: _texts(batch, settings.mapping[name], limit)
        for name, limit in _TEXTS.items()
        if name in settings.mapping
    }
    names = list(columns)
    rows = zip(*columns.values(), strict=True)
    told = [
        (number, ToldDeal(**dict(zip(names, row, strict=True)))) if is_taken else None
        for number, is_taken, row in zip(
            batch.numbers.tolist(), rejection.taken.tolist(), rows, strict=True
        )
    ]
    undated = [
        one is not None and one[1].status != OPEN and one[1].closed_at is None for one in told
    ]
    rejection.refuse(np.array(undated, dtype=bool), "closed", "missing_date")
    kept = zip(told, rejection.taken.tolist(), strict=True)
    return [one for one, is_taken in kept if one is not None and is_taken], rejection.rejects


def _needed(rejection: Rejection, settings: ImportSettings, field: str, reason: str) -> Cells:
    column = settings.mapping[field]
    cells: Cells = values.keys(rejection.batch.columns[column]).to_pylist()
    rejection.refuse(_where(cells, lambda cell: cell is None), field, reason)
    rejection.refuse(
        _where(cells, lambda cell: len(cell or "") > LONGEST), field, "text_too_long", column
    )
    return cells


def _where(cells: Cells, test: Callable[[Any], bool]) -> Any:
    return np.fromiter(map(test, cells), dtype=bool, count=len(cells))


def _dates(batch: Batch, settings: ImportSettings, rejection: Rejection) -> dict[str, Cells]:
    found: dict[str, Cells] = {}
    for name, field in _DATES.items():
        column = settings.mapping.get(field)
        if column is None:
            continue
        moments = values.moments(batch.columns[column], DateStyle(settings.date_style))
        rejection.refuse(moments.bad, field, "bad_date", column)
        instants = utc_instants(moments.micros, moments.zoned, settings.time_zone)
        there = ~(moments.missing | moments.bad)
        found[name] = [
            _EPOCH + timedelta(microseconds=instant) if is_there else None
            for instant, is_there in zip(instants.tolist(), there.tolist(), strict=True)
        ]
    if "opened_at" in found and "closed_at" in found:
        pairs = zip(found["opened_at"], found["closed_at"], strict=True)
        before = [bool(begun and ended and ended < begun) for begun, ended in pairs]
        column = settings.mapping["closed"]
        rejection.refuse(np.array(before, dtype=bool), "closed", "ends_before_it_begins", column)
    return found


def _amounts(batch: Batch, settings: ImportSettings, rejection: Rejection) -> Cells:
    column = settings.mapping.get("amount")
    if column is None:
        return [0] * len(batch.numbers)
    found = values.numbers(batch.columns[column], settings.decimal_sign)
    digits = 0 if settings.amounts_in_minor else minor_digits(settings.currency)
    minor = [
        int((Decimal(value) * 10**digits / ONE).to_integral_value())
        for value in found.values.tolist()
    ]
    out = _where(minor, lambda amount: not 0 <= amount <= MOST_MINOR)
    rejection.refuse(found.bad | out, "amount", "bad_number", column)
    return minor


def _texts(batch: Batch, column: str, limit: int) -> Cells:
    cells = values.keys(batch.columns[column], clean=lambda word: word.replace("\x00", "")[:limit])
    return [cell or "" for cell in cells.to_pylist()]
