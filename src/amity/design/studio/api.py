"""/canvas: versions of the canvas, what differs, what is wrong, publishing."""

from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.design.studio.operations import draft_canvas, take_draft
from amity.design.studio.queries.versions import working_version
from amity.design.studio.rules.drafting import Choices
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.policy import operations, queries
from amity.kernel.policy.document import read_document
from amity.kernel.policy.files import dump
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import PageOf, Paging, Strict
from amity.kernel.rest.versions import expected_version, not_modified, put_etag

router = Router(tags=["canvas"])
VIEW = ApiGuard("policy.view")
EDIT, PUBLISH = ApiGuard("policy.edit"), ApiGuard("policy.publish")
VERSIONED = {"x-versioned": True}
VersionNumber = Annotated[int, Field(ge=1, le=2**31 - 1)]
Reason = Annotated[str, Field(max_length=1000)]
Money = Annotated[float, Field(ge=0, le=1e12)]


class VersionOut(Schema):
    """A version of the canvas, without its document."""

    number: int
    name: str
    status: str
    base: int | None
    digest: str
    reason: str
    author_name: str
    expected_effect: dict[str, Any]
    created_at: datetime
    updated_at: datetime
    published_at: datetime | None
    publish_reason: str
    lock_version: int

    @staticmethod
    def resolve_base(version: PolicyVersion) -> int | None:
        """The number of the version that it was drafted from."""
        return version.base.number if version.base else None


class VersionWithDocument(VersionOut):
    """A version with its document, as docs/reference/canvas.md describes it."""

    document: dict[str, Any]


class VersionFilter(Paging):
    """Which versions."""

    status: str | None = Field(None, max_length=20)


class DraftIn(Strict):
    """A new draft: of a document, of an older version, or from a starter and the data."""

    document: dict[str, Any] | None = None
    base: VersionNumber | None = None
    starter: str | None = Field(None, max_length=50)
    name: str = Field("", max_length=200)
    reason: Reason = ""
    hour_cost: Money | None = None
    budget: Money | None = None


class DocumentIn(Strict):
    """A draft's document, written anew."""

    document: dict[str, Any]


class ReasonIn(Strict):
    """Why."""

    reason: Reason = ""


class ChangeOut(Schema):
    """One difference."""

    path: str
    kind: str
    segment: str
    words: str
    old: Any
    new: Any


class FindingOut(Schema):
    """Something to mend (error) or to look at (warning)."""

    level: str
    path: str
    message: str
    remedy: str
    segment: str


class PreviewOut(Schema):
    """What publishing would do."""

    version_number: int
    replaces: int | None
    customers_total: int
    customers_changed: int
    customers_uncovered: int
    may_be_published: bool
    changes: list[ChangeOut]
    findings: list[FindingOut]


@router.get("", auth=VIEW, response=VersionWithDocument)
def get_canvas(request: HttpRequest, response: HttpResponse) -> PolicyVersion | HttpResponse:
    """The version that is worked on: the newest draft, else the one in force."""
    version = working_version()
    if version is None:
        raise NotFoundError("There is no canvas yet. Draft one: POST /api/v1/canvas/versions.")
    return _shown(request, version, response)


@router.get("/versions", auth=VIEW, response=PageOf[VersionOut])
def list_versions(request: HttpRequest, wanted: Query[VersionFilter]) -> Page[PolicyVersion]:
    """Versions, the newest first."""
    rows = PolicyVersion.objects.select_related("base").defer("document")
    if wanted.status:
        rows = rows.filter(status=wanted.status)
    return page(rows, order="-number", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/versions", auth=EDIT, response={201: VersionWithDocument})
def add_draft(request: HttpRequest, given: DraftIn, response: HttpResponse) -> PolicyVersion:
    """A new draft: of `document`, else of version `base`, else from `starter` and the data."""
    version = _drafted(request, given)
    put_etag(response, version.lock_version)
    response["Location"] = f"/api/v1/canvas/versions/{version.number}"
    return version


def _drafted(request: HttpRequest, given: DraftIn) -> PolicyVersion:
    actor, at = actor_of(request), now()
    if given.document is not None:
        document = read_document(given.document)
        taken = take_draft(document, reason=given.reason, actor=actor, at=at, are_guesses=False)
        return taken.version
    if given.base is not None:
        base = queries.version_by_number(given.base)
        return operations.create_draft(
            document=queries.document_of(base),
            name=given.name or base.name,
            reason=given.reason or f"Drafted from version {base.number}",
            base=base,
            actor=actor,
            at=at,
        )
    choices = Choices(hour_cost=_exact(given.hour_cost), budget=_exact(given.budget))
    starter = given.starter or "data"
    return draft_canvas(starter, choices, actor=actor, at=at, name=given.name).version


def _exact(amount: float | None) -> Decimal | None:
    return None if amount is None else Decimal(str(amount))


@router.get("/versions/{number}", auth=VIEW, response=VersionWithDocument)
def get_version(
    request: HttpRequest, number: VersionNumber, response: HttpResponse
) -> PolicyVersion | HttpResponse:
    """One version with its document."""
    return _shown(request, queries.version_by_number(number), response)


@router.get("/versions/{number}/export", auth=VIEW)
def export_version(request: HttpRequest, number: VersionNumber) -> HttpResponse:
    """The version as one YAML file."""
    document = queries.document_of(queries.version_by_number(number))
    return HttpResponse(dump(document), content_type="application/yaml; charset=utf-8")


@router.put(
    "/versions/{number}/document", auth=EDIT, response=VersionWithDocument, openapi_extra=VERSIONED
)
def put_document(
    request: HttpRequest, number: VersionNumber, given: DocumentIn, response: HttpResponse
) -> PolicyVersion:
    """Writes a draft's document anew."""
    version = queries.version_by_number(number)
    expected = expected_version(request)
    changed = operations.update_draft(
        version.pk,
        document=read_document(given.document),
        lock_version=version.lock_version if expected is None else expected,
        actor=actor_of(request),
        at=now(),
    )
    put_etag(response, changed.lock_version)
    return changed


@router.get("/versions/{number}/findings", auth=VIEW, response=list[FindingOut])
def list_findings(request: HttpRequest, number: VersionNumber) -> list[Any]:
    """What is wrong with a version, or deserves a second look."""
    version = queries.version_by_number(number)
    return list(queries.validate(queries.document_of(version), now()))


@router.get("/versions/{number}/changes", auth=VIEW, response=list[ChangeOut])
def list_changes(
    request: HttpRequest, number: VersionNumber, against: VersionNumber | None = None
) -> list[Any]:
    """What differs from version `against`, else from the one in force."""
    old = queries.published() if against is None else queries.version_by_number(against)
    new = queries.version_by_number(number)
    return queries.diff(queries.document_of(old) if old else None, queries.document_of(new))


@router.get("/versions/{number}/publication", auth=VIEW, response=PreviewOut)
def preview_publication(request: HttpRequest, number: VersionNumber) -> Any:
    """What publishing would change, and for how many customers."""
    return queries.publish_preview(queries.version_by_number(number), now())


@router.post("/versions/{number}/publication", auth=PUBLISH, response=VersionOut)
def publish(request: HttpRequest, number: VersionNumber, given: ReasonIn) -> PolicyVersion:
    """Puts a draft in force."""
    version = queries.version_by_number(number)
    return operations.publish(version.pk, reason=given.reason, actor=actor_of(request), at=now())


@router.post("/versions/{number}/rollback", auth=PUBLISH, response={201: VersionOut})
def roll_back(request: HttpRequest, number: VersionNumber, given: ReasonIn) -> PolicyVersion:
    """Puts a new version in force that says what this one said."""
    return operations.roll_back(number, reason=given.reason, actor=actor_of(request), at=now())


@router.post("/versions/{number}/adoption", auth=EDIT, response=VersionOut)
def adopt(request: HttpRequest, number: VersionNumber) -> PolicyVersion:
    """Makes a draft of a proposal."""
    version = queries.version_by_number(number)
    return operations.adopt_proposal(version.pk, actor=actor_of(request), at=now())


@router.post("/versions/{number}/refusal", auth=EDIT, response=VersionOut)
def decline(request: HttpRequest, number: VersionNumber, given: ReasonIn) -> PolicyVersion:
    """Sets a proposal or a draft aside."""
    version = queries.version_by_number(number)
    return operations.decline_proposal(
        version.pk, reason=given.reason, actor=actor_of(request), at=now()
    )


def _shown(
    request: HttpRequest, version: PolicyVersion, response: HttpResponse
) -> PolicyVersion | HttpResponse:
    if version.status == PolicyVersion.Status.DRAFT:  # the others' status changes without a count
        unchanged = not_modified(request, version.lock_version)
        if unchanged is not None:
            return unchanged
    put_etag(response, version.lock_version)
    return version
