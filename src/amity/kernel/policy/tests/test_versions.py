"""The life of a version: draft, edit, publish, supersede, roll back, decline."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, transaction

from amity.base.vocabulary import Role
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import Actor
from amity.kernel.policy.document import CanvasDocument, Cell
from amity.kernel.policy.models import CompiledPromise, PolicyVersion
from amity.kernel.policy.operations import (
    EditConflictError,
    PolicyError,
    PolicyInvalidError,
    adopt_proposal,
    create_draft,
    decline_proposal,
    publish,
    roll_back,
    update_draft,
)
from amity.kernel.policy.queries import diff, document_of, publish_preview, published
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
ADA = Actor(kind="command", name="Ada Okafor", role=Role.OWNER)
BEA = Actor(kind="command", name="Bea Strand", role=Role.STRATEGIST)


@pytest.fixture(autouse=True)
def _shop() -> None:
    office_hours()
    touchpoints()


def draft(document: CanvasDocument, *, at: datetime = AT, status: str = "draft") -> PolicyVersion:
    return create_draft(
        document=document, name="", reason="Because", base=None, actor=ADA, at=at, status=status
    )


def in_force(document: CanvasDocument) -> PolicyVersion:
    return publish(draft(document).pk, reason="Agreed", actor=ADA, at=AT)


def test_numbers_count_up_and_the_author_is_kept() -> None:
    one, two = draft(canvas(design("a"))), draft(canvas(design("a")))

    assert [one.number, two.number] == [1, 2]
    assert (one.author_name, one.reason, one.name) == ("Ada Okafor", "Because", "Relationships")


def test_publishing_supersedes_the_version_before() -> None:
    segment("loyal")
    first = in_force(canvas(design("loyal")))

    second = in_force(canvas(design("loyal", personal_assistance=helped(60))))

    first.refresh_from_db()
    current = published()
    assert first.status == "superseded"
    assert current == second
    assert CompiledPromise.objects.get(version=second).payload["relationships"][0] == {
        "relationship_type": "personal_assistance",
        "intensity": 0.8,
        "primary": True,
        "text": "",
        "first_response_minutes": 60,
        "next_response_minutes": None,
        "resolution_minutes": None,
        "calendar": None,
        "human_reachable": True,
    }
    assert AuditEntry.objects.filter(action="policy.published").count() == 2


def test_a_canvas_with_errors_is_not_published_and_nothing_changes() -> None:
    segment("loyal")
    first = in_force(canvas(design("loyal")))
    wrong = draft(canvas(design("unheard-of")))

    with pytest.raises(PolicyInvalidError, match="There is no segment unheard-of") as refused:
        publish(wrong.pk, reason="Hurry", actor=ADA, at=AT)

    wrong.refresh_from_db()
    assert [finding.path for finding in refused.value.findings] == ["segments.unheard-of.segment"]
    assert (published(), wrong.status) == (first, "draft")


def test_a_second_editor_is_told_who_changed_the_draft() -> None:
    one = draft(canvas(design("a")))
    update_draft(
        one.pk, document=canvas(design("b")), lock_version=1, actor=BEA, at=AT + timedelta(hours=1)
    )

    with pytest.raises(
        EditConflictError, match="Bea Strand changed version 1 on 2026-01-15 at 13:00"
    ):
        update_draft(one.pk, document=canvas(design("c")), lock_version=1, actor=ADA, at=AT)

    one.refresh_from_db()
    assert document_of(one).segments[0].segment == "b"


def test_what_was_published_is_what_was_seen() -> None:
    segment("a")
    one = draft(canvas(design("a")))
    update_draft(one.pk, document=canvas(design("a")), lock_version=1, actor=BEA, at=AT)

    with pytest.raises(EditConflictError):
        publish(one.pk, reason="", actor=ADA, at=AT, lock_version=1)

    assert published() is None


def test_a_published_version_is_not_edited() -> None:
    segment("a")
    one = in_force(canvas(design("a")))

    with pytest.raises(PolicyError, match="Version 1 is in force and is never changed"):
        update_draft(one.pk, document=canvas(design("b")), lock_version=1, actor=ADA, at=AT)


@pytest.mark.parametrize("status", ["published", "superseded"])
def test_the_database_refuses_to_change_what_was_published(status: str) -> None:
    segment("a")
    one = in_force(canvas(design("a")))
    if status == "superseded":
        in_force(canvas(design("a")))
    row = PolicyVersion.objects.filter(pk=one.pk)

    for change in (
        lambda: row.update(document={}),
        lambda: row.update(digest="0" * 64),
        lambda: row.update(status="draft"),
        lambda: row.update(number=99),
        row.delete,
    ):
        with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
            change()

    one.refresh_from_db()
    assert (one.number, one.status) == (1, status)


def test_rolling_back_publishes_the_old_canvas_as_a_new_version() -> None:
    segment("a"), segment("b")
    first = in_force(canvas(design("a")))
    in_force(canvas(design("b")))

    third = roll_back(1, reason="It did not work.", actor=BEA, at=AT)

    assert (third.number, third.status, third.digest) == (3, "published", first.digest)
    assert third.reason == "Back to version 1. It did not work."
    assert third.base == first


@pytest.mark.parametrize(
    ("number", "words"), [(2, "in force already"), (3, "is a draft"), (9, "no version 9")]
)
def test_only_a_superseded_version_is_rolled_back_to(number: int, words: str) -> None:
    segment("a")
    in_force(canvas(design("a")))
    in_force(canvas(design("a")))
    draft(canvas(design("a")))

    with pytest.raises(Exception, match=words):
        roll_back(number, reason="", actor=ADA, at=AT)


def test_a_proposal_is_adopted_and_then_published() -> None:
    segment("a")
    proposal = draft(canvas(design("a")), status="proposal")

    with pytest.raises(PolicyError, match="is a proposal; adopt it first"):
        publish(proposal.pk, reason="", actor=ADA, at=AT)
    adopt_proposal(proposal.pk, actor=ADA, at=AT)
    publish(proposal.pk, reason="Good", actor=ADA, at=AT)

    assert published() == proposal


def test_a_proposal_is_declined_with_its_reason() -> None:
    proposal = draft(canvas(design("a")), status="proposal")

    decline_proposal(proposal.pk, reason="Too dear", actor=ADA, at=AT)

    proposal.refresh_from_db()
    assert (proposal.status, proposal.decline_reason) == ("declined", "Too dear")


def test_a_difference_reads_as_a_sentence() -> None:
    old = canvas(design("a"), design("b"))
    new = canvas(
        design("b", self_service=Cell(intensity=0.9), communities=Cell(intensity=0.2)),
        design("a").model_copy(update={"budget": Decimal(500)}),
        design("c"),
    )

    changes = diff(old, new)

    assert [change.words for change in changes] == [
        "Order of precedence: a, b → b, a",
        "b, Self-service, intensity: 0.5 → 0.9",
        "b, Communities: added, intensity 0.2",
        "a, budget: nothing → 500",
        "c: added with Self-service",
    ]
    assert changes[1].path == "segments.b.relationship_types.self_service.intensity"
    assert diff(new, new) == []


def test_the_preview_counts_the_customers_whose_promise_changes() -> None:
    loyal, every = segment("loyal"), segment("every")
    people = customers("Ann", "Bob", "Cid", "Dee")
    put_into(loyal, people[:1])
    put_into(every, people[:3])
    in_force(canvas(design("every")))
    new = draft(canvas(design("loyal", personal_assistance=helped(30)), design("every")))

    preview = publish_preview(new, AT)

    assert (preview.replaces, preview.customers_total, preview.customers_changed) == (1, 4, 1)
    assert preview.customers_uncovered == 1
    assert [(one.before, one.after, one.customers, one.words) for one in preview.shifts] == [
        (
            "every",
            "loyal",
            1,
            ("Personal assistance begins", "Self-service ends", "Touchpoints change"),
        )
    ]
    assert preview.may_be_published
    assert [change.words for change in preview.changes] == ["loyal: added with Personal assistance"]
