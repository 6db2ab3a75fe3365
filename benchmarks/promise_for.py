"""How fast is the question that every part asks, and the refresh that it stands on?

    PYTHONPATH=src python benchmarks/promise_for.py [customers]

Loads customers with orders and traits into an empty database (AMITY_DATABASE_URL, else SQLite in a
temporary folder), refreshes five segments, publishes a canvas, asks promise_for, and prints JSON.
"""

import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
RULES = {
    "best": "rfm_m >= 5 and rfm_f >= 4 and rfm_r >= 3",
    "german": "country is DE and orders in last 365 days >= 2",
    "spending": "net spend in last 365 days >= 200",
    "asleep": "no order in last 180 days and orders >= 1",
    "everyone": "everyone",
}


def timed(work: Callable[[], Any]) -> float:
    """Seconds that the work takes."""
    begun = time.perf_counter()
    work()
    return round(time.perf_counter() - begun, 3)


def load(count: int) -> None:
    """Customers with five orders and six traits each, on average."""
    from amity.kernel.commerce.models import Order
    from amity.kernel.customers.models import Customer
    from amity.kernel.traits.models import Trait

    chance = random.Random(7)  # noqa: S311 -- a benchmark needs the same data each time
    Customer.objects.bulk_create(
        (
            Customer(
                name=f"Customer {i}",
                name_folded=f"customer {i}",
                country=chance.choice(["DE", "US", "FR"]),
                created_at=AT,
                updated_at=AT,
            )
            for i in range(count)
        ),
        batch_size=5000,
    )
    ids = list(Customer.objects.order_by("pk").values_list("pk", flat=True))
    Order.objects.bulk_create(
        (
            Order(
                number=str(i),
                customer_id=chance.choice(ids),
                ordered_on=(AT - timedelta(days=chance.randrange(800))).date(),
                ordered_at=AT,
                currency="USD",
                gross_minor=5000,
                net_minor=chance.randrange(500, 20_000),
            )
            for i in range(5 * count)
        ),
        batch_size=5000,
    )
    Trait.objects.bulk_create(
        (
            Trait(customer_id=pk, name=name, number=chance.randint(1, 5), as_of=AT, source="bench")
            for pk in ids
            for name in ("rfm_r", "rfm_f", "rfm_m", "p_alive", "clv_12m", "orders")
        ),
        batch_size=5000,
    )


def measure(count: int) -> dict[str, Any]:
    """Loads, refreshes twice, publishes, and asks."""
    from django.db import connection, transaction

    from amity.base.vocabulary import Role
    from amity.kernel.access.rules import Actor
    from amity.kernel.customers.models import Customer
    from amity.kernel.policy.operations import create_draft, publish
    from amity.kernel.policy.promises import promise_for
    from amity.kernel.policy.queries import publish_preview
    from amity.kernel.segments.operations import create_segment, refresh_memberships
    from amity.kernel.segments.rules import parse_text
    from amity.testing.canvases import canvas, design, helped, office_hours, touchpoints

    actor = Actor(kind="command", name="Benchmark", role=Role.OWNER)
    found: dict[str, Any] = {"database": connection.vendor, "customers": count}
    found["load_seconds"] = timed(transaction.atomic(lambda: load(count)))
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
    office_hours()
    touchpoints()
    found["first_refresh_seconds"] = {}
    for key, rule in RULES.items():
        segment = create_segment(name=key, rule=parse_text(rule), actor=actor, at=AT)
        found["first_refresh_seconds"][key] = timed(
            lambda segment=segment: refresh_memberships(segment, at=AT)
        )
    found["second_refresh_seconds"] = timed(lambda: refresh_memberships(at=AT))
    document = canvas(*(design(key, personal_assistance=helped(60)) for key in RULES))
    draft = create_draft(document=document, name="", reason="", base=None, actor=actor, at=AT)
    found["preview_seconds"] = timed(lambda: publish_preview(draft, AT))
    found["publish_seconds"] = timed(lambda: publish(draft.pk, reason="", actor=actor, at=AT))
    known = list(Customer.objects.values_list("pk", flat=True))
    ids = random.Random(1).sample(known, min(5000, count))  # noqa: S311 -- as above
    promise_for(ids[0])
    each = []
    for customer_id in ids:
        begun = time.perf_counter()
        promise_for(customer_id)
        each.append((time.perf_counter() - begun) * 1e6)
    found["promise_for_microseconds"] = {
        "median": round(statistics.median(each)),
        "p99": round(statistics.quantiles(each, n=100)[98]),
    }
    return found


def main() -> None:
    """Prepares the database and prints what was measured."""
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 100_000
    with tempfile.TemporaryDirectory() as home:
        os.environ["AMITY_HOME"] = home
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
        import django

        django.setup()
        from django.core.management import call_command

        call_command("migrate", verbosity=0)
        print(json.dumps(measure(count), indent=2))


main()
