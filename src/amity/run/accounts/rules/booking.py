"""Which times somebody can be booked at. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

Span = tuple[datetime, datetime]


def free_slots(
    openings: Iterable[Span], busy: Sequence[Span], *, minutes: int, first: datetime
) -> list[datetime]:
    """The instants at which a meeting of so many minutes can begin, in order.

    Args:
        openings: When the calendar is open; slots follow one another from each opening on.
        busy: When the person has something else; a slot that touches only its end is free.
        minutes: The length of a slot, more than none.
        first: No slot begins earlier.
    """
    length = timedelta(minutes=minutes)
    return [
        start
        for opens, closes in openings
        for start in _slots(opens, closes, length)
        if start >= first and not any(a < start + length and start < b for a, b in busy)
    ]


def _slots(opens: datetime, closes: datetime, length: timedelta) -> list[datetime]:
    return [opens + number * length for number in range((closes - opens) // length)]
