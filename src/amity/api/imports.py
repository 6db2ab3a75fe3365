"""/imports: files of orders, customers, and what else the house takes in, and taking them back."""

import secrets
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Annotated, Any, Literal

from django.conf import settings
from django.http import FileResponse, HttpRequest
from ninja import Field, File, Form, Query, Router, Schema, UploadedFile
from ninja.responses import Status
from pydantic import AfterValidator, WithJsonSchema

from amity.api.jobs import JobOut
from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.imports import operations
from amity.kernel.imports.formats.kinds import kind_labels
from amity.kernel.imports.models import Import
from amity.kernel.jobs.models import Job
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.problems import ProblemError
from amity.kernel.rest.schemas import Id, PageOf, Paging, Strict

router = Router(tags=["imports"])
VIEW, RUN = ApiGuard("imports.view"), ApiGuard("imports.run")
KINDS = list(kind_labels())


def _known(kind: str) -> str:
    if kind not in KINDS:
        raise ValueError(f"There are files of {', '.join(KINDS)}.")
    return kind


Kind = Annotated[str, AfterValidator(_known), WithJsonSchema({"type": "string", "enum": KINDS})]


class ImportOut(Schema):
    """One file that was taken in: how it is read, how far it came, what it brought."""

    id: int
    kind: str
    status: Literal["uploaded", "running", "done", "failed", "canceled", "undone"]
    file_name: str
    file_bytes: int
    source: str
    mapping: dict[str, str]
    summary: dict[str, Any]
    error: str
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    undone_at: datetime | None
    has_rejects: bool

    @staticmethod
    def resolve_has_rejects(row: Import) -> bool:
        """Whether there is a file of rejected rows."""
        return bool(row.rejects_path)


class UploadIn(Strict):
    """What the file holds; columns that are not mapped are proposed from it."""

    kind: Kind = "orders"
    source: str = Field("", max_length=50, description="Whose numbers these are.")
    currency: str | None = Field(None, pattern=r"^[A-Z]{3}$")
    start: bool = Field(False, description="Begin at once, with the proposed columns.")


class ImportFilter(Paging):
    """Which imports; newest first."""

    kind: Kind | None = None


@router.get("", auth=VIEW, response=PageOf[ImportOut])
def list_imports(request: HttpRequest, wanted: Query[ImportFilter]) -> Page[Import]:
    """Imports, newest first."""
    rows = Import.objects.all()
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("", auth=RUN, response={201: ImportOut})
def upload(request: HttpRequest, file: File[UploadedFile], given: Form[UploadIn]) -> Import:
    """Takes a file (CSV, TSV, XLSX, Parquet, also zipped) and proposes how to read it."""
    size = file.size or 0
    if size > settings.MAX_UPLOAD_BYTES:
        raise ProblemError(413, f"A file has at most {settings.MAX_UPLOAD_BYTES} bytes.")
    chosen: dict[str, Any] = {"source": given.source} if given.source else {}
    if given.currency:
        chosen["currency"] = given.currency
    path = _store(file)
    try:
        row = _create(path, str(file.name or "file"), given.kind, chosen, request)
    except Exception:
        path.unlink(missing_ok=True)
        raise
    if given.start:
        operations.start_import(row.pk, actor=actor_of(request), at=now())
        row.refresh_from_db()
    return row


def _store(file: UploadedFile) -> Path:
    folder = Path(settings.MEDIA_ROOT) / "imports" / "uploads" / secrets.token_hex(8)
    folder.mkdir(parents=True)
    path = folder / f"file{Path(file.name or '').suffix.lower()[:10]}"
    with path.open("wb") as target:
        for chunk in file.chunks():
            target.write(chunk)
    return path


def _create(
    path: Path, name: str, kind: str, chosen: Mapping[str, Any], request: HttpRequest
) -> Import:
    analysis = operations.analyze_file(path, kind, chosen)
    return operations.create_import(
        path=path,
        file_name=Path(name).name,
        settings=analysis.settings,
        names=tuple(analysis.file.names),
        actor=actor_of(request),
        at=now(),
    )


@router.get("/{import_id}", auth=VIEW, response=ImportOut)
def get_import(request: HttpRequest, import_id: Id) -> Import:
    """One import."""
    row = Import.objects.filter(pk=import_id).first()
    if row is None:
        raise NotFoundError(f"There is no import {import_id}.")
    return row


class MappingIn(Strict):
    """Which column is which field; a field with an empty column is left out."""

    mapping: dict[str, str] = Field(max_length=100)
    date_style: str | None = Field(None, max_length=30)
    decimal_sign: Literal[".", ","] | None = None


@router.put("/{import_id}/mapping", auth=RUN, response=ImportOut)
def change_mapping(request: HttpRequest, import_id: Id, given: MappingIn) -> Import:
    """Changes how a file that was not begun is read."""
    row = get_import(request, import_id)
    chosen = {name: value for name, value in given.dict().items() if value is not None}
    chosen |= {"source": row.source} if row.source else {}
    analysis = operations.analyze_file(Path(row.file_path), row.kind, chosen)
    return operations.change_settings(
        row.pk,
        settings=analysis.settings,
        names=tuple(analysis.file.names),
        actor=actor_of(request),
        at=now(),
    )


@router.post("/{import_id}/start", auth=RUN, response=ImportOut)
def start_import(request: HttpRequest, import_id: Id) -> Import:
    """Begins the import, or goes on with it, as a job."""
    get_import(request, import_id)
    operations.start_import(import_id, actor=actor_of(request), at=now())
    return get_import(request, import_id)


@router.post("/{import_id}/undo", auth=RUN, response={202: JobOut})
def take_back(request: HttpRequest, import_id: Id) -> Status[Job]:
    """Takes the import back as a job: what it made goes, what it changed returns."""
    get_import(request, import_id)
    return Status(202, operations.start_undo(import_id, actor=actor_of(request), at=now()))


@router.get("/{import_id}/rejects", auth=VIEW, response={200: None})
def get_rejects(request: HttpRequest, import_id: Id) -> FileResponse:
    """The rejected rows as CSV, each with its reason and remedy."""
    row = get_import(request, import_id)
    path = Path(row.rejects_path) if row.rejects_path else None
    if path is None or not path.is_file():
        raise NotFoundError("No row of this import was rejected.")
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"rejects-{row.pk}.csv",
        content_type="text/csv",
    )
