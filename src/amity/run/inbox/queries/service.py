"""The service report: what came in during a span, by team, person, segment, type, way or topic."""

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import Case, Count, F, Min, Q, Value, When
from django.utils.translation import gettext as _

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.models import Team, User
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import (
    Channel,
    Conversation,
    ConversationEvent,
    ImportedCase,
    PromiseClock,
    Rating,
)
from amity.run.inbox.queries.lists import live
from amity.run.inbox.queries.outcomes import with_repeat
from amity.run.inbox.rules.listing import UNSURE
from amity.run.inbox.rules.service import Matter, ServiceLine, by_line, line_of

REPEAT_DAYS = 7
LINES = {
    "team": "team_id",
    "person": "assignee_id",
    "segment": "segment_key",
    "type": "relationship_type",
    "channel": "channel_id",
    "topic": "topic",
}
State = PromiseClock.State


@dataclass(frozen=True, slots=True)
class ServiceReport:
    """Lines of the matters opened from `since` until before `until`, as known at `at`.

    `days` has (day, opened, closed) of the span in UTC; `taken_over` counts the promises among
    them that another system judged, as an imported file told.
    """

    since: datetime
    until: datetime
    at: datetime
    by: str
    total: ServiceLine
    lines: list[ServiceLine]
    names: dict[str, str]
    days: list[tuple[str, int, int]]
    taken_over: int = 0


def service_report(*, since: datetime, until: datetime, at: datetime, by: str) -> ServiceReport:
    """The report by one of `LINES`; the same statements whatever the number of matters.

    Raises:
        KeyError: `by` is none of `LINES`.
    """
    rows = _rows(since, until, LINES[by])
    span = {"conversation__opened_at__gte": since, "conversation__opened_at__lt": until}
    kept, made = _promises(span)
    verdicts = _verdicts(span)
    for pk, is_kept in verdicts.items():
        made[pk] = made.get(pk, 0) + 1
        kept[pk] = kept.get(pk, 0) + is_kept
    handed = _handed_over(span)
    scores = dict(
        Rating.objects.filter(score__isnull=False, **span).values_list("conversation_id", "score")
    )
    judged_until = at - timedelta(days=REPEAT_DAYS)
    matters = [
        _matter(row, kept=kept, made=made, handed=handed, scores=scores, judged=judged_until)
        for row in rows
    ]
    return ServiceReport(
        since=since,
        until=until,
        at=at,
        by=by,
        total=line_of("", matters),
        lines=by_line(matters),
        names=_names(by),
        days=_days(rows, since, until),
        taken_over=len(verdicts),
    )


def earliest_day(zone: ZoneInfo) -> date | None:
    """The day in `zone` on which the first matter came in; None without any."""
    first: datetime | None = live().aggregate(first=Min("opened_at"))["first"]
    return first.astimezone(zone).date() if first is not None else None


def _rows(since: datetime, until: datetime, field: str) -> list[dict[str, Any]]:
    opened = live().filter(opened_at__gte=since, opened_at__lt=until)
    found = (
        with_repeat(opened, days=REPEAT_DAYS)
        .annotate(line=_line_of(field))
        .values(
            "pk", "line", "opened_at", "first_responded_at", "closed_at", "status",
            "reopened_count", "customer_id", "is_repeated", "staff_seconds", "cost_minor",
        )
        .order_by("pk")
    )  # fmt: skip
    return [dict(row) for row in found]


def _line_of(field: str) -> Any:
    """What a matter is counted under; without a topic, whether the model was not sure of one."""
    if field != "topic":
        return F(field)
    unsure = Q(topic="", topic_origin=Conversation.TopicOrigin.MODEL)
    return Case(When(unsure, then=Value(UNSURE)), default=F(field))


def _promises(span: dict[str, datetime]) -> tuple[dict[int, int], dict[int, int]]:
    """By conversation, promises kept, and promises kept or broken."""
    ended = (
        PromiseClock.objects.filter(state__in=[State.KEPT, State.BROKEN], **span)
        .values_list("conversation_id")
        .annotate(made=Count("pk"), kept=Count("pk", filter=Q(state=State.KEPT)))
        .order_by()
    )
    counted = list(ended)
    return {pk: kept for pk, _made, kept in counted}, {pk: made for pk, made, _kept in counted}


def _verdicts(span: dict[str, datetime]) -> dict[int, bool]:
    """By imported conversation, whether its promise was kept, where the file told that."""
    known = ImportedCase.objects.filter(
        is_kept__isnull=False,
        conversation__is_spam=False,
        conversation__merged_into=None,
        **span,
    )
    return {pk: bool(kept) for pk, kept in known.values_list("conversation_id", "is_kept")}


def _handed_over(span: dict[str, datetime]) -> set[int]:
    """Conversations that went to a second person, or that a file says were handed over."""
    given = ConversationEvent.objects.filter(kind__in=["assigned", "handed_over"], **span)
    return set(
        given.values_list("conversation_id")
        .annotate(times=Count("pk"), over=Count("pk", filter=Q(kind="handed_over")))
        .filter(Q(times__gt=1) | Q(over__gt=0))
        .order_by()
        .values_list("conversation_id", flat=True)
    )


def _matter(
    row: dict[str, Any],
    *,
    kept: dict[int, int],
    made: dict[int, int],
    handed: set[int],
    scores: dict[int, int | None],
    judged: datetime,
) -> Matter:
    pk, closed = row["pk"], row["status"] == Conversation.Status.CLOSED
    known = closed and row["customer_id"] is not None and row["closed_at"] <= judged
    return Matter(
        line=str(row["line"] or ""),
        response_seconds=_elapsed(row, "first_responded_at"),
        resolution_seconds=_elapsed(row, "closed_at") if closed else None,
        is_closed=closed,
        was_reopened=row["reopened_count"] > 0,
        was_handed_over=pk in handed,
        is_judged=known,
        came_again=known and row["is_repeated"],
        staff_seconds=row["staff_seconds"],
        cost_minor=row["cost_minor"],
        promises_made=made.get(pk, 0),
        promises_kept=kept.get(pk, 0),
        score=scores.get(pk),
    )


def _elapsed(row: dict[str, Any], until: str) -> float | None:
    end: datetime | None = row[until]
    return None if end is None else max((end - row["opened_at"]).total_seconds(), 0.0)


def _names(by: str) -> dict[str, str]:
    if by == "team":
        return {str(pk): name for pk, name in Team.objects.values_list("pk", "name")}
    if by == "person":
        return {str(user.pk): str(user) for user in User.objects.all()}
    if by == "segment":
        return dict(Segment.objects.values_list("key", "name"))
    if by == "type":
        return {kind.value: kind.label for kind in RelationshipType}
    if by == "channel":
        return {str(pk): name for pk, name in Channel.objects.values_list("pk", "name")}
    return {UNSURE: _("Not sure"), "": _("Nobody said")} if by == "topic" else {}


def _days(
    rows: list[dict[str, Any]], since: datetime, until: datetime
) -> list[tuple[str, int, int]]:
    opened = Counter(row["opened_at"].date() for row in rows)
    closed = Counter(
        moment.date()
        for moment in live()
        .filter(status=Conversation.Status.CLOSED, closed_at__gte=since, closed_at__lt=until)
        .values_list("closed_at", flat=True)
        if moment is not None
    )
    first, last = since.date(), (until - timedelta(microseconds=1)).date()
    span = [first + timedelta(days=k) for k in range((last - first).days + 1)]
    return [(day.isoformat(), opened[day], closed[day]) for day in span]
