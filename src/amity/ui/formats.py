"""Figures, days and durations as people read them, in the language of the request."""

from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import lru_cache
from math import inf
from typing import Any, TypeAlias

from babel import Locale, UnknownLocaleError
from babel.dates import (
    TIMEDELTA_UNITS,
    format_date,
    format_time,
    format_timedelta,
    get_datetime_format,
)
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
    return _number(value, pattern, locale())


@lru_cache(maxsize=2048, typed=True)
def _number(value: Number, pattern: str, language: Locale) -> str:
    return format_decimal(value, format=pattern, locale=language)


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
    return _day(value, style, locale())


@lru_cache(maxsize=2048)
def _day(value: date, style: str, language: Locale) -> str:
    return format_date(value, format=style, locale=language)


def moment(value: datetime | None) -> str:
    """A day and a time to the minute, in the time zone of the request."""
    if value is None:
        return NOTHING
    local, language = _local(value), locale()
    shown = _day_and_clock(language).replace("{1}", _day(local.date(), "medium", language))
    return shown.replace("{0}", _minute(local, language))


@lru_cache(maxsize=32)
def _day_and_clock(language: Locale) -> str:
    return str(get_datetime_format("medium", locale=language))


def clock(value: datetime | None) -> str:
    """A time of day, in the time zone of the request."""
    if value is None:
        return NOTHING
    return _minute(_local(value), locale())


def _minute(local: datetime, language: Locale) -> str:
    return _clock(time(local.hour, local.minute), language)


@lru_cache(maxsize=2048)
def _clock(value: time, language: Locale) -> str:
    return format_time(value, format="short", locale=language)


def _local(value: datetime) -> datetime:
    return timezone.localtime(value if value.tzinfo else value.replace(tzinfo=UTC))


def ago(value: datetime | date | None, at: datetime | None = None) -> str:
    """How long ago, or in how long: 5 minutes ago, in 3 days."""
    if value is None:
        return NOTHING
    at = at or now()
    if not isinstance(value, datetime):
        days = value - at.date()
        return _day_word(days.days) or _distance(days)
    distance = value - at
    if abs(distance) < timedelta(seconds=45):
        return translation.gettext("just now")
    return _distance(distance)


def _distance(length: timedelta) -> str:
    """As `format_timedelta` says it with a threshold of 0.85; the words of each are made once."""
    seconds = length.days * 86_400 + length.seconds
    reached = (each for each in TIMEDELTA_UNITS if abs(seconds) >= 0.85 * each[1])
    unit, size = next(reached, TIMEDELTA_UNITS[-1])
    return _words(unit, round(abs(seconds) / size), seconds < 0, locale())


@lru_cache(maxsize=1024)
def _words(unit: Any, count: int, is_past: bool, language: Locale) -> str:
    """So many of one unit from now: in 5 days, 2 years ago."""
    length = timedelta(seconds=count * dict(TIMEDELTA_UNITS)[unit])
    return format_timedelta(
        -length if is_past else length,
        granularity=unit,
        threshold=inf,  # so that no larger unit is taken
        add_direction=True,
        locale=language,
    )


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
