from datetime import timedelta

import pytest

from amity.base.time import now
from amity.design.studio.seed import BEST, PERSONAL, seed
from amity.kernel.access.operations import company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.queries import document_of, publish_preview

pytestmark = pytest.mark.django_db


def test_a_canvas_is_in_force_before_the_stories_and_the_next_waits_for_a_person() -> None:
    company()
    at = now()
    context = SeedContext(at=at, actor=SYSTEM, progress=lambda *_facts: None)

    seed(context)
    seed(context)

    first, second = PolicyVersion.objects.order_by("number")
    assert (first.status, second.status) == ("published", "draft")
    assert first.published_at is not None
    assert first.published_at < at - timedelta(days=14)
    assert second.base == first
    promises = [
        one.relationship_types[PERSONAL].promise
        for version in (first, second)
        for one in document_of(version).segments
        if one.segment == BEST
    ]
    assert [one.first_response_minutes for one in promises if one] == [120, 60]
    assert publish_preview(second, at).may_be_published
