"""Reads of single deals and of lists."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import QuerySet

from amity.base.results import NotFoundError
from amity.base.text import fold
from amity.base.vocabulary import Stage
from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search
from amity.kernel.policy.promises import promise_for
from amity.kernel.touchpoints.queries import touchpoints
from amity.run.deals.models import Deal, DealEvent, DealLine, PipelineStage
from amity.run.deals.rules.steps import NextStep, Situation, next_step

EVENTS_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which deals of a list; what is empty does not matter."""

    status: str = ""
    pipeline: str = ""
    stage: str = ""
    owner_id: int | None = None
    customer_id: int | None = None
    competitor: str = ""
    text: str = ""  # in the title, or the customer's name
    until: date | None = None  # expected to close on or before


@dataclass(frozen=True, slots=True)
class DealPage:
    """One deal with all that its page shows."""

    deal: Deal
    lines: list[DealLine]
    events: list[DealEvent]
    stages: list[PipelineStage]
    step: NextStep | None


def deals() -> QuerySet[Deal]:
    """All deals with what a row shows loaded."""
    return Deal.objects.select_related("customer", "owner", "stage", "pipeline", "reason")


def deals_wanted(wanted: Wanted) -> QuerySet[Deal]:
    """The deals that fit, without an order."""
    exact = {
        "status": wanted.status,
        "pipeline__key": wanted.pipeline,
        "stage__key": wanted.stage,
        "owner_id": wanted.owner_id,
        "customer_id": wanted.customer_id,
        "competitor": wanted.competitor,
        "expected_close_on__lte": wanted.until,
    }
    rows = deals().filter(**{name: value for name, value in exact.items() if value})
    if fold(wanted.text):
        named = search(active_customers(), wanted.text)
        rows = rows.filter(title__icontains=wanted.text.strip()) | rows.filter(customer__in=named)
    return rows


def get_deal(deal_id: int) -> Deal:
    """One deal.

    Raises:
        NotFoundError: there is no such deal.
    """
    deal = deals().select_related("touchpoint").filter(pk=deal_id).first()
    if deal is None:
        raise NotFoundError(f"There is no deal {deal_id}.")
    return deal


def deal_page(deal_id: int, at: datetime) -> DealPage:
    """One deal with its lines, history and next step, in a fixed number of statements.

    Raises:
        NotFoundError: there is no such deal.
    """
    deal = get_deal(deal_id)
    lines = list(deal.lines.select_related("product").order_by("pk"))
    stages = list(deal.pipeline.stages.order_by("position", "pk"))
    events = deal.events.select_related("from_stage", "to_stage").order_by("-at", "-pk")
    step = None
    if deal.status == Deal.Status.OPEN:
        step = _step(deal, stages, has_lines=bool(lines), at=at)
    return DealPage(deal, lines, list(events[:EVENTS_SHOWN]), stages, step)


def _step(deal: Deal, stages: list[PipelineStage], *, has_lines: bool, at: datetime) -> NextStep:
    promise = promise_for(deal.customer_id)
    keys = dict(promise.touchpoints).get(Stage.TRANSACT, ())
    names = dict(touchpoints().filter(key__in=keys).values_list("key", "name")) if keys else {}
    later = [one for one in stages if one.is_open and one.position > deal.stage.position]
    primary = promise.primary
    return next_step(
        Situation(
            today=at.date(),
            expected_close_on=deal.expected_close_on,
            days_in_stage=(at - deal.stage_since).days,
            has_lines=has_lines,
            next_stage=later[0].name if later else "",
        ),
        relationship_type=primary.relationship_type if primary else None,
        touchpoints=[names[key] for key in keys if key in names],
        promised_by=promise.reason,
    )
