"""What other pages show of the inbox: a customer's open matters, and the count beside its place."""

from dataclasses import dataclass
from datetime import datetime

from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation, Rating
from amity.run.inbox.queries import lists
from amity.run.inbox.queries.lists import Row, live, open_for, rows_of


@dataclass(frozen=True, slots=True)
class Matters:
    """A customer's matters: the open ones, how many are closed, and their last word on our help."""

    customer_id: int
    rows: list[Row]
    closed: int
    rating: Rating | None


def open_matters(customer_id: int, at: datetime) -> Matters:
    """The card on the customer's page; five statements."""
    mine = live().filter(customer=customer_id)
    opened = lists.for_rows(mine.exclude(status=Conversation.Status.CLOSED))
    ratings = Rating.objects.filter(conversation__customer=customer_id, score__isnull=False)
    return Matters(
        customer_id=customer_id,
        rows=rows_of(list(opened.order_by("-last_message_at", "-pk")[:5]), at=at),
        closed=mine.filter(status=Conversation.Status.CLOSED).values("pk")[:1000].count(),
        rating=ratings.order_by("-answered_at", "-pk").first(),
    )


def waiting_for(actor: Actor) -> int | None:
    """How many open conversations a person has; None where there are none."""
    return open_for(actor.user_id) or None
