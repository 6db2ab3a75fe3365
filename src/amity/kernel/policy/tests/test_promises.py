"""The answer to "what was this customer promised?"."""

from datetime import UTC, datetime

import pytest
from pytest_django import DjangoAssertNumQueries

from amity.base.vocabulary import RelationshipType, Role
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.policy.document import CanvasDocument
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.policy.promises import UnknownCustomerError, promise_for
from amity.kernel.segments.models import Segment
from amity.testing.canvases import (
    canvas,
    customers,
    design,
    helped,
    office_hours,
    put_into,
    segment,
    touchpoints,
)

pytestmark = pytest.mark.django_db

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ADA = Actor(kind="command", name="Ada", role=Role.OWNER)


@pytest.fixture
def people() -> list[Customer]:
    """Ann is loyal, Ann and Bob are in every, Cid is in nothing."""
    office_hours()
    touchpoints()
    found = customers("Ann", "Bob", "Cid")
    put_into(segment("loyal"), found[:1])
    put_into(segment("every"), found[:2])
    return found


def in_force(document: CanvasDocument) -> None:
    version = create_draft(document=document, name="", reason="", base=None, actor=ADA, at=AT)
    publish(version.pk, reason="", actor=ADA, at=AT)


def test_before_the_first_publication_nothing_is_promised(people: list[Customer]) -> None:
    answer = promise_for(people[0].pk)

    assert (answer.version_number, answer.segment_key) == (None, None)
    assert answer.reason == "No policy is published yet."


def test_the_first_segment_of_the_canvas_decides(
    people: list[Customer], django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    in_force(canvas(design("loyal", personal_assistance=helped(60)), design("every")))
    promise_for(people[0].pk)

    with django_assert_num_queries(1):
        ann, bob = promise_for(people[0].pk), None
    bob = promise_for(people[1].pk)

    assert (ann.segment_key, ann.segment_name, ann.version_number) == ("loyal", "Loyal", 1)
    assert ann.reason == "Version 1 promises it to Loyal, which comes before Every."
    assert ann.primary is not None
    assert (ann.primary.relationship_type, ann.primary.first_response_minutes) == (
        RelationshipType.PERSONAL_ASSISTANCE,
        60,
    )
    assert bob.segment_key == "every"
    assert bob.for_type(RelationshipType.PERSONAL_ASSISTANCE) is None


def test_a_customer_in_no_segment_is_told_so(people: list[Customer]) -> None:
    in_force(canvas(design("every")))

    answer = promise_for(people[2].pk)

    assert (answer.version_number, answer.segment_key, answer.relationships) == (1, None, ())
    assert answer.reason == "No segment of version 1 holds this customer."


def test_a_new_publication_is_noticed_at_once(people: list[Customer]) -> None:
    in_force(canvas(design("every")))
    before = promise_for(people[0].pk)
    in_force(canvas(design("loyal", personal_assistance=helped(60)), design("every")))

    after = promise_for(people[0].pk)

    assert (before.version_number, before.segment_key) == (1, "every")
    assert (after.version_number, after.segment_key) == (2, "loyal")


def test_a_renamed_segment_is_answered_by_its_new_name(people: list[Customer]) -> None:
    in_force(canvas(design("every")))
    promise_for(people[0].pk)
    Segment.objects.filter(key="every").update(name="Everybody")

    assert promise_for(people[0].pk).segment_name == "Everybody"


def test_a_merged_customer_is_answered_as_the_survivor(people: list[Customer]) -> None:
    in_force(canvas(design("loyal"), design("every")))
    Customer.objects.filter(pk=people[2].pk).update(merged_into=people[0])

    assert promise_for(people[2].pk).segment_key == "loyal"


def test_an_unknown_customer_is_an_error(people: list[Customer]) -> None:
    in_force(canvas(design("every")))

    with pytest.raises(UnknownCustomerError, match="There is no customer 999999"):
        promise_for(999_999)
