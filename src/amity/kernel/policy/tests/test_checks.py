"""Broken invariants of segments and the policy are found."""

from datetime import timedelta

import pytest

from amity.base.time import now
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import SYSTEM
from amity.kernel.hooks.checks import Finding
from amity.kernel.policy import checks as policy
from amity.kernel.policy.models import CompiledPromise, PolicyVersion
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments import checks as segments
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.testing.canvases import canvas, customers, design

pytestmark = pytest.mark.django_db


def found() -> list[Finding]:
    return [
        finding
        for check in (
            segments.memberships_follow_their_rules,
            segments.counts_are_those_of_the_members,
            segments.memberships_end_after_they_begin,
            policy.one_policy_is_in_force,
            policy.digests_match_their_documents,
            policy.promises_are_as_compiled,
        )
        for finding in check()
    ]


@pytest.fixture(autouse=True)
def _house() -> None:
    """A refreshed segment of two, and a canvas in force."""
    customers("Ann", "Bob")
    create_segment(name="Every", rule=parse_text("everyone"), actor=SYSTEM, at=now())
    refresh_memberships(at=now() + timedelta(seconds=1))
    document = canvas(design("every").model_copy(update={"touchpoints": {}}))
    draft = create_draft(document=document, name="", reason="", base=None, actor=SYSTEM, at=now())
    publish(draft.pk, reason="", actor=SYSTEM, at=now())


def test_a_sound_house_has_no_findings() -> None:
    assert found() == []


def test_a_membership_that_went_missing_is_found() -> None:
    SegmentMembership.objects.filter(customer__name="Ann").delete()

    assert [finding.message for finding in found()] == [
        "Segment every misses 1 customers and has 0 too many.",
        "Segment every says 2 members and has 1.",
    ]


def test_a_segment_that_is_due_for_a_refresh_is_no_fault() -> None:
    customers("Cid")
    Segment.objects.update(counted_at=now() - timedelta(hours=1))

    assert found() == []


def test_a_measurement_after_the_refresh_is_no_fault() -> None:
    SegmentMembership.objects.all().delete()
    Segment.objects.update(customer_count=0)
    record_audit(
        actor=SYSTEM,
        action="insight.measured",
        object_type="measure_run",
        object_id=1,
        at=now() + timedelta(minutes=1),
    )

    assert found() == []


def test_a_promise_that_was_tampered_with_is_found() -> None:
    CompiledPromise.objects.update(payload={})

    assert [finding.message for finding in found()] == [
        "The promises of version 1 do not follow from its document."
    ]


def test_a_draft_that_was_tampered_with_is_found() -> None:
    draft = create_draft(
        document=canvas(design("every")), name="", reason="", base=None, actor=SYSTEM, at=now()
    )
    PolicyVersion.objects.filter(pk=draft.pk).update(digest="0" * 64)

    assert [finding.message for finding in found()] == ["The document of version 2 was changed."]
