import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.operations import company
from amity.kernel.customers.models import Customer
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.traits.models import Trait
from amity.web.home import next_step, read_state

pytestmark = pytest.mark.django_db
AT = now()


def customer() -> Customer:
    return Customer.objects.create(name="Anna", name_folded="anna", created_at=AT, updated_at=AT)


def measure(row: Customer, value: float = 12_300) -> None:
    Trait.objects.create(customer=row, name="clv_12m", number=value, as_of=AT, source="test")


def version(number: int, status: str) -> None:
    PolicyVersion.objects.create(
        number=number,
        name="First",
        status=status,
        document={},
        digest="",
        created_at=AT,
        updated_at=AT,
        published_at=AT if status == "published" else None,
    )


def where() -> tuple[str, str]:
    step = next_step(read_state())
    return step.station, step.title


def test_the_next_step_follows_the_loop() -> None:
    assert where() == ("run", "Bring in your orders")
    row = customer()
    assert where() == ("measure", "Measure your customers")
    measure(row)
    assert where() == ("design", "Draft the relationships you want")
    version(1, "draft")
    assert where() == ("design", "Publish version 1")
    PolicyVersion.objects.all().delete()
    version(1, "published")
    assert where() == ("adapt", "Ask the planner for a better mix")
    version(2, "proposal")
    assert where() == ("adapt", "1 proposal waits for you")


def test_home_shows_the_four_numbers(ada_client: Client) -> None:
    company()
    for value in (12_300, 20_000):
        measure(customer(), value)
    version(1, "published")

    page = ada_client.get("/").content.decode()

    for figure in ("Version 1", ">2<", "$323", "no proposal waits"):
        assert figure in page


def test_home_says_that_it_is_a_demonstration(ada_client: Client) -> None:
    row = company()
    row.is_demonstration = True
    row.save()

    assert "demonstration company" in ada_client.get("/").content.decode()
