"""The pages of segments, asked by Ada who may, Ben who may look and Cleo who may not."""

import re
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.jobs.models import Job
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments.models import Segment, SegmentCount, SegmentMembership
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.kernel.traits.models import Trait
from amity.testing.canvases import canvas, customers, design, put_into

pytestmark = pytest.mark.django_db

PAGES = ("", "new/", "overlap/", "german/", "german/edit/")
LOOKED_AT = ("", "overlap/", "german/")


@pytest.fixture
def german() -> Segment:
    """Ann and Bob are German, Cid is not; Ann is worth 12.50."""
    ann, bob, _ = customers("Ann Meyer", "Bob Kurz", "Cid Moore")
    Customer.objects.filter(pk__in=[ann.pk, bob.pk]).update(country="DE")
    Trait.objects.create(customer=ann, name="clv_12m", number=1250, as_of=now(), source="t")
    return made("German", "country is DE")


def made(name: str, rule: str) -> Segment:
    segment = create_segment(name=name, rule=parse_text(rule), actor=SYSTEM, at=now())
    refresh_memberships(segment, at=now())
    return segment


def text_of(client: Client, path: str) -> str:
    page = client.get(f"/segments/{path}").content.decode()
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


@pytest.mark.parametrize("path", PAGES)
def test_ada_sees_every_page(ada_client: Client, german: Segment, path: str) -> None:
    assert ada_client.get(f"/segments/{path}").status_code == 200


@pytest.mark.parametrize("path", PAGES)
def test_ben_may_look_and_not_edit(ben_client: Client, german: Segment, path: str) -> None:
    expected = 200 if path in LOOKED_AT else 403
    assert ben_client.get(f"/segments/{path}").status_code == expected


@pytest.mark.parametrize("path", PAGES)
def test_cleo_may_not_look(cleo_client: Client, german: Segment, path: str) -> None:
    assert cleo_client.get(f"/segments/{path}").status_code == 403


@pytest.mark.parametrize(
    "path", ["new/", "refresh/", "preview/", "german/edit/", "german/archive/"]
)
def test_ben_changes_nothing(ben_client: Client, german: Segment, path: str) -> None:
    form = {"name": "Mine", "rule": "everyone", "version": "1"}

    assert ben_client.post(f"/segments/{path}", form).status_code == 403
    assert list(Segment.objects.values_list("name", "archived_at")) == [("German", None)]
    assert not Job.objects.exists()


def test_the_first_page_of_an_empty_house_says_what_a_segment_is(ada_client: Client) -> None:
    assert "A segment is a rule over your customers" in text_of(ada_client, "")


def test_the_list_shows_rule_count_value_and_overlap(ada_client: Client, german: Segment) -> None:
    made("Ann", "name contains ann")

    text = text_of(ada_client, "")

    assert "2 segments, 1 of 3 customers in none" in text
    assert "German country is DE 2 67%" in text
    assert "50% also in Ann" in text
    assert "$12.50" in text


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_takes_the_same_statements_for_one_and_three(
    ada_client: Client, german: Segment, count: int
) -> None:
    for number in range(1, count):
        made(f"More {number}", "everyone")
    statements = _statements(ada_client, "")

    assert statements == 8


@pytest.mark.parametrize("count", [1, 3])
def test_the_detail_takes_the_same_statements_for_one_and_three_members(
    ada_client: Client, german: Segment, count: int
) -> None:
    if count == 1:
        SegmentMembership.objects.filter(customer__name="Bob Kurz").delete()
    else:
        put_into(german, customers("Dan Wolf"))

    assert _statements(ada_client, "german/") == 14


def _statements(client: Client, path: str) -> int:
    client.get("/segments/")
    with CaptureQueriesContext(connection) as captured:
        assert client.get(f"/segments/{path}").status_code == 200
    return len(captured)


def test_the_detail_shows_members_history_and_canvas(ada_client: Client, german: Segment) -> None:
    SegmentCount.objects.create(segment=german, day=(now() - timedelta(days=1)).date(), customers=1)
    document = canvas(design("german").model_copy(update={"touchpoints": {}}))
    draft = create_draft(
        document=document, name="First", reason="", base=None, actor=SYSTEM, at=now()
    )
    publish(draft.pk, reason="", actor=SYSTEM, at=now())

    text = text_of(ada_client, "german/")

    assert "Ann Meyer" in text
    assert "Cid Moore" not in text
    assert "How has it grown?" in text
    assert "Version 1, First published" in text


def test_members_are_paged_by_key(ada_client: Client) -> None:
    customers(*(f"Customer {number:03}" for number in range(60)))
    made("All", "everyone")

    first = ada_client.get("/segments/all/").content.decode()
    address = re.search(r'rel="next" href="(\?after=[^"]+)"', first)
    assert address is not None
    second = ada_client.get(f"/segments/all/{address[1]}").content.decode()

    assert "Customer 049" in first
    assert "Customer 050" not in first
    assert "Customer 059" in second


def test_the_overlap_page_lists_whom_no_segment_holds(ada_client: Client, german: Segment) -> None:
    text = text_of(ada_client, "overlap/")

    assert "In no segment: 1 of 3 customers" in text
    assert "Cid Moore" in text


def test_a_segment_is_written_and_filled_at_once(ada_client: Client, german: Segment) -> None:
    response = ada_client.post(
        "/segments/new/",
        {"name": "Not German", "rule": "not in segment german", "act": "save"},
    )

    segment = Segment.objects.get(key="not-german")
    assert response["Location"] == reverse("segment", args=["not-german"])
    assert (segment.rule, segment.customer_count) == ({"not": {"segment": "german"}}, 1)


def test_a_wrong_rule_is_told_at_its_field_and_nothing_is_saved(ada_client: Client) -> None:
    response = ada_client.post("/segments/new/", {"name": "Fast", "rule": "speed > 3"})

    assert response.status_code == 422
    assert "There is no field or trait speed" in response.content.decode()
    assert not Segment.objects.exists()


def test_a_condition_is_added_without_javascript(ada_client: Client, german: Segment) -> None:
    response = ada_client.post(
        "/segments/new/",
        {
            "name": "Loyal",
            "rule": "country is DE or country is AT",
            "act": "add",
            "add-joiner": "and",
            "add-subject": "measure:orders",
            "add-operator": ">=",
            "add-value": "3",
            "add-last": "90",
            "add-unit": "days",
        },
    )

    page = response.content.decode()
    written = "(country is DE or country is AT) and orders in last 90 days &gt;= 3</textarea>"
    assert written in page
    assert "0 customers" in page
    assert Segment.objects.count() == 1


def test_a_condition_that_makes_no_sense_is_explained(ada_client: Client) -> None:
    response = ada_client.post(
        "/segments/new/",
        {"act": "add", "rule": "everyone", "add-subject": "field:country", "add-operator": ">=",
         "add-value": "3"},
    )  # fmt: skip

    assert response.status_code == 422
    assert "country is a text field: use is, in, contains" in response.content.decode()


def test_the_preview_counts_and_names_some(ada_client: Client, german: Segment) -> None:
    page = ada_client.post("/segments/preview/", {"rule": "country is DE"}).content.decode()

    assert "2 customers" in page
    assert "Ann Meyer" in page
    assert "<html" not in page


def test_two_editors_do_not_overwrite_one_another(ada_client: Client, german: Segment) -> None:
    form = {"name": "Deutsch", "rule": "country is DE", "version": "1"}
    ada_client.post("/segments/german/edit/", form)

    second = ada_client.post("/segments/german/edit/", {**form, "name": "Allemand"})

    assert second.status_code == 409
    assert "was changed after you opened it" in second.content.decode()
    assert Segment.objects.get().name == "Deutsch"


def test_a_segment_on_the_published_canvas_is_not_archived(
    ada_client: Client, german: Segment
) -> None:
    document = canvas(design("german").model_copy(update={"touchpoints": {}}))
    draft = create_draft(document=document, name="", reason="", base=None, actor=SYSTEM, at=now())
    publish(draft.pk, reason="", actor=SYSTEM, at=now())

    page = ada_client.post("/segments/german/archive/", follow=True).content.decode()

    assert "The published canvas names German." in page
    assert Segment.objects.get().archived_at is None


def test_a_segment_is_archived_and_put_back(ada_client: Client, german: Segment) -> None:
    ada_client.post("/segments/german/archive/")
    assert Segment.objects.get().archived_at is not None

    ada_client.post("/segments/german/archive/", {"restore": "1"})

    segment = Segment.objects.get()
    assert (segment.archived_at, segment.customer_count) == (None, 2)


def test_count_anew_asks_for_the_job(ada_client: Client, german: Segment) -> None:
    ada_client.post("/segments/refresh/")

    assert Job.objects.get().kind == "segments.refresh"


def test_a_segment_that_is_not_there_is_404(ada_client: Client) -> None:
    assert ada_client.get("/segments/nothing/").status_code == 404
