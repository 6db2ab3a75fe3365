from datetime import UTC, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest

from amity.kernel.hooks.manifest import Subscription
from amity.kernel.jobs.rules import next_run, subscribed_jobs, wait_before_retry


@pytest.mark.parametrize(("attempt", "seconds"), [(1, 10), (2, 20), (5, 160), (12, 3600)])
def test_the_wait_doubles_up_to_an_hour_and_half_of_it_is_chance(
    attempt: int, seconds: int
) -> None:
    waits = [wait_before_retry(attempt, Random(seed)).total_seconds() for seed in range(200)]

    assert seconds / 2 <= min(waits) < seconds * 0.55
    assert seconds * 0.95 < max(waits) <= seconds


def test_a_schedule_means_the_company_s_own_clock() -> None:
    after = datetime(2026, 7, 1, 12, tzinfo=UTC)

    due = next_run("0 3 * * *", after=after, zone=ZoneInfo("Europe/Berlin"))

    assert due == datetime(2026, 7, 2, 1, tzinfo=UTC)


def test_a_schedule_in_the_hour_that_summer_time_skips_runs_once_that_day() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = next_run("30 2 * * *", after=datetime(2026, 3, 28, 12, tzinfo=UTC), zone=berlin)
    second = next_run("30 2 * * *", after=first, zone=berlin)

    assert first.date() == datetime(2026, 3, 29, tzinfo=UTC).date()
    assert second - first > timedelta(hours=20)


def test_subscriptions_match_kinds_by_pattern_and_a_job_is_asked_for_once() -> None:
    declared = [
        Subscription("inbox.*", "notice"),
        Subscription("inbox.replied", "answer"),
        Subscription("commerce.*", "count"),
        Subscription("*.replied", "notice"),
    ]

    assert subscribed_jobs("inbox.replied", declared) == ["notice", "answer"]
    assert subscribed_jobs("note.added", declared) == []
