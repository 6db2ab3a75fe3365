"""The calendars that promises are counted on, each read once."""

from dataclasses import replace

from amity.base.results import NotFoundError
from amity.kernel.calendars.queries import calendar_named
from amity.kernel.calendars.rules import Calendar, CalendarError, check_zone
from amity.run.inbox.queries.once import once


class Calendars:
    """Calendars by key, with the hours read in a customer's time zone where one is named.

    A calendar that was removed is answered by the default one, so that a promise still ends.
    """

    def __init__(self) -> None:
        self._known: dict[tuple[str, str], Calendar] = {}

    def get(self, key: str, time_zone: str = "") -> Calendar:
        """The calendar; two statements the first time."""
        named = (key, time_zone)
        if named not in self._known:
            self._known[named] = _in_zone(once(("calendar", key), lambda: _named(key)), time_zone)
        return self._known[named]


def _named(key: str) -> Calendar:
    try:
        return calendar_named(key or None)
    except NotFoundError:
        return calendar_named(None)


def _in_zone(calendar: Calendar, time_zone: str) -> Calendar:
    if not time_zone:
        return calendar
    try:
        return replace(calendar, zone=check_zone(time_zone))
    except CalendarError:
        return calendar
