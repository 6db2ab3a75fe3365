"""Tests of what a customer did: orders and interactions counted and summed over a window."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.db.models import Aggregate, Avg, Count, Exists, F, Max, Min, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from amity.base.money import minor_digits
from amity.kernel.commerce.models import Order, OrderLine
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.queries import owned
from amity.kernel.segments.language.tree import MeasureTest
from amity.kernel.segments.language.words import MEASURES
from amity.kernel.segments.sql.tests_of_values import (
    LOOKUPS,
    day_test,
    instant_test,
    number_test,
    text_test,
)

ME = OuterRef("pk")
FAR = 100_000  # days; a comparison beyond it is no different from one with it
_BY_LINE = ("product", "category", "department", "brand")
_SALE = Order.Kind.SALE
_BACK = (Order.Kind.RETURN, Order.Kind.CANCELLATION)
_REVERSED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_INVERSE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<"}


def measure_test(test: MeasureTest, *, at: datetime, currency: str) -> Q:
    """The condition on the customer that compares one measure."""
    where = {one.name: one.values for one in test.where}
    if MEASURES[test.measure].about == "interactions":
        return _interaction_test(test, where, at, currency)
    return _order_test(test, where, at, currency)


# --- orders -------------------------------------------------------------------------------------


def _order_test(  # noqa: PLR0911 -- one return for each measure
    test: MeasureTest, where: Mapping[str, tuple[str, ...]], at: datetime, currency: str
) -> Q:
    by_line = {name: where[name] for name in _BY_LINE if name in where}
    if test.measure == "items" or (by_line and test.measure in {"net spend", "gross spend"}):
        return _line_test(test, where, by_line, at, currency)
    rows = Order.objects.filter(
        day_test("ordered_on", test.window, at), _channel(where, ""), customer=ME
    )
    if by_line:
        lines = OrderLine.objects.filter(_product(by_line), order=OuterRef("pk"))
        rows = rows.filter(Exists(lines))
    if test.measure == "returns":
        return _counted(test, rows.filter(kind__in=_BACK), "customer")
    if test.measure == "net spend":
        return _summed(test, rows, Sum("net_minor"), "customer", _minor(currency))
    sales = rows.filter(kind=_SALE)
    match test.measure:
        case "orders":
            return _counted(test, sales, "customer")
        case "purchase days":
            return _summed(test, sales, Count("ordered_on", distinct=True), "customer", 1)
        case "gross spend":
            return _summed(test, sales, Sum("gross_minor"), "customer", _minor(currency))
        case "average order value":
            scale = Decimal(_minor(currency))
            high = test.high * scale if test.high is not None else None
            compared = number_test("total", test.op, test.low * scale, high)
            return Q(Exists(_grouped(sales, Avg("net_minor"), "customer").filter(compared)))
    today = at.date()
    return _days_since(test, sales, "ordered_on", "customer", lambda days: today - timedelta(days))


def _line_test(
    test: MeasureTest,
    where: Mapping[str, tuple[str, ...]],
    by_line: Mapping[str, tuple[str, ...]],
    at: datetime,
    currency: str,
) -> Q:
    rows = OrderLine.objects.filter(
        day_test("order__ordered_on", test.window, at),
        _channel(where, "order__"),
        _product(by_line),
        order__customer=ME,
    )
    if test.measure == "net spend":
        return _summed(test, rows, Sum("amount_minor"), "order__customer", _minor(currency))
    sold = rows.filter(order__kind=_SALE)
    if test.measure == "items":
        return _summed(test, sold, Sum("quantity_milli"), "order__customer", 1000)
    before_discount = Sum(F("amount_minor") + Coalesce("discount_minor", 0))
    return _summed(test, sold, before_discount, "order__customer", _minor(currency))


def _channel(where: Mapping[str, tuple[str, ...]], prefix: str) -> Q:
    return text_test(f"{prefix}channel", "is", where["channel"]) if "channel" in where else Q()


def _product(by_line: Mapping[str, tuple[str, ...]]) -> Q:
    test = Q()
    for name, values in by_line.items():
        if name == "product":
            test &= text_test("product__key", "is", values) | text_test(
                "product__name", "is", values
            )
        else:
            test &= text_test(f"product__{name}", "is", values)
    return test


def _minor(currency: str) -> int:
    return int(10 ** minor_digits(currency))


# --- interactions -------------------------------------------------------------------------------


def _interaction_test(
    test: MeasureTest, where: Mapping[str, tuple[str, ...]], at: datetime, currency: str
) -> Q:
    # Rows keep the number of the customer they were written with, also after a merge.
    family = Customer.objects.filter(
        Q(pk=OuterRef(OuterRef("pk"))) | Q(merged_into=OuterRef(OuterRef("pk")))
    )
    rows = owned().filter(
        instant_test("happened_at", test.window, at),
        *(_log_filter(name, values) for name, values in where.items()),
        customer__in=family.values("pk"),
    )
    match test.measure:
        case "interactions":
            return _counted(test, rows, "owner_id")
        case "staff minutes":
            return _summed(test, rows, Sum("staff_seconds"), "owner_id", 60)
        case "relationship cost":
            return _summed(test, rows, Sum("cost_minor"), "owner_id", _minor(currency))
    return _days_since(test, rows, "happened_at", "owner_id", lambda days: at - timedelta(days))


_LOG_COLUMNS = {
    "touchpoint": "touchpoint__key",
    "type": "relationship_type",
    "stage": "stage",
    "outcome": "outcome",
    "direction": "direction",
    "actor": "actor",
}


def _log_filter(name: str, values: tuple[str, ...]) -> Q:
    if name != "kind":
        lowered = [value.lower() for value in values]
        if name == "outcome":
            return text_test("outcome", "is", values)
        return Q(**{f"{_LOG_COLUMNS[name]}__in": lowered})
    test = Q()
    for value in values:
        prefix = value.removesuffix("*")
        test |= Q(kind__startswith=prefix) if prefix != value else Q(kind=value)
    return test


# --- counting and comparing ---------------------------------------------------------------------


def _counted(test: MeasureTest, rows: QuerySet[Any], group: str) -> Q:
    """Compares the number of rows; "at least one" and "none" need no counting."""
    compared = f"{test.op}{test.low}"
    if compared in {">=1", ">0"}:
        return Q(Exists(rows))
    if compared in {"=0", "<1", "<=0"}:
        return ~Q(Exists(rows))
    return _summed(test, rows, Count("pk"), group, 1)


def _summed(test: MeasureTest, rows: QuerySet[Any], total: Aggregate, group: str, scale: int) -> Q:
    """Compares a whole-numbered total that is 0 for a customer without rows.

    Where 0 itself fulfills the test, the customers are those without rows that fail it.
    """
    low = test.low * scale
    high = test.high * scale if test.high is not None else None
    if not _holds(Decimal(0), test.op, low, high):
        return _having(rows, total, group, number_test("total", test.op, low, high, whole=True))
    if test.op == "between" and high is not None:
        outside = number_test("total", "<", low, None, whole=True)
        outside |= number_test("total", ">", high, None, whole=True)
    elif test.op == "=":
        outside = ~number_test("total", "=", low, None, whole=True)
    else:
        outside = number_test("total", _INVERSE[test.op], low, None, whole=True)
    return ~_having(rows, total, group, outside)


def _having(rows: QuerySet[Any], total: Aggregate, group: str, test: Q) -> Q:
    return Q(Exists(_grouped(rows, Coalesce(total, 0), group).filter(test)))


def _grouped(rows: QuerySet[Any], total: Any, group: str) -> QuerySet[Any, Any]:
    grouped: QuerySet[Any, Any] = rows.order_by().values(group).annotate(total=total)
    return grouped


def _holds(value: Decimal, op: str, low: Decimal, high: Decimal | None) -> bool:
    match op:
        case "=":
            return value == low
        case "<":
            return value < low
        case "<=":
            return value <= low
        case ">":
            return value > low
        case ">=":
            return value >= low
    return high is not None and low <= value <= high


def _days_since(test: MeasureTest, rows: QuerySet[Any], column: str, group: str, back: Any) -> Q:
    """Compares the days since the first or last row: more days mean an earlier day.

    A customer without rows has no such day and fulfills nothing.
    """
    extreme = Min(column) if "first" in test.measure else Max(column)

    def compared(op: str, days: Decimal) -> Q:
        bounded = max(Decimal(-FAR), min(Decimal(FAR), days))
        whole = math.ceil(bounded) if op in {">=", "<"} else math.floor(bounded)
        return Q(**{f"day__{LOOKUPS[_REVERSED[op]]}": back(whole)})

    if test.op == "between" and test.high is not None:
        span = compared(">=", test.low) & compared("<=", test.high)
    elif test.op == "=":
        span = compared(">=", test.low) & compared("<", test.low + 1)
    else:
        span = compared(test.op, test.low)
    return Q(Exists(rows.order_by().values(group).annotate(day=extreme).filter(span)))
