"""Long work: what waits, runs, ended and failed; cancel it or try it again."""

from dataclasses import dataclass

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.jobs.models import Job, ScheduledJob
from amity.kernel.jobs.operations import ACTIVE, request_cancel, retry
from amity.kernel.jobs.registry import job_kinds
from amity.ui.notices import notify
from amity.ui.paging import keyset_page

VIEWS = {
    "": (gettext_noop("All"), None),
    "open": (gettext_noop("Waiting and running"), ACTIVE),
    "failed": (gettext_noop("Failed"), (Job.Status.FAILED,)),
    "done": (gettext_noop("Done"), (Job.Status.DONE,)),
}
CHIPS = {
    Job.Status.READY: ("", "clock"),
    Job.Status.RUNNING: ("info", "player-play"),
    Job.Status.DONE: ("good", "check"),
    Job.Status.FAILED: ("bad", "alert-circle"),
    Job.Status.CANCELED: ("warn", "player-stop"),
}


@dataclass(frozen=True, slots=True)
class Line:
    """A job as the list draws it. `share` is 0..1, None while the amount of work is not known."""

    job: Job
    label: str
    chip: str
    icon: str
    share: float | None

    @property
    def is_open(self) -> bool:
        """Whether it waits or runs."""
        return self.job.status in ACTIVE

    @property
    def may_go_again(self) -> bool:
        """Whether it can be tried again."""
        return self.job.status in {Job.Status.FAILED, Job.Status.CANCELED}


def line_of(job: Job) -> Line:
    """How a job is drawn."""
    chip, icon = CHIPS[Job.Status(job.status)]
    kind = job_kinds().get(job.kind)
    total = job.progress_total
    share = min(job.progress_done / total, 1.0) if total else None
    return Line(job, _(kind.label) if kind else job.kind, chip, icon, share)


def _chosen(view: str) -> QuerySet[Job]:
    statuses = VIEWS[view][1]
    return Job.objects.filter(status__in=statuses) if statuses else Job.objects.all()


@requires("jobs.view")
def index(request: HttpRequest) -> HttpResponse:
    """The list, newest first; while something runs it renews itself."""
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    page = keyset_page(
        _chosen(view),
        order=["-id"],
        size=40,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    lines = [line_of(job) for job in page.rows]
    return render(
        request,
        "web/jobs/index.html",
        {
            "lines": lines,
            "page": page,
            "view": view,
            "views": [(key, _(label)) for key, (label, _statuses) in VIEWS.items()],
            "is_moving": any(line.is_open for line in lines),
            "schedules": ScheduledJob.objects.order_by("next_run_at", "pk")[:30],
            "labels": {name: _(kind.label) for name, kind in job_kinds().items()},
        },
    )


@requires("jobs.view")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """A job with its progress, result or failure."""
    line = line_of(get_object_or_404(Job, pk=pk))
    result = line.job.result if isinstance(line.job.result, dict) else {}
    facts = {key: value for key, value in result.items() if not isinstance(value, dict | list)}
    return render(request, "web/jobs/one.html", {"line": line, "job": line.job, "facts": facts})


@requires("jobs.manage")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops a job; a running one stops at its next step."""
    request_cancel(pk, actor=actor_of(request), at=now())
    notify(request, _("Canceled. What it had finished stays."))
    return redirect("job", pk=pk)


@requires("jobs.manage")
@require_POST
def again(request: HttpRequest, pk: int) -> HttpResponse:
    """Puts a failed or canceled job back in the queue."""
    retry(pk, actor=actor_of(request), at=now())
    notify(request, _("It is in the queue again."))
    return redirect("job", pk=pk)
