from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from amity.base.results import NotFoundError
from amity.kernel.access.models import Company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.calendars.operations import remove_exception, save_calendar, set_exception
from amity.kernel.calendars.queries import calendar_named
from amity.kernel.calendars.rules import CalendarError, is_open

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, tzinfo=UTC)


def saved(key: str, *, is_default: bool = False) -> WorkingCalendar:
    return save_calendar(
        key=key,
        name="Support",
        time_zone="Europe/Berlin",
        weekly_hours={"mon": [["08:00", "20:00"]]},
        country="DE",
        is_default=is_default,
        actor=SYSTEM,
        at=AT,
    )


def test_calendar_is_saved_and_read_with_its_days_that_differ() -> None:
    saved("support")
    monday = date(2026, 5, 4)
    morning = datetime(2026, 5, 4, 10, tzinfo=ZoneInfo("Europe/Berlin"))
    assert is_open(calendar_named("support"), morning)

    set_exception(key="support", day=monday, name="Outing", hours=[], actor=SYSTEM, at=AT)
    assert not is_open(calendar_named("support"), morning)

    remove_exception(key="support", day=monday, actor=SYSTEM, at=AT)
    assert is_open(calendar_named("support"), morning)
    with pytest.raises(NotFoundError):
        remove_exception(key="support", day=monday, actor=SYSTEM, at=AT)


def test_one_calendar_is_the_default() -> None:
    saved("one", is_default=True)
    saved("two", is_default=True)

    assert WorkingCalendar.objects.get(is_default=True).key == "two"


def test_without_any_calendar_office_hours_of_the_company_stand() -> None:
    Company.objects.create(name="Acme", time_zone="America/New_York", country="US")

    calendar = calendar_named(None)

    assert is_open(calendar, datetime(2026, 5, 4, 14, tzinfo=UTC))
    assert not is_open(calendar, datetime(2026, 12, 25, 15, tzinfo=UTC))
    with pytest.raises(NotFoundError):
        calendar_named("nowhere")


def test_wrong_calendar_is_not_saved() -> None:
    with pytest.raises(CalendarError):
        save_calendar(key="x", name="X", time_zone="Mars", weekly_hours={}, actor=SYSTEM, at=AT)
    assert not WorkingCalendar.objects.exists()
