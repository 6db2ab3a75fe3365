"""The small tests that fields and measures are built from: texts, numbers, windows."""

import calendar
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from amity.base.time import start_of_day
from amity.kernel.segments.language.tree import Window

LOOKUPS = {"=": "exact", "<": "lt", "<=": "lte", ">": "gt", ">=": "gte"}
_TEXT_LOOKUPS = {"is": "iexact", "contains": "icontains", "starts with": "istartswith"}
NEVER = Q(pk__in=())


def text_test(column: str, op: str, values: tuple[str, ...]) -> Q:
    """One of the values, whatever its case; or the text contains or starts with the only one."""
    test = Q()
    for value in values:
        test |= Q(**{f"{column}__{_TEXT_LOOKUPS[op]}": value})
    return test


def folded_test(column: str, op: str, values: tuple[str, ...]) -> Q:
    """The same on a column that is folded already, so that its index can be used."""
    if op == "is":
        return Q(**{f"{column}__in": values})
    return Q(**{f"{column}__{'contains' if op == 'contains' else 'startswith'}": values[0]})


def number_test(
    column: str, op: str, low: Decimal, high: Decimal | None, *, whole: bool = False
) -> Q:
    """A comparison; `whole` says that the column holds whole numbers."""
    if op == "between" and high is not None:
        return number_test(column, ">=", low, None, whole=whole) & number_test(
            column, "<=", high, None, whole=whole
        )
    if whole and op == "=" and low != low.to_integral_value():
        return NEVER
    value = int(low) if low == low.to_integral_value() else float(low)
    return Q(**{f"{column}__{LOOKUPS[op]}": value})


def days_of(window: Window, at: datetime) -> tuple[date | None, date | None]:
    """The first and last day of a window; "in last 7 days" are today and the six days before."""
    if window.last is not None:
        today = at.date()
        return _before(today, window) + timedelta(days=1), today
    return window.start, window.end


def day_test(column: str, window: Window, at: datetime) -> Q:
    """A column of days lies in the window."""
    first, last = days_of(window, at)
    test = Q(**{f"{column}__gte": first}) if first is not None else Q()
    return test & Q(**{f"{column}__lte": last}) if last is not None else test


def instant_test(column: str, window: Window, at: datetime) -> Q:
    """A column of instants lies in the window, which then counts from this very instant."""
    if window.last is not None:
        start = datetime.combine(_before(at.date(), window), at.timetz())
        return Q(**{f"{column}__gt": start, f"{column}__lte": at})
    test = Q()
    if window.start is not None:
        test &= Q(**{f"{column}__gte": start_of_day(window.start)})
    if window.end is not None:
        test &= Q(**{f"{column}__lt": start_of_day(window.end + timedelta(days=1))})
    return test


def _before(today: date, window: Window) -> date:
    """The day that lies the window's length before today; a month keeps the day if it can."""
    last = window.last or 0
    if window.unit in {"days", "weeks"}:
        days = last * (7 if window.unit == "weeks" else 1)
        return today - timedelta(days=min(days, (today - date.min).days - 1))
    months = today.year * 12 + today.month - 1 - last * (12 if window.unit == "years" else 1)
    year, month = max(months // 12, 1), months % 12 + 1
    return date(year, month, min(today.day, calendar.monthrange(year, month)[1]))
