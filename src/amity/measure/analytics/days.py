"""Days as numbers (since 1970-01-01), and the units of time of fitted parameters."""

from datetime import date, timedelta

EPOCH = date(1970, 1, 1)
UNIT_DAYS = {"day": 1.0, "week": 7.0}


def day_number(day: date) -> int:
    """Days since 1970-01-01."""
    return (day - EPOCH).days


def date_of(number: int) -> date:
    """The date of a day number."""
    return EPOCH + timedelta(days=int(number))


def days_of(unit: str) -> float:
    """Days in a unit of time; raises ValueError for a unit that is not known."""
    try:
        return UNIT_DAYS[unit]
    except KeyError:
        raise ValueError(f"Unknown unit of time: {unit}. Known: {', '.join(UNIT_DAYS)}.") from None
