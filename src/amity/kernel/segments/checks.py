"""What must always hold of segments."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count, Exists, F, Max, OuterRef, Q

from amity.kernel.access.models import AuditEntry
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers
from amity.kernel.hooks.checks import Finding
from amity.kernel.imports.models import Import
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.segments.queries import customers_matching, living_segments
from amity.kernel.segments.rules import RuleError

REMEDY = "Run: amity segments refresh. If it stays, report it as a fault."


def memberships_follow_their_rules() -> Iterable[Finding]:
    """I8: the members of a segment are those whom its rule holds at the time of its refresh.

    A segment is compared only where nothing was written since its refresh; else it is due anyway.
    """
    latest = _last_written()
    for segment in living_segments().exclude(counted_at=None):
        assert segment.counted_at is not None  # noqa: S101 -- by the query
        if latest is None or segment.counted_at >= latest:
            yield from _differences(segment, segment.counted_at)


def counts_are_those_of_the_members() -> Iterable[Finding]:
    """I8: the stored number of members is the number of open memberships."""
    counted = living_segments().annotate(
        open=Count("memberships", filter=Q(memberships__until=None))
    )
    for segment in counted.exclude(customer_count=F("open")).exclude(customer_count=None):
        yield Finding(
            "I8",
            f"Segment {segment.key} says {segment.customer_count} members and has {segment.open}.",
            REMEDY,
        )


def memberships_end_after_they_begin() -> Iterable[Finding]:
    """I8: no membership ends before it began."""
    wrong = SegmentMembership.objects.filter(until__lt=F("since")).count()
    if wrong:
        yield Finding("I8", f"{wrong} memberships end before they begin.", REMEDY)


def _last_written() -> datetime | None:
    """When something that a rule may ask for was last written.

    Traits and orders have no time of writing of their own; whatever writes them leaves a line in
    the audit trail.
    """
    elsewhere = AuditEntry.objects.exclude(object_type__in=["segment", "policy", "user", "token"])
    instants = [
        Customer.objects.aggregate(at=Max("updated_at"))["at"],
        *Interaction.objects.order_by("-pk").values_list("recorded_at", flat=True)[:1],
        *elsewhere.order_by("-pk").values_list("at", flat=True)[:1],
        *Import.objects.order_by("-finished_at")
        .exclude(finished_at=None)
        .values_list("finished_at", flat=True)[:1],
    ]
    return max((instant for instant in instants if instant is not None), default=None)


def _differences(segment: Segment, at: datetime) -> Iterable[Finding]:
    try:
        matched = customers_matching(segment.rule, at)
    except RuleError as error:
        yield Finding("I8", f"The rule of segment {segment.key} cannot run: {error}", "Mend it.")
        return
    held = SegmentMembership.objects.filter(segment=segment, customer=OuterRef("pk"), until=None)
    missing = matched.filter(~Exists(held)).count()
    extra = (
        active_customers()
        .filter(Exists(held))
        .filter(~Exists(matched.filter(pk=OuterRef("pk"))))
        .count()
    )
    if missing or extra:
        yield Finding(
            "I8",
            f"Segment {segment.key} misses {missing} customers and has {extra} too many.",
            REMEDY,
        )
