"""Invented customers: alike for one seed, whole in the database, added to no company's own."""

import pytest
from django.db.models import Sum

from amity.base.time import now
from amity.cli.generated import loading
from amity.cli.generated.loading import Generated, GenerateError, generate
from amity.cli.generated.rules import draw
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.operations import create_customer
from amity.kernel.hooks.checks import broken_invariants
from amity.kernel.interactions.models import Interaction


def made(customers: int, seed: int = 7) -> Generated:
    return generate(customers=customers, seed=seed, actor=SYSTEM, progress=lambda *_: None)


def test_a_seed_draws_the_same_customers_whatever_their_number() -> None:
    few, many, other = draw(7, 0, 50), draw(7, 0, 80), draw(8, 0, 50)

    assert many.people.slice(0, 50) == few.people
    assert many.lines.slice(0, few.lines.num_rows) == few.lines
    assert draw(7, 0, 50).contacts == few.contacts
    assert other.lines != few.lines
    assert draw(7, 1, 50).people.column("key")[0].as_py() == "G0005001"
    assert set(few.lines.column("customer").to_pylist()) == set(
        few.people.column("key").to_pylist()
    )
    addresses = few.people.column("email").to_pylist()
    assert all(address.split("@")[1].startswith("example.") for address in addresses)
    assert len(set(addresses)) == 50


@pytest.mark.django_db
def test_the_base_is_whole_and_the_same_again_adds_nothing() -> None:
    first = made(40)
    again = made(40)

    assert again == first
    assert (Customer.objects.count(), Identity.objects.count()) == (40, 80)
    assert (Order.objects.count(), OrderLine.objects.count()) == (first.orders, first.lines)
    assert Interaction.objects.count() == first.interactions
    assert Product.objects.count() > 20
    told = Interaction.objects.aggregate(value=Sum("value_minor"))["value"]
    assert Order.objects.aggregate(value=Sum("net_minor"))["value"] == told
    assert not list(broken_invariants())


@pytest.mark.django_db
def test_what_was_stopped_between_two_pieces_goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "PIECE", 20)
    first = made(20)
    both = made(40)

    assert both.orders > first.orders
    assert Customer.objects.count() == 40
    assert Order.objects.count() == both.orders
    assert Interaction.objects.count() == both.interactions


@pytest.mark.django_db
@pytest.mark.parametrize(("customers", "seed"), [(40, 8), (60, 7), (10, 7)])
def test_another_base_is_not_mixed_in(customers: int, seed: int) -> None:
    made(40)

    with pytest.raises(GenerateError, match="has customers already: 40"):
        made(customers, seed)

    assert Customer.objects.count() == 40


@pytest.mark.django_db
def test_a_company_with_customers_of_its_own_is_left_alone() -> None:
    create_customer(name="Ada", actor=SYSTEM, at=now())

    with pytest.raises(GenerateError, match="has customers already: 1"):
        made(40)
