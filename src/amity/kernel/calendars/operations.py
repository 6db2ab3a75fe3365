"""Changes to working calendars."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from django.db import transaction

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.calendars.models import CalendarException, WorkingCalendar
from amity.kernel.calendars.rules import DAYS, check_country, check_zone, read_spans, read_weekly

OFFICE = "office-hours"
OFFICE_HOURS = {day: [["09:00", "17:00"]] for day in DAYS[:5]}


@transaction.atomic
def ensure_default_calendar(*, actor: Actor, at: datetime) -> WorkingCalendar:
    """The company's default calendar; where there is none, Monday to Friday from 9 to 17.

    Promised times are counted on it, so that a promise of two hours is not broken by a night.
    """
    there = WorkingCalendar.objects.filter(is_default=True).first()
    if there is not None:
        return there
    ours = company()
    return save_calendar(
        key=OFFICE,
        name="Office hours",
        time_zone=ours.time_zone,
        country=ours.country,
        weekly_hours=OFFICE_HOURS,
        is_default=True,
        actor=actor,
        at=at,
    )


@transaction.atomic
def save_calendar(
    *,
    key: str,
    name: str,
    time_zone: str,
    weekly_hours: Mapping[str, Sequence[Sequence[str]]],
    actor: Actor,
    at: datetime,
    country: str = "",
    subdivision: str = "",
    is_default: bool = False,
) -> WorkingCalendar:
    """Makes or changes the calendar with this key; a new default takes the place of the old one.

    Raises:
        CalendarError: the zone, the country or the hours cannot be.
    """
    check_zone(time_zone)
    check_country(country, subdivision)
    read_weekly(weekly_hours)
    if is_default:
        WorkingCalendar.objects.exclude(key=key).filter(is_default=True).update(is_default=False)
    row, created = WorkingCalendar.objects.update_or_create(
        key=key,
        defaults={
            "name": clean_text(name, field="name", max_length=100),
            "time_zone": time_zone,
            "weekly_hours": {
                day: [list(span) for span in hours] for day, hours in weekly_hours.items()
            },
            "country": country,
            "subdivision": subdivision,
            "is_default": is_default,
        },
    )
    record_audit(
        actor=actor,
        action="calendar.created" if created else "calendar.changed",
        object_type="calendar",
        object_id=key,
        at=at,
        summary=row.name,
    )
    return row


@transaction.atomic
def set_exception(
    *, key: str, day: date, name: str, hours: Sequence[Sequence[str]], actor: Actor, at: datetime
) -> CalendarException:
    """Makes a day differ: closed where there are no hours.

    Raises:
        NotFoundError: there is no such calendar.
        CalendarError: the hours cannot be.
    """
    read_spans(hours)
    row, _created = CalendarException.objects.update_or_create(
        calendar=_locked(key),
        day=day,
        defaults={
            "name": clean_text(name, field="name", max_length=100),
            "hours": [list(span) for span in hours],
        },
    )
    _audit_day("calendar.day_set", key, day, actor=actor, at=at)
    return row


@transaction.atomic
def remove_exception(*, key: str, day: date, actor: Actor, at: datetime) -> None:
    """Makes a day ordinary again.

    Raises:
        NotFoundError: there is no such calendar, or the day is ordinary.
    """
    removed, _ = CalendarException.objects.filter(calendar=_locked(key), day=day).delete()
    if not removed:
        raise NotFoundError(f"{day} is an ordinary day of the calendar {key}.")
    _audit_day("calendar.day_removed", key, day, actor=actor, at=at)


def _locked(key: str) -> WorkingCalendar:
    row = WorkingCalendar.objects.select_for_update().filter(key=key).first()
    if row is None:
        raise NotFoundError(f"There is no calendar {key}. Add it first.")
    return row


def _audit_day(action: str, key: str, day: date, *, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="calendar",
        object_id=key,
        at=at,
        summary=day.isoformat(),
    )
