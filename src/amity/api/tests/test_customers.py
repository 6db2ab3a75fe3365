from typing import Any

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.kernel.access.models import AuditEntry
from amity.kernel.customers.models import Customer, Identity

URL = "/api/v1/customers"


def post(client: Client, url: str, body: object, **headers: str) -> Any:
    return client.post(url, body, content_type="application/json", headers=headers)


def patch(client: Client, url: str, body: object, **headers: str) -> Any:
    return client.patch(url, body, content_type="application/json", headers=headers)


def made(client: Client, name: str = "Ada", **fields: object) -> dict[str, Any]:
    answer = post(client, URL, {"name": name, **fields})
    assert answer.status_code == 201, answer.content
    body: dict[str, Any] = answer.json()
    return body


def test_customer_is_added_read_found_and_changed(ada_api: Client) -> None:
    new = made(
        ada_api,
        "Zoë",
        country="de",
        tags=["vip"],
        identities=[{"kind": "email", "value": "Zoe@Example.org", "is_verified": True}],
    )
    url = f"{URL}/{new['id']}"

    read = ada_api.get(url)
    found = ada_api.get(f"{URL}/lookup", {"kind": "email", "value": "zoe@example.org"})
    changed = patch(ada_api, url, {"city": "Bonn"}, **{"If-Match": read["ETag"]})

    assert read.json() == found.json() == new
    assert (new["country"], new["tags"]) == ("DE", ["vip"])
    assert new["identities"][0]["value"] == "zoe@example.org"
    assert (changed.status_code, changed.json()["city"], changed["ETag"]) == (200, "Bonn", '"v2"')
    assert ada_api.get(url, headers={"If-None-Match": '"v2"'}).status_code == 304
    assert AuditEntry.objects.filter(object_type="customer", object_id=new["id"]).count() == 2


def test_change_needs_the_version_that_was_read(ada_api: Client) -> None:
    url = f"{URL}/{made(ada_api)['id']}"

    missing = patch(ada_api, url, {"city": "Bonn"})
    stale = patch(ada_api, url, {"city": "Bonn"}, **{"If-Match": '"v9"'})

    assert (missing.status_code, stale.status_code) == (428, 412)
    assert Customer.objects.get().city == ""


def test_wrong_fields_are_named_with_a_remedy(ada_api: Client) -> None:
    unknown = post(ada_api, URL, {"name": "Ada", "version": 9})
    shape = post(ada_api, URL, {"name": "", "kind": "robot"})
    meaning = post(ada_api, URL, {"name": "Ada", "country": "QQ", "time_zone": "Mars"})

    assert [answer.status_code for answer in (unknown, shape, meaning)] == [422] * 3
    assert unknown["Content-Type"] == "application/problem+json"
    assert unknown.json()["errors"][0]["field"] == "body.given.version"
    assert {error["field"] for error in meaning.json()["errors"]} == {"country", "time_zone"}
    assert not Customer.objects.exists()


def test_identity_of_another_customer_conflicts(ada_api: Client) -> None:
    identity = {"kind": "email", "value": "a@b.co"}
    first, second = made(ada_api, identities=[identity]), made(ada_api, "Bob")

    answer = post(ada_api, f"{URL}/{second['id']}/identities", identity)

    assert answer.status_code == 409
    assert str(first["id"]) in answer.json()["detail"]
    assert Identity.objects.count() == 1


def test_identity_is_added_and_removed(ada_api: Client) -> None:
    url = f"{URL}/{made(ada_api)['id']}/identities"

    added = post(ada_api, url, {"kind": "external", "value": "A-1", "namespace": "shop"})
    removed = ada_api.delete(f"{url}/{added.json()['id']}")

    assert (added.status_code, removed.status_code) == (201, 204)
    assert not Identity.objects.exists()


def test_merge_is_previewed_done_and_undone(ada_api: Client) -> None:
    survivor, absorbed = made(ada_api, "Ada"), made(ada_api, "Twin", tags=["b2b"])
    url = f"{URL}/{survivor['id']}"

    preview = ada_api.get(f"{url}/merge-preview", {"absorbed_id": absorbed["id"]})
    merge = post(ada_api, f"{url}/merges", {"absorbed_id": absorbed["id"], "reason": "same"})
    read = ada_api.get(f"{URL}/{absorbed['id']}")
    undone = post(ada_api, f"{url}/merges/{merge.json()['id']}/undo", {})
    again = post(ada_api, f"{url}/merges/{merge.json()['id']}/undo", {})

    assert (preview.status_code, preview.json()["conflicts"]) == (200, [])
    assert (merge.status_code, read.json()["id"]) == (201, survivor["id"])
    assert undone.status_code == 200
    assert again.status_code == 409
    assert ada_api.get(f"{URL}/{absorbed['id']}").json()["id"] == absorbed["id"]


def test_organization_has_members(ada_api: Client) -> None:
    person, firm = made(ada_api), made(ada_api, "Acme", kind="organization")
    url = f"{URL}/{person['id']}/memberships"

    added = post(ada_api, url, {"organization_id": firm["id"], "role": "buyer"})

    assert added.status_code == 201
    assert ada_api.get(url).json() == ada_api.get(f"{URL}/{firm['id']}/memberships").json()
    assert post(ada_api, url, {"organization_id": person["id"]}).status_code == 422


def test_custom_field_is_defined_and_filled(ada_api: Client) -> None:
    field = post(ada_api, "/api/v1/custom-fields", {"label": "Seats used", "kind": "number"})
    customer = made(ada_api, custom={"seats_used": 3})

    assert (field.status_code, field.json()["key"]) == (201, "seats_used")
    assert customer["custom"] == {"seats_used": 3}
    assert post(ada_api, URL, {"name": "X", "custom": {"seats_used": "3"}}).status_code == 422


def test_list_is_paged_filtered_and_ordered(ada_api: Client) -> None:
    for name in ("Cy", "Al", "Bo"):
        made(ada_api, name, tags=["vip"] if name != "Bo" else [])

    first = ada_api.get(f"{URL}?order=name_folded&limit=2").json()
    rest = ada_api.get(f"{URL}?order=name_folded&limit=2&cursor={first['next_cursor']}")

    assert [row["name"] for row in first["items"] + rest.json()["items"]] == ["Al", "Bo", "Cy"]
    assert rest.json()["next_cursor"] is None
    assert len(ada_api.get(URL, {"tag": "vip"}).json()["items"]) == 2
    assert [row["name"] for row in ada_api.get(URL, {"q": "al"}).json()["items"]] == ["Al"]
    assert ada_api.get(URL, {"cursor": "made-up"}).status_code == 422
    assert ada_api.get(URL, {"limit": 501}).status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same_statements_for_one_and_three(
    count: int, ada_api: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(count):
        identity = {"kind": "external", "value": str(number)}
        made(ada_api, tags=["vip"], identities=[identity])

    with django_assert_num_queries(5):
        assert len(ada_api.get(URL).json()["items"]) == count


def test_ben_may_look_and_cleo_may_not(ada_api: Client, ben_api: Client, cleo_api: Client) -> None:
    url = f"{URL}/{made(ada_api)['id']}"

    assert [client.get(url).status_code for client in (ada_api, ben_api, cleo_api)] == [
        200,
        200,
        403,
    ]
    for client in (ben_api, cleo_api):
        answer = patch(client, url, {"city": "Rome"}, **{"If-Match": "*"})
        assert answer.status_code == 403
    assert Customer.objects.get().city == ""
