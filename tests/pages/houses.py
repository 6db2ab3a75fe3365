"""The pages that there are, and houses for them to be looked at in."""

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Identity, Tag
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.models import Job
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait


def _routes(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not set(route) & set("<(^"):
            yield route


def pages_of(client: Client) -> list[str]:
    """The addresses that answer with a page."""
    found = []
    for route in sorted(set(_routes(get_resolver().url_patterns))):
        if route.startswith(("/api/", "/v1/")):
            continue
        response = client.get(route)
        if response.status_code == 200 and response.content.startswith(b"<!doctype html>"):
            found.append(route)  # a part that a page swaps in has no doctype
    return found


def furnish() -> list[str]:
    """A little of everything; returns the addresses of single things."""
    at = now()
    segment = Segment.objects.create(
        key="loyal", name="Loyal regulars", rule={"everyone": True}, color=1, created_at=at
    )
    names = ["Brunhilde Oberschwarzenbergerin-Höfelmeyer", "Li Wei", "مريم الخوارزمي"]
    for index, name in enumerate(names):
        customer = Customer.objects.create(
            name=name, name_folded=fold(name), country="DE", created_at=at, updated_at=at
        )
        email = f"person.{index}@example.com"
        Identity.objects.create(
            customer=customer, kind="email", value=email, shown=email, created_at=at
        )
        customer.tags.add(Tag.objects.get_or_create(name="vip")[0])
        SegmentMembership.objects.create(segment=segment, customer=customer, since=at)
        for trait, number in (("orders", 3), ("clv_12m", 123_400), ("p_alive", 0.8)):
            Trait.objects.create(
                customer=customer, name=trait, number=number, as_of=at, source="test"
            )
        _shop(customer, at)
    running = Job.objects.create(
        kind="jobs.prune",
        status="running",
        run_at=at,
        created_at=at,
        progress_done=1,
        progress_total=4,
        lease_until=at + timedelta(hours=1),
        worker="test",
    )
    pk = customer.pk
    return [f"/customers/{pk}", f"/customers/{pk}/edit", f"/jobs/{running.pk}", "/no/such/page"]


def _shop(customer: Customer, at: Any) -> None:
    for n in range(3):
        number = f"{customer.pk}-{n}"
        Order.objects.create(
            number=number,
            customer=customer,
            ordered_on=date(2026, 1, 1 + n),
            ordered_at=at,
            currency="USD",
            gross_minor=4200,
            net_minor=4200,
            line_count=2,
        )
        Interaction.objects.create(
            happened_at=at - timedelta(days=n),
            recorded_at=at,
            customer=customer,
            kind="commerce.ordered",
            relationship_type="self_service",
            stage="transact",
            currency="USD",
            value_minor=4200,
            source="test",
            source_id=number,
        )
