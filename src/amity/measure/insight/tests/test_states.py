"""The running state in the database follows the orders, and equals a rebuild."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pytest

from amity.base.time import day_number, now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import merge_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.worker import run_until_idle
from amity.measure.analytics.running import tallied
from amity.measure.insight.log import order_log
from amity.measure.insight.models import ValueState
from amity.measure.insight.states import FIELDS, refresh_states, states_equal_a_rebuild
from amity.measure.insight.tests.conftest import make_customers, make_order

pytestmark = pytest.mark.django_db
DAY = date(2024, 5, 1)


def told(customer: Customer, kind: str = "commerce.ordered") -> None:
    """The row of the log that tells of an order."""
    number = Interaction.objects.count()
    Interaction.objects.create(
        happened_at=now(), recorded_at=now(), customer=customer, kind=kind, currency="USD",
        relationship_type="self_service", stage="purchase", source="shop", source_id=str(number),
    )  # fmt: skip


def buy(customer: Customer, day: date, minor: int | None, **more: Any) -> None:
    make_order(f"{day}-{Order.objects.count()}", customer, day, minor, **more).save()
    told(customer, f"commerce.{'ordered' if (minor or 0) >= 0 else 'returned'}")


def state(customer: Customer) -> tuple[Any, ...] | None:
    return ValueState.objects.filter(customer=customer).values_list(*FIELDS).first()


def findings() -> list[Any]:
    return list(states_equal_a_rebuild())


def test_states_are_those_of_the_whole_log(cdnow: None) -> None:
    assert refresh_states(at=now()) == 2357

    found = tallied(order_log("USD").log)
    rows: Iterable[Any] = ValueState.objects.order_by("customer").values_list("customer", *FIELDS)
    columns = (found.customer, found.first, found.last, found.x, found.spends, found.last_spent)
    made = zip(*(column.tolist() for column in (*columns, found.spent)), strict=True)
    assert list(rows) == list(made)
    assert findings() == []


def test_only_customers_of_new_rows_of_the_log_are_made_anew(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("amity.measure.insight.states.OVERLAP", 0)
    people = make_customers(["Ann", "Bob"])
    buy(people["Ann"], DAY, 500)
    buy(people["Bob"], DAY, 700)
    assert refresh_states(at=now()) == 2
    assert refresh_states(at=now()) == 0

    buy(people["Ann"], date(2024, 5, 9), 300)
    buy(people["Ann"], date(2024, 4, 9), 200)  # late
    buy(people["Ann"], date(2024, 5, 9), -100, kind=Order.Kind.RETURN)

    assert refresh_states(at=now()) == 1
    first, last = day_number(date(2024, 4, 9)), day_number(date(2024, 5, 9))
    assert state(people["Ann"]) == (first, last, 2, 2, True, 700)
    assert state(people["Bob"]) == (day_number(DAY), day_number(DAY), 0, 0, False, 0)
    assert findings() == []


def test_customer_whose_orders_went_away_has_no_state() -> None:
    ann = make_customers(["Ann"])["Ann"]
    buy(ann, DAY, 500)
    refresh_states(at=now())
    Order.objects.all().delete()
    told(ann, "commerce.canceled")

    refresh_states(at=now())

    assert state(ann) is None
    assert findings() == []


def test_merged_customers_have_one_state() -> None:
    people = make_customers(["Ann", "Anne"])
    buy(people["Ann"], DAY, 500)
    buy(people["Anne"], date(2024, 5, 20), 300)
    refresh_states(at=now())

    merge_customers(
        survivor_id=people["Ann"].pk, absorbed_id=people["Anne"].pk, reason="same person",
        actor=SYSTEM, at=now(),
    )  # fmt: skip
    refresh_states(at=now())

    assert state(people["Anne"]) is None
    assert state(people["Ann"]) == (
        day_number(DAY), day_number(date(2024, 5, 20)), 1, 1, True, 300,
    )  # fmt: skip
    assert findings() == []


def test_state_that_is_not_what_the_orders_say_is_found_and_mended() -> None:
    ann = make_customers(["Ann"])["Ann"]
    assert findings() == []
    buy(ann, DAY, 500)
    refresh_states(at=now())
    ValueState.objects.update(repeats=7)

    (found,) = findings()
    assert found.invariant == "I12"
    enqueue("insight.refresh_states", {"rebuild": True}, at=now())
    run_until_idle()

    assert findings() == []


def test_other_main_currency_makes_all_anew() -> None:
    ann = make_customers(["Ann"])["Ann"]
    buy(ann, DAY, 500)
    buy(ann, date(2024, 5, 3), 900)
    refresh_states(at=now())
    for day in (4, 5, 6):
        buy(ann, date(2024, 5, day), 100, currency="EUR")

    refresh_states(at=now())

    found = state(ann)
    assert found is not None
    assert found[-1] == 300
    assert findings() == []
