"""Houses whose insight pages say a lot, too little, or nothing; each made by its doors."""

from datetime import date, timedelta
from typing import Any

from amity.base.time import now
from amity.cli.generated.loading import generate
from amity.kernel.access.operations import company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.interactions.operations import record_interaction
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.insight.descriptions import MAKERS, describe
from amity.measure.insight.operations import measure
from amity.measure.insight.rules import Options
from amity.measure.insight.spending import enter_spend

TOUCHED = 90
OUT = {"direction": "out"}
DESCRIBED = [f"/insight/{name}/" for name in MAKERS]
PAGES = [
    *DESCRIBED,
    "/insight/spend/",
    "/insight/rfm/",
    "/insight/movement/",
    "/insight/movement/?days=30",
    "/insight/movement/?days=365",
    "/insight/baskets/?by=category",
]


def say_a_lot() -> None:
    """Two years of 500 invented customers; some were mailed, called, and asked how it went."""
    company()
    generate(customers=500, seed=3, actor=SYSTEM, progress=lambda *_: None)
    mailing = Touchpoint.objects.create(
        key="mailing", name="Kundenzufriedenheitsnachfassrundschreiben", channel="email"
    )
    phone = Touchpoint.objects.create(key="phone", name="Phone", channel="phone")
    orders = Order.objects.filter(customer__isnull=False).order_by("-ordered_at")
    for number, order in enumerate(orders[:TOUCHED]):
        _touch(order, "campaigns.mailed", 5, touchpoint_id=mailing.pk, cost_minor=75, **OUT)
        _touch(
            order,
            "inbox.replied",
            2,
            touchpoint_id=phone.pk,
            staff_seconds=900,
            cost_minor=700,
            **OUT,
        )
        _touch(order, "inbox.asked_to_rate", 1, touchpoint_id=phone.pk, **OUT)
        if number % 2:
            _add_lines(order)
            answer = str(3 + number % 3)
            _touch(order, "inbox.rated", 1, touchpoint_id=phone.pk, outcome=answer)
    for month in range(1, 13):
        enter_spend(
            month=date(2025, month, 1),
            touchpoint="mailing",
            amount_minor=90_000,
            actor=SYSTEM,
            at=now(),
        )
    _look()


def _add_lines(order: Order) -> None:
    """Two more products, which are bought together."""
    for place, name in enumerate(("Teekanne", "Teekannenuntersetzer")):
        product, _ = Product.objects.get_or_create(
            key=name, defaults={"name": name, "category": f"Around {name}"}
        )
        OrderLine.objects.create(
            order=order, position=900 + place, product=product, amount_minor=900
        )


def say_too_little() -> None:
    """Three customers, one order each, one answer, and no touchpoint at all."""
    company()
    generate(customers=3, seed=5, actor=SYSTEM, progress=lambda *_: None)
    keep = Order.objects.order_by("customer", "pk").distinct().values_list("pk", flat=True)[:2]
    Order.objects.exclude(pk__in=list(keep)).delete()
    order = Order.objects.filter(customer__isnull=False)[0]
    _touch(order, "inbox.rated", 1, outcome="4")
    _look()


def _look() -> None:
    measure(options=Options(), at=now(), actor=SYSTEM)
    describe(names=list(MAKERS), at=now(), progress=lambda *_: None)


def _touch(order: Order, kind: str, days: int, **more: Any) -> None:
    assert order.customer_id is not None
    record_interaction(
        kind=kind,
        source="test",
        source_id=f"{order.pk}-{kind}",
        happened_at=order.ordered_at - timedelta(days=days),
        recorded_at=now(),
        relationship_type="personal_assistance",
        stage="support",
        currency=order.currency,
        customer_id=order.customer_id,
        **more,
    )
