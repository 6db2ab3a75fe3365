"""The one clock, and days as whole numbers.

Doors (views, jobs, commands) read `now()`; everything below them takes `at` as an argument.
"""

from datetime import UTC, date, datetime, timedelta

EPOCH = date(1970, 1, 1)


def now() -> datetime:
    """The current instant, in UTC."""
    return datetime.now(UTC)


def today() -> date:
    """The current day, in UTC."""
    return now().date()


def day_number(day: date) -> int:
    """Whole days since 1970-01-01."""
    return (day - EPOCH).days


def from_day_number(number: int) -> date:
    """The day that is `number` whole days after 1970-01-01."""
    return EPOCH + timedelta(days=number)


def start_of_day(day: date) -> datetime:
    """Midnight, in UTC, at the start of `day`."""
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
