from datetime import UTC, datetime
from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import create_customer, merge_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.touchpoints.models import Touchpoint

URL = "/api/v1/interactions"


def fact(number: int, **fields: object) -> dict[str, Any]:
    return {
        "kind": "shop.visited",
        "source": "shop",
        "source_id": f"v{number}",
        "happened_at": f"2026-05-01T12:{number:02}:00+02:00",
        "relationship_type": "self_service",
        "stage": "differentiate",
        **fields,
    }


def post(client: Client, url: str, body: object) -> Any:
    return client.post(url, body, content_type="application/json")


def a_customer(name: str = "Ada") -> int:
    return create_customer(name=name, actor=SYSTEM, at=now()).pk


def test_fact_is_written_once_and_read(ada_api: Client) -> None:
    Touchpoint.objects.create(key="web-shop", name="Web shop", channel="web")
    body = fact(1, customer_id=a_customer(), touchpoint="web-shop", properties={"page": "/"})

    first, again = post(ada_api, URL, body), post(ada_api, URL, body)

    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    read = ada_api.get(f"{URL}/{first.json()['id']}").json()
    assert read == first.json()
    assert (read["touchpoint"], read["currency"]) == ("web-shop", "USD")
    assert Interaction.objects.get().happened_at == datetime(2026, 5, 1, 10, 1, tzinfo=UTC)


def test_batch_is_written_whole_or_not_at_all(ada_api: Client) -> None:
    post(ada_api, URL, fact(1))

    written = post(ada_api, f"{URL}/batch", {"items": [fact(n) for n in range(5)]})
    refused = post(ada_api, f"{URL}/batch", {"items": [fact(8), fact(9, customer_id=999)]})

    assert written.json() == {"created": 4, "existing": 1}
    assert refused.status_code == 422
    assert refused.json()["errors"][0]["field"] == "items.1.customer_id"
    assert Interaction.objects.count() == 5


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "Visited"},
        {"touchpoint": "nowhere"},
        {"source": "Tracking"},
        {"happened_at": "2026-05-01T12:00:00"},
        {"happened_at": "0001-01-01T00:00:00Z"},
        {"cost_minor": 2**63},
        {"currency": "usd"},
        {"recorded_at": "2026-05-01T12:00:00Z"},
        {"import_id": 1},
        {"properties": {"x": "y" * 40_000}},
    ],
)
def test_what_cannot_be_written_is_refused(ada_api: Client, wrong: dict[str, object]) -> None:
    assert post(ada_api, URL, fact(1, **wrong)).status_code == 422
    assert not Interaction.objects.exists()


def test_correction_and_void_leave_the_old_row_in_the_log(ada_api: Client) -> None:
    row = post(ada_api, URL, fact(1, value_minor=100)).json()

    corrected = post(ada_api, f"{URL}/{row['id']}/correction", {"value_minor": 250})
    twice = post(ada_api, f"{URL}/{row['id']}/correction", {"value_minor": 300})
    listed = ada_api.get(URL).json()["items"]
    voided = post(ada_api, f"{URL}/{corrected.json()['id']}/void", {})

    assert (corrected.status_code, twice.status_code, voided.status_code) == (201, 409, 204)
    assert [item["value_minor"] for item in listed] == [250]
    assert ada_api.get(URL).json()["items"] == []
    assert ada_api.get(f"{URL}/{row['id']}").json()["value_minor"] == 100


def test_list_follows_merges_and_filters(ada_api: Client) -> None:
    ada, twin, other = a_customer(), a_customer("Twin"), a_customer("Bob")
    for number, who in enumerate((ada, twin, other)):
        post(ada_api, URL, fact(number, customer_id=who))
    post(ada_api, URL, fact(7, customer_id=ada, kind="commerce.ordered"))
    merge_customers(survivor_id=ada, absorbed_id=twin, reason="", actor=SYSTEM, at=now())

    def ids(**wanted: str) -> list[str]:
        return [row["source_id"] for row in ada_api.get(URL, wanted).json()["items"]]

    assert ids(customer_id=str(twin)) == ["v7", "v1", "v0"]
    assert ids(kind="commerce.") == ["v7"]
    assert ids(since="2026-05-01T10:02:00Z", until="2026-05-01T10:07:00Z") == ["v2"]
    assert ada_api.get(URL, {"since": "2026-05-01"}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_statements_for_one_and_three(
    count: int, ada_api: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    Touchpoint.objects.create(key="web-shop", name="Web shop", channel="web")
    items = [fact(number, touchpoint="web-shop") for number in range(count)]
    post(ada_api, f"{URL}/batch", {"items": items})

    with django_assert_num_queries(2):
        assert len(ada_api.get(URL).json()["items"]) == count


def test_ben_may_look_and_change_nothing(ada_api: Client, ben_api: Client) -> None:
    row = post(ada_api, URL, fact(1)).json()

    assert ben_api.get(URL).status_code == 200
    for url, body in [
        (URL, fact(2)),
        (f"{URL}/batch", {"items": [fact(2)]}),
        (f"{URL}/{row['id']}/correction", {"outcome": "x"}),
        (f"{URL}/{row['id']}/void", {}),
    ]:
        assert post(ben_api, url, body).status_code == 403
    assert Interaction.objects.count() == 1
