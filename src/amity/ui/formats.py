"""Figures, days and durations as people read them, in the language of the request."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import TypeAlias

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_datetime, format_time, format_timedelta
from babel.numbers import (
    format_compact_decimal,
    format_currency,
    format_decimal,
    format_percent,
)
from django.utils import timezone, translation

from amity.base.money import Money, minor_digits, to_major
from amity.base.time import now

NOTHING = "\N{EN DASH}"
Number: TypeAlias = int | float | Decimal


@lru_cache(maxsize=32)
def _parse(code: str) -> Locale:
    try:
        return Locale.parse(code, sep="-")
    except (UnknownLocaleError, ValueError):
        return Locale("en")


def locale() -> Locale:
    """The language of the request as Babel knows it; English where it is unknown."""
    return _parse(translation.get_language() or "en")


def number(value: Number | None, digits: int | None = None) -> str:
    """A number with its thousands marked; `digits` decimals, else at most two."""
    if value is None:
        return NOTHING
    pattern = "#,##0.##" if digits is None else "#,##0." + "0" * digits if digits else "#,##0"
    return format_decimal(value, format=pattern, locale=locale())


def compact(value: Number | None) -> str:
    """A large number shortly: 1.2K, 3.4M."""
    if value is None:
        return NOTHING
    digits = 0 if abs(float(value)) < 1000 else 1
    return format_compact_decimal(value, locale=locale(), fraction_digits=digits)


def percent(value: Number | None, digits: int = 0) -> str:
    """A share (0.41) as a percentage (41%)."""
    if value is None:
        return NOTHING
    pattern = "#,##0." + "0" * digits + "%" if digits else "#,##0%"
    return format_percent(value, format=pattern, locale=locale())


def money(value: Money | int | None, currency: str = "", *, exact: bool = False) -> str:
    """An amount in minor units with its currency.

    From 100 major units on, cents are left out unless `exact`; the table and the export say all.
    """
    if value is None:
        return NOTHING
    amount = value if isinstance(value, Money) else Money(value, currency or "USD")
    major = to_major(amount.minor, amount.currency)
    short = not exact and abs(major) >= 100
    digits = 0 if short else minor_digits(amount.currency)
    fraction = "." + "0" * digits if digits else ""
    return format_currency(
        round(major, digits),
        amount.currency,
        format=f"¤#,##0{fraction};-¤#,##0{fraction}" if locale().language == "en" else None,
        locale=locale(),
        currency_digits=not short,
        decimal_quantization=True,
    )


def day(value: date | datetime | None, style: str = "medium") -> str:
    """A day: Nov 21, 2026."""
    if value is None:
        return NOTHING
    if isinstance(value, datetime):
        value = _local(value).date()
    return format_date(value, format=style, locale=locale())


def moment(value: datetime | None) -> str:
    """A day and a time, in the time zone of the request."""
    if value is None:
        return NOTHING
    return format_datetime(_local(value), format="medium", locale=locale())


def clock(value: datetime | None) -> str:
    """A time of day, in the time zone of the request."""
    if value is None:
        return NOTHING
    return format_time(_local(value).time(), format="short", locale=locale())


def _local(value: datetime) -> datetime:
    return timezone.localtime(value if value.tzinfo else value.replace(tzinfo=UTC))


def ago(value: datetime | date | None, at: datetime | None = None) -> str:
    """How long ago, or in how long: 5 minutes ago, in 3 days."""
    if value is None:
        return NOTHING
    at = at or now()
    if not isinstance(value, datetime):
        days = value - at.date()
        return _day_word(days.days) or format_timedelta(
            days, add_direction=True, locale=locale(), threshold=0.85
        )
    distance = value - at
    if abs(distance) < timedelta(seconds=45):
        return translation.gettext("just now")
    return format_timedelta(distance, add_direction=True, locale=locale(), threshold=0.85)


def when(value: datetime | None, at: datetime | None = None) -> str:
    """How long ago where that is within a month, else the day."""
    if value is None:
        return NOTHING
    is_near = abs(value - (at or now())) < timedelta(days=30)
    return ago(value, at) if is_near else day(value)


def _day_word(days: int) -> str:
    words = {0: "today", 1: "tomorrow", -1: "yesterday"}
    return translation.gettext(words[days]) if days in words else ""


def duration(value: timedelta | Number | None) -> str:
    """A span (or seconds) in its largest unit that says enough: 4 min, 1.2 s, 3 hr."""
    if value is None:
        return NOTHING
    seconds = value.total_seconds() if isinstance(value, timedelta) else float(value)
    if seconds < 10:
        return f"{number(seconds, 1)} s"
    return format_timedelta(
        timedelta(seconds=seconds), format="short", threshold=1.5, locale=locale()
    )
