"""Promise clocks: working time that a promise has used, when it is due, and how it ends. Pure.

A clock runs on a working calendar while the customer waits for us, stands still while the customer
has the word, and stops once: kept or broken. What was used is never negative, and a broken promise
stays broken. An instant before the clock's own (a machine's clock that was set back) counts as the
clock's own.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from amity.kernel.calendars.rules import Calendar, add_working_time, working_time

WARN_SHARE = 0.75  # of the promised time


class Target(StrEnum):
    """What is promised: the first answer, each later answer, the end of the matter."""

    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"


RESPONSES = frozenset({Target.FIRST_RESPONSE, Target.NEXT_RESPONSE})


class State(StrEnum):
    """Where a clock stands; the first two are live."""

    RUNNING = "running"
    PAUSED = "paused"
    KEPT = "kept"
    BROKEN = "broken"
    DROPPED = "dropped"


LIVE = frozenset({State.RUNNING, State.PAUSED})


class Standing(StrEnum):
    """What a look at a running clock finds."""

    CALM = "calm"
    AT_RISK = "at_risk"
    OVERDUE = "overdue"


@dataclass(frozen=True, slots=True)
class Clock:
    """One promise in time; `minutes` and `used_seconds` are working time of its calendar.

    `used_seconds` holds what was used before `started_at`, or until the clock stopped. `due_at` and
    `warn_at` are None while it is paused.
    """

    target: Target
    minutes: int
    opened_at: datetime
    started_at: datetime
    state: State = State.RUNNING
    due_at: datetime | None = None
    warn_at: datetime | None = None
    used_seconds: int = 0
    paused_at: datetime | None = None
    stopped_at: datetime | None = None
    warned_at: datetime | None = None
    breached_at: datetime | None = None

    @property
    def is_live(self) -> bool:
        """Whether it runs or is paused."""
        return self.state in LIVE

    @property
    def total_seconds(self) -> int:
        """The promised working time, in seconds."""
        return self.minutes * 60


def start(target: Target, minutes: int, *, at: datetime, calendar: Calendar) -> Clock:
    """A clock that begins to run at `at`.

    Raises:
        CalendarError: the calendar is not open so long within five years.
    """
    began = at.astimezone(UTC)
    return _running(Clock(target, minutes, opened_at=began, started_at=began), calendar)


def used(clock: Clock, *, at: datetime, calendar: Calendar) -> timedelta:
    """The working time used until `at`; of a clock that stands still, what it had used."""
    before = timedelta(seconds=clock.used_seconds)
    if clock.state is not State.RUNNING or at <= clock.started_at:
        return before
    return before + working_time(calendar, clock.started_at, at)


def pause(clock: Clock, *, at: datetime, calendar: Calendar) -> Clock:
    """The clock, standing still from `at` on; one that does not run stays as it is."""
    if clock.state is not State.RUNNING:
        return clock
    held = _held(clock, at, calendar)
    return replace(held, state=State.PAUSED, paused_at=_later(clock, at), due_at=None, warn_at=None)


def resume(clock: Clock, *, at: datetime, calendar: Calendar) -> Clock:
    """The clock, running again from `at` with the time that is left; a live one only.

    Raises:
        CalendarError: the calendar is not open so long within five years.
    """
    if clock.state is not State.PAUSED:
        return clock
    began = max(at.astimezone(UTC), clock.paused_at or clock.started_at)
    again = replace(clock, state=State.RUNNING, started_at=began, paused_at=None)
    return _running(again, calendar)


def stop(clock: Clock, *, at: datetime, calendar: Calendar) -> Clock:
    """The clock, stopped at `at`: kept at the due instant or before, else broken.

    One that has stopped stays as it is, so that a promise is kept or broken once.
    """
    if not clock.is_live:
        return clock
    ended = _held(clock, at, calendar)
    state = State.KEPT if ended.breached_at is None else State.BROKEN
    return replace(ended, state=state, stopped_at=_later(clock, at))


def unstop(clock: Clock, *, calendar: Calendar) -> Clock:
    """The clock as it ran before it was stopped or dropped, which turned out to be a mistake."""
    if clock.is_live or clock.stopped_at is None:
        return clock
    last_run = timedelta()
    if clock.paused_at is None:
        last_run = working_time(calendar, clock.started_at, clock.stopped_at)
    before = max(0, clock.used_seconds - int(last_run.total_seconds()))
    state = State.RUNNING if clock.paused_at is None else State.PAUSED
    return replace(clock, state=state, stopped_at=None, used_seconds=before)


def reopen(clock: Clock, *, at: datetime, calendar: Calendar) -> Clock:
    """A stopped clock, running again with what it had used: the matter was not resolved after all.

    Raises:
        CalendarError: the calendar is not open so long within five years.
    """
    if clock.state not in {State.KEPT, State.BROKEN}:
        return clock
    ended = clock.stopped_at or clock.started_at
    still = replace(clock, state=State.PAUSED, paused_at=ended, stopped_at=None)
    return resume(still, at=at, calendar=calendar)


def drop(clock: Clock, *, at: datetime, calendar: Calendar) -> Clock:
    """The clock, ended without a verdict: the matter was spam, or a twin's clock counts."""
    if not clock.is_live:
        return clock
    counted = int(used(clock, at=at, calendar=calendar).total_seconds())
    return replace(clock, state=State.DROPPED, used_seconds=counted, stopped_at=_later(clock, at))


def standing(clock: Clock, *, at: datetime) -> Standing:
    """What a look at `at` finds; only a running clock can be at risk or overdue."""
    if clock.state is not State.RUNNING or clock.due_at is None:
        return Standing.CALM
    if at > clock.due_at:
        return Standing.OVERDUE
    if clock.warn_at is not None and at >= clock.warn_at:
        return Standing.AT_RISK
    return Standing.CALM


def merged(own: Iterable[tuple[int, Clock]], other: Iterable[tuple[int, Clock]]) -> dict[int, int]:
    """Which live clocks give way when two conversations become one: {dropped key: kept key}.

    For each target the clock that was opened first stays, so that a merge never buys time.
    """
    live: dict[Target, tuple[int, Clock]] = {}
    dropped: dict[int, int] = {}
    for key, clock in (*own, *other):
        if not clock.is_live:
            continue
        kept = live.get(clock.target)
        if kept is None:
            live[clock.target] = (key, clock)
        elif clock.opened_at < kept[1].opened_at:
            dropped[kept[0]] = key
            live[clock.target] = (key, clock)
        else:
            dropped[key] = kept[0]
    return dropped


def _held(clock: Clock, at: datetime, calendar: Calendar) -> Clock:
    """The clock with what it had used at `at`, and its breach where it was overdue by then."""
    counted = int(used(clock, at=at, calendar=calendar).total_seconds())
    is_late = clock.due_at is not None and at > clock.due_at
    breached = clock.breached_at or (clock.due_at if is_late else None)
    return replace(clock, used_seconds=counted, breached_at=breached)


def _running(clock: Clock, calendar: Calendar) -> Clock:
    left = timedelta(seconds=max(0, clock.total_seconds - clock.used_seconds))
    calm = timedelta(seconds=max(0.0, clock.total_seconds * WARN_SHARE - clock.used_seconds))
    return replace(
        clock,
        due_at=clock.breached_at or add_working_time(calendar, clock.started_at, left),
        warn_at=add_working_time(calendar, clock.started_at, calm),
    )


def _later(clock: Clock, at: datetime) -> datetime:
    return max(at.astimezone(UTC), clock.started_at)
