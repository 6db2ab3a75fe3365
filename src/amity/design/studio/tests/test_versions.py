import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from amity.design.studio.tests import world
from amity.design.studio.tests.world import SELF, design
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.operations import ensure_default_calendar
from amity.kernel.policy.document import CanvasDocument
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import create_draft
from amity.kernel.policy.promises import promise_for
from amity.kernel.policy.queries import document_of
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.touchpoints.models import Touchpoint

pytestmark = pytest.mark.django_db
STRANGE_RULE = """
amity_canvas: 1
name: X
currency: USD
segment_definitions: [{key: a, name: A, rule: "moon >= 3"}]
"""


def version(number: int) -> PolicyVersion:
    return PolicyVersion.objects.get(number=number)


def proposal() -> PolicyVersion:
    document = CanvasDocument(name="Fewer hours", currency="USD", segments=(design("key"),))
    return create_draft(
        document=document,
        name="Fewer hours",
        reason="Saves 120 hours",
        base=None,
        actor=SYSTEM,
        at=world.AT,
        status="proposal",
        expected_effect={"summary": "Net +4,200 USD"},
    )


def test_publishing_shows_whom_it_changes_and_puts_the_draft_in_force(ada_client: Client) -> None:
    people = world.customers(2)
    world.touchpoint()
    world.segment("key", people)
    ensure_default_calendar(actor=SYSTEM, at=world.AT)
    world.draft(design("key"))

    page = ada_client.get("/canvas/versions/1/publication/").content.decode()
    answer = ada_client.post(
        "/canvas/versions/1/publication/", {"reason": "We mean it", "lock_version": "1"}
    )

    assert "no promise → Key" in page
    assert "To take it back" in page
    assert answer.status_code == 302
    assert (version(1).status, version(1).publish_reason) == ("published", "We mean it")
    assert promise_for(people[0].pk).segment_key == "key"


def test_a_canvas_with_errors_is_not_published_and_links_to_the_place(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key"))

    page = ada_client.get("/canvas/versions/1/publication/").content.decode()
    answer = ada_client.post(
        "/canvas/versions/1/publication/", {"reason": "Now", "lock_version": "1"}
    )

    assert "To mend before it can be published" in page
    assert "/canvas/versions/1/segments/key/#type-personal_assistance" in page
    assert answer.status_code == 422
    assert version(1).status == "draft"


def test_publishing_needs_a_reason(ada_client: Client) -> None:
    world.touchpoint()
    world.segment("key")
    ensure_default_calendar(actor=SYSTEM, at=world.AT)
    world.draft(design("key"))

    answer = ada_client.post("/canvas/versions/1/publication/", {"reason": ""})

    assert answer.status_code == 422
    assert version(1).status == "draft"


def test_a_draft_that_changed_since_it_was_looked_at_is_not_published(ada_client: Client) -> None:
    world.touchpoint()
    world.segment("key")
    ensure_default_calendar(actor=SYSTEM, at=world.AT)
    world.draft(design("key"))
    ada_client.post("/canvas/versions/1/segments/key/confirmation/", {"lock_version": "1"})

    answer = ada_client.post(
        "/canvas/versions/1/publication/", {"reason": "Now", "lock_version": "1"}
    )

    assert answer.status_code == 409
    assert version(1).status == "draft"


def test_going_back_is_a_new_version_with_the_old_words(ada_client: Client) -> None:
    world.touchpoint()
    world.segment("key")
    first = world.in_force(design("key"))
    world.in_force(design("key", nature="long_term"))

    page = ada_client.get("/canvas/versions/1/rollback/").content.decode()
    answer = ada_client.post("/canvas/versions/1/rollback/", {"reason": "Too dear"})

    assert "Go back to version 1" in page
    assert answer.status_code == 302
    assert (version(3).status, version(3).digest) == ("published", first.digest)
    assert ada_client.get("/canvas/versions/3/rollback/").status_code == 404


def test_the_list_has_versions_and_the_proposals_that_wait(ada_client: Client) -> None:
    world.touchpoint()
    world.segment("key")
    world.in_force(design("key"))
    proposal()

    page = ada_client.get("/canvas/versions/").content.decode()

    assert "Proposals that wait for you" in page
    assert "Net +4,200 USD" in page
    assert "Published" in page


def test_a_proposal_is_adopted_or_set_aside_with_a_reason(ada_client: Client) -> None:
    world.segment("key")
    proposal()
    proposal()

    ada_client.post("/canvas/versions/1/adoption/")
    refused = ada_client.post("/canvas/versions/2/refusal/", {"reason": ""})
    ada_client.post("/canvas/versions/2/refusal/", {"reason": "Not this year"})

    assert version(1).status == "draft"
    assert refused.status_code == 422
    assert (version(2).status, version(2).decline_reason) == ("declined", "Not this year")


def test_two_versions_stand_side_by_side(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key"))
    changed = design("key", relationship_types={SELF: {"intensity": 1}})
    world.draft(changed)

    page = ada_client.get("/canvas/compare/?old=1&new=2").content.decode()

    assert "Version 1" in page
    assert "is-changed" in page
    assert "Self-service" in page
    assert ada_client.get("/canvas/compare/?old=1&new=9").status_code == 404


def test_an_exported_canvas_comes_back_unchanged(ada_client: Client) -> None:
    world.segment("key")
    world.draft(design("key"))

    file = ada_client.get("/canvas/versions/1/export.yaml")
    upload = SimpleUploadedFile("canvas.yaml", file.content)
    answer = ada_client.post("/canvas/import/", {"file": upload})

    assert answer.status_code == 302
    assert version(2).digest == version(1).digest
    assert version(2).status == "draft"


def test_a_file_brings_its_segments_and_touchpoints(ada_client: Client) -> None:
    people = world.customers(2)
    text = """
amity_canvas: 1
name: From elsewhere
currency: USD
touchpoint_definitions:
  - {key: desk, name: Desk, stages: [support], relationship_types: [personal_assistance]}
segment_definitions:
  - {key: all, name: Everybody, rule: everyone}
segments:
  - {segment: all, motivation: retain, nature: hybrid}
"""

    answer = ada_client.post("/canvas/import/", {"text": text})

    assert answer.status_code == 302
    assert Segment.objects.get().name == "Everybody"
    assert SegmentMembership.objects.filter(until=None).count() == len(people)
    assert Touchpoint.objects.get().is_guess is False


@pytest.mark.parametrize(
    ("text", "word"),
    [
        ("", "Choose a file or paste its text."),
        ("{", "The file was not taken in."),
        ("amity_canvas: 1\nname: X\ncurrency: USD\nsegment: []", "there is no such field"),
        (STRANGE_RULE, "moon"),
    ],
)
def test_a_broken_file_says_what_to_mend_and_leaves_nothing(
    ada_client: Client, text: str, word: str
) -> None:
    answer = ada_client.post("/canvas/import/", {"text": text})

    assert answer.status_code == 422
    assert word in answer.content.decode()
    assert PolicyVersion.objects.count() == 0
    assert Segment.objects.count() == 0


def test_everybody_who_may_look_may_check_and_export(
    ben_client: Client, cleo_client: Client
) -> None:
    world.segment("key")
    world.draft(design("key"))

    for path in (
        "versions/",
        "versions/1/check/",
        "versions/1/export.yaml",
        "compare/?old=1&new=1",
    ):
        assert ben_client.get(f"/canvas/{path}").status_code == 200
        assert cleo_client.get(f"/canvas/{path}").status_code == 403
    assert document_of(version(1)).name == "Our canvas"
