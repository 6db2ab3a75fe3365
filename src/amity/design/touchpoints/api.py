"""/touchpoints: the registry."""

from datetime import date
from typing import Annotated, Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from amity.base.time import now
from amity.base.vocabulary import Control, Owner, RelationshipType, Stage
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import PageOf, Paging, Strict
from amity.kernel.rest.versions import expected_version, not_modified, put_etag
from amity.kernel.touchpoints import operations, queries
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.rules import TouchpointFields

router = Router(tags=["touchpoints"])
VIEW, EDIT = ApiGuard("touchpoints.view"), ApiGuard("touchpoints.edit")
VERSIONED = {"x-versioned": True}

Minor = Annotated[int, Field(ge=0, le=2**63 - 1)]
Amount = Annotated[float, Field(ge=0, le=1e12)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]
Word = Annotated[str, Field(max_length=20)]
Purpose = Literal["communicate", "sell", "distribute"]
Point = Literal[
    "identity", "history_here", "history_elsewhere", "handover", "same_terms", "consent", "logged"
]
Status = Literal["planned", "live", "frozen", "closing", "closed"]


class TouchpointWritten(Strict):
    """Everything that may be written of a touchpoint, but its key; money in minor units."""

    name: str = Field(min_length=1, max_length=100)
    channel: str = Field(min_length=1, max_length=50)
    purposes: list[Purpose] = []
    owner: Owner = Owner.OWN
    partner_name: str = Field("", max_length=100)
    control: Control = Control.DIRECT
    stages: list[Stage] = Field(min_length=1)
    relationship_types: list[RelationshipType] = []
    languages: list[Word] = Field(default_factory=list, max_length=100)
    hours: str = Field("", max_length=200)
    calendar_key: str = Field("", max_length=50)
    service_level: str = Field("", max_length=200)
    responsible: str = Field("", max_length=100)
    system_of_record: str = Field("", max_length=100)
    integration: list[Point] = []
    monthly_volume: Amount | None = None
    unit_cost_minor: Minor | None = None
    fixed_cost_minor: Minor | None = None
    upkeep_hours: Amount | None = None
    is_monitored: bool = False
    response_rule: str = Field("", max_length=200)
    started_on: date | None = None
    review_on: date | None = None
    replaced_by: str = Field("", max_length=50, description="The key of another touchpoint.")
    status: Status = "live"
    is_guess: bool = False


class TouchpointIn(TouchpointWritten):
    """A new touchpoint."""

    key: Key


class TouchpointOut(Schema):
    """A touchpoint."""

    key: str
    name: str
    channel: str
    purposes: list[str]
    owner: str
    partner_name: str
    control: str
    stages: list[str]
    relationship_types: list[str]
    languages: list[str]
    hours: str
    calendar_key: str
    service_level: str
    responsible: str
    system_of_record: str
    integration: list[str]
    monthly_volume: float | None
    unit_cost_minor: int | None
    fixed_cost_minor: int | None
    upkeep_hours: float | None
    is_monitored: bool
    response_rule: str
    started_on: date | None
    review_on: date | None
    replaced_by: str
    status: str
    is_guess: bool
    version: int

    @staticmethod
    def resolve_replaced_by(touchpoint: Touchpoint) -> str:
        """The key of what replaces it; empty for nothing."""
        return touchpoint.replaced_by.key if touchpoint.replaced_by else ""


class TouchpointFilter(Paging):
    """Which touchpoints."""

    with_closed: bool = False


@router.get("", auth=VIEW, response=PageOf[TouchpointOut])
def list_touchpoints(request: HttpRequest, wanted: Query[TouchpointFilter]) -> Page[Touchpoint]:
    """Touchpoints by name, page by page."""
    rows = queries.touchpoints(with_closed=wanted.with_closed)
    return page(rows, order="name", cursor=wanted.cursor, limit=wanted.limit)


@router.post("", auth=EDIT, response={201: TouchpointOut})
def add_touchpoint(request: HttpRequest, given: TouchpointIn, response: HttpResponse) -> Touchpoint:
    """Adds a touchpoint."""
    touchpoint = operations.create_touchpoint(
        fields=_fields(given.key, given), actor=actor_of(request), at=now()
    )
    put_etag(response, touchpoint.version)
    response["Location"] = f"/api/v1/touchpoints/{touchpoint.key}"
    return touchpoint


@router.get("/{key}", auth=VIEW, response=TouchpointOut)
def get_touchpoint(
    request: HttpRequest, key: str, response: HttpResponse
) -> Touchpoint | HttpResponse:
    """One touchpoint."""
    touchpoint = _found(key)
    unchanged = not_modified(request, touchpoint.version)
    if unchanged is not None:
        return unchanged
    put_etag(response, touchpoint.version)
    return touchpoint


@router.put("/{key}", auth=EDIT, response=TouchpointOut, openapi_extra=VERSIONED)
def put_touchpoint(
    request: HttpRequest, key: str, given: TouchpointWritten, response: HttpResponse
) -> Touchpoint:
    """Writes everything of a touchpoint anew."""
    version = expected_version(request)
    touchpoint = operations.update_touchpoint(
        key, fields=_fields(key, given), version=version, actor=actor_of(request), at=now()
    )
    put_etag(response, touchpoint.version)
    return touchpoint


@router.post("/{key}/confirmation", auth=EDIT, response=TouchpointOut)
def confirm(request: HttpRequest, key: str, response: HttpResponse) -> Touchpoint:
    """Says that a drafted touchpoint is really there."""
    touchpoint = operations.confirm_touchpoint(key, actor=actor_of(request), at=now())
    put_etag(response, touchpoint.version)
    return touchpoint


def _found(key: str) -> Touchpoint:
    touchpoint = queries.by_key(key)
    if touchpoint is None:
        raise operations.TouchpointMissingError(f"There is no touchpoint {key[:50]}. List them.")
    return touchpoint


def _fields(key: str, given: TouchpointWritten) -> TouchpointFields:
    said: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in given.dict(exclude={"key"}).items()
    }
    return TouchpointFields(key=key, **said)
