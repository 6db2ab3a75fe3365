from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from amity.base.time import now
from amity.kernel.access.models import Company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.hooks.command_line import Listener
from amity.kernel.interactions.models import Interaction
from amity.project.demonstration import loading, steps


@contextmanager
def _quiet(label: str) -> Iterator[Listener]:
    yield _hear


def _hear(done: int, total: int | None, message: str = "") -> None:
    """Nobody listens."""


def test_the_households_get_invented_people_at_example_domains(db: None) -> None:
    loading.add_customers(SYSTEM, now())

    assert Customer.objects.count() == 2448
    addresses = Identity.objects.filter(kind="email").values_list("value", flat=True)
    assert {address.rpartition("@")[2] for address in addresses} == {
        "example.com",
        "example.net",
        "example.org",
    }
    surveyed = Customer.objects.exclude(custom={})
    assert surveyed.count() == 801


def test_campaigns_are_told_to_the_log_once(db: None) -> None:
    loading.add_touchpoints(SYSTEM, now())
    loading.add_customers(SYSTEM, now())

    loading.add_campaigns(now())
    loading.add_campaigns(now())

    kinds = Interaction.objects.values_list("kind", flat=True)
    assert sorted((kind, list(kinds).count(kind)) for kind in set(kinds)) == [
        ("campaigns.mailed", 4168),
        ("campaigns.redeemed", 1237),
    ]


def test_a_home_with_a_company_of_its_own_is_left_alone(db: None) -> None:
    Company.objects.create(name="Harbor Books")
    Customer.objects.create(name="Ida", created_at=now(), updated_at=now())

    with pytest.raises(loading.HouseTakenError, match="Harbor Books"):
        loading.load_demonstration(actor=SYSTEM, at=now(), bars=_quiet)

    assert Company.objects.get().is_demonstration is False
    assert Customer.objects.count() == 1


def test_a_step_that_is_done_is_not_done_again(db: None) -> None:
    loader = loading.Loader(SYSTEM, now(), _quiet)
    done: list[int] = []

    for _ in range(2):
        loader.step("count", "Counting", lambda _: done.append(1))

    assert done == [1]


def test_a_step_that_fails_is_done_again(db: None) -> None:
    loader = loading.Loader(SYSTEM, now(), _quiet)
    done: list[int] = []

    with pytest.raises(ZeroDivisionError):
        loader.step("count", "Counting", lambda _: done.append(1 // 0))
    loader.step("count", "Counting", lambda _: done.append(1))

    assert done == [1]


def test_all_is_done_when_every_step_is(db: None) -> None:
    loading.prepare_company()
    loader = loading.Loader(SYSTEM, now(), _quiet)
    *most, last = sorted(steps.step_names())
    for name in most:
        loader.step(name, name, lambda _: None)
    assert steps.is_all_done() is False

    loader.step(last, last, lambda _: None)

    assert steps.is_all_done() is True


def test_the_company_says_that_it_is_a_demonstration(db: None) -> None:
    loading.prepare_company()

    company = Company.objects.get()
    assert company.is_demonstration
    assert "invented" in company.note
