"""/segments: saved rules, whom they hold, and whom they share."""

from datetime import datetime
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema, Status

from amity.base.time import now
from amity.design.segments import operations, queries
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.customers.models import Customer
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import PageOf, Paging, Strict
from amity.kernel.rest.versions import expected_version, not_modified, put_etag
from amity.kernel.segments import operations as kernel
from amity.kernel.segments.models import Segment
from amity.kernel.segments.queries import (
    full_catalog,
    living_segments,
    members,
    segment_by_key,
    uncovered,
)
from amity.kernel.segments.rules import parse_text, validate

router = Router(tags=["segments"])
VIEW, EDIT = ApiGuard("segments.view"), ApiGuard("segments.edit")
MEMBERS = ApiGuard("customers.view")
VERSIONED = {"x-versioned": True}

RuleText = Annotated[str, Field(min_length=1, max_length=10_000)]
Rule = RuleText | dict[str, Any]
RULE = "In the rule language (orders in last 90 days >= 3), or as the JSON that a segment shows."


class SegmentIn(Strict):
    """A new segment."""

    key: str = Field("", pattern=r"^([a-z0-9][a-z0-9_-]{0,49})?$", description="Else of the name.")
    name: str = Field(min_length=1, max_length=100)
    description: str = Field("", max_length=2000)
    rule: Rule = Field(description=RULE)


class SegmentChange(Strict):
    """What is to be changed; what is left out stays."""

    name: str | None = Field(None, min_length=1, max_length=100)
    description: str | None = Field(None, max_length=2000)
    rule: Rule | None = Field(None, description=RULE)


class SegmentOut(Schema):
    """A segment; its value is in minor units of the company's currency, as of `counted_at`."""

    key: str
    name: str
    description: str
    rule: dict[str, Any]
    rule_text: str
    customer_count: int | None
    value_minor: int | None
    counted_at: datetime | None
    created_at: datetime
    archived_at: datetime | None
    version: int

    @staticmethod
    def resolve_rule_text(segment: Segment) -> str:
        """The rule in words."""
        return queries.rule_text(segment)


class SegmentFilter(Paging):
    """Which segments."""

    with_archived: bool = False


class RuleIn(Strict):
    """A rule to try."""

    rule: Rule = Field(description=RULE)


class RulePreviewOut(Schema):
    """Whom a rule holds now."""

    rule: dict[str, Any]
    rule_text: str
    customers: int
    share: float | None


class MemberOut(Schema):
    """A customer in a segment."""

    id: int
    name: str
    kind: str
    country: str
    city: str


class PairOut(Schema):
    """Two segments and how many customers they share."""

    first: str
    second: str
    customers: int
    share_of_first: float


class OverlapOut(Schema):
    """All pairs that share customers, and how many customers are in no segment."""

    pairs: list[PairOut]
    uncovered: int


class RefreshJobOut(Schema):
    """The job that does it."""

    job: int


@router.get("", auth=VIEW, response=PageOf[SegmentOut])
def list_segments(request: HttpRequest, wanted: Query[SegmentFilter]) -> Page[Segment]:
    """Segments by name, page by page."""
    rows = Segment.objects.all() if wanted.with_archived else living_segments()
    return page(rows, order="name", cursor=wanted.cursor, limit=wanted.limit)


@router.post("", auth=EDIT, response={201: SegmentOut})
def add_segment(request: HttpRequest, given: SegmentIn, response: HttpResponse) -> Segment:
    """Adds a segment and puts customers into it."""
    at = now()
    segment = kernel.create_segment(
        key=given.key,
        name=given.name,
        description=given.description,
        rule=_rule(given.rule),
        actor=actor_of(request),
        at=at,
    )
    kernel.refresh_memberships(segment, at=at)
    segment.refresh_from_db()
    put_etag(response, segment.version)
    response["Location"] = f"/api/v1/segments/{segment.key}"
    return segment


@router.post("/preview", auth=VIEW, response=RulePreviewOut)
def preview(request: HttpRequest, given: RuleIn) -> dict[str, Any]:
    """How many customers a rule would hold now; nothing is saved."""
    rule = _rule(given.rule)
    found = queries.preview_of(rule, now())
    return {
        "rule": rule,
        "rule_text": found.rule,
        "customers": found.customers,
        "share": found.share,
    }


@router.post("/refresh", auth=EDIT, response={202: RefreshJobOut})
def refresh(request: HttpRequest) -> Status[dict[str, int]]:
    """Asks for all segments to be counted anew."""
    job = kernel.refresh_soon(at=now(), created_by=actor_of(request).user_id)
    return Status(202, {"job": job.pk})


@router.get("/overlap", auth=VIEW, response=OverlapOut)
def overlap(request: HttpRequest) -> dict[str, Any]:
    """Which segments share customers, and how many customers are in none."""
    segments = list(living_segments())
    shared = queries.overlaps(segments)
    pairs = [
        {
            "first": segment.key,
            "second": other.segment.key,
            "customers": other.customers,
            "share_of_first": other.share,
        }
        for segment in segments
        for other in shared[segment.pk]
    ]
    return {"pairs": pairs, "uncovered": uncovered().count()}


@router.get("/{key}", auth=VIEW, response=SegmentOut)
def get_segment(request: HttpRequest, key: str, response: HttpResponse) -> Segment | HttpResponse:
    """One segment."""
    segment = segment_by_key(key[:50])
    unchanged = not_modified(request, segment.version)
    if unchanged is not None:
        return unchanged
    put_etag(response, segment.version)
    return segment


@router.patch("/{key}", auth=EDIT, response=SegmentOut, openapi_extra=VERSIONED)
def change_segment(
    request: HttpRequest, key: str, given: SegmentChange, response: HttpResponse
) -> Segment:
    """Changes a segment; with a new rule, customers are moved at once."""
    segment, at, version = segment_by_key(key[:50]), now(), expected_version(request)
    changed = kernel.update_segment(
        segment.pk,
        version=segment.version if version is None else version,
        name=given.name,
        description=given.description,
        rule=None if given.rule is None else _rule(given.rule),
        actor=actor_of(request),
        at=at,
    )
    if given.rule is not None:
        kernel.refresh_memberships(changed, at=at)
        changed.refresh_from_db()
    put_etag(response, changed.version)
    return changed


@router.post("/{key}/archive", auth=EDIT, response=SegmentOut)
def archive(request: HttpRequest, key: str, response: HttpResponse) -> Segment:
    """Takes a segment out of use; refused while the published canvas names it."""
    segment = operations.archive(segment_by_key(key[:50]), actor=actor_of(request), at=now())
    put_etag(response, segment.version)
    return segment


@router.post("/{key}/restore", auth=EDIT, response=SegmentOut)
def restore(request: HttpRequest, key: str, response: HttpResponse) -> Segment:
    """Puts an archived segment back into use and customers into it."""
    at = now()
    segment = kernel.restore_segment(segment_by_key(key[:50]).pk, actor=actor_of(request), at=at)
    kernel.refresh_memberships(segment, at=at)
    segment.refresh_from_db()
    put_etag(response, segment.version)
    return segment


@router.get("/{key}/members", auth=MEMBERS, response=PageOf[MemberOut])
def list_members(request: HttpRequest, key: str, wanted: Query[Paging]) -> Page[Customer]:
    """The customers in a segment, by name."""
    rows = members(segment_by_key(key[:50]))
    return page(rows, order="name_folded", cursor=wanted.cursor, limit=wanted.limit)


def _rule(given: str | dict[str, Any]) -> dict[str, Any]:
    catalog = full_catalog()
    if isinstance(given, str):
        return parse_text(given, catalog)
    validate(given, catalog)
    return given
