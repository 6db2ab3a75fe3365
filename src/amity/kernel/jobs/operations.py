"""What people and other rooms do with jobs: ask for one, cancel it, try it again."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from django.conf import settings
from django.db import IntegrityError, transaction

from amity.base.results import AmityError
from amity.kernel.hooks.manifest import Subscription
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.registry import job_kind, subscriptions
from amity.kernel.jobs.rules import subscribed_jobs

ACTIVE = (Job.Status.READY, Job.Status.RUNNING)


class JobStateError(AmityError):
    """The job is not in a state in which this can be done."""


class Requester(Protocol):
    """Who asks; an `access.Actor` fits. The access room stands above this one."""

    @property
    def name(self) -> str: ...


def enqueue(
    kind: str,
    payload: dict[str, Any],
    *,
    at: datetime,
    unique_key: str | None = None,
    run_at: datetime | None = None,
    priority: int = 0,
    created_by: int | None = None,
    again: bool = False,
) -> Job:
    """Asks for a job: one row in the caller's transaction, so it exists only if that commits.

    With `unique_key` at most one such job waits or runs, and the one there is is returned; with
    `again`, one that is already running is done once more after its end, for changes that it may
    have missed.

    Raises:
        UnknownJobKindError: nobody declares `kind`.
    """
    declared = job_kind(kind)
    new = Job(
        kind=kind,
        payload=payload,
        unique_key=unique_key,
        priority=priority,
        run_at=run_at or at,
        max_attempts=declared.max_attempts,
        lease_seconds=declared.lease_seconds,
        created_by=created_by,
        created_at=at,
    )
    if unique_key is None:
        new.save()
        return new
    return _enqueue_once(new, again=again)


def _enqueue_once(new: Job, *, again: bool) -> Job:
    while True:
        with transaction.atomic():
            same = Job.objects.filter(unique_key=new.unique_key, status__in=ACTIVE)
            existing = same.select_for_update().first()
            if existing is not None:
                if again and existing.status == Job.Status.RUNNING:
                    Job.objects.filter(pk=existing.pk).update(run_again=True)
                return existing
        try:
            with transaction.atomic():
                new.save(force_insert=True)
        except IntegrityError:  # another thread was first; take its job, or try again if it ended
            new.pk = None
            continue
        return new


def notify_subscribers(
    *, kind: str, interaction_ids: Sequence[int], at: datetime, created_by: int | None = None
) -> list[Job]:
    """Asks for the jobs that listen to `kind`; call it in the transaction that wrote the rows.

    Each job gets `{"kind": …, "interaction_ids": […]}`; it runs after the commit, never before.
    A subscription that says `once` asks for one job with an empty payload, however often it hears.
    """
    payload = {"kind": kind, "interaction_ids": list(interaction_ids)}
    listening = [row for row in subscriptions() if _is_on(row)]
    once = {row.job for row in listening if row.once}
    return [
        enqueue(job, {}, at=at, unique_key=job, created_by=created_by, again=True)
        if job in once
        else enqueue(job, payload, at=at, created_by=created_by)
        for job in subscribed_jobs(kind, listening)
    ]


def _is_on(subscription: Subscription) -> bool:
    return subscription.setting is None or bool(getattr(settings, subscription.setting))


@transaction.atomic
def request_cancel(job_id: int, *, actor: Requester, at: datetime) -> Job:
    """Cancels a waiting job at once and asks a running one to stop at its next progress report.

    Raises:
        JobStateError: there is no such job, or it has ended.
    """
    job = _locked(job_id)
    if job.status not in ACTIVE:
        raise JobStateError(f"Job {job_id} has ended; there is nothing to cancel.")
    job.cancel_requested_at = at
    job.message = f"Canceled by {actor.name}"[:500]
    if job.status == Job.Status.READY:
        job.status = Job.Status.CANCELED
        job.finished_at = at
    job.save(update_fields=["cancel_requested_at", "message", "status", "finished_at"])
    return job


@transaction.atomic
def retry(job_id: int, *, actor: Requester, at: datetime) -> Job:
    """Puts a failed or canceled job back in the queue; it goes on from its checkpoint.

    Raises:
        JobStateError: there is no such job, it has not failed, or the same work waits already.
    """
    job = _locked(job_id)
    if job.status not in {Job.Status.FAILED, Job.Status.CANCELED}:
        raise JobStateError(f"Job {job_id} has not failed; only failed or canceled jobs go again.")
    twin = Job.objects.filter(unique_key=job.unique_key, status__in=ACTIVE)
    if job.unique_key is not None and twin.exists():
        raise JobStateError(f"The same work as job {job_id} is already waiting or running.")
    Job.objects.filter(pk=job.pk).update(
        status=Job.Status.READY,
        attempts=0,
        run_at=at,
        error="",
        message=f"Tried again by {actor.name}"[:500],
        cancel_requested_at=None,
        lease_until=None,
        worker="",
        finished_at=None,
    )
    job.refresh_from_db()
    return job


def _locked(job_id: int) -> Job:
    job = Job.objects.select_for_update().filter(pk=job_id).first()
    if job is None:
        raise JobStateError(f"There is no job {job_id}.")
    return job
