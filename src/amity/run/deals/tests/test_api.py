from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from amity.kernel.customers.models import Customer
from amity.run.deals.models import CloseReason, Deal, Pipeline

pytestmark = pytest.mark.django_db
API = "/api/v1/deals"


def send(client: Client, method: str, path: str, body: object, **headers: str) -> Any:
    call = getattr(client, method)
    return call(f"{API}{path}", body, content_type="application/json", headers=headers)


def test_a_deal_over_rest(
    buyer: Customer, pipeline: Pipeline, lost_for: CloseReason, ada_api: Client, ben_api: Client
) -> None:
    body = {"customer_id": buyer.pk, "title": "Pumps", "expected_close_on": "2026-12-01"}
    assert send(ben_api, "post", "/", body).status_code == 403
    key = {"Idempotency-Key": "one"}
    made = send(ada_api, "post", "/", body | {"amount_minor": 5_000}, **key)
    again = send(ada_api, "post", "/", body | {"amount_minor": 5_000}, **key)

    assert (made.status_code, again.json()) == (201, made.json())
    assert (Deal.objects.count(), made.json()["stage"]) == (1, "first-talk")
    path = f"/{made.json()['id']}"
    move = {"stage": "agreeing", "version": 1, "minutes": 30}
    assert send(ada_api, "post", f"{path}/moves", move).json()["cost_minor"] == 3_000
    assert send(ada_api, "post", f"{path}/moves", move).status_code == 412
    patched = send(ada_api, "patch", path, {"version": 2, "is_committed": True, "owner_id": None})
    assert (patched.json()["is_committed"], patched.json()["owner_id"]) == (True, None)
    line = send(ada_api, "post", f"{path}/lines", {"unit_price_minor": 700, "description": "Pump"})
    assert (line.status_code, ben_api.get(f"{API}{path}").json()["amount_minor"]) == (201, 700)
    assert len(ben_api.get(f"{API}{path}/lines").json()) == 1
    assert ada_api.delete(f"{API}{path}/lines/{line.json()['id']}").json()["amount_minor"] == 0
    end = {"version": 5, "status": "lost"}
    assert send(ada_api, "post", f"{path}/end", end).status_code == 422
    lost = send(ada_api, "post", f"{path}/end", end | {"reason_id": lost_for.pk})
    assert (lost.status_code, lost.json()["status"]) == (200, "lost")
    listed = ben_api.get(f"{API}/?status=lost").json()["items"]
    assert [row["id"] for row in listed] == [made.json()["id"]]
    assert send(ada_api, "post", f"{path}/reopening", {"version": 6}).json()["status"] == "open"
    stages = ben_api.get(f"{API}/pipelines").json()[0]["stages"]
    assert [stage["key"] for stage in stages][-2:] == ["won", "lost"]


def test_nobody_without_a_role_gets_in(
    deal: Callable[..., Deal], cleo_api: Client, ben_api: Client
) -> None:
    ten = deal()
    for path in ("/", "/pipelines", f"/{ten.pk}", f"/{ten.pk}/lines"):
        assert cleo_api.get(f"{API}{path}").status_code == 403, path
    for path in ("moves", "end", "reopening", "lines"):
        assert send(ben_api, "post", f"/{ten.pk}/{path}", {}).status_code == 403, path
    assert ben_api.get(f"{API}/99999").status_code == 404
