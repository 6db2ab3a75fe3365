"""Claiming and giving back: a job belongs to whoever holds its lease, and to nobody else.

The pair (worker, attempt) is the fence: every write of a worker names it, so one whose lease ran
out and was taken by another can no longer change the row.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

from django.db import IntegrityError, connection, transaction
from django.db.models import QuerySet

from amity.kernel.jobs.models import Job
from amity.kernel.jobs.rules import wait_before_retry


class LeaseLostError(Exception):
    """Another worker holds the job now; whatever this one did not commit must not count."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job held by one worker in one attempt."""

    job: Job
    worker: str
    attempt: int

    def row(self) -> QuerySet[Job]:
        """The job's row as long as this claim holds it."""
        return Job.objects.filter(
            pk=self.job.pk,
            status=Job.Status.RUNNING,
            worker=self.worker,
            attempts=self.attempt,
        )


def claim_next(*, worker: str, at: datetime, job_id: int | None = None) -> Claim | None:
    """Takes the first job that is due or whose worker is gone, or None where there is none."""
    while True:
        with transaction.atomic():
            job = _first_claimable(at, job_id)
            if job is None:
                return None
            if not _gave_up(job, at):
                return _take(job, worker, at)


def abandoned(at: datetime) -> QuerySet[Job]:
    """The jobs whose worker let its lease run out, longest first."""
    lost = Job.objects.filter(status=Job.Status.RUNNING, lease_until__lt=at)
    return lost.order_by("lease_until", "id")


def due(at: datetime) -> QuerySet[Job]:
    """The waiting jobs whose time has come, most urgent first."""
    waiting = Job.objects.filter(status=Job.Status.READY, run_at__lte=at)
    return waiting.order_by("-priority", "run_at", "id")


def _first_claimable(at: datetime, job_id: int | None) -> Job | None:
    skip = connection.features.has_select_for_update_skip_locked
    for found in (abandoned(at), due(at)):
        wanted = found if job_id is None else found.filter(pk=job_id)
        job = wanted.select_for_update(skip_locked=skip).first()
        if job is not None:
            return job
    return None


def _gave_up(job: Job, at: datetime) -> bool:
    """Ends an abandoned job that was to be canceled, or that has killed all its workers."""
    if job.status != Job.Status.RUNNING:
        return False
    if job.cancel_requested_at is not None:
        job.status = Job.Status.CANCELED
    elif job.attempts >= job.max_attempts:
        job.status = Job.Status.FAILED
        job.error = f"The worker was lost {job.attempts} times while it did this."
    else:
        return False
    job.finished_at = at
    job.lease_until = None
    job.save(update_fields=["status", "error", "finished_at", "lease_until"])
    return True


def _take(job: Job, worker: str, at: datetime) -> Claim:
    job.status = Job.Status.RUNNING
    job.worker = worker
    job.attempts += 1
    job.lease_until = at + timedelta(seconds=job.lease_seconds)
    job.started_at = job.started_at or at
    job.save(update_fields=["status", "worker", "attempts", "lease_until", "started_at"])
    return Claim(job, worker, job.attempts)


def renew(claim: Claim, *, at: datetime, **changes: Any) -> None:
    """Prolongs the lease and writes `changes` with it.

    Raises:
        LeaseLostError: another worker holds the job.
    """
    until = at + timedelta(seconds=claim.job.lease_seconds)
    if not claim.row().update(lease_until=until, **changes):
        raise LeaseLostError(f"job {claim.job.pk}")


def finish(claim: Claim, *, at: datetime, result: dict[str, Any] | None) -> None:
    """Ends the job as done, and asks for it once more where somebody did meanwhile."""
    _end(claim, Job.Status.DONE, at=at, result=result, error="")


def cancel(claim: Claim, *, at: datetime) -> None:
    """Ends the job as canceled."""
    _end(claim, Job.Status.CANCELED, at=at)


def fail(claim: Claim, *, at: datetime, error: str, is_final: bool, rng: Random) -> bool:
    """Notes a failed attempt; returns whether the job will be tried again."""
    if is_final or claim.attempt >= claim.job.max_attempts:
        _end(claim, Job.Status.FAILED, at=at, error=error)
        return False
    _release(claim, run_at=at + wait_before_retry(claim.attempt, rng), error=error)
    return True


def give_back(claim: Claim, *, at: datetime) -> None:
    """Returns the job to the queue as if this attempt had not been (the worker is stopping)."""
    _release(claim, run_at=at, attempts=claim.attempt - 1)


def _release(claim: Claim, **changes: Any) -> None:
    changes = {"status": Job.Status.READY, "lease_until": None, "worker": "", **changes}
    if not claim.row().update(**changes):
        raise LeaseLostError(f"job {claim.job.pk}")


@transaction.atomic
def _end(claim: Claim, status: Job.Status, *, at: datetime, **changes: Any) -> None:
    job = claim.row().select_for_update().first()
    if job is None:
        raise LeaseLostError(f"job {claim.job.pk}")
    ended = {"status": status, "finished_at": at, "lease_until": None, **changes}
    Job.objects.filter(pk=job.pk).update(**ended, run_again=False)
    if job.run_again:
        _once_more(job, at)


def _once_more(job: Job, at: datetime) -> None:
    same = ("kind", "payload", "unique_key", "priority", "max_attempts", "lease_seconds")
    values = {name: getattr(job, name) for name in same}
    try:
        with transaction.atomic():
            Job.objects.create(**values, run_at=at, created_by=job.created_by, created_at=at)
    except IntegrityError:  # somebody asked for it in the moment since the end: it is waiting
        return


def expire_leases_of(workers: list[str], *, at: datetime) -> int:
    """Lets the jobs of workers that are known to be dead be claimed at once."""
    held = Job.objects.filter(status=Job.Status.RUNNING, worker__in=workers)
    return held.update(lease_until=at - timedelta(seconds=1))
