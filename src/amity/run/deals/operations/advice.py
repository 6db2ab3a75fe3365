"""Help to choose at a purchase, kept with its minutes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from amity.base.ids import uuid7
from amity.base.results import NotFoundError
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.operations import company
from amity.kernel.access.rules import Actor
from amity.kernel.commerce.models import Product
from amity.kernel.customers.queries import get_customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import record_interaction
from amity.kernel.policy.promises import promise_for
from amity.run.deals.models import Deal, Pipeline
from amity.run.deals.operations.lines import NewLine, add_line
from amity.run.deals.operations.writing import (
    SOURCE,
    DealError,
    Spent,
    locked,
    save,
    spend,
    spent_by,
)


@dataclass(frozen=True, slots=True)
class Advice:
    """What was asked, suggested and taken; `prices` by product in minor units of the deal."""

    customer_id: int
    minutes: int
    answers: Mapping[str, str] = field(default_factory=dict)
    suggested: Sequence[int] = ()
    taken: Sequence[int] = ()
    prices: Mapping[int, int] = field(default_factory=dict)
    pieces: int = 1
    deal_id: int | None = None


@transaction.atomic
def record_advice(advice: Advice, *, actor: Actor, at: datetime) -> Interaction:
    """Keeps the help that was given; with a deal, what was taken becomes its lines.

    Raises:
        NotFoundError: there is no such customer, product or deal of this customer.
        ConflictError: the deal is closed.
        DealError: the minutes are not 0 to 1,440, or something was taken that was not suggested.
    """
    if not set(advice.taken) <= set(advice.suggested):
        raise DealError("Only what was suggested can be taken.")
    customer = get_customer(advice.customer_id)
    names = _names(advice)
    deal = _with_lines(advice, customer.pk, actor, at) if advice.deal_id is not None else None
    spent = _spent(advice, deal, actor)
    row, _created = record_interaction(
        kind="deals.advised",
        source=SOURCE,
        source_id=f"advice:{uuid7(at)}",
        happened_at=at,
        recorded_at=at,
        relationship_type=RelationshipType.PERSONAL_ASSISTANCE,
        stage=Stage.TRANSACT,
        currency=deal.currency if deal else _currency(),
        customer_id=customer.pk,
        direction=Interaction.Direction.OUTBOUND,
        actor=Interaction.Actor.HUMAN,
        staff_seconds=spent.minutes * 60,
        cost_minor=spent.cost_minor,
        outcome="taken" if advice.taken else "suggested",
        subject=", ".join(names[pk] for pk in advice.taken or advice.suggested)[:300],
        properties={
            "answers": dict(advice.answers),
            "suggested": list(advice.suggested),
            "taken": list(advice.taken),
            "deal": advice.deal_id,
        },
        policy_version=promise_for(customer.pk).version_number,
    )
    return row


def _names(advice: Advice) -> dict[int, str]:
    names = dict(Product.objects.filter(pk__in=advice.suggested).values_list("pk", "name"))
    if set(advice.suggested) - set(names):
        raise NotFoundError("A product that was suggested is gone. Ask again.")
    return names


def _with_lines(advice: Advice, customer_id: int, actor: Actor, at: datetime) -> Deal:
    assert advice.deal_id is not None  # noqa: S101 -- asked by the caller
    deal = locked(advice.deal_id)
    if deal.customer_id != customer_id:
        raise NotFoundError(f"This customer has no deal {advice.deal_id}.")
    for product_id in advice.taken:
        line = NewLine(
            unit_price_minor=advice.prices.get(product_id, 0),
            product_id=product_id,
            quantity_milli=advice.pieces * 1000,
        )
        add_line(deal.pk, line, actor=actor, at=at)
    return locked(advice.deal_id)


def _spent(advice: Advice, deal: Deal | None, actor: Actor) -> Spent:
    if deal is None:
        return spent_by(actor, advice.minutes, _pipeline())
    spent = spend(deal, advice.minutes, actor)
    save(deal)
    return spent


def _pipeline() -> Pipeline | None:
    return Pipeline.objects.order_by("pk").first()


def _currency() -> str:
    pipeline = _pipeline()
    return pipeline.currency if pipeline else company().currency
