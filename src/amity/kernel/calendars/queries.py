"""Reads of working calendars."""

from amity.base.results import NotFoundError
from amity.kernel.access.operations import company
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.calendars.rules import Calendar, check_zone, read_spans, read_weekly

OFFICE_HOURS = {day: [["09:00", "17:00"]] for day in ("mon", "tue", "wed", "thu", "fri")}


def calendar_named(key: str | None) -> Calendar:
    """The calendar with this key; without one, the default one (two statements).

    Where none was ever made, office hours of the company's own place stand.

    Raises:
        NotFoundError: there is none with this key.
    """
    rows = WorkingCalendar.objects.prefetch_related("exceptions")
    row = rows.filter(key=key).first() if key else rows.filter(is_default=True).first()
    if row is not None:
        return to_calendar(row)
    if key:
        raise NotFoundError(f"There is no calendar {key}. Add it in the settings.")
    own = company()
    return Calendar(
        zone=check_zone(own.time_zone), weekly=read_weekly(OFFICE_HOURS), country=own.country
    )


def to_calendar(row: WorkingCalendar) -> Calendar:
    """The row, with its exceptions, as values."""
    return Calendar(
        zone=check_zone(row.time_zone),
        weekly=read_weekly(row.weekly_hours),
        exceptions={day.day: read_spans(day.hours) for day in row.exceptions.all()},
        country=row.country,
        subdivision=row.subdivision,
    )
