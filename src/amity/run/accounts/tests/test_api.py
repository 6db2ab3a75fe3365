from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM
from amity.run.accounts.models import Task
from amity.run.accounts.operations.terms import set_rate

pytestmark = pytest.mark.django_db
API = "/api/v1/accounts"
Make = Callable[..., Any]


def send(client: Client, method: str, path: str, body: object) -> Any:
    call = getattr(client, method)
    return call(f"{API}{path}", body, content_type="application/json")


def test_tasks_over_rest(account: Make, ada: User, ada_api: Client, ben_api: Client) -> None:
    pumps = account()
    body = {"title": "Call", "due_on": "2026-11-30", "customer_id": pumps.pk, "rule": "freq=weekly"}
    assert send(ben_api, "post", "/tasks", body).status_code == 403
    made = send(ada_api, "post", "/tasks", body | {"assignee_id": ada.pk})

    assert made.status_code == 201
    path = f"/tasks/{made.json()['id']}"
    assert made.json()["rule"] == "FREQ=WEEKLY"
    changed = send(ada_api, "patch", path, {"title": "Write", "assignee_id": None}).json()
    assert (changed["title"], changed["assignee_id"]) == ("Write", None)
    assert send(ada_api, "put", f"{path}/state", {"is_done": True}).json()["done_at"]
    assert send(ada_api, "patch", path, {"title": "x"}).status_code == 409
    listed = ben_api.get(f"{API}/tasks?is_done=false").json()["items"]
    assert [row["due_on"] for row in listed] == ["2026-12-07"]
    assert send(ada_api, "put", f"{path}/state", {"is_done": False}).json()["done_at"] is None
    assert ben_api.get(f"{API}{path}").json()["title"] == "Write"
    assert ben_api.get(f"{API}/tasks/99999").status_code == 404
    wrong = send(ada_api, "post", "/tasks", body | {"rule": "hourly"})
    assert (wrong.status_code, Task.objects.count()) == (422, 1)


def test_hours_and_terms_over_rest(account: Make, ada_api: Client, ben_api: Client) -> None:
    pumps = account()
    set_rate(hour_minor=5_500, actor=SYSTEM, at=now())
    path = f"/customers/{pumps.pk}"

    booked = send(ada_api, "post", f"{path}/hours", {"minutes": 25, "what": "Reply"})
    assert (booked.status_code, booked.json()["cost_minor"]) == (201, 2_292)
    assert send(ada_api, "put", f"{path}/terms", {"cadence_days": 30}).json()["cadence_days"] == 30
    seen = ben_api.get(f"{API}{path}").json()
    assert (seen["cost_minor"], seen["people_known"], len(seen["parts"])) == (2_292, 0, 6)
    assert send(ben_api, "put", f"{path}/terms", {}).status_code == 403
    assert send(ben_api, "post", f"{path}/hours", {"minutes": 1, "what": "x"}).status_code == 403
    number = booked.json()["interaction_id"]
    assert ada_api.delete(f"{API}{path}/hours/{number}").status_code == 204
    assert ada_api.delete(f"{API}{path}/hours/{number}").status_code == 404
    assert ben_api.get(f"{API}/books").json()[0]["accounts"] == 1
