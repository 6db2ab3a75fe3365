from typing import Any

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.operations import set_rate
from amity.kernel.access.rules import SYSTEM
from amity.run.accounts.models import Task
from amity.run.accounts.tests.conftest import Make

pytestmark = pytest.mark.django_db
API = "/api/v1/accounts"


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
    for wrong in ({"rule": "hourly"}, {"due_on": "9999-12-31"}, {"due_on": "0001-01-01"}):
        assert send(ada_api, "post", "/tasks", body | wrong).status_code == 422
    assert Task.objects.count() == 1


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


def test_plans_goals_and_notes_over_rest(account: Make, ada_api: Client, ben_api: Client) -> None:
    pumps = account()
    path = f"/customers/{pumps.pk}"
    assert ben_api.get(f"{API}{path}/plan").status_code == 404
    assert send(ben_api, "put", f"{path}/plan", {}).status_code == 403

    send(ada_api, "put", f"{path}/plan", {"aim": "Double"})
    goal = send(ada_api, "post", f"{path}/goals", {"title": "Second plant", "target": 2}).json()
    changed = send(ada_api, "put", f"/goals/{goal['id']}/state", {"status": "met", "current": 2})
    send(ada_api, "post", f"{path}/notes", {"kind": "solution", "text": "A blue valve"})

    plan = ben_api.get(f"{API}{path}/plan").json()
    assert (plan["aim"], plan["goals"]) == ("Double", [changed.json()])
    assert ben_api.get(f"{API}{path}/notes").json()[0]["text"] == "A blue valve"
    assert send(ada_api, "put", "/goals/99999/state", {"status": "met"}).status_code == 404
    assert send(ada_api, "put", f"/goals/{goal['id']}/state", {"status": "x"}).status_code == 422


def test_renewals_over_rest(account: Make, ada_api: Client, ben_api: Client) -> None:
    pumps = account()
    body = {"name": "Care", "renews_on": "2027-03-01", "value_minor": 500_000}
    assert send(ben_api, "post", f"/customers/{pumps.pk}/renewals", body).status_code == 403
    made = send(ada_api, "post", f"/customers/{pumps.pk}/renewals", body).json()
    path = f"/renewals/{made['id']}/decision"

    assert send(ada_api, "put", path, {"status": "lost", "reason": "price"}).json()["decided_at"]
    assert send(ada_api, "put", path, {"status": "renewed"}).status_code == 409
    assert ben_api.get(f"{API}/renewals?status=lost").json()["items"][0]["reason"] == "price"
    assert send(ada_api, "put", path, {"status": "open"}).json()["decided_at"] is None


def test_meetings_over_rest(account: Make, ada: User, ada_api: Client, ben_api: Client) -> None:
    pumps = account()
    body = {
        "customer_id": pumps.pk, "title": "Review", "starts_at": "2027-01-01T10:00:00Z",
        "ends_at": "2027-01-01T11:00:00Z", "guests": [{"email": "eve@example.com"}],
    }  # fmt: skip
    assert send(ben_api, "post", "/meetings", body).status_code == 403
    made = send(ada_api, "post", "/meetings", body)
    path = f"/meetings/{made.json()['id']}"

    assert (made.status_code, made.json()["organizer_id"]) == (201, ada.pk)
    guest = made.json()["attendees"][0]["id"]
    answered = send(ada_api, "put", f"/guests/{guest}/answer", {"answer": "accepted"}).json()
    assert answered["answer"] == "accepted"
    later = {"starts_at": "2027-01-02T10:00:00Z", "ends_at": "2027-01-02T11:00:00Z"}
    assert send(ada_api, "put", f"{path}/time", later).json()["sequence"] == 1
    backwards = later | {"ends_at": later["starts_at"]}
    assert send(ada_api, "put", f"{path}/time", backwards).status_code == 422
    held = send(ada_api, "put", f"{path}/state", {"status": "held", "minutes": 30}).json()
    assert held["status"] == "held"
    assert send(ada_api, "put", f"{path}/state", {"status": "canceled"}).status_code == 409
    assert ben_api.get(f"{API}/meetings?customer_id={pumps.pk}").json()["items"][0] == held
    wrong = send(ada_api, "post", "/meetings", body | {"guests": [{"email": "no address"}]})
    assert wrong.status_code == 422
