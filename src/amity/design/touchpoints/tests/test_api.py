from typing import Any

from django.test import Client

from amity.kernel.touchpoints.models import Touchpoint

URL = "/api/v1/touchpoints"
SHOP = {
    "key": "web-shop",
    "name": "Web shop",
    "channel": "web",
    "stages": ["transact"],
    "relationship_types": ["self_service"],
    "unit_cost_minor": 15,
}
WRITTEN = {name: value for name, value in SHOP.items() if name != "key"}


def send(call: Any, url: str, body: object, **headers: str) -> Any:
    return call(url, body, content_type="application/json", headers=headers)


def test_a_touchpoint_is_added_read_and_written_anew(ada_api: Client) -> None:
    new = send(ada_api.post, URL, SHOP)
    read = ada_api.get(f"{URL}/web-shop")
    changed = send(
        ada_api.put,
        f"{URL}/web-shop",
        {**WRITTEN, "name": "Shop"},
        **{"If-Match": read["ETag"]},
    )

    assert (new.status_code, new["Location"]) == (201, "/api/v1/touchpoints/web-shop")
    assert read.json()["unit_cost_minor"] == 15
    assert (changed.json()["name"], changed.json()["version"]) == ("Shop", 2)
    assert ada_api.get(URL).json()["items"] == [changed.json()]


def test_a_stale_write_is_refused(ada_api: Client) -> None:
    send(ada_api.post, URL, SHOP)

    missing = send(ada_api.put, f"{URL}/web-shop", WRITTEN)
    stale = send(
        ada_api.put, f"{URL}/web-shop", {**WRITTEN, "name": "Mine"}, **{"If-Match": '"v9"'}
    )

    assert (missing.status_code, stale.status_code) == (428, 412)
    assert Touchpoint.objects.get().name == "Web shop"


def test_wrong_fields_and_taken_keys_are_named(ada_api: Client) -> None:
    send(ada_api.post, URL, SHOP)

    taken = send(ada_api.post, URL, SHOP)
    partner = send(ada_api.post, URL, {**SHOP, "key": "b", "owner": "partner"})

    assert (taken.status_code, taken.json()["errors"][0]["field"]) == (422, "key")
    assert partner.json()["errors"][0]["field"] == "partner_name"
    assert Touchpoint.objects.count() == 1


def test_ben_may_read_and_cleo_may_not(ben_api: Client, cleo_api: Client) -> None:
    assert ben_api.get(URL).status_code == 200
    assert send(ben_api.post, URL, SHOP).status_code == 403
    assert cleo_api.get(URL).status_code == 403
    assert Touchpoint.objects.count() == 0


def test_what_is_not_there_is_a_problem(ada_api: Client) -> None:
    assert ada_api.get(f"{URL}/moon").status_code == 404
    assert ada_api.post(f"{URL}/moon/confirmation").status_code == 404
