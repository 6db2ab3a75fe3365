import base64
import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.models import WriteKey
from amity.kernel.access.operations import create_write_key
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Identity, Membership
from amity.kernel.customers.operations import NewIdentity, create_customer
from amity.kernel.customers.queries import active_customers, find_by_identity
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import timeline
from amity.kernel.touchpoints.models import Touchpoint

pytestmark = pytest.mark.django_db


@pytest.fixture
def key() -> WriteKey:
    return create_write_key(name="shop", touchpoint="web-shop", actor=SYSTEM, at=now())


@pytest.fixture
def sender(key: WriteKey) -> Client:
    encoded = base64.b64encode(f"{key.key}:".encode()).decode()
    return Client(headers={"authorization": f"Basic {encoded}"}, enforce_csrf_checks=True)


def send(sender: Client, address: str, /, **body: object) -> Any:
    body.setdefault("messageId", f"m{Interaction.objects.count()}-{address}-{len(str(body))}")
    return sender.post(f"/v1/{address}", body, content_type="application/json")


def message(number: int, **fields: object) -> dict[str, object]:
    return {"type": "track", "event": "Clicked", "messageId": f"m{number}", "userId": "42"} | fields


def user(user_id: str) -> Customer:
    found = find_by_identity("external", user_id)
    assert found is not None
    return found


def test_each_kind_of_message_is_logged_with_its_customer(sender: Client) -> None:
    Touchpoint.objects.create(
        key="web-shop",
        name="Shop",
        channel="web",
        relationship_types=["automated_services"],
        stages=["transact"],
    )
    kinds: dict[str, dict[str, object]] = {
        "identify": {"traits": {"name": "Ada", "email": "Ada@Example.org"}},
        "track": {"event": "Clicked", "properties": {"color": "red"}},
        "page": {"name": "Home", "context": {"page": {"url": "/"}, "ip": "10.0.0.1"}},
        "screen": {"name": "Start"},
        "group": {"groupId": "acme", "traits": {"name": "Acme"}},
        "alias": {"previousId": "v-1"},
    }
    for address, fields in kinds.items():
        assert send(sender, address, userId="42", **fields).json() == {"success": True}

    rows = timeline(user("42").pk)
    assert {row.kind for row in rows} == {
        "tracking.identified", "tracking.tracked", "tracking.page_viewed",
        "tracking.screen_viewed", "tracking.group_joined", "tracking.aliased",
    }  # fmt: skip
    assert {(row.relationship_type, row.stage) for row in rows} == {
        ("automated_services", "transact")
    }
    assert user("42").name == "Ada"
    assert find_by_identity("email", "ada@example.org") == user("42")
    assert find_by_identity("anonymous", "v-1") == user("42")
    assert Membership.objects.get().organization.name == "Acme"
    assert not any("10.0.0.1" in json.dumps(row.properties) for row in rows)


def test_message_is_stored_once_for_ever(sender: Client) -> None:
    batch = {"batch": [message(1), message(2), message(1)]}

    for _ in range(3):
        assert send(sender, "batch", **batch).status_code == 200
    send(sender, "track", **message(2, event="Other"))

    assert sorted(Interaction.objects.values_list("source_id", flat=True)) == ["m1", "m2"]
    assert Customer.objects.count() == 1


def test_visitor_who_signs_in_becomes_known(sender: Client) -> None:
    send(sender, "page", anonymousId="v1", name="Home")
    visitor = find_by_identity("anonymous", "v1")

    send(sender, "identify", anonymousId="v1", userId="42", traits={"firstName": "Ada"})

    assert visitor == user("42") == find_by_identity("anonymous", "v1")
    assert user("42").name == "Ada"
    assert len(timeline(user("42").pk)) == 2


def test_visitor_is_merged_into_a_user_who_was_known_before(sender: Client) -> None:
    known = create_customer(
        name="Ada", identities=[NewIdentity("external", "42")], actor=SYSTEM, at=now()
    )
    send(sender, "page", anonymousId="v1", name="Home")

    send(sender, "track", anonymousId="v1", userId="42", event="Bought")

    assert list(active_customers()) == [known]
    assert len(timeline(known.pk)) == 2


def test_second_user_of_one_browser_is_not_merged_with_the_first(sender: Client) -> None:
    send(sender, "identify", anonymousId="v1", userId="ada", traits={"name": "Ada"})

    send(sender, "identify", anonymousId="v1", userId="bob", traits={"name": "Bob"})

    assert user("ada") != user("bob")
    assert find_by_identity("anonymous", "v1") == user("ada")


def test_public_key_overwrites_nothing_and_takes_no_address(sender: Client) -> None:
    ada = create_customer(
        name="Ada",
        city="London",
        identities=[NewIdentity("external", "42"), NewIdentity("email", "ada@example.org")],
        actor=SYSTEM,
        at=now(),
    )

    send(sender, "identify", userId="42", traits={"name": "Evil", "address": {"city": "Rome"}})
    send(sender, "identify", userId="666", traits={"email": "ada@example.org"})

    ada.refresh_from_db()
    assert (ada.name, ada.city) == ("Ada", "London")
    assert find_by_identity("email", "ada@example.org") == ada
    assert user("666") != ada


def test_alias_merges_strangers_and_leaves_known_people_apart(sender: Client) -> None:
    send(sender, "track", userId="temporary", event="Clicked")
    ada = create_customer(
        name="Ada", identities=[NewIdentity("external", "ada")], actor=SYSTEM, at=now()
    )
    bob = create_customer(
        name="Bob", identities=[NewIdentity("external", "bob")], actor=SYSTEM, at=now()
    )

    send(sender, "alias", previousId="temporary", userId="ada")
    send(sender, "alias", previousId="ada", userId="new-number")
    send(sender, "alias", previousId="ada", userId="bob")

    assert user("temporary") == user("new-number") == ada
    assert user("bob") == bob
    assert [row.outcome for row in timeline(bob.pk)] == ["left apart"]
    assert {row.outcome for row in timeline(ada.pk)} == {"", "merged"}


def test_wrong_clock_of_the_sender_is_taken_out(sender: Client) -> None:
    wrong = datetime.now(UTC) + timedelta(days=400)

    send(
        sender,
        "track",
        **message(1, timestamp=(wrong - timedelta(hours=1)).isoformat(), sentAt=wrong.isoformat()),
    )
    send(sender, "track", **message(2, timestamp="2200-01-01T00:00:00Z"))
    send(sender, "track", **message(3, timestamp="2020-02-01T00:00:00.000Z"))

    times = dict(Interaction.objects.values_list("source_id", "happened_at"))
    assert abs(times["m1"] - (now() - timedelta(hours=1))) < timedelta(minutes=1)
    assert times["m2"] <= now()
    assert times["m3"] == datetime(2020, 2, 1, tzinfo=UTC)


def test_bad_message_of_a_batch_is_named_and_the_others_are_kept(sender: Client) -> None:
    batch = [message(1), {"type": "track"}, "x", message(2, event="a\x00"), message(3)]

    answer = send(sender, "batch", batch=batch)

    assert answer.status_code == 200
    assert [item["index"] for item in answer.json()["rejected"]] == [1, 2, 3]
    assert Interaction.objects.count() == 2


@pytest.mark.parametrize(
    "body",
    [
        {"userId": "42", "event": "x"},
        {"messageId": "m", "event": "x"},
        {"messageId": "m", "userId": "42"},
        {"messageId": "m", "userId": ["42"], "event": "x"},
        {"messageId": "m", "userId": "42", "event": "x", "properties": {"a": "b" * 33_000}},
    ],
)
def test_single_message_that_says_nothing_is_refused(
    sender: Client, body: dict[str, object]
) -> None:
    answer = sender.post("/v1/track", body, content_type="application/json")

    assert answer.status_code == 400
    assert not Interaction.objects.exists()


def test_key_may_stand_in_the_body_and_the_body_be_packed(key: WriteKey) -> None:
    body = json.dumps({"writeKey": key.key, "batch": [message(1)]}).encode()

    answer = Client().post(
        "/v1/batch",
        gzip.compress(body),
        content_type="text/plain",
        headers={"Content-Encoding": "gzip", "Origin": "https://shop.example"},
    )

    assert answer.status_code == 200
    assert answer["Access-Control-Allow-Origin"] == "*"
    assert Interaction.objects.count() == 1


def test_browser_may_ask_first() -> None:
    answer = Client().options("/v1/batch", headers={"Origin": "https://shop.example"})

    assert answer.status_code == 204
    assert "POST" in answer["Access-Control-Allow-Methods"]


def test_strangers_and_bombs_are_refused(sender: Client, key: WriteKey) -> None:
    bomb = gzip.compress(b'{"a": "' + b"x" * 50_000_000)
    gzipped = {"Content-Encoding": "gzip"}
    answers = [
        Client().post("/v1/track", message(1), content_type="application/json"),
        sender.post("/v1/batch", bomb, content_type="application/json", headers=gzipped),
        sender.post("/v1/batch", b"none", content_type="application/json", headers=gzipped),
        sender.post("/v1/batch", b"[" * 90_000, content_type="application/json"),
        sender.post("/v1/batch", b'{"batch": 3}', content_type="application/json"),
        sender.post("/v1/track", b'{"x": NaN}', content_type="application/json"),
        sender.get("/v1/batch"),
        sender.post("/v1/nothing", {}, content_type="application/json"),
    ]

    assert [answer.status_code for answer in answers] == [401, 413, 400, 400, 400, 400, 405, 404]
    WriteKey.objects.update(revoked_at=now())
    assert send(sender, "track", **message(1)).status_code == 401
    assert not Interaction.objects.exists()
    assert not Identity.objects.exists()


@pytest.mark.parametrize("count", [10, 100])
def test_batch_of_known_people_costs_statements_by_the_chunk(
    sender: Client, count: int, django_assert_max_num_queries: Any
) -> None:
    send(sender, "track", **message(0))

    with django_assert_max_num_queries(24):
        send(sender, "batch", batch=[message(number) for number in range(1, count)])
