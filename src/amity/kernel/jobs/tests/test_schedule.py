from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from amity.kernel.hooks.manifest import Schedule
from amity.kernel.jobs.context import JobContext
from amity.kernel.jobs.models import Job, ScheduledJob
from amity.kernel.jobs.schedule import enqueue_due, sync_schedules

AT = datetime(2026, 5, 4, 12, 30, tzinfo=UTC)
ZONE = ZoneInfo("UTC")


def _nothing(context: JobContext) -> None:
    """The schedule is tested, not the work."""


@pytest.fixture
def hourly(db: None, kinds: Any) -> tuple[Schedule, ...]:
    kinds.add("test.hourly", _nothing)
    declared = (Schedule("test.hourly", "0 * * * *"),)
    sync_schedules(at=AT, zone=ZONE, declared=declared)
    return declared


def test_a_periodic_job_is_asked_for_when_it_is_due(hourly: object) -> None:
    assert enqueue_due(at=AT, zone=ZONE) == []

    (job,) = enqueue_due(at=AT + timedelta(minutes=31), zone=ZONE)

    assert job.payload == {"scheduled_for": "2026-05-04T13:00:00+00:00"}
    assert enqueue_due(at=AT + timedelta(minutes=31), zone=ZONE) == []


def test_a_worker_stopped_for_a_day_catches_up_once_without_a_burst(hourly: object) -> None:
    tomorrow = AT + timedelta(hours=24)

    asked = enqueue_due(at=tomorrow, zone=ZONE)

    assert len(asked) == 1
    assert enqueue_due(at=tomorrow, zone=ZONE) == []
    assert ScheduledJob.objects.get().next_run_at == datetime(2026, 5, 5, 13, tzinfo=UTC)


def test_a_clock_that_goes_back_brings_nothing_back(hourly: object) -> None:
    enqueue_due(at=AT + timedelta(hours=24), zone=ZONE)

    assert enqueue_due(at=AT, zone=ZONE) == []
    assert Job.objects.count() == 1


def test_a_changed_schedule_is_taken_over_and_a_removed_one_switched_off(
    hourly: object,
) -> None:
    changed = (Schedule("test.hourly", "15 * * * *"),)

    sync_schedules(at=AT, zone=ZONE, declared=changed)
    row = ScheduledJob.objects.get()
    assert (row.cron, row.next_run_at.minute) == ("15 * * * *", 15)
    sync_schedules(at=AT, zone=ZONE, declared=())

    assert enqueue_due(at=AT + timedelta(days=1), zone=ZONE) == []


def test_syncing_again_does_not_move_what_is_due(hourly: tuple[Schedule, ...]) -> None:
    sync_schedules(at=AT + timedelta(hours=5), zone=ZONE, declared=hourly)

    assert len(enqueue_due(at=AT + timedelta(hours=5), zone=ZONE)) == 1
