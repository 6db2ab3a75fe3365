"""Days and instants as people and programs write them; the style is found by evidence. Pure."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from itertools import pairwise

FIRST_YEAR, LAST_YEAR = 1900, 2100
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
EXCEL_DAY_ZERO = date(1899, 12, 30)  # serial 1 is 1900-01-01 in a calendar with a 29 February 1900


class DateStyle(StrEnum):
    """How the dates of a column are written."""

    YEAR_FIRST = "ymd"  # 2024-03-01, 2024/3/1 14:05, 2024-03-01T14:05:06Z
    DAY_FIRST = "dmy"  # 1.3.2024, 01/03/24 14:05
    MONTH_FIRST = "mdy"  # 3/1/2024 2:05 PM
    COMPACT = "yyyymmdd"  # 20240301, 20240301140506
    MONTH_NAME = "name"  # 1 Mar 2024, March 1, 2024, 1. März 2024
    EXCEL = "excel"  # 45352, 45352.586
    SECONDS = "epoch"  # 1709301906
    MILLISECONDS = "epoch_ms"


@dataclass(frozen=True, slots=True)
class Moment:
    """A parsed date: microseconds since 1970 and the day number, both as written.

    `has_zone` says that `micros` is in UTC; else it is the wall clock of the place of the file.
    """

    micros: int
    day: int
    has_zone: bool


_TIME = re.compile(
    r"(\d{1,2})[:.h](\d{2})(?:[:.](\d{2})(?:[.,](\d{1,9}))?)?\s*([AaPp]\.?[Mm]\.?)?"
    r"\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2}|[+-]\d{2})?"
)
_NUMERIC = re.compile(r"(\d{1,4})\s?([./-])\s?(\d{1,2})\s?\2\s?(\d{1,4})\.?(?:[\sT,]+(.*))?")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:[T ]?(\d{2})(\d{2})(\d{2})?)?Z?")
_DOTTED = re.compile(r"\d{1,2}\.\s?\d{1,2}\.")
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?")
_NAMED = re.compile(
    r"(?:[^\W\d]+,?\s+)?(?:(\d{1,2})(?:st|nd|rd|th|\.)?[\s-]+(?:de\s+)?([^\W\d]+)\.?|([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?)"
    r",?[\s-]+(?:de\s+)?(\d{2}|\d{4})(?:[\sT,]+(?:at\s+)?(.*))?"
)
_MONTHS = {
    prefix: number
    for number, words in enumerate(
        """jan ene gen janv|feb fev fév fevr févr|mar mär maa mrt mars|apr abr avr
        |may mai maj mei mag|jun juin giu|jul juil lug|aug ago aoû aou aug
        |sep set sept|oct okt out ott|nov|dec dez déc dic""".split("|"),
        start=1,
    )
    for prefix in words.split()
}


def parse_date(text: str, style: DateStyle) -> Moment | None:
    """The moment that `text` names in `style`; None where it is no date between 1900 and 2100."""
    try:
        return _PARSERS[style](text.strip(), style)
    except (ValueError, OverflowError):
        return None


def parse_clear_date(text: str) -> Moment | None:
    """The moment of a date that reads in one way only: year first, by month's name, or 1.3.2024.

    For the cells that are written otherwise than the rest of their column.
    """
    plain = text.strip()
    clear = (DateStyle.YEAR_FIRST, DateStyle.COMPACT, DateStyle.MONTH_NAME)
    dotted = (DateStyle.DAY_FIRST,) if _DOTTED.match(plain) else ()
    found = (parse_date(plain, style) for style in (*clear, *dotted))
    return next((moment for moment in found if moment is not None), None)


def _numeric(text: str, style: DateStyle) -> Moment | None:
    match = _NUMERIC.fullmatch(text)
    if match is None:
        return None
    first, _, second, third, time = match.groups()
    if style is DateStyle.YEAR_FIRST:
        if len(first) != 4:
            return None
        year, month, day = first, second, third
    elif len(third) not in {2, 4}:
        return None
    elif style is DateStyle.DAY_FIRST:
        day, month, year = first, second, third
    else:
        month, day, year = first, second, third
    if len(day) > 2 or len(month) > 2:
        return None
    return _moment(_year(year), int(month), int(day), time)


def _year(text: str) -> int:
    year = int(text)
    return year if len(text) == 4 else year + (1900 if year >= 70 else 2000)


def _moment(year: int, month: int, day: int, time: str | None) -> Moment | None:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        return None
    start = datetime(year, month, day, tzinfo=UTC)
    days = (start - _EPOCH).days
    if not time or not time.strip():
        return Moment(days * 86_400_000_000, days, has_zone=False)
    clock = _clock(time.strip())
    if clock is None:
        return None
    micros, offset = clock
    instant = days * 86_400_000_000 + micros
    if offset is None:
        return Moment(instant, days, has_zone=False)
    return Moment(instant - offset * 60_000_000, days, has_zone=True)


def _clock(text: str) -> tuple[int, int | None] | None:
    """Microseconds since midnight, and the offset from UTC in minutes where one is written."""
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour, minute, second, fraction, half, zone = match.groups()
    hours = int(hour)
    if half:
        if not 1 <= hours <= 12:
            return None
        hours = hours % 12 + (12 if half[0] in "pP" else 0)
    seconds = int(second or 0)
    if hours > 23 or int(minute) > 59 or seconds > 60:
        return None
    micros = int((fraction or "0").ljust(6, "0")[:6])
    micros += ((hours * 60 + int(minute)) * 60 + min(seconds, 59)) * 1_000_000
    return micros, _offset(zone)


def _offset(zone: str | None) -> int | None:
    if zone is None:
        return None
    if zone[0] not in "+-":
        return 0
    digits = zone[1:].replace(":", "").ljust(4, "0")
    minutes = int(digits[:2]) * 60 + int(digits[2:])
    return -minutes if zone[0] == "-" else minutes


def _compact(text: str, _: DateStyle) -> Moment | None:
    match = _COMPACT.fullmatch(text)
    if match is None:
        return None
    year, month, day, hour, minute, second = match.groups()
    time = f"{hour}:{minute}:{second or '00'}" if hour else None
    return _moment(int(year), int(month), int(day), time)


def _named(text: str, _: DateStyle) -> Moment | None:
    match = _NAMED.fullmatch(text)
    if match is None:
        return None
    day_first, month_second, month_first, day_second, year, time = match.groups()
    month = _month(month_second or month_first)
    if month is None:
        return None
    return _moment(_year(year), month, int(day_first or day_second), time)


def _month(word: str) -> int | None:
    folded = word.lower()
    for length in (4, 3):
        if folded[:length] in _MONTHS:
            return _MONTHS[folded[:length]]
    return None


def _excel(text: str, _: DateStyle) -> Moment | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    serial = float(text.replace(",", "."))
    if not 1 <= serial < 73_415:  # 2100-12-31
        return None
    start = datetime(1899, 12, 30, tzinfo=UTC) + timedelta(seconds=round(serial * 86_400))
    micros = (start - _EPOCH) // _MICRO
    return Moment(micros, micros // 86_400_000_000, has_zone=False)


def _epoch(text: str, style: DateStyle) -> Moment | None:
    if _NUMBER.fullmatch(text) is None:
        return None
    factor = 1_000_000 if style is DateStyle.SECONDS else 1000
    micros = round(float(text.replace(",", ".")) * factor)
    day = micros // 86_400_000_000
    if not 3_650 <= day < 47_847:  # 1979-12-30 to 2100-12-31: smaller ones are other numbers
        return None
    return Moment(micros, day, has_zone=True)


_PARSERS = {
    DateStyle.YEAR_FIRST: _numeric,
    DateStyle.DAY_FIRST: _numeric,
    DateStyle.MONTH_FIRST: _numeric,
    DateStyle.COMPACT: _compact,
    DateStyle.MONTH_NAME: _named,
    DateStyle.EXCEL: _excel,
    DateStyle.SECONDS: _epoch,
    DateStyle.MILLISECONDS: _epoch,
}


@dataclass(frozen=True, slots=True)
class DateGuess:
    """The best style, the share of values that it reads, and whether another reads as many."""

    style: DateStyle
    share: float
    certain: bool


_PREFERENCE = tuple(DateStyle)


def guess_date_style(values: Iterable[str], *, prefers_day_first: bool = False) -> DateGuess:
    """The style that reads most of the values.

    Where day-first and month-first read equally many, the one whose dates run closer together in
    the order of the file is taken (files are mostly sorted by time), then the habit of the place.
    """
    texts = [value.strip() for value in values if value.strip()]
    if not texts:
        return DateGuess(DateStyle.YEAR_FIRST, 0.0, certain=False)
    counts = {style: _readable(texts, style) for style in DateStyle}
    best = max(_PREFERENCE, key=lambda style: (counts[style], -_PREFERENCE.index(style)))
    day, month = DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST
    certain = True
    if best in {day, month} and counts[day] == counts[month]:
        certain = False
        best = _smoother(texts, prefers_day_first=prefers_day_first)
    return DateGuess(best, counts[best] / len(texts), certain)


def _readable(texts: Sequence[str], style: DateStyle) -> int:
    return sum(parse_date(text, style) is not None for text in texts)


def _smoother(texts: Sequence[str], *, prefers_day_first: bool) -> DateStyle:
    dotted = sum("." in text.split(" ")[0] for text in texts) * 2 > len(texts)
    if dotted:
        return DateStyle.DAY_FIRST
    day, month = (_roughness(texts, s) for s in (DateStyle.DAY_FIRST, DateStyle.MONTH_FIRST))
    if day == month:
        return DateStyle.DAY_FIRST if prefers_day_first else DateStyle.MONTH_FIRST
    return DateStyle.DAY_FIRST if day < month else DateStyle.MONTH_FIRST


def _roughness(texts: Sequence[str], style: DateStyle) -> int:
    days = [moment.day for text in texts if (moment := parse_date(text, style))]
    return sum(abs(later - earlier) for earlier, later in pairwise(days))
