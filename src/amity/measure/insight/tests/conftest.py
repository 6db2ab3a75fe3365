"""The published log as orders, and people who measure it."""

import csv
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

import pytest

from amity.base.money import to_minor
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer

CDNOW = Path(__file__).parents[2] / "analytics/tests/data/cdnow_sample.csv"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


def make_customers(names: list[str]) -> dict[str, Customer]:
    """Customers by name."""
    rows = [Customer(name=name, created_at=AT, updated_at=AT) for name in names]
    return {row.name: row for row in Customer.objects.bulk_create(rows)}


def make_order(
    number: object,
    customer: Customer | None,
    day: date,
    minor: int | None,
    *,
    kind: str = Order.Kind.SALE,
    currency: str = "USD",
) -> Order:
    """One order, not yet saved."""
    return Order(
        number=str(number),
        customer=customer,
        kind=kind,
        ordered_on=day,
        ordered_at=datetime(day.year, day.month, day.day, 12, tzinfo=UTC),
        currency=currency,
        net_minor=minor,
    )


@pytest.fixture
def cdnow(db: None) -> None:
    """The 6,919 orders of the CDNOW sample."""
    with CDNOW.open(newline="") as file:
        rows = list(csv.DictReader(file))
    people = make_customers(sorted({row["customer"] for row in rows}, key=int))
    Order.objects.bulk_create(
        make_order(
            number,
            people[row["customer"]],
            date.fromisoformat(row["date"]),
            to_minor(Decimal(row["amount"]), "USD"),
        )
        for number, row in enumerate(rows)
    )
