"""Reads of the policy: versions, what differs, what is wrong, what a publication changes."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Case, IntegerField, Min, QuerySet, Value, When

from amity.base.results import NotFoundError
from amity.kernel.access.operations import company
from amity.kernel.calendars.models import CalendarException, WorkingCalendar
from amity.kernel.customers.models import Customer
from amity.kernel.policy.compiled import compile_document, promise_words
from amity.kernel.policy.differences import Change, diff
from amity.kernel.policy.document import CanvasDocument, read_document
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.rules import Facts, Finding, TouchpointFact, check
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.segments.queries import current_members
from amity.kernel.touchpoints.models import Touchpoint

__all__ = [
    "Change",
    "Finding",
    "PolicyNotFoundError",
    "PromiseShift",
    "PublishPreview",
    "diff",
    "document_of",
    "facts_for",
    "publish_preview",
    "published",
    "validate",
    "version_by_number",
    "versions",
]


class PolicyNotFoundError(NotFoundError):
    """There is no such version of the policy."""


@dataclass(frozen=True, slots=True)
class PromiseShift:
    """A group of customers whose promise changes alike.

    The segments are keys; None stands for "no segment of the policy". `words` says what changes.
    """

    before: str | None
    after: str | None
    customers: int
    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PublishPreview:
    """What publishing a version would do."""

    version_number: int
    replaces: int | None
    customers_total: int
    customers_changed: int
    customers_uncovered: int
    shifts: tuple[PromiseShift, ...]
    changes: tuple[Change, ...]
    findings: tuple[Finding, ...]

    @property
    def may_be_published(self) -> bool:
        """Whether no error stands in the way."""
        return not any(finding.is_error for finding in self.findings)


def published() -> PolicyVersion | None:
    """The version that is obeyed now."""
    return PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED).first()


def versions() -> QuerySet[PolicyVersion]:
    """All versions, the newest first, with the versions they come from."""
    return PolicyVersion.objects.select_related("base").order_by("-number")


def version_by_number(number: int) -> PolicyVersion:
    """The version with this number.

    Raises:
        PolicyNotFoundError: there is none.
    """
    version = PolicyVersion.objects.filter(number=number).first()
    if version is None:
        raise PolicyNotFoundError(f"There is no version {number} of the canvas. List the versions.")
    return version


def document_of(version: PolicyVersion) -> CanvasDocument:
    """The canvas that a version holds."""
    return read_document(version.document)


def facts_for(document: CanvasDocument) -> Facts:
    """What the database knows of the things that the canvas names; seven queries."""
    segments = list(Segment.objects.values_list("key", "archived_at", "customer_count"))
    exceptions = set(
        CalendarException.objects.exclude(hours=[]).values_list("calendar_id", flat=True)
    )
    calendars = list(WorkingCalendar.objects.all())
    customers = Customer.objects.filter(merged_into=None).count()
    return Facts(
        currency=company().currency,
        segments={key: count for key, archived, count in segments if archived is None},
        archived=frozenset(key for key, archived, _ in segments if archived is not None),
        touchpoints={
            touchpoint.key: TouchpointFact(
                status=touchpoint.status,
                stages=frozenset(touchpoint.stages),
                relationship_types=frozenset(touchpoint.relationship_types),
            )
            for touchpoint in Touchpoint.objects.only(
                "key", "status", "stages", "relationship_types"
            )
        },
        calendars={
            one.key: any(one.weekly_hours.values()) or one.pk in exceptions for one in calendars
        },
        default_calendar=next((one.key for one in calendars if one.is_default), None),
        uncovered=customers - _covered(document),
        customers=customers,
    )


def _covered(document: CanvasDocument) -> int:
    return (
        SegmentMembership.objects.filter(
            until=None,
            segment__key__in=[design.segment for design in document.segments],
            customer__merged_into=None,
        )
        .values("customer")
        .distinct()
        .count()
    )


def validate(document: CanvasDocument, at: datetime) -> list[Finding]:
    """What is wrong with the canvas (errors) or deserves a second look (warnings) at `at`."""
    return check(document, facts_for(document), at.date())


def publish_preview(version: PolicyVersion, at: datetime) -> PublishPreview:
    """What publishing `version` would change, and for how many customers."""
    new_document = document_of(version)
    current = published()
    old_document = document_of(current) if current else None
    facts = facts_for(new_document)
    shifts = _shifts(old_document, new_document)
    return PublishPreview(
        version_number=version.number,
        replaces=current.number if current else None,
        customers_total=facts.customers,
        customers_changed=sum(shift.customers for shift in shifts),
        customers_uncovered=facts.uncovered,
        shifts=tuple(sorted(shifts, key=lambda shift: -shift.customers)),
        changes=tuple(diff(old_document, new_document)),
        findings=tuple(check(new_document, facts, at.date())),
    )


def _shifts(old: CanvasDocument | None, new: CanvasDocument) -> list[PromiseShift]:
    was = compile_document(old) if old else []
    will = compile_document(new)
    shifts = []
    for old_position, new_position, customers in _positions(was, will):
        before = was[old_position] if old_position is not None else None
        after = will[new_position] if new_position is not None else None
        words = promise_words(before[1] if before else None, after[1] if after else None)
        moved = (before[0] if before else None) != (after[0] if after else None)
        if words or moved:
            shifts.append(
                PromiseShift(
                    before=before[0] if before else None,
                    after=after[0] if after else None,
                    customers=customers,
                    words=tuple(words),
                )
            )
    return shifts


def _positions(
    was: list[tuple[str, dict[str, Any]]], will: list[tuple[str, dict[str, Any]]]
) -> list[tuple[int | None, int | None, int]]:
    """(position before, position after, customers): the deciding segment in both policies."""
    keys = {key for key, _ in [*was, *will]}
    inner = (
        SegmentMembership.objects.filter(
            until=None, segment__key__in=keys, customer__merged_into=None
        )
        .values("customer")
        .annotate(old_place=_first(was), new_place=_first(will))
        .values("old_place", "new_place")
        .order_by()
    )
    sql, params = inner.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT places.old_place, places.new_place, COUNT(*) "  # noqa: S608 -- built by the ORM
            f"FROM ({sql}) AS places GROUP BY places.old_place, places.new_place",
            params,
        )
        return [(row[0], row[1], row[2]) for row in cursor.fetchall()]


def deciding_segments() -> dict[int, str]:
    """By customer, the key of the segment that the published policy serves them in.

    Customers that no segment of it holds are left out; so are all without a published policy.
    """
    version = published()
    if version is None:
        return {}
    compiled = compile_document(document_of(version))
    keys = [key for key, _ in compiled]
    held = current_members(keys).values("customer").annotate(place=_first(compiled)).order_by()
    return {row["customer"]: keys[row["place"]] for row in held.iterator(chunk_size=50_000)}


def _first(compiled: list[tuple[str, dict[str, Any]]]) -> Min:
    """The first position, in the order of precedence, of the segments that hold a customer."""
    places = [When(segment__key=key, then=Value(place)) for place, (key, _) in enumerate(compiled)]
    return Min(Case(*places, default=Value(None), output_field=IntegerField()))
