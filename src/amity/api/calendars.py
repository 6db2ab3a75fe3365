"""/calendars: when teams work, and working time between two instants."""

from datetime import UTC, date, datetime

from django.http import HttpRequest
from ninja import Field, Path, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.calendars import operations
from amity.kernel.calendars.models import CalendarException, WorkingCalendar
from amity.kernel.calendars.queries import to_calendar
from amity.kernel.calendars.rules import add_working_minutes, working_minutes
from amity.kernel.rest.schemas import Instant, Strict, Yes, utc

router = Router(tags=["calendars"])
VIEW, EDIT = ApiGuard("settings.view"), ApiGuard("settings.edit")
Hours = list[list[str]]


class KeyPath(Schema):
    """The key of a calendar."""

    key: str = Field(max_length=50, pattern=r"^[-a-zA-Z0-9_]+$")


class DayPath(KeyPath):
    """A day of a calendar."""

    day: date


class CalendarOut(Schema):
    """When a team works: hours of the wall clock by weekday, `mon` to `sun`."""

    key: str
    name: str
    time_zone: str
    weekly_hours: dict[str, Hours]
    country: str
    subdivision: str
    is_default: bool


class CalendarIn(Strict):
    """Hours such as `{"mon": [["09:00", "17:00"]]}`; a missing day is closed."""

    name: str = Field(min_length=1, max_length=100)
    time_zone: str = Field(max_length=64)
    weekly_hours: dict[str, Hours]
    country: str = Field("", max_length=2, description="Its public holidays close the calendar.")
    subdivision: str = Field("", max_length=10)
    is_default: Yes = False


class ExceptionOut(Schema):
    """A day that differs; closed where it has no hours."""

    day: date
    name: str
    hours: Hours


class ExceptionIn(Strict):
    """How a day differs."""

    name: str = Field(min_length=1, max_length=100)
    hours: Hours = Field(default_factory=list)


@router.get("", auth=VIEW, response=list[CalendarOut])
def list_calendars(request: HttpRequest) -> list[WorkingCalendar]:
    """All calendars (at most 500)."""
    return list(WorkingCalendar.objects.order_by("key")[:500])


@router.get("/{key}", auth=VIEW, response=CalendarOut)
def get_calendar(request: HttpRequest, named: Path[KeyPath]) -> WorkingCalendar:
    """One calendar."""
    return _row(named.key)


@router.put("/{key}", auth=EDIT, response=CalendarOut)
def put_calendar(request: HttpRequest, named: Path[KeyPath], given: CalendarIn) -> WorkingCalendar:
    """Makes or changes a calendar."""
    return operations.save_calendar(
        key=named.key, **given.dict(), actor=actor_of(request), at=now()
    )


@router.get("/{key}/exceptions", auth=VIEW, response=list[ExceptionOut])
def list_exceptions(request: HttpRequest, named: Path[KeyPath]) -> list[CalendarException]:
    """The days that differ, newest first (at most 1,000)."""
    return list(_row(named.key).exceptions.order_by("-day")[:1000])


@router.put("/{key}/exceptions/{day}", auth=EDIT, response=ExceptionOut)
def put_exception(
    request: HttpRequest, named: Path[DayPath], given: ExceptionIn
) -> CalendarException:
    """Makes a day differ."""
    return operations.set_exception(
        key=named.key, day=named.day, **given.dict(), actor=actor_of(request), at=now()
    )


@router.delete("/{key}/exceptions/{day}", auth=EDIT, response={204: None})
def remove_exception(request: HttpRequest, named: Path[DayPath]) -> None:
    """Makes a day ordinary again."""
    operations.remove_exception(key=named.key, day=named.day, actor=actor_of(request), at=now())


class SpanQuery(Schema):
    """From when, and either until when or how many working minutes on."""

    start: Instant
    end: Instant | None = None
    minutes: int | None = Field(None, ge=0, le=10_000_000)


class SpanOut(Schema):
    """Working minutes between two instants."""

    start: datetime
    end: datetime
    minutes: int


@router.get("/{key}/working-time", auth=VIEW, response=SpanOut)
def get_working_time(
    request: HttpRequest, named: Path[KeyPath], wanted: Query[SpanQuery]
) -> dict[str, object]:
    """How many working minutes lie between two instants, or when so many will have passed."""
    calendar = to_calendar(_row(named.key))
    start = utc(wanted.start, "start").astimezone(UTC)
    if wanted.end is not None:
        end = utc(wanted.end, "end").astimezone(UTC)
    else:
        end = add_working_minutes(calendar, start, wanted.minutes or 0)
    return {"start": start, "end": end, "minutes": working_minutes(calendar, start, end)}


def _row(key: str) -> WorkingCalendar:
    row = WorkingCalendar.objects.prefetch_related("exceptions").filter(key=key).first()
    if row is None:
        raise NotFoundError(f"There is no calendar {key}.")
    return row
