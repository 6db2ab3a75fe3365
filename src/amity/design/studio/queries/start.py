"""Where a company stands before it has a canvas: what there is, and the one next step."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max

from amity.design.studio.queries.figures import VALUE_TRAIT
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.segments.models import Segment
from amity.kernel.traits.models import Trait


@dataclass(frozen=True, slots=True)
class Stand:
    """What is there to draft from."""

    customers: int
    orders: int
    measured_at: datetime | None
    segments: int


def where_we_stand() -> Stand:
    """Counts that decide the next step; four statements."""
    return Stand(
        customers=Customer.objects.filter(merged_into=None).count(),
        orders=Order.objects.count(),
        measured_at=Trait.objects.filter(name=VALUE_TRAIT).aggregate(at=Max("as_of"))["at"],
        segments=Segment.objects.filter(archived_at=None).count(),
    )
