"""Two people at once, on PostgreSQL, where two transactions really run side by side."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest
from django.db import connection

from amity.base.results import AmityError
from amity.kernel.access.rules import SYSTEM
from amity.kernel.policy.document import CanvasDocument
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import create_draft, publish, update_draft
from amity.kernel.segments.models import SegmentMembership
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.testing.canvases import canvas, customers, design

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.postgres,
    pytest.mark.skipif(
        "connection.vendor != 'postgresql'", reason="SQLite runs one writer after another"
    ),
]

AT = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
RACERS = 6


def race(work: Callable[[int], object]) -> list[str]:
    """Runs the work of all racers at once; the messages of those that were refused."""
    barrier, refused = threading.Barrier(RACERS), list[str]()

    def run(number: int) -> None:
        barrier.wait()
        try:
            work(number)
        except AmityError as error:
            refused.append(str(error))
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(number,)) for number in range(RACERS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return refused


def document() -> CanvasDocument:
    return canvas(design("every").model_copy(update={"touchpoints": {}}))


def draft() -> PolicyVersion:
    return create_draft(document=document(), name="", reason="", base=None, actor=SYSTEM, at=AT)


def every_segment() -> None:
    create_segment(name="Every", rule=parse_text("everyone"), actor=SYSTEM, at=AT)


def test_of_many_publications_at_once_each_happens_and_one_is_in_force() -> None:
    every_segment()
    drafts = [draft() for _ in range(RACERS)]

    refused = race(lambda number: publish(drafts[number].pk, reason="", actor=SYSTEM, at=AT))

    statuses = list(PolicyVersion.objects.values_list("status", flat=True))
    assert refused == []
    assert (statuses.count("published"), statuses.count("superseded")) == (1, RACERS - 1)


def test_one_draft_is_published_once() -> None:
    every_segment()
    one = draft()

    refused = race(lambda _: publish(one.pk, reason="", actor=SYSTEM, at=AT))

    assert len(refused) == RACERS - 1
    assert one.promises.count() == 1


def test_numbers_are_given_once_also_to_the_first_versions() -> None:
    refused = race(lambda _: draft())

    assert refused == []
    assert sorted(PolicyVersion.objects.values_list("number", flat=True)) == list(
        range(1, RACERS + 1)
    )


def test_of_many_editors_one_wins_and_the_others_are_told() -> None:
    one = draft()

    refused = race(
        lambda _: update_draft(one.pk, document=document(), lock_version=1, actor=SYSTEM, at=AT)
    )

    one.refresh_from_db()
    assert (len(refused), one.lock_version) == (RACERS - 1, 2)
    assert all("Nothing was overwritten" in message for message in refused)


def test_refreshes_at_once_put_each_customer_in_once() -> None:
    customers("Ann", "Bob", "Cid")
    every_segment()

    refused = race(lambda _: refresh_memberships(at=AT))

    assert refused == []
    assert SegmentMembership.objects.count() == 3
