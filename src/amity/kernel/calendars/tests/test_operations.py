import pytest

from amity.base.time import now
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.calendars.operations import ensure_default_calendar

pytestmark = pytest.mark.django_db


def test_office_hours_are_made_once_and_said_so() -> None:
    first = ensure_default_calendar(actor=SYSTEM, at=now())
    again = ensure_default_calendar(actor=SYSTEM, at=now())

    assert first == again
    assert first.weekly_hours["fri"] == [["09:00", "17:00"]]
    assert "sat" not in first.weekly_hours
    assert AuditEntry.objects.count() == 1


def test_the_calendar_that_is_the_default_stays_it() -> None:
    own = WorkingCalendar.objects.create(key="shop", name="Shop", is_default=True)

    assert ensure_default_calendar(actor=SYSTEM, at=now()) == own
    assert WorkingCalendar.objects.count() == 1
