"""How matters ended: solved at the first contact, came back, rated. For reports and cards."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypedDict

from django.db.models import (
    Avg,
    BooleanField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    OuterRef,
    Q,
    QuerySet,
    Sum,
)

from amity.run.inbox.models import Conversation, Message, Rating
from amity.run.inbox.queries.lists import live

if TYPE_CHECKING:
    from django_stubs_ext import WithAnnotations

Status = Conversation.Status


class _Repeat(TypedDict):
    is_repeated: bool


class _FirstContact(TypedDict):
    is_repeated: bool
    is_first_contact: bool


def with_repeat(
    rows: QuerySet[Conversation], *, days: int
) -> "QuerySet[WithAnnotations[Conversation, _Repeat]]":
    """`rows` with `is_repeated`: the same customer began another matter soon after its close.

    DOMAIN: no further contact of the same party within `days` and no reopening. Matters have a
    topic once somebody or the classifier gave it one; one with another topic does not count.
    """
    later = live().filter(
        Q(topic="") | Q(topic=OuterRef("topic")),
        customer=OuterRef("customer"),
        opened_at__gt=OuterRef("closed_at"),
        opened_at__lte=ExpressionWrapper(
            OuterRef("closed_at") + timedelta(days=days), output_field=DateTimeField()
        ),
    )
    return rows.annotate(is_repeated=Exists(later))


def first_contact(
    rows: QuerySet[Conversation], *, days: int
) -> "QuerySet[WithAnnotations[Conversation, _FirstContact]]":
    """`rows` with `is_first_contact`: solved by one answer, never reopened, not repeated."""
    answers = Message.objects.filter(
        conversation=OuterRef("pk"), kind=Message.Kind.INCOMING, is_automatic=False
    )
    second = answers.filter(at__gt=OuterRef("first_responded_at"))
    return with_repeat(rows, days=days).annotate(
        is_first_contact=ExpressionWrapper(
            Q(reopened_count=0, is_repeated=False, outcome="resolved") & ~Exists(second),
            output_field=BooleanField(),
        )
    )


@dataclass(frozen=True, slots=True)
class Outcomes:
    """What ended in a span; shares are of those whose `days` are over, None without any."""

    closed: int
    judged: int
    repeated: int
    first_contact: int
    reopened: int
    staff_seconds: int
    cost_minor: int
    ratings: int
    satisfied: int
    mean_score: float | None

    @property
    def repeat_share(self) -> float | None:
        """Share of matters after which the customer came again."""
        return self.repeated / self.judged if self.judged else None

    @property
    def first_contact_share(self) -> float | None:
        """Share of matters that were solved by the first answer."""
        return self.first_contact / self.judged if self.judged else None

    @property
    def satisfied_share(self) -> float | None:
        """Share of answers that are 4 or 5 (CSAT)."""
        return self.satisfied / self.ratings if self.ratings else None

    @property
    def cost_per_matter_minor(self) -> float | None:
        """What a closed matter cost on average."""
        return self.cost_minor / self.closed if self.closed else None


def outcomes(*, since: datetime, until: datetime, at: datetime, days: int) -> Outcomes:
    """What ended from `since` until before `until`, as known at `at`; three statements."""
    ended = live().filter(status=Status.CLOSED, closed_at__gte=since, closed_at__lt=until)
    sums = ended.aggregate(
        closed=Count("pk"),
        seconds=Sum("staff_seconds"),
        cost=Sum("cost_minor"),
        reopened=Count("pk", filter=Q(reopened_count__gt=0)),
    )
    judged = ended.filter(closed_at__lte=at - timedelta(days=days), customer__isnull=False)
    shares = first_contact(judged, days=days).aggregate(
        judged=Count("pk"),
        repeated=Count("pk", filter=Q(is_repeated=True)),
        first=Count("pk", filter=Q(is_first_contact=True)),
    )
    scores = Rating.objects.filter(answered_at__gte=since, answered_at__lt=until).aggregate(
        count=Count("pk"), satisfied=Count("pk", filter=Q(score__gte=4)), mean=Avg("score")
    )
    return Outcomes(
        closed=sums["closed"],
        judged=shares["judged"],
        repeated=shares["repeated"],
        first_contact=shares["first"],
        reopened=sums["reopened"],
        staff_seconds=sums["seconds"] or 0,
        cost_minor=sums["cost"] or 0,
        ratings=scores["count"],
        satisfied=scores["satisfied"],
        mean_score=scores["mean"],
    )
