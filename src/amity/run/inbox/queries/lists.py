"""The lists of conversations, each in a fixed number of statements."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Prefetch, Q, QuerySet

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.models import Team, User
from amity.kernel.access.queries import active_people, active_teams, teams_of
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import Channel, Conversation, Notice, Tag
from amity.run.inbox.queries.search import found_ids
from amity.run.inbox.rules.countdown import Countdown, countdown
from amity.run.inbox.rules.listing import Listing
from amity.ui.paging import encode, keyset_page

Status = Conversation.Status
COUNTED = 1000  # a count beyond this is shown as 1,000+


@dataclass(frozen=True, slots=True)
class Row:
    """One conversation as a row shows it."""

    conversation: Conversation
    tags: tuple[str, ...]
    segment: Segment | None
    due: Countdown | None


@dataclass(frozen=True, slots=True)
class ConversationPage:
    """The rows of one page, and cursors to its neighbors."""

    rows: list[Row]
    next: str
    previous: str


def live() -> QuerySet[Conversation]:
    """All conversations but spam and those merged into another."""
    return Conversation.objects.filter(is_spam=False, merged_into=None)


def matching(listing: Listing, *, user_id: int | None) -> QuerySet[Conversation]:
    """The conversations of a list, in no order."""
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
        "topic": listing.topic,
    }
    rows = rows.filter(**{name: value for name, value in plain.items() if value})
    return rows.filter(pk__in=found_ids(listing.q)) if listing.q else rows


def _viewed(listing: Listing, user_id: int | None) -> QuerySet[Conversation]:
    rows = live()
    opened = rows.filter(status=Status.OPEN)
    views = {
        "queue": opened,
        "mine": opened.filter(assignee=user_id or 0),
        "unassigned": opened.filter(assignee=None),
        "snoozed": rows.filter(status=Status.SNOOZED),
        "waiting": rows.filter(status=Status.WAITING),
        "closed": rows.filter(status=Status.CLOSED),
        "spam": Conversation.objects.filter(is_spam=True, merged_into=None),
        "all": rows,
    }
    if listing.view == "team":
        return opened.filter(team__in=[team.pk for team in teams_of(user_id or 0)])
    if listing.view == "told":
        unseen = Notice.objects.filter(user=user_id or 0, seen_at=None)
        return rows.filter(pk__in=unseen.values("conversation"))
    return views[listing.view]


def page_of(
    listing: Listing,
    *,
    user_id: int | None,
    at: datetime,
    after: str = "",
    before: str = "",
) -> ConversationPage:
    """One page of a list: the rows, their tags and segments in three statements."""
    rows = matching(listing, user_id=user_id)
    page = keyset_page(with_parts(rows), order=list(listing.order), after=after, before=before)
    return ConversationPage(rows_of(page.rows, at=at), page.next, page.previous)


def with_parts(rows: QuerySet[Conversation]) -> QuerySet[Conversation]:
    """The same conversations with what a row shows of them."""
    names = Prefetch("tags", Tag.objects.order_by("name"))
    joined = rows.select_related("customer", "assignee", "team", "channel")
    return joined.prefetch_related(names)


def rows_of(conversations: list[Conversation], *, at: datetime) -> list[Row]:
    """Loaded conversations as rows; one statement for the segments."""
    keys = {one.segment_key for one in conversations if one.segment_key}
    segments = {row.key: row for row in Segment.objects.filter(key__in=keys)}
    return [
        Row(
            one,
            tuple(tag.name for tag in one.tags.all()),
            segments.get(one.segment_key),
            countdown(one.due_at, at=at) if one.status != Status.CLOSED else None,
        )
        for one in conversations
    ]


def counts(user_id: int | None) -> dict[str, int]:
    """How much stands in the views that ask for work, each counted up to a thousand."""
    wanted = ("queue", "mine", "unassigned", "told")
    return {
        view: matching(Listing(view=view), user_id=user_id).values("pk")[:COUNTED].count()
        for view in wanted
    }


def count_of(listing: Listing, *, user_id: int | None) -> int:
    """How many a list has, counted up to ten thousand."""
    return matching(listing, user_id=user_id).values("pk")[: 10 * COUNTED].count()


def chosen_ids(listing: Listing, *, user_id: int | None, most: int) -> list[int]:
    """The conversations of a list, at most so many."""
    rows = matching(listing, user_id=user_id).order_by("pk")
    return list(rows.values_list("pk", flat=True).distinct()[:most])


def neighbors(
    listing: Listing, conversation: Conversation, *, user_id: int | None
) -> tuple[int | None, int | None]:
    """The numbers of the conversations before and after one in a list; three statements.

    One that has left the list (it was answered, say) is followed by the first of the list.
    """
    everything = matching(listing, user_id=user_id)
    rows = everything.exclude(pk=conversation.pk)
    order = list(listing.order)
    if not everything.filter(pk=conversation.pk).exists():
        first = keyset_page(rows, order=order, size=1).rows
        return (None, first[0].number if first else None)
    here = encode([getattr(conversation, name.lstrip("-")) for name in order])
    before = keyset_page(rows, order=order, size=1, before=here).rows
    after = keyset_page(rows, order=order, size=1, after=here).rows
    return (before[0].number if before else None, after[0].number if after else None)


@dataclass(frozen=True, slots=True)
class Choices:
    """What lists may be filtered by and conversations be given to."""

    people: list[User]
    teams: list[Team]
    channels: list[Channel]
    segments: list[Segment]
    tags: list[str]

    def pairs(self) -> dict[str, list[tuple[str, str]]]:
        """(value, words) of each filter by its name."""
        return {
            "assignee": [(str(one.pk), str(one)) for one in self.people],
            "team": [(one.key, one.name) for one in self.teams],
            "segment": [(one.key, one.name) for one in self.segments],
            "type": [(one.value, one.label) for one in RelationshipType],
            "channel": [(one.key, one.name) for one in self.channels],
            "priority": [(str(one.value), str(one.label)) for one in Conversation.Priority],
            "tag": [(name, name) for name in self.tags],
        }


def choices() -> Choices:
    """All of it; five statements."""
    return Choices(
        people=active_people(),
        teams=active_teams(),
        channels=list(Channel.objects.filter(is_active=True).order_by("name", "pk")[:100]),
        segments=list(Segment.objects.filter(archived_at=None).order_by("name", "pk")[:200]),
        tags=list(Tag.objects.order_by("name").values_list("name", flat=True)[:500]),
    )


def open_for(user_id: int | None) -> int:
    """How many open conversations a person has, counted up to a thousand."""
    mine = Q(assignee=user_id or 0, status=Status.OPEN)
    return live().filter(mine).values("pk")[:COUNTED].count()


def number_of(conversation_id: int) -> int:
    """The number that people know a conversation by."""
    return Conversation.objects.values_list("number", flat=True).get(pk=conversation_id)
