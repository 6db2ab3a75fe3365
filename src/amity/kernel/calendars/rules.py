"""Working time: how much of it lies between two instants, and when some of it will have passed.

Hours are those of the clock on the wall of the calendar's zone; time is what really passes. On the
day when the clocks go forward a night shift is an hour shorter, on the day when they go back an
hour longer. Pure.
"""

import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import cache, lru_cache
from zoneinfo import ZoneInfo, available_timezones

import holidays

from amity.base.results import AmityError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MINUTES = 24 * 60
HORIZON_DAYS = 366 * 5  # beyond this a promise is no promise
HOUR = re.compile(r"([01]\d|2[0-3]):([0-5]\d)|24:00")
Span = tuple[int, int]  # minutes after midnight on the wall, from and until


class CalendarError(AmityError):
    """Hours that make no calendar, or a calendar that is never open."""


@dataclass(frozen=True, slots=True)
class Calendar:
    """When a team works: spans of each weekday, days that differ, holidays that close it."""

    zone: ZoneInfo
    weekly: tuple[tuple[Span, ...], ...]  # Monday first
    exceptions: Mapping[date, tuple[Span, ...]] = field(default_factory=dict)
    country: str = ""
    subdivision: str = ""

    def spans(self, day: date) -> tuple[Span, ...]:
        """The working spans of a day."""
        if day in self.exceptions:
            return self.exceptions[day]
        if self.country and is_holiday(self.country, self.subdivision, day):
            return ()
        return self.weekly[day.weekday()]


@lru_cache(maxsize=64)
def _holidays_of(country: str, subdivision: str, year: int) -> frozenset[date]:
    try:
        found = holidays.country_holidays(country, subdiv=subdivision or None, years=year)
    except NotImplementedError:
        return frozenset()  # a country of which no holidays are known closes on none
    return frozenset(day for day in found if day.year == year)


def is_holiday(country: str, subdivision: str, day: date) -> bool:
    """Whether a day is a public holiday there (source: the library `holidays`)."""
    return day in _holidays_of(country, subdivision, day.year)


def read_weekly(hours: Mapping[str, Sequence[Sequence[str]]]) -> tuple[tuple[Span, ...], ...]:
    """Weekly hours `{"mon": [["09:00", "17:00"]], …}` as spans; a missing day is closed.

    Raises:
        CalendarError: a day or an hour is misspelled, or spans overlap.
    """
    unknown = set(hours) - set(DAYS)
    if unknown:
        raise CalendarError(f"{min(unknown)} is no day. Use {', '.join(DAYS)}.")
    return tuple(read_spans(hours.get(day, ())) for day in DAYS)


def read_spans(hours: Sequence[Sequence[str]]) -> tuple[Span, ...]:
    """`[["09:00", "12:30"], …]` as spans, in their order; "24:00" is the end of the day.

    Raises:
        CalendarError: an hour is misspelled, a span is empty, or two overlap.
    """
    spans = sorted(_span(pair) for pair in hours)
    for (_, earlier), (later, _) in itertools.pairwise(spans):
        if later < earlier:
            raise CalendarError("Two spans of a day overlap. Join them into one.")
    return tuple(spans)


def _span(pair: Sequence[str]) -> Span:
    if len(pair) != 2 or not all(HOUR.fullmatch(hour) for hour in pair):
        raise CalendarError("A span is a pair of hours, as in 09:00 and 17:30.")
    start, end = (int(hour[:2]) * 60 + int(hour[3:]) for hour in pair)
    if start >= end:
        raise CalendarError(f"The span {pair[0]} to {pair[1]} is empty. Past midnight is two days.")
    return start, end


def check_zone(name: str) -> ZoneInfo:
    """The time zone with this name.

    Raises:
        CalendarError: there is none.
    """
    if name not in _zone_names():
        raise CalendarError(f"There is no time zone {name[:64]}. Use one like Europe/Berlin.")
    return ZoneInfo(name)


@cache
def _zone_names() -> frozenset[str]:
    """Read from the disk once: it is some hundred files."""
    return frozenset(available_timezones())


def check_country(country: str, subdivision: str) -> None:
    """Returns where the holidays of the place are known, or no place is named.

    Raises:
        CalendarError: they are not.
    """
    known = holidays.list_supported_countries()
    if country and country not in known:
        raise CalendarError(f"The holidays of {country} are not known. Leave the country empty.")
    if subdivision and subdivision not in known.get(country, ()):
        raise CalendarError(f"{country} has no part {subdivision}. Leave it empty.")


def working_time(calendar: Calendar, start: datetime, end: datetime) -> timedelta:
    """How much working time lies between two instants (end not before start).

    Raises:
        CalendarError: the end lies before the start.
    """
    if end < start:
        raise CalendarError("The end lies before the start.")
    total = timedelta()
    for opens, closes in _openings(calendar, start):
        if opens >= end:
            break
        total += min(closes, end) - opens
    return total


def working_minutes(calendar: Calendar, start: datetime, end: datetime) -> int:
    """Whole minutes of `working_time`."""
    return int(working_time(calendar, start, end) / timedelta(minutes=1))


def add_working_minutes(calendar: Calendar, start: datetime, minutes: int) -> datetime:
    """The first instant, in UTC, by which so many working minutes have passed since `start`.

    With none, it is `start` itself.

    Raises:
        CalendarError: the minutes are negative, or the calendar is not open so long within five
            years.
    """
    return add_working_time(calendar, start, timedelta(minutes=minutes))


def add_working_time(calendar: Calendar, start: datetime, amount: timedelta) -> datetime:
    """As `add_working_minutes`, for any amount of time.

    Raises:
        CalendarError: the amount is negative, or the calendar is not open so long within five
            years.
    """
    left = amount
    if left < timedelta():
        raise CalendarError("Minutes are counted forward.")
    if not left:
        return start.astimezone(UTC)
    for opens, closes in _openings(calendar, start):
        if closes - opens >= left:
            return opens + left
        left -= closes - opens
    raise CalendarError("The calendar is not open for so long within five years.")


def is_open(calendar: Calendar, at: datetime) -> bool:
    """Whether somebody works at the instant."""
    first = next(_openings(calendar, at, days=1), None)
    return first is not None and first[0] <= at


def next_opening(calendar: Calendar, at: datetime) -> datetime:
    """The instant itself where the calendar is open, else when it opens next, in UTC.

    Raises:
        CalendarError: it does not open within five years.
    """
    for opens, _closes in _openings(calendar, at):
        return opens
    raise CalendarError("The calendar never opens. Give it working hours.")


def openings(
    calendar: Calendar, start: datetime, end: datetime
) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches between two instants, in UTC, in order, cut where these begin and end."""
    for opens, closes in _openings(calendar, start):
        if opens >= end:
            return
        yield opens, min(closes, end)


def _openings(
    calendar: Calendar, start: datetime, *, days: int = HORIZON_DAYS
) -> Iterator[tuple[datetime, datetime]]:
    """The open stretches from `start` on, in UTC, in order, none empty."""
    begin = start.astimezone(UTC)
    try:
        day = begin.astimezone(calendar.zone).date() - timedelta(days=1)
        for offset in range(days + 2):
            current = day + timedelta(days=offset)
            for first, last in calendar.spans(current):
                opens = max(_instant(calendar.zone, current, first, fold=0), begin)
                closes = _instant(calendar.zone, current, last, fold=1)
                if closes > opens:
                    yield opens, closes
                    begin = closes  # two spans may share the hour that comes twice
    except OverflowError as error:
        raise CalendarError("The instant lies beyond the calendar.") from error


def _instant(zone: ZoneInfo, day: date, minutes: int, *, fold: int) -> datetime:
    """When the wall clock shows so many minutes after midnight.

    An hour that comes twice is taken the first time for opening (fold 0) and the second time for
    closing (fold 1); one that is skipped is the moment at which the clocks went forward.
    """
    wall = datetime.combine(day, time()) + timedelta(minutes=minutes)
    instant = wall.replace(tzinfo=zone, fold=fold).astimezone(UTC)
    if instant.astimezone(zone).replace(tzinfo=None) == wall:
        return instant
    later = wall.replace(tzinfo=zone, fold=0).astimezone(UTC)
    earlier = wall.replace(tzinfo=zone, fold=1).astimezone(UTC)
    return _transition(zone, earlier, later)


def _transition(zone: ZoneInfo, low: datetime, high: datetime) -> datetime:
    """The moment between the two at which the zone's offset changes, to the second."""
    before = low.astimezone(zone).utcoffset()
    while high - low > timedelta(seconds=1):
        middle = low + (high - low) // 2
        if middle.astimezone(zone).utcoffset() == before:
            low = middle
        else:
            high = middle
    return high.replace(microsecond=0)
