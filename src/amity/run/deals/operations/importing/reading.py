"""Batches of cells as deals, and the rows that cannot be taken."""

from decimal import Decimal

import numpy as np

from amity.base.money import minor_digits
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
from amity.run.deals.operations.writing import MOST_MINOR
from amity.run.deals.rules.files import OPEN, ToldDeal

_DATES = {"opened_at": "date", "closed_at": "closed", "expected_at": "expected"}
_TEXTS = {
    "stage": 60,
    "product": 100,
    "person": 200,
    "title": 200,
    "reason": 100,
    "competitor": 100,
}


def check(batch: Batch, settings: ImportSettings) -> list[Reject]:
    """The rows of a batch that could not be taken."""
    return read(batch, settings)[1]


def read(batch: Batch, settings: ImportSettings) -> tuple[list[tuple[int, ToldDeal]], list[Reject]]:
    """The deals of a batch with their rows, and the rows that cannot be taken."""
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    columns: dict[str, Cells] = {
        "key": needed_keys(rejection, settings, "deal", "missing_key"),
        "customer": needed_keys(rejection, settings, "customer", "missing_customer"),
    }
    columns |= _dates(settings, rejection)
    columns["amount_minor"] = _amounts(batch, settings, rejection)
    columns |= {
        name: texts(batch, settings.mapping[name], limit)
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


def _dates(settings: ImportSettings, rejection: Rejection) -> dict[str, Cells]:
    found: dict[str, Cells] = {
        name: instants(rejection, settings, field).cells
        for name, field in _DATES.items()
        if field in settings.mapping
    }
    if "opened_at" in found and "closed_at" in found:
        pair = found["opened_at"], found["closed_at"]
        refuse_ends_before(rejection, settings, "closed", *pair)
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
    out = where(minor, lambda amount: not 0 <= amount <= MOST_MINOR)
    rejection.refuse(found.bad | out, "amount", "bad_number", column)
    return minor
