"""Amity itself, filled with the same people, orders and traits; run with its own Python."""

from datetime import timedelta
from random import Random
from typing import Any

from django.core.management import call_command
from django.test import Client
from people import people

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.interactions.models import Interaction
from amity.kernel.traits.models import Trait
from amity.testing.people import ada

BATCH = 5_000


def seed(count: int) -> None:
    """Fills an empty database with `count` customers, three orders each, and their traits."""
    call_command("migrate", verbosity=0)
    if Customer.objects.count() >= count:
        return
    rows = list(people(count))
    for start in range(0, count, BATCH):
        _seed_batch(rows[start : start + BATCH], start)
    call_command("migrate", verbosity=0)


def _seed_batch(rows: list[tuple[str, str, str, str]], start: int) -> None:
    at, random = now(), Random(start)  # noqa: S311 -- repeatable, not secret
    customers = Customer.objects.bulk_create(
        Customer(
            name=f"{first} {last}",
            name_folded=fold(f"{first} {last}"),
            created_at=at,
            updated_at=at - timedelta(seconds=start + index),
        )
        for index, (first, last, _, _) in enumerate(rows)
    )
    pairs = list(zip(customers, rows, strict=True))
    Identity.objects.bulk_create(
        Identity(customer=customer, kind=kind, value=value, shown=value, created_at=at)
        for customer, (_, _, email, phone) in pairs
        for kind, value in (("email", email), ("phone", phone))
    )
    orders = [
        Order(
            source="bench",
            number=f"{customer.pk}-{n}",
            customer=customer,
            ordered_on=(at - timedelta(days=random.randrange(400))).date(),
            ordered_at=at - timedelta(days=random.randrange(400)),
            currency="USD",
            net_minor=random.randrange(500, 20_000),
            line_count=2,
        )
        for customer in customers
        for n in range(3)
    ]
    Order.objects.bulk_create(orders)
    Interaction.objects.bulk_create(
        Interaction(
            happened_at=order.ordered_at,
            recorded_at=at,
            customer_id=order.customer_id,
            kind="commerce.ordered",
            relationship_type="self_service",
            stage="transact",
            currency="USD",
            value_minor=order.net_minor,
            source="bench",
            source_id=order.number,
        )
        for order in orders
    )
    Trait.objects.bulk_create(
        Trait(
            customer=customer,
            name=name,
            number=random.random() * 10_000,
            as_of=at,
            source="bench",
        )
        for customer in customers
        for name in ("orders", "recency_days", "clv_12m", "p_alive")
    )


def pages(count: int) -> dict[str, Any]:
    """Functions that each load one page and return its response."""
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(ada(), backend="django.contrib.auth.backends.ModelBackend")
    customer = Customer.objects.order_by("pk")[count // 2]
    deep = _page_after_half(client, count)
    return {
        "list": lambda: client.get("/customers"),
        "deep page": lambda: client.get(deep),
        "search": lambda: client.get("/customers?q=lindq"),
        "customer": lambda: client.get(f"/customers/{customer.pk}"),
    }


def _page_after_half(client: Client, count: int) -> str:
    """The address of the page that begins at the middle customer, as the list itself gives it."""
    from amity.web.customers.queries import address_after

    middle = Customer.objects.order_by("-updated_at", "-pk")[count // 2]
    return address_after(middle)
