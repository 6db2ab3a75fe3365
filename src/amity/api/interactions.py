"""/interactions: the log, read and written."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Literal

from django.db.models import Q
from django.http import HttpRequest
from ninja import Field, Query, Router, Schema
from ninja.responses import Status

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.operations import company, record_audit
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import family, get_customer
from amity.kernel.interactions import operations, queries
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.rules import InteractionError
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.problems import ProblemError
from amity.kernel.rest.schemas import Id, Instant, Minor, PageOf, Paging, Strict, utc
from amity.kernel.touchpoints.models import Touchpoint

router = Router(tags=["interactions"])
VIEW, RECORD = ApiGuard("interactions.view"), ApiGuard("interactions.record")
BATCH = 1000
OWN_SOURCES = ("tracking", "amity")  # written by the house alone


class InteractionOut(Schema):
    """One row of the log; amounts in minor units of `currency`."""

    id: int
    kind: str
    happened_at: datetime
    recorded_at: datetime
    customer_id: int | None
    touchpoint: str | None
    relationship_type: str
    stage: str
    direction: str
    actor: str
    staff_seconds: int
    cost_minor: int
    value_minor: int | None
    currency: str
    outcome: str
    sentiment: float | None
    subject: str
    properties: dict[str, Any]
    source: str
    source_id: str
    corrects: int | None
    is_void: bool
    policy_version: int | None

    @staticmethod
    def resolve_touchpoint(row: Interaction) -> str | None:
        """The key of the touchpoint."""
        return row.touchpoint.key if row.touchpoint else None


class InteractionIn(Strict):
    """A fact to be written; the same (source, source_id) is written once."""

    kind: str = Field(max_length=60, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
    source: str = Field("api", min_length=1, max_length=50)
    source_id: str = Field(min_length=1, max_length=200)
    happened_at: Instant
    relationship_type: RelationshipType
    stage: Stage
    customer_id: Id | None = None
    touchpoint: str | None = Field(None, max_length=50, description="Key of a touchpoint.")
    direction: Literal["in", "out", "none"] = "none"
    actor: Literal["human", "automatic", "peer", "customer"] = "customer"
    staff_seconds: int = Field(0, ge=0, le=2**31 - 1)
    cost_minor: Minor = 0
    value_minor: Minor | None = None
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    outcome: str = Field("", max_length=50)
    sentiment: float | None = Field(None, ge=-1, le=1)
    subject: str = Field("", max_length=300)
    properties: dict[str, Any] = Field(default_factory=dict)
    policy_version: int | None = Field(None, ge=1, le=2**31 - 1)


class InteractionFilter(Paging):
    """Which rows of the log; newest first."""

    customer_id: Id | None = None
    kind: str | None = Field(None, max_length=60, description="`commerce.` gets all that begin so.")
    since: Instant | None = None
    until: Instant | None = Field(None, description="Before this instant.")


@router.get("", auth=VIEW, response=PageOf[InteractionOut])
def list_interactions(request: HttpRequest, wanted: Query[InteractionFilter]) -> Page[Interaction]:
    """The log without what was corrected or taken back, newest first."""
    rows = queries.effective().select_related("touchpoint")
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id__in=family(get_customer(wanted.customer_id).pk))
    if wanted.kind is not None:
        rows = rows.filter(
            Q(kind__startswith=wanted.kind) if wanted.kind.endswith(".") else Q(kind=wanted.kind)
        )
    if wanted.since is not None:
        rows = rows.filter(happened_at__gte=utc(wanted.since, "since"))
    if wanted.until is not None:
        rows = rows.filter(happened_at__lt=utc(wanted.until, "until"))
    return page(rows, order="-happened_at", cursor=wanted.cursor, limit=wanted.limit)


@router.post("", auth=RECORD, response={201: InteractionOut, 200: InteractionOut})
def record_interaction(request: HttpRequest, given: InteractionIn) -> Status[Interaction]:
    """Writes a fact; 200 where it was there already."""
    row, created = operations.record(_facts([given], at=now())[0])
    return Status(201 if created else 200, row)


class BatchIn(Strict):
    """Facts to be written together: all or, where one cannot be, none."""

    items: list[InteractionIn] = Field(min_length=1, max_length=BATCH)


class BatchOut(Schema):
    """How many were written, and how many had been there."""

    created: int
    existing: int


@router.post("/batch", auth=RECORD, response=BatchOut)
def record_batch(request: HttpRequest, given: BatchIn) -> operations.Recorded:
    """Writes up to 1,000 facts in one transaction."""
    return operations.record_many(_facts(given.items, at=now()))


@router.get("/{interaction_id}", auth=VIEW, response=InteractionOut)
def get_interaction(request: HttpRequest, interaction_id: Id) -> Interaction:
    """One row as it was written, even where it was corrected since."""
    row = Interaction.objects.select_related("touchpoint").filter(pk=interaction_id).first()
    if row is None:
        raise NotFoundError(f"There is no interaction {interaction_id}.")
    return row


class CorrectionIn(Strict):
    """What the row should have said; what is left out stays."""

    kind: str | None = Field(None, max_length=60, pattern=r"^[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+$")
    happened_at: Instant | None = None
    relationship_type: RelationshipType | None = None
    stage: Stage | None = None
    staff_seconds: int | None = Field(None, ge=0, le=2**31 - 1)
    cost_minor: Minor | None = None
    value_minor: Minor | None = None
    outcome: str | None = Field(None, max_length=50)
    sentiment: float | None = Field(None, ge=-1, le=1)
    subject: str | None = Field(None, max_length=300)
    properties: dict[str, Any] | None = None


@router.post("/{interaction_id}/correction", auth=RECORD, response={201: InteractionOut})
def correct_interaction(
    request: HttpRequest, interaction_id: Id, given: CorrectionIn
) -> Interaction:
    """Writes a row that replaces this one; the old one stays in the log."""
    old = get_interaction(request, interaction_id)
    _refuse_own_source(old.source)
    changes = {
        name: value
        for name, value in given.dict(exclude_unset=True).items()
        if value is not None or name in ("value_minor", "sentiment")
    }
    if "happened_at" in changes:
        changes["happened_at"] = utc(changes["happened_at"], "happened_at")
    at = now()
    row = operations.correct_interaction(old.pk, recorded_at=at, **changes)
    record_audit(
        actor=actor_of(request),
        action="interaction.corrected",
        object_type="interaction",
        object_id=old.pk,
        at=at,
        summary=", ".join(sorted(changes)),
    )
    return row


@router.post("/{interaction_id}/void", auth=RECORD, response={204: None})
def void_interaction(request: HttpRequest, interaction_id: Id) -> None:
    """Takes a row back; the same again changes nothing."""
    old = get_interaction(request, interaction_id)
    _refuse_own_source(old.source)
    at = now()
    if operations.void_interactions(Interaction.objects.filter(pk=old.pk), recorded_at=at):
        record_audit(
            actor=actor_of(request),
            action="interaction.voided",
            object_type="interaction",
            object_id=old.pk,
            at=at,
        )


def _facts(items: Sequence[InteractionIn], *, at: datetime) -> list[operations.Fact]:
    """The facts with numbers for keys; three statements, whatever their number."""
    errors: dict[str, str] = {}
    touchpoints = _touchpoints({item.touchpoint for item in items if item.touchpoint})
    customers = _customers({item.customer_id for item in items if item.customer_id})
    currency = company().currency
    for place, item in enumerate(items):
        if item.touchpoint and item.touchpoint not in touchpoints:
            errors[f"items.{place}.touchpoint"] = f"There is no touchpoint {item.touchpoint}."
        if item.customer_id and item.customer_id not in customers:
            errors[f"items.{place}.customer_id"] = f"There is no customer {item.customer_id}."
        if item.source.strip().lower() in OWN_SOURCES:
            errors[f"items.{place}.source"] = "This source is Amity's own. Name yours."
    if errors:
        raise ProblemError(
            422,
            next(iter(errors.values())),
            errors=[{"field": field, "message": text} for field, text in errors.items()],
        )
    return [_fact(item, touchpoints=touchpoints, currency=currency, at=at) for item in items]


def _fact(
    item: InteractionIn, *, touchpoints: dict[str, int], currency: str, at: datetime
) -> operations.Fact:
    values = item.dict(exclude={"touchpoint", "currency", "happened_at"})
    return operations.Fact(
        **values,
        happened_at=utc(item.happened_at, "happened_at"),
        recorded_at=at,
        currency=item.currency or currency,
        touchpoint_id=touchpoints[item.touchpoint] if item.touchpoint else None,
    )


def _touchpoints(keys: set[str]) -> dict[str, int]:
    if not keys:
        return {}
    return dict(Touchpoint.objects.filter(key__in=keys).values_list("key", "pk"))


def _customers(ids: set[int]) -> set[int]:
    found: set[int] = set()
    wanted = sorted(ids)
    for start in range(0, len(wanted), 500):
        chunk = Customer.objects.filter(pk__in=wanted[start : start + 500])
        found.update(chunk.values_list("pk", flat=True))
    return found


def _refuse_own_source(source: str) -> None:
    if source in OWN_SOURCES:
        raise InteractionError("This entry was written by Amity itself and stays as it is.")
