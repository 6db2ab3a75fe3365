"""The life of a segment, and the refresh that keeps its members."""

from datetime import UTC, datetime, timedelta

import pytest

from amity.base.results import ConflictError
from amity.base.vocabulary import Role
from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.segments.models import Segment, SegmentCount, SegmentMembership
from amity.kernel.segments.operations import (
    Refreshed,
    SegmentStaleError,
    SegmentTakenError,
    archive_segment,
    create_segment,
    refresh_memberships,
    refresh_soon,
    restore_segment,
    update_segment,
)
from amity.kernel.segments.rules import RuleError, parse_text
from amity.kernel.traits.models import Trait
from amity.testing.canvases import customers

pytestmark = pytest.mark.django_db

AT = datetime(2026, 3, 31, 15, 30, tzinfo=UTC)
LATER = AT + timedelta(days=1)
ADA = Actor(kind="command", name="Ada", role=Role.OWNER)


def made(name: str, rule: str) -> Segment:
    return create_segment(name=name, rule=parse_text(rule), actor=ADA, at=AT)


def spans(segment: Segment) -> list[tuple[str, datetime, datetime | None]]:
    rows = SegmentMembership.objects.filter(segment=segment).order_by("customer__name", "since")
    return [(row.customer.name, row.since, row.until) for row in rows.select_related("customer")]


def test_a_refresh_writes_who_came_and_who_left_and_keeps_the_past() -> None:
    ann, bob, cid = customers("Ann", "Bob", "Cid")
    Customer.objects.filter(pk__in=[ann.pk, bob.pk]).update(country="DE")
    german = made("German", "country is DE")
    first = refresh_memberships(german, at=AT)
    Customer.objects.filter(pk=ann.pk).update(country="US")
    Customer.objects.filter(pk=cid.pk).update(country="DE")

    second = refresh_memberships(german, at=LATER)

    assert first == [Refreshed("german", joined=2, left=0, customers=2)]
    assert second == [Refreshed("german", joined=1, left=1, customers=2)]
    assert spans(german) == [("Ann", AT, LATER), ("Bob", AT, None), ("Cid", LATER, None)]


def test_a_refresh_done_twice_writes_nothing_new() -> None:
    customers("Ann", "Bob")
    everyone = made("Everyone", "everyone")
    refresh_memberships(at=AT)

    again = refresh_memberships(at=LATER)

    assert again == [Refreshed("everyone", joined=0, left=0, customers=2)]
    assert spans(everyone) == [("Ann", AT, None), ("Bob", AT, None)]


def test_a_customer_who_comes_back_has_two_spans() -> None:
    (ann,) = customers("Ann")
    named = made("Named", "name is Ann")
    refresh_memberships(at=AT)
    Customer.objects.filter(pk=ann.pk).update(name_folded="anna")
    refresh_memberships(at=LATER)
    Customer.objects.filter(pk=ann.pk).update(name_folded="ann")

    refresh_memberships(at=LATER + timedelta(days=1))

    assert [span[1:] for span in spans(named)] == [
        (AT, LATER),
        (LATER + timedelta(days=1), None),
    ]


def test_a_merged_customer_leaves() -> None:
    ann, bob = customers("Ann", "Bob")
    everyone = made("Everyone", "everyone")
    refresh_memberships(at=AT)
    Customer.objects.filter(pk=bob.pk).update(merged_into=ann)

    refresh_memberships(at=LATER)

    assert spans(everyone) == [("Ann", AT, None), ("Bob", AT, LATER)]


def test_a_refresh_counts_and_values_each_day_once() -> None:
    ann, bob = customers("Ann", "Bob")
    for who, value in ((ann, 1250.4), (bob, 100)):
        Trait.objects.create(customer=who, name="clv_12m", number=value, as_of=AT, source="t")
    made("Ann", "name is Ann")
    for at in (AT, AT + timedelta(hours=1), LATER):
        refresh_memberships(at=at)

    segment = Segment.objects.get()
    assert (segment.customer_count, segment.value_minor, segment.counted_at) == (1, 1250, LATER)
    assert list(SegmentCount.objects.order_by("day").values_list("day", "customers")) == [
        (AT.date(), 1),
        (LATER.date(), 1),
    ]


def test_a_segment_whose_rule_cannot_run_is_left_alone_and_says_why() -> None:
    customers("Ann")
    made("Base", "everyone")
    broken = made("Broken", "in segment base")
    refresh_memberships(at=AT)
    Segment.objects.filter(key="base").update(key="renamed")

    found = {one.key: one for one in refresh_memberships(at=LATER)}

    assert found["broken"].problem == "There is no segment base. It may have been archived."
    assert spans(broken) == [("Ann", AT, None)]


def test_the_job_refreshes_all_segments() -> None:
    customers("Ann", "Bob")
    made("All", "everyone")
    made("Ann", "name is Ann")
    refresh_soon(at=AT)
    refresh_soon(at=AT)

    assert run_until_idle() == 1

    job = Job.objects.get()
    assert job.status == "done", job.error
    assert job.result is not None
    assert {key: one["customers"] for key, one in job.result.items()} == {"all": 2, "ann": 1}


def test_a_segment_needs_a_rule_that_fits_and_a_key_of_its_own() -> None:
    made("Loyal", "everyone")

    with pytest.raises(SegmentTakenError, match="A segment loyal is there already"):
        made("LOYAL!", "everyone")
    with pytest.raises(RuleError, match="There is no field or trait speed"):
        made("Fast", "speed > 3")
    with pytest.raises(RuleError, match="There is no segment loyl; did you mean loyal"):
        made("Fast", "in segment loyl")

    assert [segment.key for segment in Segment.objects.all()] == ["loyal"]


def test_two_editors_do_not_overwrite_one_another() -> None:
    loyal = made("Loyal", "everyone")
    update_segment(loyal.pk, version=1, name="Faithful", actor=ADA, at=AT)

    with pytest.raises(SegmentStaleError, match="Faithful was changed after you opened it"):
        update_segment(loyal.pk, version=1, name="Regular", actor=ADA, at=AT)

    entry = AuditEntry.objects.get(action="segment.changed")
    assert entry.changes == {"name": ["Loyal", "Faithful"]}


def test_a_rule_may_not_lead_in_a_circle() -> None:
    one = made("One", "everyone")
    made("Two", "in segment one")

    with pytest.raises(RuleError, match="circle"):
        update_segment(one.pk, version=1, rule=parse_text("in segment two"), actor=ADA, at=AT)


def test_an_archived_segment_holds_nobody_until_it_is_restored() -> None:
    customers("Ann")
    one = made("One", "everyone")
    refresh_memberships(at=AT)
    archive_segment(one.pk, actor=ADA, at=LATER)
    assert spans(one) == [("Ann", AT, LATER)]

    restore_segment(one.pk, actor=ADA, at=LATER)
    refresh_memberships(at=LATER)

    assert spans(one) == [("Ann", AT, LATER), ("Ann", LATER, None)]


def test_a_segment_that_another_names_is_not_archived() -> None:
    one = made("One", "everyone")
    made("Two", "not in segment one")

    with pytest.raises(ConflictError, match="One is named by the rule of Two"):
        archive_segment(one.pk, actor=ADA, at=AT)
