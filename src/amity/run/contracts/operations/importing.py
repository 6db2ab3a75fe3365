"""Contracts out of a file: read, written, taken back."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import numpy as np

from amity.base.money import minor_digits
from amity.base.time import from_day_number
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.currencies import CODES
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.order_rows import LIMITS, Rejection
from amity.kernel.imports.row_import import Taken, Work
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.undoing import need_last
from amity.kernel.imports.values import ONE
from amity.run.contracts.operations.writing import (
    Agreed,
    remove_contracts,
    restore_contracts,
    write_contracts,
)
from amity.run.contracts.rules import Terms, months_of

LONGEST_KEY = 100
Cells = list[Any]
Told = tuple[Stranger, Terms]


def check(batch: Batch, settings: ImportSettings) -> list[Reject]:
    """The rows of a batch that could not be taken."""
    return _read(batch, settings)[1]


def take(batch: Batch, work: Work) -> Taken:
    """Writes the contracts of a batch; of two rows with one number the later holds."""
    rows, rejects = _read(batch, work.settings)
    told = {terms.key: (stranger, terms) for stranger, terms in rows}
    named = sorted((stranger for stranger, _ in told.values()), key=lambda one: bool(one.name))
    owners = ensure_customers(
        list({stranger.key: stranger for stranger in named}.values()),
        namespace=work.settings.source,
        at=work.at,
        import_id=work.import_id or None,
    )
    written = write_contracts(
        [Agreed(owners[stranger.key], terms) for stranger, terms in told.values()],
        source=work.settings.source,
        import_id=work.import_id,
        at=work.at,
    )
    return Taken(
        created=written.created,
        changed=len(written.changed),
        duplicates=len(rows) - len(told),
        accepted=len(rows),
        rejects=rejects,
    )


def undo(import_id: int, at: datetime) -> dict[str, int]:
    """Removes the contracts that an import created, and puts back those it changed.

    Raises:
        ImportStateError: a later import changed one of them.
    """
    need_last(import_id, "contract", Contract)
    changes = ImportChange.objects.filter(import_id=import_id, object_type="contract")
    before = dict(changes.values_list("object_id", "before"))
    restore_contracts(before, at=at)
    changes.delete()
    removed = remove_contracts(import_id, at=at)
    return {"contracts_restored": len(before), "contracts_removed": removed}


def _read(batch: Batch, settings: ImportSettings) -> tuple[list[Told], list[Reject]]:
    rejection = Rejection(batch, np.ones(len(batch.numbers), dtype=bool), [])
    keys = _needed(rejection, settings, "contract", "missing_key", LONGEST_KEY)
    customers = _needed(rejection, settings, "customer", "missing_customer", LIMITS["customer"])
    names = _texts(rejection, settings, "customer_name", LIMITS["customer_name"])
    begun = _days(rejection, settings, "date")
    rejection.refuse(_where(begun, lambda day: day is None), "date", "missing_date")
    ended = _days(rejection, settings, "ended")
    _refuse_early_ends(rejection, settings, begun, ended)
    periods = _periods(rejection, settings)
    currencies = _currencies(rejection, settings)
    fees = _fees(rejection, settings, currencies)
    reasons = _texts(rejection, settings, "reason", LONGEST_KEY)
    columns = (customers, names, keys, begun, periods, currencies, fees, ended, reasons)
    told = [
        (Stranger(customer, name), Terms(*terms))
        for is_taken, (customer, name, *terms) in zip(
            rejection.taken.tolist(), zip(*columns, strict=True), strict=True
        )
        if is_taken
    ]
    return told, rejection.rejects


def _needed(
    rejection: Rejection, settings: ImportSettings, field: str, reason: str, longest: int
) -> Cells:
    column = settings.mapping[field]
    cells: Cells = values.keys(rejection.batch.columns[column], clean=_bare).to_pylist()
    rejection.refuse(_where(cells, lambda cell: not cell), field, reason)
    rejection.refuse(
        _where(cells, lambda cell: len(cell or "") > longest), field, "text_too_long", column
    )
    return cells


def _bare(word: str) -> str:
    return word.replace("\x00", "")  # no database holds it


def _where(cells: Cells, test: Callable[[Any], bool]) -> Any:
    return np.fromiter(map(test, cells), dtype=bool, count=len(cells))


def _days(rejection: Rejection, settings: ImportSettings, field: str) -> Cells:
    column = settings.mapping.get(field)
    if column is None:
        return [None] * len(rejection.batch.numbers)
    found = values.moments(rejection.batch.columns[column], DateStyle(settings.date_style))
    rejection.refuse(found.bad, field, "bad_date", column)
    there = ~(found.missing | found.bad)
    return [
        from_day_number(day) if is_there else None
        for day, is_there in zip(found.days.tolist(), there.tolist(), strict=True)
    ]


def _refuse_early_ends(
    rejection: Rejection, settings: ImportSettings, begun: Cells, ended: Cells
) -> None:
    def is_early(days: tuple[date | None, date | None]) -> bool:
        return days[0] is not None and days[1] is not None and days[1] < days[0]

    early = _where(list(zip(begun, ended, strict=True)), is_early)
    rejection.refuse(early, "ended", "ends_before_it_begins", settings.mapping.get("ended"))


def _periods(rejection: Rejection, settings: ImportSettings) -> Cells:
    column = settings.mapping["period"]
    words = values.keys(rejection.batch.columns[column]).to_pylist()
    months = [months_of(word or "") for word in words]
    rejection.refuse(_where(months, lambda count: count is None), "period", "bad_value", column)
    return months


def _currencies(rejection: Rejection, settings: ImportSettings) -> Cells:
    column = settings.mapping.get("currency")
    if column is None:
        return [settings.currency] * len(rejection.batch.numbers)
    cells = values.keys(rejection.batch.columns[column], clean=str.upper).to_pylist()
    codes = [cell or settings.currency for cell in cells]
    known = CODES | {settings.currency}
    rejection.refuse(
        _where(codes, lambda code: code not in known), "currency", "bad_currency", column
    )
    return codes


def _fees(rejection: Rejection, settings: ImportSettings, currencies: Cells) -> Cells:
    column = settings.mapping.get("fee")
    if column is None:
        return [None] * len(rejection.batch.numbers)
    found = values.numbers(rejection.batch.columns[column], settings.decimal_sign)
    rejection.refuse(found.bad | (found.values < 0), "fee", "bad_number", column)
    rows = zip(found.values.tolist(), found.missing.tolist(), currencies, strict=True)
    return [None if missing else _minor(value, code, settings) for value, missing, code in rows]


def _minor(millionths: int, currency: str, settings: ImportSettings) -> int:
    digits = 0 if settings.amounts_in_minor else minor_digits(currency)
    return int((Decimal(millionths) * 10**digits / ONE).to_integral_value())


def _texts(rejection: Rejection, settings: ImportSettings, field: str, longest: int) -> Cells:
    column = settings.mapping.get(field)
    if column is None:
        return [""] * len(rejection.batch.numbers)
    cells = values.keys(rejection.batch.columns[column], clean=lambda word: _bare(word)[:longest])
    return [cell or "" for cell in cells.to_pylist()]
