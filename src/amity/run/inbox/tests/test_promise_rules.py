"""Clocks of promises: never negative, stopped once, true to the calendar."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.kernel.calendars.rules import DAYS, Calendar, CalendarError, read_weekly, working_time
from amity.run.inbox.rules import promises
from amity.run.inbox.rules.promises import Clock, Standing, State, Target

BERLIN = ZoneInfo("Europe/Berlin")
OFFICE = Calendar(BERLIN, read_weekly({day: [["09:00", "17:00"]] for day in DAYS[:5]}))
ALWAYS = Calendar(BERLIN, read_weekly({day: [["00:00", "24:00"]] for day in DAYS}))
FIRST = Target.FIRST_RESPONSE


def there(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN).astimezone(UTC)


TEN = there("2026-05-04T10:00")  # a Monday


def started(minutes: int = 120, *, at: datetime = TEN, calendar: Calendar = OFFICE) -> Clock:
    return promises.start(FIRST, minutes, at=at, calendar=calendar)


def test_a_promise_of_two_hours_made_at_ten_is_due_at_noon_and_warns_at_half_past_eleven() -> None:
    clock = started()

    assert clock.due_at == there("2026-05-04T12:00")
    assert clock.warn_at == there("2026-05-04T11:30")


@pytest.mark.parametrize(
    ("at", "found"),
    [
        ("2026-05-04T11:29", Standing.CALM),
        ("2026-05-04T11:30", Standing.AT_RISK),
        ("2026-05-04T12:00", Standing.AT_RISK),
        ("2026-05-04T12:01", Standing.OVERDUE),
    ],
)
def test_what_a_look_finds(at: str, found: Standing) -> None:
    assert promises.standing(started(), at=there(at)) is found


def test_an_answer_at_the_due_instant_keeps_the_promise_and_a_later_one_does_not() -> None:
    on_time = promises.stop(started(), at=there("2026-05-04T12:00"), calendar=OFFICE)
    late = promises.stop(started(), at=there("2026-05-04T12:30"), calendar=OFFICE)

    assert (on_time.state, on_time.used_seconds, on_time.breached_at) == (State.KEPT, 7200, None)
    assert (late.state, late.used_seconds) == (State.BROKEN, 9000)
    assert late.breached_at == there("2026-05-04T12:00")


def test_a_clock_is_stopped_once() -> None:
    kept = promises.stop(started(), at=there("2026-05-04T11:00"), calendar=OFFICE)

    assert promises.stop(kept, at=there("2026-05-06T11:00"), calendar=OFFICE) == kept
    assert promises.pause(kept, at=there("2026-05-06T11:00"), calendar=OFFICE) == kept
    assert promises.drop(kept, at=there("2026-05-06T11:00"), calendar=OFFICE) == kept


def test_a_pause_costs_nothing() -> None:
    paused = promises.pause(started(), at=there("2026-05-04T10:30"), calendar=OFFICE)
    resumed = promises.resume(paused, at=there("2026-05-05T09:00"), calendar=OFFICE)

    assert (paused.due_at, paused.used_seconds) == (None, 1800)
    assert resumed.due_at == there("2026-05-05T10:30")
    assert resumed.warn_at == there("2026-05-05T10:00")
    assert resumed.opened_at == TEN


def test_a_broken_promise_stays_broken_through_pause_and_resume() -> None:
    late = promises.pause(started(), at=there("2026-05-04T13:00"), calendar=OFFICE)
    resumed = promises.resume(late, at=there("2026-05-05T09:00"), calendar=OFFICE)
    stopped = promises.stop(resumed, at=there("2026-05-05T09:30"), calendar=OFFICE)

    assert late.breached_at == there("2026-05-04T12:00")
    assert promises.standing(resumed, at=there("2026-05-05T09:01")) is Standing.OVERDUE
    assert (stopped.state, stopped.used_seconds) == (State.BROKEN, 3 * 3600 + 1800)


def test_a_mail_at_night_starts_to_count_in_the_morning() -> None:
    clock = started(at=there("2026-05-01T20:00"))  # Friday night, and the 1st is no holiday here

    assert clock.due_at == there("2026-05-04T11:00")


def test_a_holiday_does_not_count() -> None:
    german = replace(OFFICE, country="DE")

    assert started(at=there("2026-04-30T16:00"), calendar=german).due_at == there(
        "2026-05-04T10:00"
    )


def test_the_hours_are_those_of_the_customers_zone_where_asked_for() -> None:
    tokyo = replace(OFFICE, zone=ZoneInfo("Asia/Tokyo"))

    assert started(at=TEN, calendar=tokyo).due_at == datetime(2026, 5, 5, 2, tzinfo=UTC)


def test_a_night_shift_over_the_change_of_clocks_is_counted_as_it_passes() -> None:
    nights = Calendar(BERLIN, read_weekly({"sun": [["00:00", "06:00"]]}))
    spring = started(300, at=there("2026-03-29T00:00"), calendar=nights)
    autumn = started(300, at=there("2026-10-25T00:00"), calendar=nights)

    assert spring.due_at == there("2026-03-29T06:00")
    assert autumn.due_at == there("2026-10-25T04:00")


def test_a_machine_whose_clock_was_set_back_gives_nothing_negative() -> None:
    earlier = TEN - timedelta(days=400)
    paused = promises.pause(started(), at=earlier, calendar=OFFICE)
    stopped = promises.stop(started(), at=earlier, calendar=OFFICE)

    assert (paused.used_seconds, paused.paused_at) == (0, TEN)
    assert (stopped.state, stopped.used_seconds, stopped.stopped_at) == (State.KEPT, 0, TEN)


def test_an_answer_that_is_taken_back_leaves_the_clock_as_it_was() -> None:
    clock = started()
    stopped = promises.stop(clock, at=there("2026-05-04T10:40"), calendar=OFFICE)

    assert promises.unstop(stopped, calendar=OFFICE) == clock


def test_a_reopened_matter_goes_on_with_what_it_had_used() -> None:
    solved = promises.stop(
        promises.start(Target.RESOLUTION, 480, at=TEN, calendar=OFFICE),
        at=there("2026-05-04T14:00"),
        calendar=OFFICE,
    )
    again = promises.reopen(solved, at=there("2026-05-06T09:00"), calendar=OFFICE)

    assert (again.state, again.used_seconds) == (State.RUNNING, 4 * 3600)
    assert again.due_at == there("2026-05-06T13:00")


def test_a_merge_keeps_the_clock_that_was_opened_first() -> None:
    earlier, later = started(at=TEN), started(at=TEN + timedelta(hours=1))
    resolution = promises.start(Target.RESOLUTION, 480, at=TEN, calendar=OFFICE)
    done = promises.stop(resolution, at=TEN, calendar=OFFICE)

    assert promises.merged([(1, later), (2, done)], [(3, earlier), (4, resolution)]) == {1: 3}
    assert promises.merged([(3, earlier)], [(1, later)]) == {1: 3}


def test_a_calendar_that_never_opens_makes_no_promise() -> None:
    with pytest.raises(CalendarError):
        started(calendar=Calendar(BERLIN, read_weekly({})))


INSTANTS = st.integers(0, 500 * 24 * 60).map(lambda minutes: TEN + timedelta(minutes=minutes))
GAPS = st.lists(st.integers(0, 60 * 24 * 9), min_size=1, max_size=8)


@given(INSTANTS, st.integers(1, 3000), GAPS, st.sampled_from([OFFICE, ALWAYS]))
def test_however_often_it_is_paused_only_the_running_time_counts(
    at: datetime, minutes: int, gaps: list[int], calendar: Calendar
) -> None:
    clock, now, ran = started(minutes, at=at, calendar=calendar), at, timedelta()
    for place, gap in enumerate(gaps):
        then = now + timedelta(minutes=gap)
        if place % 2:
            clock = promises.resume(clock, at=then, calendar=calendar)
        else:
            ran += working_time(calendar, now, then)
            clock = promises.pause(clock, at=then, calendar=calendar)
        now = then
        assert clock.used_seconds >= 0
        assert (clock.due_at is None) == (clock.state is State.PAUSED)
    stopped = promises.stop(clock, at=now, calendar=calendar)

    assert abs(stopped.used_seconds - ran.total_seconds()) <= len(gaps)
    # Who uses up the time at closing and answers before the next opening is late all the same.
    assert stopped.state is State.BROKEN or ran <= timedelta(minutes=minutes)
    assert stopped.state is State.KEPT or ran >= timedelta(minutes=minutes)


@given(INSTANTS, st.integers(1, 3000), st.integers(-5000, 20_000))
def test_a_stop_that_is_taken_back_is_as_if_it_had_not_been(
    at: datetime, minutes: int, later: int
) -> None:
    clock = started(minutes, at=at)
    stopped = promises.stop(clock, at=at + timedelta(minutes=later), calendar=OFFICE)
    back = promises.unstop(stopped, calendar=OFFICE)

    assert replace(back, breached_at=None) == clock


def test_exceptions_of_the_calendar_count() -> None:
    short = replace(OFFICE, exceptions={date(2026, 5, 4): ((540, 660),)})  # until eleven

    assert started(calendar=short).due_at == there("2026-05-05T10:00")
