"""The same doors by REST: Ada may, Ben may look, Cleo may not."""

from typing import Any

import pytest
from django.test import Client

from amity.run.inbox.models import CannedReply, InboxSettings, Macro, Rule

from .company import House, house

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/inbox"


@pytest.fixture
def pumps() -> House:
    return house("Ida", "Jan")


def send(client: Client, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
    call = getattr(client, method)
    return call(f"{ROOT}{path}", body or {}, content_type="application/json")


@pytest.mark.parametrize(
    "path", ["/agents", "/replies", "/macros", "/rules", "/choices", "/replay?version=1"]
)
def test_who_may_look(
    path: str, pumps: House, ada_api: Client, ben_api: Client, cleo_api: Client
) -> None:
    codes = [client.get(f"{ROOT}{path}").status_code for client in (ada_api, ben_api, cleo_api)]

    assert codes == [200, 200, 403]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("post", "/replies"),
        ("post", "/macros"),
        ("post", "/rules"),
        ("put", "/replies/1"),
        ("delete", "/rules/1"),
        ("put", "/availability"),
        ("put", "/agents/1"),
        ("patch", "/choices"),
    ],
)
def test_who_may_not_change(
    method: str, path: str, pumps: House, ben_api: Client, cleo_api: Client
) -> None:
    assert send(ben_api, method, path).status_code == 403
    assert send(cleo_api, method, path).status_code == 403


def test_promises_and_decisions_of_a_conversation(pumps: House, ada_api: Client) -> None:
    conversation = pumps.mail("kim")
    path = f"{ROOT}/conversations/{conversation.number}"

    promises = ada_api.get(f"{path}/promises").json()["items"]
    decision = ada_api.get(f"{path}/decisions?version=1").json()[0]

    assert [(one["target"], one["minutes"], one["policy_version"]) for one in promises] == [
        ("first_response", 120, 1),
        ("resolution", 960, 1),
    ]
    assert decision["decision"]["user_id"] == pumps.people["Ida"].pk
    assert (decision["differs"], decision["why"]) == (False, "A new conversation.")
    assert ada_api.get(f"{path}/decisions?version=9").status_code == 404


def test_it_is_routed_anew_when_asked(pumps: House, ada_api: Client) -> None:
    conversation = pumps.mail("kim")

    given = send(ada_api, "post", f"/conversations/{conversation.number}/routing").json()

    assert given["user_id"] == pumps.people["Jan"].pk
    conversation.refresh_from_db()
    assert conversation.assignee == pumps.people["Jan"]


def test_agents_are_set_up(pumps: House, ada_api: Client) -> None:
    ida = pumps.people["Ida"]
    body = {"load_limit": 3, "skills": ["Pumps"], "languages": ["de"]}

    saved = send(ada_api, "put", f"/agents/{ida.pk}", body)

    assert saved.status_code == 200
    assert (saved.json()["load_limit"], saved.json()["skills"]) == (3, ["pumps"])
    assert send(ada_api, "put", "/availability", {"is_available": False}).json()[
        "is_available"
    ] is (False)
    assert send(ada_api, "put", "/agents/99999", body).status_code == 404


def test_texts_macros_and_rules_are_made_changed_and_removed(pumps: House, ada_api: Client) -> None:
    text = {"shortcut": "hi", "name": "Hi", "text": "Hello {{ customer.name }}"}
    action = {"name": "Tag", "actions": [{"do": "tag", "name": "x"}]}

    reply = send(ada_api, "post", "/replies", text)
    macro = send(ada_api, "post", "/macros", action)
    rule = send(ada_api, "post", "/rules", action | {"event": "opened"})

    assert (reply.status_code, macro.status_code, rule.status_code) == (201, 201, 201)
    assert send(ada_api, "post", "/replies", text).status_code == 409
    bad = send(ada_api, "post", "/rules", action | {"name": "B", "event": "full_moon"})
    assert bad.status_code == 422
    conversation = pumps.mail("kim")
    used = send(
        ada_api,
        "post",
        f"/conversations/{conversation.number}/macro",
        {"macro_id": macro.json()["id"]},
    )
    assert used.json()["used_count"] in {0, 1}
    number = rule.json()["id"]
    changed = send(
        ada_api, "put", f"/rules/{number}", action | {"event": "closed", "is_active": False}
    )
    assert (changed.json()["event"], changed.json()["is_active"]) == ("closed", False)
    assert ada_api.get(f"{ROOT}/rules/{number}/firings").json()["items"] == []
    for kind, made in (("replies", reply), ("macros", macro), ("rules", rule)):
        assert send(ada_api, "delete", f"/{kind}/{made.json()['id']}").status_code == 204
    left = (CannedReply.objects.count(), Macro.objects.count(), Rule.objects.count())
    assert left == (0, 0, 0)


def test_choices_change_one_by_one(pumps: House, ada_api: Client) -> None:
    changed = send(ada_api, "patch", "/choices", {"reassign_minutes": 60})

    assert (changed.json()["reassign_minutes"], changed.json()["hourly_cost_minor"]) == (60, 5500)
    assert send(ada_api, "patch", "/choices", {"fallback_team_id": 99999}).status_code == 404
    assert InboxSettings.objects.get().fallback_team == pumps.team
    assert send(ada_api, "patch", "/choices", {}).status_code == 200
