"""What the pages of segments show, loaded whole."""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q

from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.segments.models import (
    Segment,
    SegmentCount,
    SegmentMembership,
    SegmentOverlap,
)
from amity.kernel.segments.queries import (
    current_members,
    customers_matching,
    living_segments,
    members,
    uncovered,
    value_trait,
)
from amity.kernel.segments.rules import RuleError, to_text
from amity.kernel.traits.queries import trait_definitions, traits_of
from amity.ui.paging import Page, keyset_page

TREND_DAYS = 90
LATEST_VERSIONS = 50
SAMPLE = 5


@dataclass(frozen=True, slots=True)
class Shared:
    """Another segment that holds some of the same customers; `share` is of this one's."""

    segment: Segment
    customers: int
    share: float


@dataclass(frozen=True, slots=True)
class Line:
    """A segment in the list. `share` is of all customers; `trend` has its last counts."""

    segment: Segment
    rule: str
    share: float | None
    value_share: float | None
    trend: list[int]
    overlap: Shared | None


@dataclass(frozen=True, slots=True)
class Overview:
    """All living segments beside the customers that none of them holds."""

    lines: list[Line]
    archived: list[Segment]
    customers: int
    uncovered: int
    value_label: str


def rule_text(segment: Segment) -> str:
    """A segment's rule in words, or what is wrong with it."""
    try:
        return to_text(segment.rule)
    except RuleError as error:
        return str(error)


def overview(at: datetime) -> Overview:
    """The list of segments; five statements."""
    every = list(Segment.objects.order_by("name", "pk"))
    segments = [segment for segment in every if segment.archived_at is None]
    trends = _trends(segments, at)
    shared = overlaps(segments)
    held = current_members().filter(customer=OuterRef("pk"))
    counts = active_customers().aggregate(
        customers=Count("pk"), uncovered=Count("pk", filter=~Exists(held))
    )
    value = sum(segment.value_minor or 0 for segment in segments)
    return Overview(
        lines=[
            Line(
                segment=segment,
                rule=rule_text(segment),
                share=_share(segment.customer_count, counts["customers"]),
                value_share=_share(segment.value_minor, value),
                trend=trends.get(segment.pk, []),
                overlap=max(shared[segment.pk], key=lambda other: other.customers, default=None),
            )
            for segment in segments
        ],
        archived=[segment for segment in every if segment.archived_at is not None],
        customers=counts["customers"],
        uncovered=counts["uncovered"],
        value_label=value_label(value_trait()),
    )


def value_label(name: str | None) -> str:
    """What the value of a segment is: "Value to come", "Spent so far", or nothing measured."""
    definition = trait_definitions().get(name) if name else None
    return definition.label if definition else ""


def _trends(segments: list[Segment], at: datetime) -> dict[int, list[int]]:
    rows = SegmentCount.objects.filter(
        segment__in=segments, day__gte=at.date() - timedelta(days=TREND_DAYS)
    ).order_by("day")
    found: dict[int, list[int]] = defaultdict(list)
    for row in rows:
        found[row.segment_id].append(row.customers)
    return found


def overlaps(segments: list[Segment]) -> dict[int, list[Shared]]:
    """For each of these segments, the others that share customers with it, most first."""
    by_id = {segment.pk: segment for segment in segments}
    found: dict[int, list[Shared]] = defaultdict(list)
    pairs = SegmentOverlap.objects.filter(first__in=by_id, second__in=by_id, customers__gt=0)
    for pair in pairs.order_by("-customers", "pk"):
        for one, other in ((pair.first_id, pair.second_id), (pair.second_id, pair.first_id)):
            share = _share(pair.customers, by_id[one].customer_count) or 0.0
            found[one].append(Shared(by_id[other], pair.customers, min(share, 1.0)))
    return found


def _share(part: int | None, whole: int | None) -> float | None:
    return part / whole if part is not None and whole else None


@dataclass(frozen=True, slots=True)
class Member:
    """A customer in a segment, since when, and what they are worth (minor units)."""

    customer: Customer
    since: datetime | None
    value: float | None


@dataclass(frozen=True, slots=True)
class Detail:
    """One segment with everything its page shows but the members."""

    segment: Segment
    rule: str
    customers: int
    share: float | None
    history: list[SegmentCount]
    shared: list[Shared]
    joined: int
    left: int
    canvases: list[Mapping[str, Any]]
    value_trait: str | None
    value_label: str


def detail_of(segment: Segment, at: datetime) -> Detail:
    """One segment; seven statements."""
    month_ago = at - timedelta(days=30)
    moves = SegmentMembership.objects.filter(segment=segment).aggregate(
        joined=Count("pk", filter=Q(since__gte=month_ago)),
        left=Count("pk", filter=Q(until__gte=month_ago)),
    )
    others = list(living_segments())
    customers = active_customers().count()
    value = value_trait()
    return Detail(
        segment=segment,
        rule=rule_text(segment),
        customers=customers,
        share=_share(segment.customer_count, customers),
        history=list(SegmentCount.objects.filter(segment=segment).order_by("-day")[:365])[::-1],
        shared=overlaps(others)[segment.pk],
        joined=moves["joined"],
        left=moves["left"],
        canvases=canvases_with(segment.key),
        value_trait=value,
        value_label=value_label(value),
    )


def canvases_with(key: str) -> list[Mapping[str, Any]]:
    """Of the latest versions of the canvas, those that name a segment, the newest first."""
    rows = PolicyVersion.objects.order_by("-number").values(
        "number", "name", "status", "document__segments"
    )
    return [
        row
        for row in rows[:LATEST_VERSIONS]
        if any(design.get("segment") == key for design in row["document__segments"] or [])
    ]


def is_in_force(key: str) -> bool:
    """Whether the published canvas names a segment."""
    rows = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED)
    documents = rows.values_list("document__segments", flat=True)
    return any(design.get("segment") == key for found in documents for design in found or [])


def member_page(
    segment: Segment, *, value: str | None, after: str, before: str
) -> tuple[list[Member], Page[Customer]]:
    """A page of members by name, with the trait `value`; two or three statements."""
    page = keyset_page(members(segment), order=["name_folded", "id"], after=after, before=before)
    ids = [customer.pk for customer in page.rows]
    since = dict(
        SegmentMembership.objects.filter(segment=segment, customer__in=ids, until=None).values_list(
            "customer", "since"
        )
    )
    values = traits_of(ids, [value]) if value else {}
    rows = [
        Member(
            customer,
            since.get(customer.pk),
            values[customer.pk][value].number if value and value in values[customer.pk] else None,
        )
        for customer in page.rows
    ]
    return rows, page


def uncovered_page(*, after: str, before: str) -> Page[Customer]:
    """A page of the customers that no segment holds, by name."""
    return keyset_page(uncovered(), order=["name_folded", "id"], after=after, before=before)


@dataclass(frozen=True, slots=True)
class Preview:
    """Whom a rule would hold now: how many, their share, some of them; or what is wrong."""

    rule: str
    customers: int = 0
    share: float | None = None
    sample: tuple[Customer, ...] = ()
    problem: str = ""


def preview_of(rule: Mapping[str, Any], at: datetime) -> Preview:
    """Tries a rule that was checked; seven statements."""
    try:
        found = customers_matching(rule, at)
        customers = found.count()
    except RuleError as error:
        return Preview(rule=to_text(rule), problem=str(error))
    return Preview(
        rule=to_text(rule),
        customers=customers,
        share=_share(customers, active_customers().count()),
        sample=tuple(found.order_by("name_folded", "pk")[:SAMPLE]),
    )


def trait_labels() -> dict[str, str]:
    """The labels of all published traits."""
    return {name: definition.label for name, definition in trait_definitions().items()}
