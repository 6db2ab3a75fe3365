"""A change of very many conversations while a job does it, and taking it back."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.jobs.models import Job
from amity.run.inbox.operations.bulk_jobs import (
    UNDO_JOB,
    can_be_undone,
    cancel_bulk,
    job_of,
    own_change,
    start_bulk_undo,
)
from amity.ui.notices import notify

WORDS = {
    "assign": "Give to a person",
    "team": "Give to a team",
    "priority": "Set the priority",
    "tag": "Add a tag",
    "untag": "Take a tag off",
    "topic": "Say what it is about",
    "topic_guess": "Leave the topic to the model",
    "close": "Close",
    "reopen": "Reopen",
    "wait": "Wait for the customer",
    "snooze": "Put aside",
    "spam": "Mark as spam",
    "not_spam": "Mark as no spam",
}


@requires("inbox.reply")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own change of very many: how far it is, what it did, and the way back."""
    change = own_change(pk, actor=actor_of(request))
    job = job_of(change)
    is_open = job is not None and job.status in {Job.Status.READY, Job.Status.RUNNING}
    total = job.progress_total if job is not None else None
    context = {
        "change": change,
        "label": _(WORDS[change.action["do"]]),
        "job": job,
        "is_open": is_open,
        "is_undoing": job is not None and job.kind == UNDO_JOB,
        "share": min(job.progress_done / total, 1.0) if job is not None and total else None,
        "counts": (job.result or job.checkpoint) if job is not None else {},
        "can_be_undone": can_be_undone(change),
    }
    return render(request, "inbox/bulk.html", context)


@requires("inbox.reply")
@require_POST
def cancel(request: HttpRequest, pk: int) -> HttpResponse:
    """Stops it at its next step."""
    try:
        cancel_bulk(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("It stops at its next step. What was done stays until you take it back."))
    return redirect("inbox:bulk_change", pk=pk)


@requires("inbox.reply")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes it back, as a job."""
    try:
        start_bulk_undo(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    return redirect("inbox:bulk_change", pk=pk)
