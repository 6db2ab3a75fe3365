import pytest
from django.db import connection

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.customers import search_index
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.search import search

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(db: None) -> None:
    _add("Brunhilde Höfelmeyer", "brunhilde@example.com")
    _add("José María Ñandú", "jose@example.org")
    _add("Li Wei", "wei_li@example.com")
    _add("O'Brien 100% Cotton", "cotton@example.net")


def _add(name: str, email: str) -> Customer:
    at = now()
    customer = Customer.objects.create(
        name=name, name_folded=fold(name), created_at=at, updated_at=at
    )
    Identity.objects.create(
        customer=customer, kind="email", value=email, shown=email, created_at=at
    )
    return customer


def _found(text: str) -> set[str]:
    return {customer.name for customer in search(Customer.objects.all(), text)}


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("felmey", {"Brunhilde Höfelmeyer"}),
        ("HÖFEL", {"Brunhilde Höfelmeyer"}),
        ("nandu", {"José María Ñandú"}),
        ("maria jose", {"José María Ñandú"}),
        ("wei_li@", {"Li Wei"}),
        ("example.org", {"José María Ñandú"}),
        ("li", {"Li Wei"}),
        ("100% cot", {"O'Brien 100% Cotton"}),
        ("o'b", {"O'Brien 100% Cotton"}),
        ('"brun', set()),
        ("nobody", set()),
        ("li nobody", set()),
    ],
)
def test_a_part_is_enough(text: str, names: set[str]) -> None:
    assert _found(text) == names


def test_a_changed_name_is_found_by_the_new_one_only() -> None:
    customer = Customer.objects.get(name="Li Wei")
    customer.name_folded = "zhang wei"
    customer.save()

    assert _found("zhang") == {"Li Wei"}
    assert _found("li wei") == {"Li Wei"}  # the address still says so


def test_a_removed_customer_is_not_found() -> None:
    Customer.objects.filter(name="Li Wei").delete()

    assert _found("wei") == set()


def test_rows_written_in_bulk_are_found() -> None:
    at = now()
    Customer.objects.bulk_create(
        Customer(name=f"Person {n}", name_folded=f"person {n}", created_at=at, updated_at=at)
        for n in range(50)
    )

    assert len(_found("person 4")) == 14


def test_putting_the_indexes_there_again_changes_nothing() -> None:
    search_index.after_migrate(using="default")

    assert _found("felmey") == {"Brunhilde Höfelmeyer"}


@pytest.mark.skipif(connection.vendor != "sqlite", reason="the plan is SQLite's")
def test_a_part_of_a_name_is_looked_up_in_the_index() -> None:
    plan = search(Customer.objects.all(), "felmey").explain()

    assert "SCAN customers_customer\n" not in plan
    assert "VIRTUAL TABLE INDEX" in plan
