"""What is in a deal; its amount follows."""

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import Sum

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.rules import Actor
from amity.kernel.commerce.models import Product
from amity.run.deals.models import Deal, DealEvent, DealLine
from amity.run.deals.operations.writing import (
    MOST_MINOR,
    DealError,
    event,
    locked,
    must_be_open,
    save,
)
from amity.run.deals.rules.amounts import line_amount

MOST_LINES = 200
MOST_MILLI = 10**10


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line as it is wanted; a product's name is the description where none is given."""

    unit_price_minor: int
    description: str = ""
    product_id: int | None = None
    quantity_milli: int = 1000
    discount_minor: int = 0


@transaction.atomic
def add_line(deal_id: int, new: NewLine, *, actor: Actor, at: datetime) -> DealLine:
    """Adds a line to an open deal.

    Raises:
        NotFoundError: there is no such deal or product.
        ConflictError: the deal is closed.
        DealError: it says nothing, is below zero, or is one line too many.
    """
    deal = locked(deal_id)
    must_be_open(deal)
    if deal.lines.count() >= MOST_LINES:
        raise DealError(f"A deal has at most {MOST_LINES} lines.")
    product = _product(new.product_id)
    given = new.description or (product.name if product else "")
    description = clean_text(given, field="description", max_length=200)
    if not description:
        raise DealError("Say what the line is for.")
    line = DealLine.objects.create(
        deal=deal,
        product=product,
        description=description,
        quantity_milli=new.quantity_milli,
        unit_price_minor=new.unit_price_minor,
        discount_minor=new.discount_minor,
        amount_minor=_amount(new),
    )
    _settle(deal, DealEvent.Kind.LINE_ADDED, line, actor, at)
    return line


@transaction.atomic
def remove_line(deal_id: int, line_id: int, *, actor: Actor, at: datetime) -> Deal:
    """Takes a line away from an open deal.

    Raises:
        NotFoundError: there is no such deal or line.
        ConflictError: the deal is closed.
    """
    deal = locked(deal_id)
    must_be_open(deal)
    line = deal.lines.filter(pk=line_id).first()
    if line is None:
        raise NotFoundError("There is no such line any more.")
    line.delete()
    _settle(deal, DealEvent.Kind.LINE_REMOVED, line, actor, at)
    return deal


def _settle(deal: Deal, kind: DealEvent.Kind, line: DealLine, actor: Actor, at: datetime) -> None:
    deal.amount_minor = deal.lines.aggregate(sum=Sum("amount_minor"))["sum"] or 0
    save(deal, "amount_minor")
    event(deal, kind, actor=actor, at=at, detail=line.description)


def _amount(new: NewLine) -> int:
    if not 0 < new.quantity_milli <= MOST_MILLI:
        raise DealError("A line has more than nothing of it, and at most ten million pieces.")
    if new.unit_price_minor < 0 or new.discount_minor < 0:
        raise DealError("A price and a discount are 0 or more.")
    amount = line_amount(
        quantity_milli=new.quantity_milli,
        unit_price_minor=new.unit_price_minor,
        discount_minor=new.discount_minor,
    )
    if not 0 <= amount <= MOST_MINOR // MOST_LINES:
        raise DealError("The discount is larger than the line, or the line is too large.")
    return amount


def _product(product_id: int | None) -> Product | None:
    if product_id is None:
        return None
    product = Product.objects.filter(pk=product_id).first()
    if product is None:
        raise NotFoundError(f"There is no product {product_id}.")
    return product
