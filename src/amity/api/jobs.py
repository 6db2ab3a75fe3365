"""/jobs and /outbox: long work, and mails that are leaving."""

from datetime import datetime
from typing import Any, Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.jobs import operations
from amity.kernel.jobs.models import Job
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import resolve_doubt
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, PageOf, Paging, Strict, Yes

router = Router(tags=["jobs"])
VIEW, MANAGE = ApiGuard("jobs.view"), ApiGuard("jobs.manage")


class JobOut(Schema):
    """One piece of long work: how far it is, and what came of it."""

    id: int
    kind: str
    status: Literal["ready", "running", "done", "failed", "canceled"]
    attempts: int
    progress_done: int
    progress_total: int | None
    message: str
    result: dict[str, Any] | None
    error: str
    run_at: datetime
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @staticmethod
    def resolve_error(job: Job) -> str:
        """The last line: the trace before it is for the log."""
        lines = job.error.strip().splitlines()
        return lines[-1][:500] if lines else ""


class JobFilter(Paging):
    """Which jobs; newest first."""

    status: Literal["ready", "running", "done", "failed", "canceled"] | None = None
    kind: str | None = Field(None, max_length=100)


@router.get("/jobs", auth=VIEW, response=PageOf[JobOut])
def list_jobs(request: HttpRequest, wanted: Query[JobFilter]) -> Page[Job]:
    """Jobs, newest first."""
    rows = Job.objects.all()
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    if wanted.kind is not None:
        rows = rows.filter(kind=wanted.kind)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


@router.get("/jobs/{job_id}", auth=VIEW, response=JobOut)
def get_job(request: HttpRequest, job_id: Id) -> Job:
    """One job."""
    job = Job.objects.filter(pk=job_id).first()
    if job is None:
        raise NotFoundError(f"There is no job {job_id}.")
    return job


@router.post("/jobs/{job_id}/cancel", auth=MANAGE, response=JobOut)
def cancel_job(request: HttpRequest, job_id: Id) -> Job:
    """Cancels a waiting job at once, asks a running one to stop."""
    get_job(request, job_id)
    return operations.request_cancel(job_id, actor=actor_of(request), at=now())


@router.post("/jobs/{job_id}/retry", auth=MANAGE, response=JobOut)
def retry_job(request: HttpRequest, job_id: Id) -> Job:
    """Lets a failed or canceled job go on."""
    get_job(request, job_id)
    return operations.retry(job_id, actor=actor_of(request), at=now())


class MailOut(Schema):
    """A mail in the outbox, without its text."""

    id: int
    status: Literal["waiting", "sending", "sent", "in_doubt", "failed", "suppressed"]
    key: str
    to: str
    subject: str
    message_id: str
    is_transactional: bool
    customer_id: int | None
    attempts: int
    send_after: datetime
    sent_at: datetime | None
    error: str


class MailFilter(Paging):
    """Which mails; newest first."""

    status: Literal["waiting", "sending", "sent", "in_doubt", "failed", "suppressed"] | None = None


@router.get("/outbox", auth=MANAGE, response=PageOf[MailOut])
def list_mails(request: HttpRequest, wanted: Query[MailFilter]) -> Page[OutboxMessage]:
    """Mails, newest first; those in doubt may have arrived, and a person decides."""
    rows = OutboxMessage.objects.all()
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    return page(rows, order="-id", cursor=wanted.cursor, limit=wanted.limit)


class DoubtIn(Strict):
    """What to do with a mail in doubt: send it again, or take it for sent."""

    resend: Yes


@router.post("/outbox/{mail_id}/decision", auth=MANAGE, response=MailOut)
def decide_mail(request: HttpRequest, mail_id: Id, given: DoubtIn) -> OutboxMessage:
    """Decides a mail in doubt."""
    return resolve_doubt(mail_id, resend=given.resend, actor=actor_of(request), at=now())
