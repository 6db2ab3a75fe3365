"""Reads of promise clocks, as rows and as values."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db.models import Q

from amity.run.inbox.models import Conversation, PromiseClock
from amity.run.inbox.queries.calendars import Calendars
from amity.run.inbox.rules.promises import LIVE, Clock, State, Target, used

FIELDS = (
    "minutes",
    "opened_at",
    "started_at",
    "due_at",
    "warn_at",
    "used_seconds",
    "paused_at",
    "stopped_at",
    "warned_at",
    "breached_at",
)
WRITTEN = ("state", "value_at_risk_minor", *FIELDS)


def to_clock(row: PromiseClock) -> Clock:
    """The row as a value."""
    fields = {name: getattr(row, name) for name in FIELDS}
    return Clock(target=Target(row.target), state=State(row.state), **fields)


def put(row: PromiseClock, clock: Clock) -> PromiseClock:
    """The row with the values of the clock, not saved."""
    row.state = clock.state.value
    for name in FIELDS:
        setattr(row, name, getattr(clock, name))
    return row


def live_clocks(conversation_id: int) -> list[PromiseClock]:
    """The running and paused clocks of a conversation, by target."""
    return list(
        PromiseClock.objects.filter(conversation_id=conversation_id, state__in=LIVE).order_by(
            "target", "pk"
        )
    )


def due_for_a_look(at: datetime, *, limit: int = 500) -> list[tuple[int, int]]:
    """(conversation, clock) of running clocks that are newly at risk or overdue, soonest first."""
    at_risk = Q(warned_at=None, warn_at__lte=at)
    overdue = Q(breached_at=None, due_at__lt=at)
    rows = PromiseClock.objects.filter(
        at_risk | overdue,
        state=State.RUNNING,
        conversation__merged_into=None,
        conversation__is_spam=False,
    )
    return list(rows.order_by("due_at", "pk").values_list("conversation_id", "pk")[:limit])


def ended_before(at: datetime, *, limit: int = 500) -> list[int]:
    """Clocks that stopped before an instant and are not in the interaction log yet."""
    rows = PromiseClock.objects.filter(
        state__in=[State.KEPT, State.BROKEN], logged_at=None, stopped_at__lt=at
    )
    return list(rows.order_by("stopped_at", "pk").values_list("pk", flat=True)[:limit])


def open_conversations(after: int, *, limit: int = 500) -> list[Conversation]:
    """Open conversations by number after `after`, with their running clocks."""
    rows = Conversation.objects.filter(
        status=Conversation.Status.OPEN, is_spam=False, merged_into=None, pk__gt=after
    )
    return list(rows.order_by("pk").prefetch_related("clocks")[:limit])


@dataclass(frozen=True, slots=True)
class Explained:
    """A clock with what it had used, and for how long it stood still, at the moment of the look."""

    row: PromiseClock
    used: timedelta
    share: float  # of the promised time; above 1 where it is late

    @property
    def is_late(self) -> bool:
        """Whether more was used than promised."""
        return self.share > 1


def explained(conversation: Conversation, *, at: datetime) -> list[Explained]:
    """Every clock of a conversation, newest first."""
    calendars = Calendars()
    found = []
    for row in conversation.clocks.order_by("-opened_at", "-pk")[:100]:
        calendar = calendars.get(row.calendar_key, row.time_zone)
        took = used(to_clock(row), at=at, calendar=calendar)
        found.append(Explained(row, took, took / timedelta(minutes=row.minutes)))
    return found
