from datetime import timedelta

import pytest
from django.test import Client

from amity.base.time import now
from amity.run.inbox.models import Channel, Conversation, Message

from .conftest import AT, Write

ROOT = "/api/v1/inbox/conversations"


@pytest.fixture
def shop(db: None) -> Channel:
    return Channel.objects.create(key="shop", name="Shop form", kind="api", created_at=AT)


def _given(**more: object) -> dict[str, object]:
    return {
        "channel": "shop",
        "source": "shop",
        "source_id": "1",
        "text": "Where is it?",
        "sender_address": "mia@customer.example",
        **more,
    }


def test_a_message_comes_in_once_and_is_read_and_answered(shop: Channel, ada_api: Client) -> None:
    first = ada_api.post(ROOT, _given(), content_type="application/json")
    again = ada_api.post(ROOT, _given(), content_type="application/json")

    assert (first.status_code, again.status_code) == (201, 201)
    number = first.json()["number"]
    assert again.json() == {**first.json(), "is_new_message": False, "is_new_conversation": False}
    path = f"{ROOT}/{number}"
    said = {"text": "Tomorrow", "staff_seconds": 60, "then": "close"}
    answer = ada_api.post(f"{path}/messages", said, content_type="application/json")
    assert answer.status_code == 201
    row = ada_api.get(path).json()
    assert (row["status"], row["outcome"], row["staff_seconds"]) == ("closed", "resolved", 60)
    messages = ada_api.get(f"{path}/messages").json()["items"]
    assert [one["kind"] for one in messages] == ["incoming", "reply"]
    assert ada_api.get(ROOT, {"q": "tomorrow"}).json()["items"][0]["number"] == number
    assert ada_api.get(ROOT, {"view": "queue"}).json()["items"] == []


def test_changes_need_the_version_that_was_read(write: Write, ada_api: Client) -> None:
    conversation = write().conversation
    path = f"{ROOT}/{conversation.number}"
    tag = ada_api.get(path)["ETag"]
    given = {"priority": 4, "subject": "Late", "add_tags": ["late"]}

    changed = ada_api.patch(path, given, content_type="application/json", headers={"If-Match": tag})
    stale = ada_api.patch(
        path, {"priority": 1}, content_type="application/json", headers={"If-Match": tag}
    )
    bare = ada_api.patch(path, {"priority": 1}, content_type="application/json")

    assert changed.status_code == 200
    assert changed.json()["tags"] == ["late"]
    assert (stale.status_code, bare.status_code) == (412, 428)
    conversation.refresh_from_db()
    assert (conversation.priority, conversation.subject) == (4, "Late")


def test_closing_opening_putting_aside_and_merging(write: Write, ada_api: Client) -> None:
    one, two = write().conversation, write().conversation
    path = f"{ROOT}/{one.number}"

    def post(noun: str, given: dict[str, object]) -> dict[str, object]:
        answer = ada_api.post(f"{path}/{noun}", given, content_type="application/json")
        assert answer.status_code == 200, answer.content
        row: dict[str, object] = answer.json()
        return row

    assert post("closure", {"outcome": "duplicate"})["status"] == "closed"
    assert post("opening", {})["status"] == "open"
    until = (now() + timedelta(days=1)).isoformat()
    assert post("snooze", {"until": until})["status"] == "snoozed"
    assert post("merge", {"number": two.number})["message_count"] == 2
    assert ada_api.get(f"{ROOT}/{two.number}").json()["number"] == one.number
    wrong = ada_api.post(f"{path}/closure", {"outcome": "x"}, content_type="application/json")
    assert wrong.status_code == 422


def test_three_people_are_asked_at_every_door(
    write: Write, ada_api: Client, ben_api: Client, cleo_api: Client
) -> None:
    number = write().conversation.number
    reads = ["", f"/{number}", f"/{number}/messages"]
    for client, status in ((ada_api, 200), (ben_api, 200), (cleo_api, 403), (Client(), 401)):
        assert {client.get(ROOT + path).status_code for path in reads} == {status}
    writes = [
        "",
        *(f"/{number}/{n}" for n in ("messages", "closure", "opening", "snooze", "merge")),
    ]
    for client, status in ((ben_api, 403), (cleo_api, 403)):
        answers = [client.post(ROOT + path, {}, content_type="application/json") for path in writes]
        assert {answer.status_code for answer in answers} == {status}
    assert Message.objects.count() == 1
    assert Conversation.objects.get().version == 2


def test_what_is_not_there_is_said(ada_api: Client, shop: Channel) -> None:
    assert ada_api.get(f"{ROOT}/999").status_code == 404
    answer = ada_api.post(ROOT, _given(channel="nowhere"), content_type="application/json")
    assert answer.status_code == 404
    answer = ada_api.post(ROOT, _given(number=77), content_type="application/json")
    assert answer.status_code == 404
    assert Message.objects.count() == 0
