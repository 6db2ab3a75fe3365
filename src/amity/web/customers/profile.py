"""All that the page of one customer shows, loaded in a fixed number of statements."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Max, Min, Sum

from amity.kernel.access.rules import Actor, may
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Membership
from amity.kernel.customers.ownership import OwnerAnswer, owner_of_loaded
from amity.kernel.customers.queries import custom_fields, get_customer, with_details
from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.hooks.manifest import CustomerCard, TraitDefinition
from amity.kernel.policy.compiled import PromiseAnswer
from amity.kernel.policy.promises import promise_for
from amity.kernel.segments.models import Segment
from amity.kernel.traits.models import Trait

ORDERS_SHOWN = 8
MEMBERS_SHOWN = 20
HEADLINES = ("clv_12m", "p_alive", "orders", "recency_days")  # the first figures, where known


@dataclass(frozen=True, slots=True)
class Measured:
    """A trait with what it means."""

    trait: Trait
    definition: TraitDefinition


@dataclass(frozen=True, slots=True)
class OrderTotals:
    """All orders of a customer in one currency; an amount in minor units, None where unknown."""

    currency: str
    count: int
    net_minor: int | None
    first_on: date
    last_on: date


@dataclass(frozen=True, slots=True)
class Card:
    """A card that a capability brings."""

    definition: CustomerCard
    content: Any


@dataclass(frozen=True, slots=True)
class Profile:
    """One customer as their page shows them."""

    customer: Customer
    owner: OwnerAnswer | None
    segments: list[Segment]
    measured: list[Measured]
    promise: PromiseAnswer
    orders: list[Order]
    totals: list[OrderTotals]
    members: list[Membership]
    custom: list[tuple[str, Any]]
    cards: list[Card]


def profile_of(customer_id: int, *, actor: Actor, at: datetime) -> Profile:
    """The customer with everything around them.

    Raises:
        NotFoundError: there is none with this number.
    """
    customer = with_details(Customer.objects.filter(pk=customer_id)).first()
    if customer is None or customer.merged_into_id is not None:
        survivor = get_customer(customer_id)
        customer = with_details(Customer.objects.filter(pk=survivor.pk)).get()
    pk = customer.pk
    return Profile(
        customer=customer,
        owner=owner_of_loaded(customer, at=at),
        segments=list(
            Segment.objects.filter(
                archived_at=None, memberships__customer=pk, memberships__until=None
            ).order_by("pk")
        ),
        measured=_measured(pk),
        promise=promise_for(pk),
        orders=list(
            Order.objects.filter(customer=pk).order_by("-ordered_on", "-pk")[:ORDERS_SHOWN]
        ),
        totals=_totals(pk),
        members=_members(customer),
        custom=_custom(customer),
        cards=_cards(pk, actor, at),
    )


def _measured(customer_id: int) -> list[Measured]:
    known = {trait.name: trait for trait in Trait.objects.filter(customer=customer_id)}
    definitions = [trait for manifest in capabilities() for trait in manifest.traits]
    found = [Measured(known[one.name], one) for one in definitions if one.name in known]
    return sorted(found, key=_prominence)


def _prominence(measured: Measured) -> int:
    name = measured.definition.name
    return HEADLINES.index(name) if name in HEADLINES else len(HEADLINES)


def _totals(customer_id: int) -> list[OrderTotals]:
    rows = (
        Order.objects.filter(customer=customer_id)
        .order_by()
        .values("currency")
        .annotate(
            count=Count("pk"), net=Sum("net_minor"), first=Min("ordered_on"), last=Max("ordered_on")
        )
    )
    return [
        OrderTotals(row["currency"], row["count"], row["net"], row["first"], row["last"])
        for row in rows
    ]


def _members(customer: Customer) -> list[Membership]:
    if customer.kind != Customer.Kind.ORGANIZATION:
        return []
    members = customer.members.select_related("person").order_by("person__name_folded", "pk")
    return list(members[:MEMBERS_SHOWN])


def _custom(customer: Customer) -> list[tuple[str, Any]]:
    if not customer.custom:
        return []
    return [
        (field.label, customer.custom[field.key])
        for field in custom_fields()
        if field.key in customer.custom
    ]


def _cards(customer_id: int, actor: Actor, at: datetime) -> list[Card]:
    declared = [card for manifest in capabilities() for card in manifest.customer_cards]
    cards = []
    for card in sorted(declared, key=lambda one: one.order):
        if may(actor, card.permission):
            read: Callable[[int, datetime], Any] = load(card.load)
            content = read(customer_id, at)
            if content is not None:
                cards.append(Card(card, content))
    return cards
