"""Staged rows of orders as whole orders: one row an order, its lines beside it. Pure.

Amounts of the staged rows are whole millionths of the major unit; those of the orders are minor
units of the order's currency.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from amity.base.money import minor_digits
from amity.kernel.imports.files.batches import Reject
from amity.kernel.imports.hashing import combine, hash_column, hash_numbers, mix
from amity.kernel.imports.reasons import REMEDIES
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.values import Mask, Whole

NOTHING = np.iinfo(np.int64).min  # stands for "no value" in columns of whole numbers
_LATE = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True)
class Assembled:
    """The orders of one part.

    `orders` has number, customer, kind, micros, day, currency, the amounts in minor units,
    channel, country, customer_name, content_hash; `lines` has order_index, position, product,
    description, category and amounts. `rows` staged rows were accepted.
    """

    orders: Any
    lines: Any
    rows: int
    anonymous_rows: int
    duplicates: int
    rejects: list[Reject]


class Groups:
    """Rows grouped by order: sorted by order and row, with the first row of each order."""

    def __init__(self, table: Any) -> None:
        encoded = pc.dictionary_encode(table.column("order").combine_chunks())
        codes = encoded.indices.to_numpy()
        rows = table.column("row").to_numpy()
        by_order = np.lexsort((rows, codes))
        self.table = table.take(pa.array(by_order))
        self.codes: Whole = codes[by_order].astype(np.int64)
        changes = np.flatnonzero(np.diff(self.codes)) + 1
        self.starts: Whole = np.concatenate(([0], changes)).astype(np.int64)
        self.index: Whole = np.repeat(np.arange(len(self.starts)), self.sizes)

    @property
    def sizes(self) -> Whole:
        """Rows of each order."""
        return np.diff(np.append(self.starts, len(self.codes)))

    def has(self, name: str) -> bool:
        """Whether the file has the field."""
        return name in self.table.column_names

    def whole(self, name: str) -> Whole:
        """A column of whole numbers, `NOTHING` where there is no value."""
        if not self.has(name):
            return np.full(len(self.codes), NOTHING, dtype=np.int64)
        filled = pc.fill_null(self.table.column(name), NOTHING)
        return np.asarray(filled.to_numpy(), dtype=np.int64)

    def flag(self, name: str) -> Mask:
        """For each order, whether one of its rows has the flag."""
        if not self.has(name):
            return np.zeros(len(self.starts), dtype=bool)
        marks = self.table.column(name).to_numpy()
        return np.asarray(np.logical_or.reduceat(marks, self.starts))

    def first(self, values: Whole) -> Whole:
        """For each order, the value of the first row that has one."""
        return _at(values, self.first_position(values != NOTHING), NOTHING)

    def first_position(self, known: Mask) -> Whole:
        """For each order, the place of its first row where `known`; -1 where none is."""
        places = np.where(known, np.arange(len(known)), _LATE)
        first = np.minimum.reduceat(places, self.starts)
        return np.where(first == _LATE, -1, first)

    def first_text(self, name: str) -> Any:
        """For each order, the first text in the column; null where none is."""
        if not self.has(name):
            return pa.nulls(len(self.starts), pa.string())
        column = self.table.column(name).combine_chunks()
        places = self.first_position(pc.is_valid(column).to_numpy(zero_copy_only=False))
        return column.take(pa.array(places, mask=places < 0))

    def total(self, values: Whole) -> Whole:
        """For each order, the sum of the values."""
        return np.asarray(np.add.reduceat(values, self.starts))


def _at(values: Whole, places: Whole, default: int) -> Whole:
    return np.where(places < 0, default, values[np.maximum(places, 0)])


def assemble(table: Any, settings: ImportSettings, *, to_store: bool = True) -> Assembled:
    """The orders of a part's staged rows.

    Without `to_store` what only storing needs is left out: the lines, and the hash of the content.
    """
    rejects: list[Reject] = []
    groups = Groups(_apart(table))
    groups = _without(groups, _undated(groups), "date", "missing_date", rejects)
    groups = _without(groups, _second_currency(groups), "currency", "other_currency", rejects)
    doubled = _doubled(groups)
    if settings.drop_duplicates:
        groups = _without(groups, doubled, "", "duplicate_line", rejects)
    if not len(groups.codes):
        return Assembled(None, None, 0, 0, int(doubled.sum()), rejects)
    currencies = pc.fill_null(groups.first_text("currency"), settings.currency)
    lines = _line_amounts(groups, _units(currencies)[groups.index], settings)
    orders = _orders(groups, lines, currencies, settings)
    if to_store:
        content = pa.array(_content(groups, lines, orders))
        orders = orders.append_column("content_hash", content)
    anonymous = pc.is_null(orders.column("customer")).to_numpy()
    return Assembled(
        orders=orders,
        lines=_lines(groups, lines, settings) if to_store else None,
        rows=len(groups.codes),
        anonymous_rows=int(groups.sizes[anonymous].sum()),
        duplicates=int(doubled.sum()),
        rejects=rejects,
    )


def _apart(table: Any) -> Any:
    """The rows, with the customer added to numbers that several customers use as their own."""
    if "customer" not in table.column_names:
        return table
    order = pc.dictionary_encode(table.column("order").combine_chunks())
    customer = pc.dictionary_encode(table.column("customer").combine_chunks())
    codes = order.indices.to_numpy()
    owners = pc.fill_null(customer.indices, -1).to_numpy(zero_copy_only=False)
    lowest = np.full(len(order.dictionary), _LATE)
    highest = np.full(len(order.dictionary), -1)
    np.minimum.at(lowest, codes, np.where(owners < 0, _LATE, owners))
    np.maximum.at(highest, codes, owners)
    shared = (highest > lowest)[codes] & (owners >= 0)
    if not shared.any():
        return table
    numbers = table.column("order").combine_chunks()
    own = pc.binary_join_element_wise(numbers, table.column("customer").combine_chunks(), "@")
    own = pc.utf8_slice_codeunits(own, 0, 100)
    position = table.column_names.index("order")
    return table.set_column(position, "order", pc.if_else(pa.array(shared), own, numbers))


def _without(groups: Groups, bad: Mask, field: str, reason: str, rejects: list[Reject]) -> Groups:
    if not bad.any():
        return groups
    rows = groups.table.column("row").to_numpy()[bad].tolist()
    rejects.extend(Reject(row, field, reason, "", REMEDIES[reason]) for row in rows)
    return Groups(groups.table.filter(pa.array(~bad)))


def _undated(groups: Groups) -> Mask:
    """Rows of orders none of whose rows has a date (the first row may carry it for all)."""
    undated: Mask = groups.first(groups.whole("micros")) == NOTHING
    return np.asarray(undated[groups.index])


def _second_currency(groups: Groups) -> Mask:
    if not groups.has("currency") or not len(groups.codes):
        return np.zeros(len(groups.codes), dtype=bool)
    column = pc.dictionary_encode(groups.table.column("currency").combine_chunks())
    codes = pc.fill_null(column.indices.cast(pa.int64()), NOTHING)
    own = np.asarray(codes.to_numpy(zero_copy_only=False), dtype=np.int64)
    own = np.where(own < 0, NOTHING, own)
    return np.asarray((own != NOTHING) & (own != groups.first(own)[groups.index]))


def _doubled(groups: Groups) -> Mask:
    """Rows that say in every field the same as an earlier row of the same order."""
    rows = len(groups.codes)
    hashes = [groups.codes.view(np.uint64)]
    for name in groups.table.column_names:
        column = groups.table.column(name)
        if name in {"row", "order"} or pa.types.is_boolean(column.type):
            continue
        text = pa.types.is_string(column.type)
        hashes.append(hash_column(column) if text else hash_numbers(column))
    _, first = np.unique(combine(hashes, rows), return_index=True)
    doubled = np.ones(rows, dtype=bool)
    doubled[first] = False
    return doubled


def _units(currencies: Any) -> Whole:
    """How many millionths a minor unit of each currency has."""
    encoded = pc.dictionary_encode(currencies)
    sizes = [10 ** (6 - minor_digits(code)) for code in encoded.dictionary.to_pylist()]
    return np.asarray(np.array(sizes, dtype=np.int64)[encoded.indices.to_numpy()])


@dataclass(frozen=True, slots=True)
class _LineAmounts:
    """In minor units; `NOTHING` where the file has none. `quantity` is in thousandths."""

    quantity: Whole
    price: Whole
    amount: Whole
    discount: Whole
    came_back: Mask  # by a negative quantity, a negative amount or the order's number


def _line_amounts(groups: Groups, units: Whole, settings: ImportSettings) -> _LineAmounts:
    quantity = groups.whole("quantity")
    price, amount = groups.whole("unit_price"), groups.whole("amount")
    discount = _minor(np.where((d := groups.whole("discount")) == NOTHING, NOTHING, abs(d)), units)
    count = np.where(quantity == NOTHING, 1_000_000, quantity)
    product = count.astype(np.longdouble) * np.where(price == NOTHING, 0, price) / 1_000_000
    priced = _rounded(product / units) - np.where(discount == NOTHING, 0, discount) * np.sign(count)
    value = np.where(
        amount != NOTHING, _minor(amount, units), np.where(price == NOTHING, NOTHING, priced)
    )
    is_given = amount != NOTHING
    back = (count < 0) | (is_given & (amount < 0)) | _prefixed(groups, settings.cancellation_prefix)
    value = np.where(back & (value > 0), -value, value)
    return _LineAmounts(
        quantity=_rounded(count / 1000),
        price=_minor(price, units),
        amount=value,
        discount=discount,
        came_back=back,
    )


def _minor(millionths: Whole, units: Whole) -> Whole:
    scaled = _rounded(np.where(millionths == NOTHING, 0, millionths).astype(np.longdouble) / units)
    return np.where(millionths == NOTHING, NOTHING, scaled)


def _rounded(reals: NDArray[np.floating[Any]]) -> Whole:
    return np.asarray(np.rint(reals), dtype=np.int64)  # half to even


def _prefixed(groups: Groups, prefix: str) -> Mask:
    """Rows whose order number is the prefix and digits (`C536379`)."""
    if not prefix:
        return np.zeros(len(groups.codes), dtype=bool)
    marks = pc.match_substring_regex(groups.table.column("order"), f"^(?i:{prefix})-?[0-9]+(@.*)?$")
    return np.asarray(marks.to_numpy(), dtype=bool)


def _orders(groups: Groups, lines: _LineAmounts, currencies: Any, settings: ImportSettings) -> Any:
    days, micros = groups.whole("day"), groups.whole("micros")
    first = groups.first_position(
        micros == np.where((e := _earliest(groups, micros)) == _LATE, 0, e)[groups.index]
    )
    money = _order_money(groups, lines, _units(currencies))
    canceled = _prefixed(groups, settings.cancellation_prefix)[groups.starts]
    kinds = _kinds(groups, lines, canceled | groups.flag("is_canceled"))
    zoned = groups.table.column("zoned").to_numpy()[first]
    columns = {
        "number": groups.table.column("order").combine_chunks().take(pa.array(groups.starts)),
        "customer": groups.first_text("customer"),
        "kind": kinds,
        "micros": pa.array(utc_instants(micros[first], zoned, settings.time_zone)),
        "day": pa.array(days[first]),
        "currency": currencies,
        **{name: _nullable(values) for name, values in money.items()},
        "line_count": pa.array(groups.sizes if has_lines(settings) else groups.sizes * 0),
        "channel": pc.fill_null(groups.first_text("channel"), ""),
        "country": pc.fill_null(groups.first_text("country"), ""),
        "customer_name": groups.first_text("customer_name"),
    }
    return pa.table(columns)


def _earliest(groups: Groups, micros: Whole) -> Whole:
    return np.asarray(
        np.minimum.reduceat(np.where(micros == NOTHING, _LATE, micros), groups.starts)
    )


def utc_instants(micros: Whole, zoned: Mask, zone: str) -> Whole:
    """Instants in UTC: the wall clock of the company's place where no zone was written."""
    if zone == "UTC":
        return micros
    wall = pa.array(micros).cast(pa.timestamp("us"))
    local = pc.assume_timezone(wall, zone, ambiguous="earliest", nonexistent="latest")
    return np.where(zoned, micros, local.cast(pa.int64()).to_numpy())


def _order_money(groups: Groups, lines: _LineAmounts, units: Whole) -> dict[str, Whole]:
    """Gross less discount less refunds is net; see the model Order."""
    known = lines.amount != NOTHING
    amount = np.where(known, lines.amount, 0)
    back = lines.came_back
    off = np.where(known & ~back & (lines.discount != NOTHING), lines.discount, 0)
    paid, discount = groups.total(np.where(back, 0, amount)), groups.total(off)
    refund = groups.total(np.where(back, -amount, 0))
    has_any = groups.total(known.astype(np.int64)) > 0
    total = _minor(groups.first(groups.whole("total")), units)
    paid = np.where(total != NOTHING, np.maximum(total, 0), paid)
    given = _minor(groups.first(groups.whole("refund")), units)
    all_back = groups.flag("is_refunded") & (given == NOTHING)
    refund = np.where(all_back, paid, refund + np.where(given == NOTHING, 0, abs(given)))
    has_any |= total != NOTHING
    canceled = groups.flag("is_canceled")
    figures = {
        "gross_minor": paid + discount,
        "discount_minor": discount,
        "refund_minor": refund,
        "net_minor": paid - refund,
    }
    return {
        name: np.where(has_any, np.where(canceled, 0, values), NOTHING)
        for name, values in figures.items()
    }


def _kinds(groups: Groups, lines: _LineAmounts, canceled: Mask) -> Any:
    """Sale, return or cancellation: an order with nothing but what came back is a return."""
    sells = ~lines.came_back & ((lines.amount > 0) | (lines.amount == NOTHING))
    back = groups.total(lines.came_back.astype(np.int64)) > 0
    sold = groups.total(sells.astype(np.int64)) > 0
    kinds = np.where(canceled, 2, np.where(back & ~sold, 1, 0)).astype(np.int32)
    words = pa.array(["sale", "return", "cancellation"])
    return words.take(pa.array(kinds))


def _nullable(values: Whole) -> Any:
    return pa.array(values, mask=values == NOTHING)


def has_lines(settings: ImportSettings) -> bool:
    """Whether the file tells what was bought, and not totals alone."""
    return bool({"product", "description", "quantity", "unit_price"} & set(settings.mapping))


def _content(groups: Groups, lines: _LineAmounts, orders: Any) -> Whole:
    """One number for all that an order says, whatever the order of its lines."""
    rows = len(groups.codes)
    parts = [
        mix(values.view(np.uint64))
        for values in (lines.quantity, lines.price, lines.amount, lines.discount)
    ]
    parts += [
        hash_column(groups.table.column(name))
        for name in ("product", "description")
        if groups.has(name)
    ]
    with np.errstate(over="ignore"):
        lines_hash = np.add.reduceat(mix(combine(parts, rows)), groups.starts)
    heads = [lines_hash]
    for name in orders.column_names:
        if name == "customer_name":
            continue  # a name written differently is no other order
        column = orders.column(name)
        is_text = pa.types.is_string(column.type)
        heads.append(hash_column(column) if is_text else hash_numbers(column))
    return combine(heads, len(groups.starts)).view(np.int64)


def _lines(groups: Groups, lines: _LineAmounts, settings: ImportSettings) -> Any:
    if not has_lines(settings):
        return None
    nothing = pa.nulls(len(groups.codes), pa.string())
    texts = {
        name: groups.table.column(name).combine_chunks() if groups.has(name) else nothing
        for name in ("product", "description", "category")
    }
    product = pc.coalesce(texts["product"], pc.utf8_slice_codeunits(texts["description"], 0, 100))
    return pa.table(
        {
            "order_index": pa.array(groups.index),
            "position": pa.array(np.arange(len(groups.codes)) - groups.starts[groups.index] + 1),
            "product": product,
            "description": pc.fill_null(texts["description"], ""),
            "category": pc.fill_null(texts["category"], ""),
            "quantity_milli": pa.array(lines.quantity),
            "unit_price_minor": _nullable(lines.price),
            "amount_minor": _nullable(lines.amount),
            "discount_minor": _nullable(lines.discount),
        }
    )
