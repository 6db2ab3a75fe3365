from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.kernel.calendars.rules import (
    DAYS,
    Calendar,
    CalendarError,
    add_working_minutes,
    check_country,
    check_zone,
    is_open,
    next_opening,
    read_spans,
    read_weekly,
    working_minutes,
    working_time,
)

NEW_YORK = ZoneInfo("America/New_York")
OFFICE = read_weekly({day: [["09:00", "12:00"], ["13:00", "17:00"]] for day in DAYS[:5]})
ALWAYS = read_weekly({day: [["00:00", "24:00"]] for day in DAYS})
office = Calendar(NEW_YORK, OFFICE)
always = Calendar(NEW_YORK, ALWAYS)


def there(text: str, fold: int = 0) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=NEW_YORK, fold=fold)


@pytest.mark.parametrize(
    ("start", "end", "minutes"),
    [
        ("2026-05-04T09:00", "2026-05-04T17:00", 7 * 60),
        ("2026-05-04T11:30", "2026-05-04T13:30", 60),
        ("2026-05-04T16:00", "2026-05-05T10:00", 2 * 60),
        ("2026-05-01T16:00", "2026-05-04T10:00", 2 * 60),  # over a weekend
        ("2026-05-02T00:00", "2026-05-03T23:00", 0),
        ("2026-05-04T12:30", "2026-05-04T12:30", 0),
        ("2026-05-04T00:00", "2026-05-11T00:00", 35 * 60),
    ],
)
def test_working_minutes_between_two_instants(start: str, end: str, minutes: int) -> None:
    assert working_minutes(office, there(start), there(end)) == minutes


@pytest.mark.parametrize(
    ("start", "minutes", "end"),
    [
        ("2026-05-04T09:00", 60, "2026-05-04T10:00"),
        ("2026-05-04T11:30", 60, "2026-05-04T13:30"),
        ("2026-05-04T16:30", 60, "2026-05-05T09:30"),
        ("2026-05-02T10:00", 1, "2026-05-04T09:01"),
        ("2026-05-04T16:00", 60, "2026-05-04T17:00"),  # the end of a span, not the next morning
        ("2026-05-04T20:00", 0, "2026-05-04T20:00"),
    ],
)
def test_instant_by_which_working_minutes_have_passed(start: str, minutes: int, end: str) -> None:
    assert add_working_minutes(office, there(start), minutes) == there(end)


def test_holidays_and_exceptions_close_and_open() -> None:
    calendar = Calendar(
        NEW_YORK,
        OFFICE,
        exceptions={date(2026, 12, 24): read_spans([["09:00", "12:00"]]), date(2026, 12, 28): ()},
        country="US",
    )

    week = working_minutes(calendar, there("2026-12-21T00:00"), there("2026-12-29T00:00"))

    assert week == 3 * 7 * 60 + 3 * 60  # Monday to Wednesday, the morning of the 24th
    assert not is_open(calendar, there("2026-12-25T10:00"))
    assert next_opening(calendar, there("2026-12-25T10:00")) == there("2026-12-29T09:00")


def test_exception_opens_a_holiday() -> None:
    calendar = Calendar(
        NEW_YORK, OFFICE, exceptions={date(2026, 12, 25): read_spans([["10:00", "11:00"]])},
        country="US",
    )  # fmt: skip

    assert is_open(calendar, there("2026-12-25T10:30"))


def test_day_of_the_clock_change_has_23_or_25_hours() -> None:
    spring, autumn = there("2026-03-08T00:00"), there("2026-11-01T00:00")

    assert working_minutes(always, spring, there("2026-03-09T00:00")) == 23 * 60
    assert working_minutes(always, autumn, there("2026-11-02T00:00")) == 25 * 60
    assert add_working_minutes(always, spring, 23 * 60) == there("2026-03-09T00:00")


def test_hour_that_is_skipped_or_comes_twice_is_counted_as_it_passes() -> None:
    night = Calendar(NEW_YORK, read_weekly({"sun": [["01:30", "02:30"]]}))

    assert working_minutes(night, there("2026-03-08T00:00"), there("2026-03-08T12:00")) == 30
    assert working_minutes(night, there("2026-11-01T00:00"), there("2026-11-01T12:00")) == 120
    halves = Calendar(NEW_YORK, read_weekly({"sun": [["00:00", "01:30"], ["01:30", "24:00"]]}))
    assert working_minutes(halves, there("2026-11-01T00:00"), there("2026-11-02T00:00")) == 1500
    opens = next_opening(
        Calendar(NEW_YORK, read_weekly({"sun": [["02:30", "05:00"]]})), there("2026-03-08T00:00")
    )
    assert opens == datetime(2026, 3, 8, 7, tzinfo=UTC)  # the moment the clocks went forward


@pytest.mark.parametrize(
    "hours",
    [
        {"monday": []},
        {"mon": [["9:00", "17:00"]]},
        {"mon": [["17:00", "09:00"]]},
        {"mon": [["09:00", "09:00"]]},
        {"mon": [["09:00", "12:00"], ["11:00", "13:00"]]},
        {"mon": [["09:00"]]},
        {"mon": [["09:00", "25:00"]]},
    ],
)
def test_hours_that_make_no_calendar_are_refused(hours: dict[str, list[list[str]]]) -> None:
    with pytest.raises(CalendarError):
        read_weekly(hours)


def test_calendar_that_never_opens_says_so() -> None:
    never = Calendar(NEW_YORK, read_weekly({}))

    with pytest.raises(CalendarError):
        next_opening(never, there("2026-05-04T09:00"))
    with pytest.raises(CalendarError):
        add_working_minutes(never, there("2026-05-04T09:00"), 1)
    with pytest.raises(CalendarError):
        working_time(office, there("2026-05-04T09:00"), there("2026-05-04T08:00"))
    with pytest.raises(CalendarError):
        add_working_minutes(office, there("2026-05-04T09:00"), -1)


def test_unknown_places_are_refused() -> None:
    check_country("DE", "BY")
    check_country("", "")
    for wrong in [("QQ", ""), ("DE", "ZZ")]:
        with pytest.raises(CalendarError):
            check_country(*wrong)
    with pytest.raises(CalendarError):
        check_zone("Mars")


ZONES = st.sampled_from(
    ["UTC", "America/New_York", "Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu",
     "America/Sao_Paulo", "Africa/Casablanca"]
)  # fmt: skip
INSTANTS = st.datetimes(datetime(2010, 1, 1), datetime(2035, 1, 1)).map(  # noqa: DTZ001 -- in UTC next
    lambda wall: wall.replace(tzinfo=UTC)
)
HOURS = st.lists(st.integers(0, 96), max_size=6, unique=True).map(
    lambda marks: tuple(
        (start * 15, end * 15)
        for start, end in zip(sorted(marks)[::2], sorted(marks)[1::2], strict=False)
    )
)


@st.composite
def calendars(draw: st.DrawFn) -> Calendar:
    return Calendar(
        ZoneInfo(draw(ZONES)),
        tuple(draw(HOURS) for _ in DAYS),
        exceptions={draw(INSTANTS).date(): draw(HOURS) for _ in range(draw(st.integers(0, 3)))},
        country=draw(st.sampled_from(["", "US", "DE"])),
    )


@given(calendars(), st.lists(INSTANTS, min_size=3, max_size=3).map(sorted))
def test_working_time_adds_up(calendar: Calendar, instants: list[datetime]) -> None:
    first, second, third = instants[0], instants[1], instants[2]
    second = min(second, first + timedelta(days=60))
    third = min(max(third, second), second + timedelta(days=60))

    whole = working_time(calendar, first, third)

    assert whole == working_time(calendar, first, second) + working_time(calendar, second, third)
    assert timedelta() <= whole <= third - first


@given(calendars(), INSTANTS, st.integers(1, 5_000))
def test_what_was_added_is_what_lies_between(
    calendar: Calendar, start: datetime, minutes: int
) -> None:
    try:
        end = add_working_minutes(calendar, start, minutes)
    except CalendarError:
        assert sum(len(spans) for spans in calendar.weekly) == 0
        return

    assert working_time(calendar, start, end) == timedelta(minutes=minutes)
    assert working_time(calendar, start, end - timedelta(seconds=1)) < timedelta(minutes=minutes)


@given(calendars(), INSTANTS)
def test_open_instant_is_its_own_next_opening(calendar: Calendar, at: datetime) -> None:
    soon = at + timedelta(seconds=1)

    assert is_open(calendar, at) is (
        working_time(calendar, at, soon) > timedelta() and next_opening(calendar, at) == at
    )
