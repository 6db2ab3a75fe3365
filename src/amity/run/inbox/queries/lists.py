"""The lists of conversations, each in a fixed number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import Prefetch, Q, QuerySet

from amity.kernel.access.queries import teams_of
from amity.kernel.keys import among
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import Conversation, Notice, Tag
from amity.run.inbox.queries.search import found_ids
from amity.run.inbox.rules.countdown import Countdown, countdown
from amity.run.inbox.rules.listing import UNSURE, Listing
from amity.ui.paging import encode, keyset_page

Status = Conversation.Status
STATUSES = {
    "queue": Status.OPEN,
    "snoozed": Status.SNOOZED,
    "waiting": Status.WAITING,
    "closed": Status.CLOSED,
}  # of the views that show nothing else
COUNTED = 1000  # a count beyond this is shown as 1,000+


@dataclass(frozen=True, slots=True)
class Row:
    """What a row shows of one conversation, as plain values: equal rows look alike.

    What only sorts the rows is not compared. Without a customer, person or team, its name is empty.
    """

    id: int
    number: int
    subject: str
    preview: str
    status: str
    priority: int
    relationship_type: str
    segment_key: str
    topic: str
    topic_origin: str
    due_at: datetime | None
    last_message_at: datetime
    urgency: float = field(compare=False)
    customer_name: str | None
    customer_kind: str | None
    assignee_name: str | None
    assignee_email: str | None
    team_name: str | None
    tags: tuple[str, ...] = ()
    segment: tuple[str, int] | None = None  # name and color
    due: Countdown | None = None

    @property
    def assignee(self) -> str:
        """The name of the person who has it, else their address."""
        return self.assignee_name or self.assignee_email or ""

    @property
    def is_topic_unsure(self) -> bool:
        """See `Conversation.is_topic_unsure`."""
        return not self.topic and self.topic_origin == Conversation.TopicOrigin.MODEL

    @property
    def status_text(self) -> str:
        """The status in words."""
        return str(Status(self.status).label)

    @property
    def priority_text(self) -> str:
        """The priority in words, empty where it is no higher than others'."""
        priority = Conversation.Priority(self.priority)
        return str(priority.label) if priority > Conversation.Priority.NORMAL else ""


SHOWN = (
    *("id", "number", "subject", "preview", "status", "priority", "relationship_type"),
    *("segment_key", "topic", "topic_origin", "due_at", "last_message_at", "urgency"),
    *("customer__name", "customer__kind", "assignee__name", "assignee__email", "team__name"),
)  # of a conversation, in the order of a row's fields


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """The rows of one page, and cursors to its neighbors."""

    rows: list[Row]
    next: str
    previous: str


def live() -> QuerySet[Conversation]:
    """All conversations but spam and those merged into another."""
    return Conversation.objects.filter(is_spam=False, merged_into=None)


@dataclass(frozen=True, slots=True)
class Found:
    """The conversations that the words of a list find; None where it has no words."""

    ids: frozenset[int] | None


def find(listing: Listing) -> Found:
    """Searches once, for all that a page asks of its list; see `found_ids`."""
    return Found(frozenset(found_ids(listing.q)) if listing.q else None)


def matching(
    listing: Listing, *, user_id: int | None, found: Found | None = None
) -> QuerySet[Conversation]:
    """The conversations of a list, in no order; `found` saves a second search."""
    rows = _viewed(listing, user_id)
    plain: Mapping[str, str] = {
        "tags__name": listing.tag.lower(),
        "channel__key": listing.channel,
        "relationship_type": listing.type,
        "segment_key": listing.segment,
        "priority": listing.priority,
        "assignee": listing.assignee,
        "team__key": listing.team,
        "customer": listing.customer,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    if listing.topic == UNSURE:
        rows = rows.filter(topic="", topic_origin=Conversation.TopicOrigin.MODEL)
    elif listing.topic:
        rows = rows.filter(topic=listing.topic)
    ids = (found or find(listing)).ids
    return rows if ids is None else rows.filter(pk__in=among(ids))


def _viewed(listing: Listing, user_id: int | None) -> QuerySet[Conversation]:
    if listing.view == "spam":
        return Conversation.objects.filter(is_spam=True, merged_into=None)
    return live().filter(_asked(listing.view, user_id or 0))


def _asked(view: str, user_id: int) -> Q:
    """What a view asks of a live conversation."""
    if view in STATUSES:
        return Q(status=STATUSES[view])
    if view == "told":
        return Q(pk__in=Notice.objects.filter(user=user_id, seen_at=None).values("conversation"))
    if view == "mine":
        return Q(status=Status.OPEN, assignee=user_id)
    if view == "team":
        teams = [team.pk for team in teams_of(user_id)]
        return Q(status=Status.OPEN, team__in=teams)
    return Q(status=Status.OPEN, assignee=None) if view == "unassigned" else Q()


def page_of(
    listing: Listing,
    *,
    user_id: int | None,
    at: datetime,
    found: Found | None = None,
    after: str = "",
    before: str = "",
) -> ConversationPage:
    """One page of a list: the rows, their tags and segments in three statements."""
    rows = matching(listing, user_id=user_id, found=found)
    page = keyset_page(for_rows(rows), order=list(listing.order), after=after, before=before)
    return ConversationPage(rows_of(page.rows, at=at), page.next, page.previous)


def with_parts(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The same conversations with all that belongs to them."""
    joined = rows.select_related("customer", "assignee", "team", "channel")
    return joined.prefetch_related(Prefetch("tags", Tag.objects.order_by("name")))


def for_rows(rows: QuerySet[Conversation]) -> QuerySet[Conversation, Any]:
    """The same conversations as named tuples of what a row shows of them."""
    return rows.values_list(*SHOWN, named=True)


def rows_of(shown: list[Any], *, at: datetime) -> list[Row]:
    """What `for_rows` found as rows; one statement for the segments, one for the tags."""
    keys = {one.segment_key for one in shown if one.segment_key}
    named = Segment.objects.filter(key__in=keys).values_list("key", "name", "color")
    segments = {key: (name, color) for key, name, color in named}
    tags = _tags_of([one.id for one in shown])
    rows = []
    for one in shown:
        due = countdown(one.due_at, at=at) if one.status != Status.CLOSED else None
        fields = (*one, tuple(tags.get(one.id, ())), segments.get(one.segment_key), due)
        rows.append(Row(*fields))
    return rows


def _tags_of(conversations: list[int]) -> dict[int, list[str]]:
    """The names of the tags by conversation, in order; names alone, a row shows no more."""
    given = Conversation.tags.through.objects.filter(conversation__in=conversations)
    names: dict[int, list[str]] = {}
    for pk, name in given.order_by("tag__name").values_list("conversation", "tag__name"):
        names.setdefault(pk, []).append(name)
    return names


def counts(listing: Listing, *, user_id: int | None, found: Found) -> tuple[dict[str, int], int]:
    """How much stands in the views that ask for work, each counted up to a thousand, and in this
    list, up to ten thousand; one statement."""
    views = ("queue", "mine", "unassigned", "told")
    wanted = [_counting(view, user_id) for view in views]
    rows = matching(listing, user_id=user_id, found=found)
    wanted.append(_sql(rows.values("pk")[: 10 * COUNTED]))
    *known, total = _counted(wanted)
    return dict(zip(views, known, strict=True)), total


@lru_cache(maxsize=1024)
def _counting(view: str, user_id: int | None) -> tuple[str, tuple[Any, ...]]:
    """What counts a view that has no filters; its text is the same each time, so it is kept."""
    return _sql(matching(Listing(view=view), user_id=user_id).values("pk")[:COUNTED])


def _sql(rows: QuerySet[Any, Any]) -> tuple[str, tuple[Any, ...]]:
    """The statement of a query and its values."""
    try:
        return rows.query.sql_with_params()
    except EmptyResultSet:
        return "SELECT 1 WHERE 1 = 0", ()


def _counted(wanted: list[tuple[str, tuple[Any, ...]]]) -> list[int]:
    """The number of rows of each, in one statement that the ORM has no words for."""
    parts = [f"(SELECT COUNT(*) FROM ({sql}) AS counted)" for sql, _values in wanted]  # noqa: S608 -- the ORM's own
    values = [value for _sql, given in wanted for value in given]
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {', '.join(parts)}", values)
        return list(cursor.fetchone())


def chosen_ids(listing: Listing, *, user_id: int | None, most: int) -> list[int]:
    """The conversations of a list, at most so many."""
    rows = matching(listing, user_id=user_id).order_by("pk")
    return list(rows.values_list("pk", flat=True).distinct()[:most])


def neighbors(
    listing: Listing, conversation: Conversation, *, user_id: int | None
) -> tuple[int | None, int | None]:
    """The numbers of the conversations before and after one in a list; three statements at most.

    One that has left the list (it was answered, say) is followed by the first of the list.
    """
    everything = matching(listing, user_id=user_id)
    order = list(listing.order)
    sorted_by = [name.lstrip("-") for name in order]
    rows = everything.exclude(pk=conversation.pk).only("number", *sorted_by)
    if not everything.filter(pk=conversation.pk).exists():
        first = keyset_page(rows, order=order, size=1).rows
        return (None, first[0].number if first else None)
    here = encode([getattr(conversation, name) for name in sorted_by])
    before = keyset_page(rows, order=order, size=1, before=here).rows
    after = keyset_page(rows, order=order, size=1, after=here).rows
    return (before[0].number if before else None, after[0].number if after else None)


def open_for(user_id: int | None) -> int:
    """How many open conversations a person has, counted up to a thousand."""
    mine = Q(assignee=user_id or 0, status=Status.OPEN)
    return live().filter(mine).values("pk")[:COUNTED].count()


def number_of(conversation_id: int) -> int:
    """The number that people know a conversation by."""
    return Conversation.objects.values_list("number", flat=True).get(pk=conversation_id)
