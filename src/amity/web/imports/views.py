"""The list of imports, and one import from its start to its result."""

from dataclasses import dataclass
from pathlib import Path

from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.imports.announcing import followers
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import (
    JOB,
    UNDO_JOB,
    discard_import,
    start_import,
    start_undo,
)
from amity.kernel.imports.staging import read_rejects
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import ACTIVE, request_cancel
from amity.ui.notices import notify
from amity.ui.paging import keyset_page
from amity.web.jobs import line_of as job_line

CHIPS = {
    Import.Status.UPLOADED: ("", "upload"),
    Import.Status.RUNNING: ("info", "player-play"),
    Import.Status.DONE: ("good", "check"),
    Import.Status.FAILED: ("bad", "alert-circle"),
    Import.Status.CANCELED: ("warn", "player-stop"),
    Import.Status.UNDONE: ("", "arrow-back-up"),
}
FIRST_PROBLEMS = 20


@dataclass(frozen=True, slots=True)
class Line:
    """An import as pages draw it."""

    row: Import
    chip: str
    icon: str


def line_of(row: Import) -> Line:
    """How an import is drawn."""
    chip, icon = CHIPS[Import.Status(row.status)]
    return Line(row, chip, icon)


@requires("imports.view")
def index(request: HttpRequest) -> HttpResponse:
    """All imports, newest first."""
    page = keyset_page(
        Import.objects.all(),
        order=["-id"],
        size=40,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    lines = [line_of(row) for row in page.rows]
    is_moving = any(line.row.status == Import.Status.RUNNING for line in lines)
    context = {"lines": lines, "page": page, "is_moving": is_moving}
    return render(request, "web/imports/index.html", context)


@requires("imports.view")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One import: its progress while it runs, then its figures, reasons and rejects."""
    row = get_object_or_404(Import.objects.select_related("created_by"), pk=pk)
    jobs = {job.kind: job for job in _active_jobs(pk)}
    job = jobs.get(JOB) or jobs.get(UNDO_JOB)
    total = job.progress_total if job else None
    share = min(job.progress_done / total, 1.0) if job and total else None
    rejects = Path(row.rejects_path) if row.rejects_path else None
    problems = read_rejects(rejects, FIRST_PROBLEMS) if rejects and rejects.exists() else []
    then = [job_line(one) for one in followers(row)]
    context = {
        "row": row,
        "line": line_of(row),
        "job": job,
        "share": share,
        "is_undoing": UNDO_JOB in jobs,
        "problems": problems,
        "summary": row.summary,
        "then": then,
        "is_moving": job is not None or any(line.is_open for line in then),
    }
    return render(request, "web/imports/one.html", context)


def _active_jobs(pk: int) -> list[Job]:
    keys = [f"{JOB}:{pk}", f"{UNDO_JOB}:{pk}"]
    return list(Job.objects.filter(unique_key__in=keys, status__in=ACTIVE))


@requires("imports.view")
def rejects(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The rows that were not taken, as a CSV file."""
    row = get_object_or_404(Import, pk=pk)
    path = Path(row.rejects_path) if row.rejects_path else None
    if path is None or not path.is_file():
        raise Http404(_("No row was rejected."))
    return FileResponse(
        path.open("rb"),
        as_attachment=True,
        filename=f"rejects-{pk}.csv",
        content_type="text/csv; charset=utf-8",
    )


@requires("imports.run")
@require_POST
def start(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins the import, or goes on with one that stopped."""
    try:
        start_import(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    return redirect("import", pk=pk)


@requires("imports.run")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops a running import at its next step."""
    for job in _active_jobs(pk):
        request_cancel(job.pk, actor=actor_of(request), at=now())
    notify(request, _("It stops at its next step. What was written stays until you undo it."))
    return redirect("import", pk=pk)


@requires("imports.run")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the import back, as a job."""
    get_object_or_404(Import, pk=pk)
    try:
        start_undo(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("The import is being taken back."))
    return redirect("import", pk=pk)


@requires("imports.run")
@require_POST
def discard(request: HttpRequest, pk: int) -> HttpResponse:
    """Forgets an uploaded file that was not imported."""
    try:
        discard_import(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("import", pk=pk)
    notify(request, _("The file is forgotten."))
    return redirect("imports")
