"""The API of segments."""

from typing import Any

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.segments.models import Segment
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.testing.canvases import customers

pytestmark = pytest.mark.django_db
ROOT = "/api/v1/segments"


@pytest.fixture
def german() -> Segment:
    """Ann and Bob are German, Cid is not."""
    ann, bob, _ = customers("Ann", "Bob", "Cid")
    Customer.objects.filter(pk__in=[ann.pk, bob.pk]).update(country="DE")
    segment = create_segment(
        name="German", rule=parse_text("country is DE"), actor=SYSTEM, at=now()
    )
    refresh_memberships(at=now())
    return segment


def post(client: Client, path: str, body: Any, key: str = "k1") -> Any:
    return client.post(
        f"{ROOT}{path}", body, content_type="application/json", headers={"Idempotency-Key": key}
    )


def test_a_segment_is_made_of_text_or_json_and_filled(ada_client: Client, german: Segment) -> None:
    text = post(ada_client, "", {"name": "Others", "rule": "not in segment german"})
    json = post(ada_client, "", {"name": "All", "rule": {"everyone": True}}, "k2")

    assert (text.status_code, json.status_code) == (201, 201), text.content
    assert text.headers["Location"] == "/api/v1/segments/others"
    assert (text.json()["customer_count"], json.json()["customer_count"]) == (1, 3)
    assert text.json()["rule"] == {"not": {"segment": "german"}}
    assert text.json()["rule_text"] == "not in segment german"


def test_a_wrong_rule_is_told_and_nothing_is_saved(ada_client: Client) -> None:
    for body in ({"name": "X", "rule": "speed > 3"}, {"name": "X", "rule": {"speed": 3}}):
        refused = post(ada_client, "", body)
        assert 400 <= refused.status_code < 500
        assert refused.headers["Content-Type"].startswith("application/problem+json")
    assert not Segment.objects.exists()


def test_segments_are_listed_with_words_and_counts(ben_client: Client, german: Segment) -> None:
    (item,) = ben_client.get(ROOT).json()["items"]

    assert (item["key"], item["rule_text"], item["customer_count"]) == (
        "german",
        "country is DE",
        2,
    )


def test_a_change_needs_the_version_that_was_read(ada_client: Client, german: Segment) -> None:
    def change(tag: str | None, name: str) -> int:
        headers = {"If-Match": tag} if tag else {}
        response = ada_client.patch(
            f"{ROOT}/german", {"name": name}, content_type="application/json", headers=headers
        )
        return response.status_code

    tag = ada_client.get(f"{ROOT}/german").headers["ETag"]

    assert [change(None, "A"), change(tag, "B"), change(tag, "C")] == [428, 200, 412]
    assert Segment.objects.get().name == "B"


def test_a_new_rule_moves_customers_at_once(ada_client: Client, german: Segment) -> None:
    changed = ada_client.patch(
        f"{ROOT}/german",
        {"rule": "everyone"},
        content_type="application/json",
        headers={"If-Match": "*"},
    )

    assert changed.json()["customer_count"] == 3


def test_a_preview_saves_nothing(ben_client: Client, german: Segment) -> None:
    found = post(ben_client, "/preview", {"rule": "name is ann or name is cid"}).json()

    assert (found["customers"], round(found["share"], 2)) == (2, 0.67)
    assert Segment.objects.count() == 1


def test_members_and_overlap_are_told(ben_client: Client, german: Segment) -> None:
    create_segment(name="Ann", rule=parse_text("name is ann"), actor=SYSTEM, at=now())
    refresh_memberships(at=now())

    names = [one["name"] for one in ben_client.get(f"{ROOT}/german/members").json()["items"]]
    overlap = ben_client.get(f"{ROOT}/overlap").json()

    assert names == ["Ann", "Bob"]
    assert overlap["uncovered"] == 1
    assert {(one["first"], one["second"], one["share_of_first"]) for one in overlap["pairs"]} == {
        ("german", "ann", 0.5),
        ("ann", "german", 1.0),
    }


def test_archive_restore_and_refresh(ada_client: Client, german: Segment) -> None:
    assert post(ada_client, "/german/archive", {}).json()["archived_at"] is not None
    assert post(ada_client, "/german/restore", {}, "k2").json()["customer_count"] == 2
    assert post(ada_client, "/refresh", {}, "k3").status_code == 202


@pytest.mark.parametrize("path", ["", "/preview", "/refresh", "/german/archive"])
def test_cleo_may_do_nothing(cleo_client: Client, german: Segment, path: str) -> None:
    assert cleo_client.get(ROOT).status_code == 403
    assert post(cleo_client, path, {"name": "A", "rule": "everyone"}).status_code == 403


@pytest.mark.parametrize("path", ["", "/refresh", "/german/archive"])
def test_ben_may_change_nothing(ben_client: Client, german: Segment, path: str) -> None:
    assert post(ben_client, path, {"name": "A", "rule": "everyone"}).status_code == 403
    assert list(Segment.objects.values_list("key", "archived_at")) == [("german", None)]


def test_a_segment_that_is_not_there_is_404(ada_client: Client) -> None:
    assert ada_client.get(f"{ROOT}/nothing").status_code == 404
