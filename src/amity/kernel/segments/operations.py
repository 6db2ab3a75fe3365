"""Changes to segments, and the refresh that puts customers into them."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Sum

from amity.base.ids import slug
from amity.base.results import AmityError, ConflictError, StaleError
from amity.base.text import clean_text
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue
from amity.kernel.segments.compile import Setting, compile_tree
from amity.kernel.segments.language.tree import InSegment
from amity.kernel.segments.models import (
    Segment,
    SegmentCount,
    SegmentMembership,
    SegmentOverlap,
)
from amity.kernel.segments.queries import full_catalog, living_segments, setting_at, value_trait
from amity.kernel.segments.rules import RuleError, problems, read_rule, segments_named, to_text
from amity.kernel.traits.models import Trait

MANY = 500  # changed memberships from which the old statistics mislead
COLORS = 8  # steps of the palette of segments


class SegmentTakenError(ConflictError):
    """Another segment has this key."""


class SegmentStaleError(StaleError):
    """Somebody else changed the segment meanwhile."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did to one segment; `problem` says why nothing was done."""

    key: str
    joined: int
    left: int
    customers: int
    problem: str = ""


@transaction.atomic
def create_segment(
    *,
    name: str,
    rule: Mapping[str, Any],
    actor: Actor,
    at: datetime,
    key: str = "",
    description: str = "",
    color: int | None = None,
) -> Segment:
    """A new segment; whom it holds is counted by `refresh_memberships` or the job.

    Raises:
        SegmentTakenError: the key is taken.
        RuleError: the rule is malformed or names what is not there.
    """
    name = clean_text(name, field="Name", max_length=100)
    if not name:
        raise AmityError("The segment has no name. Give it one.")
    key = key or slug(name, fallback="segment")
    if Segment.objects.filter(key=key).exists():
        raise SegmentTakenError(f"A segment {key} is there already. Choose another name or key.")
    _check_rule(key, rule, at)
    segment = Segment.objects.create(
        key=key,
        name=name,
        description=clean_text(description, field="Description", max_length=2000),
        rule=dict(rule),
        color=Segment.objects.count() % COLORS if color is None else color,
        created_at=at,
    )
    _audit(segment, "segment.created", actor, at, rule=to_text(rule))
    return segment


@transaction.atomic
def update_segment(
    segment_id: int,
    *,
    version: int,
    actor: Actor,
    at: datetime,
    name: str | None = None,
    description: str | None = None,
    rule: Mapping[str, Any] | None = None,
    color: int | None = None,
) -> Segment:
    """Changes what is given; `version` is that of the segment the editor began with.

    Raises:
        SegmentStaleError: it was changed in between.
        RuleError: the rule is malformed or names what is not there.
    """
    segment = Segment.objects.select_for_update().get(pk=segment_id)
    if segment.version != version:
        raise SegmentStaleError(
            f"{segment.name} was changed after you opened it. Reload and make your change again."
        )
    changes: dict[str, Any] = {}
    if name is not None and name != segment.name:
        changes["name"] = clean_text(name, field="Name", max_length=100)
    if description is not None and description != segment.description:
        changes["description"] = clean_text(description, field="Description", max_length=2000)
    if color is not None and color != segment.color:
        changes["color"] = color
    if rule is not None and dict(rule) != segment.rule:
        _check_rule(segment.key, rule, at)
        changes["rule"] = dict(rule)
    if not changes:
        return segment
    told = {field: [getattr(segment, field), value] for field, value in changes.items()}
    if rule is not None and "rule" in changes:
        told["rule"] = [to_text(segment.rule), to_text(rule)]
    for field, value in changes.items():
        setattr(segment, field, value)
    segment.version += 1
    segment.save()
    _audit(segment, "segment.changed", actor, at, **told)
    return segment


@transaction.atomic
def archive_segment(segment_id: int, *, actor: Actor, at: datetime) -> Segment:
    """Takes a segment out of use; its history stays.

    Raises:
        AmityError: another segment's rule names it.
    """
    segment = Segment.objects.select_for_update().get(pk=segment_id)
    if segment.archived_at is not None:
        return segment
    users = [
        other.name
        for other in living_segments().exclude(pk=segment_id)
        if segment.key in _named_by(other)
    ]
    if users:
        raise ConflictError(
            f"{segment.name} is named by the rule of {', '.join(users)}. Change that rule first."
        )
    segment.archived_at = at
    segment.version += 1
    segment.save(update_fields=["archived_at", "version"])
    SegmentMembership.objects.filter(segment=segment, until=None).update(until=at)
    SegmentOverlap.objects.filter(Q(first=segment) | Q(second=segment)).delete()
    _audit(segment, "segment.archived", actor, at)
    return segment


@transaction.atomic
def restore_segment(segment_id: int, *, actor: Actor, at: datetime) -> Segment:
    """Puts an archived segment back into use; the next refresh fills it."""
    segment = Segment.objects.select_for_update().get(pk=segment_id)
    if segment.archived_at is None:
        return segment
    _check_rule(segment.key, segment.rule, at)
    segment.archived_at = None
    segment.version += 1
    segment.save(update_fields=["archived_at", "version"])
    _audit(segment, "segment.restored", actor, at)
    return segment


def refresh_soon(*, at: datetime, created_by: int | None = None) -> Job:
    """Asks for a refresh of all segments, in the caller's transaction."""
    return enqueue(
        "segments.refresh",
        {},
        at=at,
        unique_key="segments.refresh",
        created_by=created_by,
        again=True,
    )


def refresh_memberships(segment: Segment | None = None, *, at: datetime) -> list[Refreshed]:
    """Puts customers into this segment (None: all living ones) and takes out those who left.

    Set-based, one transaction a segment; only differences are written, so that doing it again at
    once changes nothing. A segment whose rule cannot be run is left alone, and the answer says why.
    """
    setting = setting_at(at)
    chosen = [segment] if segment is not None else list(living_segments())
    return [refresh_one(one.pk, setting) for one in chosen]


@transaction.atomic
def refresh_one(segment_id: int, setting: Setting) -> Refreshed:
    """One segment of a refresh; `setting` is shared by all of them."""
    # The lock on the row makes two refreshes of one segment follow each other.
    segment = Segment.objects.select_for_update().get(pk=segment_id)
    current = SegmentMembership.objects.filter(segment=segment, until=None)
    if segment.archived_at is not None:
        return Refreshed(segment.key, 0, 0, 0, "The segment is archived.")
    try:
        condition = compile_tree(read_rule(segment.rule), setting)
    except RuleError as error:
        return Refreshed(segment.key, 0, 0, segment.customer_count or 0, str(error))
    matched = active_customers().filter(condition)
    still = matched.filter(pk=OuterRef("customer_id"))
    left = current.exclude(Exists(still)).update(until=setting.at)
    joined = _insert(segment, matched, setting.at)
    if joined + left >= MANY and connection.vendor == "postgresql":
        with connection.cursor() as cursor:  # its plans for the counts below go by statistics
            cursor.execute("ANALYZE segments_segmentmembership")
    customers = current.count()
    value = _value_of(segment)
    if joined or left or segment.counted_at is None:
        _count_overlaps(segment)
    Segment.objects.filter(pk=segment.pk).update(
        customer_count=customers, value_minor=value, counted_at=setting.at
    )
    SegmentCount.objects.update_or_create(
        segment=segment,
        day=setting.at.date(),
        defaults={"customers": customers, "value_minor": value},
    )
    return Refreshed(segment.key, joined, left, customers)


def _insert(segment: Segment, matched: QuerySet[Customer], at: datetime) -> int:
    # EXCEPT, for no plan of it is quadratic; NOT EXISTS is, where statistics are not there yet.
    already = SegmentMembership.objects.filter(segment=segment, until=None)
    new = matched.order_by().values("id").difference(already.order_by().values("customer_id"))
    try:
        sql, params = new.query.sql_with_params()
    except EmptyResultSet:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO segments_segmentmembership (segment_id, customer_id, since)"  # noqa: S608 -- built by the ORM
            f" SELECT %s, found.id, %s FROM ({sql}) AS found",
            [segment.pk, connection.ops.adapt_datetimefield_value(at), *params],
        )
        return int(cursor.rowcount)


def _count_overlaps(segment: Segment) -> None:
    """Counts anew whom this segment shares with each other one."""
    here = SegmentMembership.objects.filter(
        segment=segment, customer=OuterRef("customer"), until=None
    )
    shared = (
        SegmentMembership.objects.filter(Exists(here), until=None, segment__archived_at=None)
        .exclude(segment=segment)
        .values_list("segment")
        .annotate(customers=Count("pk"))
        .order_by()
    )
    SegmentOverlap.objects.filter(Q(first=segment) | Q(second=segment)).delete()
    SegmentOverlap.objects.bulk_create(
        SegmentOverlap(
            first_id=min(segment.pk, other),
            second_id=max(segment.pk, other),
            customers=customers,
        )
        for other, customers in shared
    )


def _value_of(segment: Segment) -> int | None:
    """What the members are worth by the best trait there is; None where nothing is measured."""
    name = value_trait()
    if name is None:
        return None
    held = SegmentMembership.objects.filter(
        segment=segment, customer=OuterRef("customer"), until=None
    )
    total = Trait.objects.filter(Exists(held), name=name).aggregate(total=Sum("number"))["total"]
    return round(total) if total is not None else None


def _check_rule(key: str, rule: Mapping[str, Any], at: datetime) -> None:
    tree = read_rule(rule)
    found = problems(tree, full_catalog(tree))
    if found:
        raise RuleError(found[0])
    setting = setting_at(at)
    setting = replace(setting, segments={**setting.segments, key: tree})
    # Compiled from its own name, so that a circle through other segments is found, too.
    compile_tree(InSegment(key), setting)


def _named_by(segment: Segment) -> frozenset[str]:
    return segments_named(read_rule(segment.rule))


def _audit(segment: Segment, action: str, actor: Actor, at: datetime, **changes: Any) -> None:
    record_audit(
        actor=actor,
        action=action,
        object_type="segment",
        object_id=segment.key,
        at=at,
        summary=segment.name,
        changes=changes,
    )
