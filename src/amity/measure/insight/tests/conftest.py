"""The published log as orders, and people who measure it."""

import csv
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from amity.base.money import to_minor
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.testing.populations import by_habit

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
def regulars(db: None) -> None:
    """Some 800 who buy by habit over 700 days of 2023 and 2024."""
    who, day, amount = by_habit(800, 4, 4, 700)
    people = list(make_customers([str(number) for number in range(800)]).values())
    rows = zip(who.tolist(), day.tolist(), amount.tolist(), strict=True)
    Order.objects.bulk_create(
        make_order(number, people[one], date(2023, 1, 1) + timedelta(days=on), minor)
        for number, (one, on, minor) in enumerate(rows)
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
