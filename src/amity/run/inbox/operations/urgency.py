"""The order of the queue: kept on each conversation, renewed as time passes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from amity.run.inbox.models import Conversation, InboxSettings, PromiseClock
from amity.run.inbox.operations.change import inbox_settings, write
from amity.run.inbox.queries.calendars import Calendars
from amity.run.inbox.queries.clocks import live_clocks, open_conversations, to_clock
from amity.run.inbox.queries.values import median_value, value_of, values_of
from amity.run.inbox.rules import promises
from amity.run.inbox.rules.promises import State
from amity.run.inbox.rules.urgency import Running, urgency

MEDIAN_LASTS = timedelta(hours=6)
KEPT = ("due_at", "breached_at", "urgency", "urgency_at", "value_minor")


def refresh(conversation: Conversation, *, at: datetime) -> None:
    """Brings due_at, breached_at, value and urgency of one conversation up to date."""
    customer_id = conversation.customer_id
    value = value_of(customer_id) if customer_id is not None else None
    values = {customer_id: value} if customer_id is not None and value is not None else {}
    median = inbox_settings().median_value_minor
    measure = _Measure(values, median, Calendars(), at)
    measure.apply(conversation, live_clocks(conversation.pk))
    write(conversation, **{name: getattr(conversation, name) for name in KEPT})


def refresh_all(*, at: datetime) -> int:
    """Renews the urgency of every open conversation, 500 in a transaction; how many these were.

    It is measured before the transaction, which only writes: SQLite has one writer at a time.
    """
    median = _renewed_median(at)
    calendars = Calendars()
    last = total = 0
    while True:
        rows = open_conversations(last)
        if not rows:
            return total
        _refresh_chunk(rows, median, calendars, at)
        last = rows[-1].pk
        total += len(rows)


def _refresh_chunk(
    rows: Sequence[Conversation], median: int | None, calendars: Calendars, at: datetime
) -> None:
    values = values_of({row.customer_id for row in rows if row.customer_id is not None})
    measure = _Measure(values, median, calendars, at)
    for row in rows:
        measure.apply(row, [one for one in row.clocks.all() if one.state in promises.LIVE])
    instant = connection.ops.adapt_datetimefield_value(at)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany(
            _RANK, [(row.urgency, instant, row.value_minor, row.pk, row.version) for row in rows]
        )


# Only what ranks is written, and where nobody changed the conversation since it was measured.
_RANK = (
    "UPDATE inbox_conversation SET urgency = %s, urgency_at = %s, value_minor = %s "
    "WHERE id = %s AND version = %s"
)


@dataclass(frozen=True, slots=True)
class _Measure:
    """What urgency is measured with: values of customers, their median, calendars, the instant."""

    values: Mapping[int, float]
    median: int | None
    calendars: Calendars
    at: datetime

    def apply(self, conversation: Conversation, live: Sequence[PromiseClock]) -> None:
        """Sets what the lists show of the promises; the caller writes it."""
        running = [row for row in live if row.state == State.RUNNING]
        value = self.values.get(conversation.customer_id or 0)
        dues = [row.due_at for row in running if row.due_at is not None]
        breaches = [row.breached_at for row in live if row.breached_at is not None]
        if conversation.breached_at is not None:
            breaches.append(conversation.breached_at)
        conversation.due_at = min(dues, default=None)
        conversation.breached_at = min(breaches, default=None)
        conversation.value_minor = round(value) if value is not None else None
        conversation.urgency = self._urgency(conversation, running)
        conversation.urgency_at = self.at

    def _urgency(self, conversation: Conversation, running: Sequence[PromiseClock]) -> float:
        if conversation.status != Conversation.Status.OPEN or conversation.is_spam:
            return 0.0
        since = conversation.waiting_since
        return urgency(
            tuple(self._running(row) for row in running),
            waited_hours=(self.at - since) / timedelta(hours=1) if since else None,
            value_minor=conversation.value_minor,
            median_minor=self.median,
            priority=conversation.priority,
        )

    def _running(self, row: PromiseClock) -> Running:
        calendar = self.calendars.get(row.calendar_key, row.time_zone)
        used = promises.used(to_clock(row), at=self.at, calendar=calendar)
        return Running(used / timedelta(minutes=1), row.minutes)


def _renewed_median(at: datetime) -> int | None:
    """The median value of the base, computed anew every six hours."""
    known = InboxSettings.objects.order_by("pk").first()
    if known is not None and known.median_at and at - known.median_at < MEDIAN_LASTS:
        return known.median_value_minor
    found = median_value()
    median = round(found) if found is not None else None
    row = known or InboxSettings.objects.create()
    InboxSettings.objects.filter(pk=row.pk).update(median_value_minor=median, median_at=at)
    return median
