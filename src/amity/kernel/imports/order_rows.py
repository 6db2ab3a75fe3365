"""Batches of cells as staged rows of orders, and the rows that cannot be taken. Pure."""

import re
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amity.base.money import minor_digits
from amity.kernel.imports import values
from amity.kernel.imports.files.batches import Batch, Reject
from amity.kernel.imports.formats.dates import DateStyle
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import Mask

LIMITS = {  # characters
    "order": 100, "customer": 200, "product": 100, "currency": 3, "channel": 50, "country": 50,
    "customer_name": 200, "category": 100,
}  # fmt: skip
TEXTS = tuple(LIMITS)
NUMBERS = ("quantity", "unit_price", "amount", "discount", "total", "refund")
_CANCELED = re.compile(
    r"cancel|void|storn|annul|anul|abgebrochen|failed|declined|\blost\b|geannuleerd|iptal",
    re.IGNORECASE,
)
_REFUNDED = re.compile(
    r"^(?:wc-)?(?:fully[ _])?(?:refunded|returned|retourniert|erstattet)$", re.IGNORECASE
)
_NO = frozenset("no false 0 n f nein non".split())


@dataclass(slots=True)
class Rejection:
    """Collects the rejects of a batch: a row is rejected once, for its first reason."""

    batch: Batch
    taken: Mask
    rejects: list[Reject]

    def refuse(self, mask: Mask, field: str, reason: str, column: str | None = None) -> None:
        """Rejects the rows of `mask` that are not rejected yet."""
        for position in np.flatnonzero(mask & self.taken):
            value = ""
            if column is not None:
                cell = self.batch.columns[column][int(position)].as_py()
                value = "" if cell is None else str(cell)[:200]
            number = int(self.batch.numbers[position])
            self.rejects.append(Reject(number, field, reason, value, REMEDIES[reason]))
        self.taken &= ~mask


def parse_orders(batch: Batch, settings: ImportSettings) -> tuple[Any, list[Reject]]:
    """The batch as a table of staged rows, and its rejects (with those of the reader)."""
    rows = len(batch.numbers)
    rejection = Rejection(batch, np.ones(rows, dtype=bool), list(batch.rejects))
    staged: dict[str, Any] = {"row": pa.array(batch.numbers)}
    _add_texts(staged, rejection, settings)
    _add_dates(staged, rejection, settings)
    _add_numbers(staged, rejection, settings)
    _add_state(staged, batch, settings)
    _need_customer_or_order(staged, rejection)
    table = pa.table(staged).filter(pa.array(rejection.taken))
    return table, rejection.rejects


def _add_texts(staged: dict[str, Any], rejection: Rejection, settings: ImportSettings) -> None:
    for name in TEXTS:
        column = settings.mapping.get(name)
        if column is None:
            continue
        clean: Callable[[str], str | None] | None = str.upper if name == "currency" else None
        if name == "customer":
            clean = _folded_address
        cells = values.keys(rejection.batch.columns[column], clean=clean)
        too_long = pc.greater(pc.utf8_length(cells), LIMITS[name])
        mask = pc.fill_null(too_long, False).to_numpy(zero_copy_only=False)
        if mask.any():
            reason = "bad_currency" if name == "currency" else "text_too_long"
            rejection.refuse(mask, name, reason, column)
        staged[name] = cells
    description = settings.mapping.get("description")
    if description:
        cells = values.keys(rejection.batch.columns[description])
        staged["description"] = pc.utf8_slice_codeunits(cells, 0, 200)


def _folded_address(word: str) -> str:
    """E-mail addresses name the same customer in any case; other keys keep theirs."""
    return word.lower() if "@" in word else word


def _add_dates(staged: dict[str, Any], rejection: Rejection, settings: ImportSettings) -> None:
    column = settings.mapping["date"]
    found = values.moments(rejection.batch.columns[column], DateStyle(settings.date_style))
    if found.bad.any():
        rejection.refuse(found.bad, "date", "bad_date", column)
    staged["micros"] = pa.array(found.micros, mask=found.missing)
    staged["day"] = pa.array(found.days, mask=found.missing)
    staged["zoned"] = pa.array(found.zoned)


def _add_numbers(staged: dict[str, Any], rejection: Rejection, settings: ImportSettings) -> None:
    digits = minor_digits(settings.currency) if settings.amounts_in_minor else 0
    for name in NUMBERS:
        column = settings.mapping.get(name)
        if column is None:
            continue
        found = values.numbers(rejection.batch.columns[column], settings.decimal_sign)
        if found.bad.any():
            rejection.refuse(found.bad, name, "bad_number", column)
        scaled = found.values if name == "quantity" or not digits else found.values // 10**digits
        staged[name] = pa.array(scaled, mask=found.missing)


def _add_state(staged: dict[str, Any], batch: Batch, settings: ImportSettings) -> None:
    """Whether the row says that its order was canceled, or given back as a whole."""
    status, canceled = settings.mapping.get("status"), settings.mapping.get("canceled")
    if status is None and canceled is None:
        return
    rows = len(batch.numbers)
    is_canceled, is_refunded = np.zeros(rows, dtype=bool), np.zeros(rows, dtype=bool)
    if status is not None:
        is_canceled |= _matches(batch.columns[status], lambda word: bool(_CANCELED.search(word)))
        is_refunded |= _matches(batch.columns[status], lambda word: bool(_REFUNDED.match(word)))
    if canceled is not None:
        is_canceled |= _matches(batch.columns[canceled], lambda word: word.lower() not in _NO)
    staged["is_canceled"], staged["is_refunded"] = pa.array(is_canceled), pa.array(is_refunded)


def _matches(array: Any, test: Any) -> Mask:
    words = values.keys(array, clean=lambda word: "1" if test(word) else None)
    mask: Mask = pc.is_valid(words).to_numpy(zero_copy_only=False)
    return mask


def _need_customer_or_order(staged: dict[str, Any], rejection: Rejection) -> None:
    rows = len(rejection.batch.numbers)
    nothing = pa.nulls(rows, pa.string())
    customer, order = staged.get("customer", nothing), staged.get("order", nothing)
    no_order = pc.is_null(order).to_numpy(zero_copy_only=False)
    no_customer = pc.is_null(customer).to_numpy(zero_copy_only=False)
    no_date = pc.is_null(staged["micros"]).to_numpy(zero_copy_only=False)
    rejection.refuse(no_order & no_customer, "customer", "missing_customer_and_order")
    rejection.refuse(no_order & no_date, "date", "missing_date")
    if no_order.any():
        day = staged["day"].cast(pa.int32()).cast(pa.date32()).cast(pa.string())
        occasion = pc.binary_join_element_wise(_shortened(customer), day, "@")
        order = pc.coalesce(order, occasion)
    staged["order"] = order


def _shortened(customer: Any) -> Any:
    """Customers as they stand in the number of an occasion, which has at most 100 characters."""
    encoded = pc.dictionary_encode(customer)
    words = [
        word if len(word) <= 85 else f"{word[:70]}~{zlib.crc32(word.encode()):08x}"
        for word in encoded.dictionary.to_pylist()
    ]
    return pa.array(words, pa.string()).take(encoded.indices)
