"""The pages of contracts: the list, a new one, and one that is changed or ended."""

from typing import Any

import pytest
from django.test import Client

from amity.kernel.access.models import Company
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.models import Customer
from amity.kernel.imports.tests.helpers import AT
from amity.kernel.interactions.queries import effective

pytestmark = pytest.mark.django_db
GIVEN: dict[str, Any] = {
    "key": "S-1",
    "started_on": "2025-01-01",
    "period_months": "12",
    "fee": "120.50",
}


@pytest.fixture
def mia(db: None) -> Customer:
    """A customer of a company that counts in euros."""
    Company.objects.update_or_create(defaults={"currency": "EUR"})
    return add("Mia")


def add(name: str) -> Customer:
    return Customer.objects.create(
        name=name, name_folded=name.lower(), created_at=AT, updated_at=AT
    )


def text(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def test_a_contract_is_added_changed_and_ended_with_its_history(
    mia: Customer, ada_client: Client
) -> None:
    assert "No contract is known yet" in text(ada_client, "/contracts/")
    found = text(ada_client, "/contracts/new?q=mia")
    assert f"/contracts/new?customer={mia.pk}" in found

    added = ada_client.post(f"/contracts/new?customer={mia.pk}", GIVEN)

    row = Contract.objects.get()
    assert added["Location"].startswith(f"/customers/{mia.pk}")
    assert (row.customer_id, row.fee_minor, row.currency) == (mia.pk, 12_050, "EUR")
    assert 'value="120.50"' in text(ada_client, f"/contracts/{row.pk}")
    ends = {"ended_on": "2025-12-31", "end_reason": "price"}
    ada_client.post(f"/contracts/{row.pk}", {**GIVEN, **ends})
    row.refresh_from_db()
    assert (row.key, str(row.ended_on), row.end_reason) == ("S-1", "2025-12-31", "price")
    kinds = [told.kind for told in effective().order_by("pk")]
    assert kinds == ["contracts.signed", "contracts.ended"]
    card = text(ada_client, f"/customers/{mia.pk}")
    assert f"/contracts/{row.pk}" in card
    assert f"/contracts/new?customer={mia.pk}" in card


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"period_months": "0"}, "greater than or equal to 1"),
        ({"started_on": "0001-01-01"}, "1900"),
        ({"ended_on": "2024-12-31"}, "A contract ends on or after the day it began."),
        ({"fee": "-1"}, "greater than or equal to 0"),
        ({"key": "a\tb"}, "Write it in one line."),
        ({"key": ""}, "This field is required."),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    mia: Customer, ada_client: Client, changed: dict[str, str], said: str
) -> None:
    answer = ada_client.post(f"/contracts/new?customer={mia.pk}", {**GIVEN, **changed})

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert not Contract.objects.exists()


def test_a_number_that_is_known_is_not_written_over(mia: Customer, ada_client: Client) -> None:
    ada_client.post(f"/contracts/new?customer={mia.pk}", GIVEN)

    answer = ada_client.post(f"/contracts/new?customer={mia.pk}", {**GIVEN, "fee": "1"})

    assert answer.status_code == 422
    assert "There is a contract S-1 already" in answer.content.decode()
    assert Contract.objects.get().fee_minor == 12_050
    assert effective().count() == 1


def test_the_list_is_filtered_and_paged(
    mia: Customer, ada_client: Client, django_assert_max_num_queries: Any
) -> None:
    noa = add("Noa")
    for number in range(60):
        Contract.objects.create(
            key=f"K-{number:02}",
            customer=noa if number % 2 else mia,
            started_on="2025-01-01",
            ended_on="2025-06-30" if number % 3 == 0 else None,
            period_months=1,
            currency="EUR",
        )
    with django_assert_max_num_queries(10):
        first = text(ada_client, "/contracts/")

    assert first.count('href="/contracts/') >= 50
    assert "after=" in first
    assert "K-01" in text(ada_client, "/contracts/?q=noa")
    assert "K-02" not in text(ada_client, "/contracts/?q=noa")
    assert "K-03" in text(ada_client, "/contracts/?q=K-03")
    assert "K-00" not in text(ada_client, "/contracts/?state=running&q=K-0")
    assert "No contract fits" in text(ada_client, "/contracts/?q=absent")


def test_who_may_not_record_sees_and_does_not_change(
    mia: Customer, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    ada_client.post(f"/contracts/new?customer={mia.pk}", GIVEN)
    row = Contract.objects.get()

    assert "S-1" in text(ben_client, "/contracts/")
    assert f"/contracts/{row.pk}" not in text(ben_client, "/contracts/")
    assert ben_client.get(f"/contracts/{row.pk}").status_code == 403
    assert ben_client.post(f"/contracts/new?customer={mia.pk}", GIVEN).status_code == 403
    assert cleo_client.get("/contracts/").status_code == 403
    assert ada_client.get(f"/contracts/{row.pk + 1}").status_code == 404
    assert ada_client.get("/contracts/new?customer=999999").status_code == 404
