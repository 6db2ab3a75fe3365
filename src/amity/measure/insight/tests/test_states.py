"""The running state in the database follows the orders, and equals a rebuild."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from amity.base.time import day_number, now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import merge_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.traits.models import Trait
from amity.measure.analytics.running import tallied
from amity.measure.analytics.summary import Log, make_log
from amity.measure.insight.models import MeasureRun, StateCursor, ValueState
from amity.measure.insight.operations import measure
from amity.measure.insight.rules import Options
from amity.measure.insight.states import TALLY, order_log, refresh_states, states_equal_a_rebuild
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
    return ValueState.objects.filter(customer=customer).values_list(*TALLY).first()


def all_orders(currency: str) -> Log:
    """Every order of a known customer as the measurement counts them, straight from the table."""
    rows = Order.objects.filter(customer__isnull=False).values()
    counted = [
        row
        for row in rows
        if row["kind"] == "sale" or (row["currency"] == currency and (row["net_minor"] or 0) < 0)
    ]
    return make_log(
        [row["customer_id"] for row in counted],
        [day_number(row["ordered_on"]) for row in counted],
        [
            float("nan")
            if row["net_minor"] is None or row["currency"] != currency
            else row["net_minor"]
            for row in counted
        ],
    )


def measured_on(as_of: date | None, **asked: Any) -> tuple[dict[str, Any], list[Any]]:
    """The stored run and all traits, but for when and how long it was made."""
    run = measure(options=Options(as_of=as_of, **asked), at=now(), actor=SYSTEM)
    told = MeasureRun.objects.filter(pk=run.pk).values().get()
    made = {name: value for name, value in told.items() if name not in {"id", "seconds"}}
    made.pop("measured_at")
    traits = Trait.objects.order_by("customer", "name").values_list(
        "customer", "name", "number", "text", "low", "high", "as_of"
    )
    return made, list(traits)


def findings() -> list[Any]:
    return list(states_equal_a_rebuild())


def test_states_are_those_of_the_whole_log(cdnow: None) -> None:
    assert refresh_states(at=now()) == 2357

    found = tallied(all_orders("USD"))
    rows: Iterable[Any] = ValueState.objects.order_by("customer").values_list("customer", *TALLY)
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


@pytest.mark.parametrize(
    ("as_of", "holdout"), [(None, None), (date(1997, 9, 30), 273), (date(1998, 2, 1), None)]
)
def test_figures_from_the_state_are_those_of_all_orders(
    cdnow: None, monkeypatch: pytest.MonkeyPatch, as_of: date | None, holdout: int | None
) -> None:
    odd_orders()
    from_states = measured_on(as_of, holdout=holdout)
    orders = order_log(at=now())
    monkeypatch.setattr(
        "amity.measure.insight.operations.order_log",
        lambda **_at: replace(orders, log=all_orders("USD")),
    )

    assert measured_on(as_of, holdout=holdout) == from_states
    assert from_states[0]["verdict"] == "ok"


def odd_orders() -> None:
    """Returns, free and unknown amounts, another currency, late orders and nobody's."""
    ann, bob, cleo, dan = Customer.objects.order_by("pk")[:4]
    new = make_customers(["Only returns"])["Only returns"]
    refresh_states(at=now())
    buy(ann, date(1997, 8, 1), -900, kind=Order.Kind.RETURN)
    buy(ann, date(1998, 3, 1), 0)
    buy(bob, date(1997, 3, 1), None)
    buy(bob, date(1998, 3, 2), 5000, currency="EUR")
    buy(cleo, date(1998, 3, 2), -5000, currency="EUR", kind=Order.Kind.RETURN)
    buy(cleo, date(1998, 3, 2), 800)
    buy(cleo, date(1998, 3, 2), 801)
    buy(dan, date(1996, 12, 1), 700)
    buy(new, date(1998, 1, 5), -300, kind=Order.Kind.RETURN)
    make_order("nobody", None, date(1998, 1, 6), 100).save()


def test_measurement_reads_no_row_of_the_orders(cdnow: None) -> None:
    refresh_states(at=now())

    with CaptureQueriesContext(connection) as asked:
        order_log(at=now())

    sql = [query["sql"] for query in asked if '"commerce_order"' in query["sql"]]
    assert sql
    assert all("COUNT(" in one for one in sql)


def test_orders_that_changed_untold_are_noticed_and_all_is_made_anew() -> None:
    people = make_customers(["Ann", "Bob"])
    buy(people["Ann"], DAY, 500)
    buy(people["Bob"], DAY, 700)
    refresh_states(at=now())
    Order.objects.filter(customer=people["Bob"]).update(net_minor=900)

    found = order_log(at=now())

    assert found.log.amount is not None
    assert sorted(found.log.amount.tolist()) == [500, 900]
    assert findings() == []


def test_customer_with_returns_alone_has_entries_and_no_purchase() -> None:
    ann = make_customers(["Ann"])["Ann"]
    buy(ann, DAY, -300, kind=Order.Kind.RETURN)

    found = order_log(at=now())

    assert (len(found.log), found.last_day) == (1, DAY)
    assert state(ann) == (None, None, 0, 0, False, 0)
    assert findings() == []


def test_states_of_before_the_entries_are_made_anew() -> None:
    ann = make_customers(["Ann"])["Ann"]
    buy(ann, DAY, 500)
    refresh_states(at=now())
    ValueState.objects.update(entries=b"")
    StateCursor.objects.update(refreshed_at=None)  # as the migration does

    refresh_states(at=now())

    assert len(order_log(at=now()).log) == 1
    assert findings() == []
