"""The card on a customer's page."""

from dataclasses import dataclass
from datetime import datetime

from amity.run.deals.models import Deal
from amity.run.deals.queries.deals import deals

SHOWN = 3


@dataclass(frozen=True, slots=True)
class DealsCard:
    """The next open deals of a customer, and how many were decided."""

    customer_id: int
    open: list[Deal]
    won: int
    lost: int


def load(customer_id: int, at: datetime) -> DealsCard:
    """The card; one statement, and another where there are open ones."""
    ends = list(Deal.objects.filter(customer_id=customer_id).values_list("status", flat=True))
    rows = deals().filter(customer_id=customer_id, status=Deal.Status.OPEN)
    return DealsCard(
        customer_id,
        list(rows.order_by("expected_close_on", "pk")[:SHOWN]) if Deal.Status.OPEN in ends else [],
        ends.count(Deal.Status.WON),
        ends.count(Deal.Status.LOST),
    )
