"""Changes to imports: begin one, run it, cancel it, take it back."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.db import transaction

from amity.base.results import AmityError
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.imports.analysis import Analysis, analyze, need_fields
from amity.kernel.imports.formats.kinds import fields_of
from amity.kernel.imports.models import Import
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.storage import digest_of, folder_of, remove_folder
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue

JOB = "imports.run"
UNDO_JOB = "imports.undo"


class ImportStateError(AmityError):
    """The import is not in a state in which this can be done."""


def base_settings(kind: str, *, source: str = "", currency: str = "") -> ImportSettings:
    """The settings of a new import, with the company's currency and time zone."""
    own = company()
    return ImportSettings(
        kind=kind,
        source=source,
        currency=currency or own.currency,
        time_zone=own.time_zone,
        country=own.country,
    )


def analyze_file(path: Path, kind: str, chosen: Mapping[str, Any]) -> Analysis:
    """The file as it is understood, with the company's habits where it says nothing.

    Raises:
        FileError, MappingError: it cannot be read, or a chosen column is not there.
    """
    return analyze(path, base_settings(kind), chosen=chosen)


def reopen(row: Import) -> Analysis:
    """The analysis of an import's file with the settings that are stored.

    Raises:
        FileError, MappingError: it cannot be read any more.
    """
    stored = ImportSettings.from_json(row.options)
    nothing = {field.name: "" for field in fields_of(row.kind)}
    chosen = {**stored.to_json(), "mapping": {**nothing, **stored.mapping}}
    chosen.pop("kind")
    return analyze(Path(row.file_path), ImportSettings(kind=row.kind), chosen=chosen)


@transaction.atomic
def create_upload(*, kind: str, upload: Path, file_name: str, actor: Actor, at: datetime) -> Import:
    """Keeps an uploaded file with a new import, whose columns are still to be looked at.

    Raises:
        FileError: it is no table.
    """
    analysis = analyze_file(upload, kind, {})
    row = _noted(analysis.settings, upload, file_name, actor=actor, at=at)
    kept = folder_of(row.pk) / "file"
    upload.replace(kept)
    row.file_path = str(kept)
    row.save(update_fields=["file_path"])
    return row


@transaction.atomic
def discard_import(import_id: int, *, actor: Actor, at: datetime) -> None:
    """Forgets an uploaded file that was not imported.

    Raises:
        ImportStateError: it has begun.
    """
    row = _locked(import_id)
    if row.status != Import.Status.UPLOADED:
        raise ImportStateError(f"Import {import_id} has begun. Take it back instead.")
    record_audit(
        actor=actor, action="import.discarded", object_type="import", object_id=import_id, at=at
    )
    row.delete()
    transaction.on_commit(lambda: remove_folder(import_id))


@transaction.atomic
def start_undo(import_id: int, *, actor: Actor, at: datetime) -> Job:
    """Takes an import back as a job; asked again while it waits or runs, it is the same job.

    Raises:
        ImportStateError: it did not begin, is taken back or still runs.
    """
    need_ended(_locked(import_id))
    return enqueue(
        UNDO_JOB,
        {"import_id": import_id, "actor_name": actor.name, "user_id": actor.user_id},
        at=at,
        unique_key=f"{UNDO_JOB}:{import_id}",
        created_by=actor.user_id,
    )


@transaction.atomic
def create_import(
    *,
    path: Path,
    file_name: str,
    settings: ImportSettings,
    names: tuple[str, ...],
    actor: Actor,
    at: datetime,
) -> Import:
    """Notes a file that is to be taken in; nothing is read yet.

    Raises:
        MappingError: a needed field has no column.
    """
    need_fields(settings, names)
    return _noted(settings, path, file_name, actor=actor, at=at)


def _noted(
    settings: ImportSettings, path: Path, file_name: str, *, actor: Actor, at: datetime
) -> Import:
    row = Import.objects.create(
        kind=settings.kind,
        file_name=file_name[:255],
        file_path=str(path),
        file_digest=digest_of(path),
        file_bytes=path.stat().st_size,
        source=settings.source,
        mapping=settings.mapping,
        options=settings.to_json(),
        created_by_id=actor.user_id,
        created_at=at,
    )
    record_audit(
        actor=actor,
        action="import.created",
        object_type="import",
        object_id=row.pk,
        at=at,
        summary=f"{settings.kind} from {file_name}",
    )
    return row


def unfinished(kind: str, path: Path, settings: ImportSettings) -> Import | None:
    """The import of the same file with the same settings that was stopped in the middle, if any."""
    found = Import.objects.filter(
        kind=kind,
        status__in=[Import.Status.RUNNING, Import.Status.CANCELED],
        file_digest=digest_of(path),
    ).order_by("-pk")
    same = settings.to_json()
    return next((row for row in found if row.options == same), None)


@transaction.atomic
def change_settings(
    import_id: int, *, settings: ImportSettings, names: tuple[str, ...], actor: Actor, at: datetime
) -> Import:
    """Changes how an import that has not begun reads its file.

    Raises:
        ImportStateError: it has begun.
        MappingError: a needed field has no column.
    """
    row = _locked(import_id)
    if row.status != Import.Status.UPLOADED:
        raise ImportStateError(f"Import {import_id} has begun. Take it back and import anew.")
    need_fields(settings, names)
    row.mapping, row.options, row.source = settings.mapping, settings.to_json(), settings.source
    row.save(update_fields=["mapping", "options", "source"])
    return row


@transaction.atomic
def start_import(import_id: int, *, actor: Actor, at: datetime) -> Job:
    """Begins, or goes on with, an import as a job.

    Raises:
        ImportStateError: it is done or taken back.
    """
    row = _locked(import_id)
    if row.status in {Import.Status.DONE, Import.Status.UNDONE}:
        raise ImportStateError(
            f"Import {import_id} is {row.get_status_display().lower()}. Import the file anew."
        )
    if row.started_at is None:
        row.started_at = at
    row.status, row.error = Import.Status.RUNNING, ""
    row.save(update_fields=["status", "error", "started_at"])
    record_audit(
        actor=actor, action="import.started", object_type="import", object_id=row.pk, at=at
    )
    return enqueue(
        JOB,
        {"import_id": row.pk},
        at=at,
        unique_key=f"{JOB}:{row.pk}",
        created_by=actor.user_id,
    )


def need_ended(row: Import) -> None:
    """Sees that there is something to take back now.

    Raises:
        ImportStateError: it did not begin, is taken back or still runs.
    """
    if row.status in {Import.Status.UPLOADED, Import.Status.UNDONE, Import.Status.RUNNING}:
        raise ImportStateError(
            f"Import {row.pk} is {row.get_status_display().lower()}, so there is nothing to"
            " take back now."
        )


def _locked(import_id: int) -> Import:
    row = Import.objects.select_for_update().filter(pk=import_id).first()
    if row is None:
        raise ImportStateError(f"There is no import {import_id}. Look at the list of imports.")
    return row
