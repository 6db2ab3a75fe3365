"""The queue's own work: forgetting what is long done, and checking that nothing is lost."""

from collections.abc import Iterable
from datetime import timedelta

from django.db import connection

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.hooks.checks import Finding, broken_invariants
from amity.kernel.jobs.context import JobContext
from amity.kernel.jobs.models import Job

KEEP_DONE = timedelta(days=30)
LEASE_GRACE = timedelta(minutes=10)


class BrokenInvariantError(AmityError):
    """Something that must always hold does not; the message says what, and what to do."""


def check_all(context: JobContext) -> dict[str, object]:
    """Job: what `amity check` does, every night; what is broken makes it a failed job.

    Raises:
        BrokenInvariantError: something does not hold.
    """
    findings = broken_invariants()
    if findings:
        lines = (f"{row.invariant}: {row.message} {row.remedy}" for row in findings)
        raise BrokenInvariantError("\n".join(lines))
    return {"findings": 0}


def prune(context: JobContext) -> dict[str, object]:
    """Job: removes jobs that were done or canceled thirty days ago; failed ones stay."""
    old = Job.objects.filter(
        status__in=(Job.Status.DONE, Job.Status.CANCELED),
        finished_at__lt=context.now() - KEEP_DONE,
    )
    removed, _ = old.delete()
    return {"removed": removed}


def check_leases() -> Iterable[Finding]:
    """I7: no job is silently gone: every running one has a lease, every ended one an end."""
    running = Job.objects.filter(status=Job.Status.RUNNING)
    unheld = running.filter(lease_until__isnull=True).count()
    if unheld:
        yield Finding("I7", f"{unheld} running jobs have no lease.", "Report this as a fault.")
    stale = running.filter(lease_until__lt=now() - LEASE_GRACE).count()
    if stale:
        yield Finding(
            "I7",
            f"{stale} jobs were left by a lost worker and nobody took them up.",
            "Start a worker: amity worker",
        )
    endless = Job.objects.filter(
        status__in=(Job.Status.DONE, Job.Status.FAILED, Job.Status.CANCELED),
        finished_at__isnull=True,
    ).count()
    if endless:
        yield Finding("I7", f"{endless} ended jobs have no end time.", "Report this as a fault.")


def check_database() -> Iterable[Finding]:
    """I1: the embedded database file is whole, and no row names one that is not there."""
    if connection.vendor != "sqlite":
        return
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA quick_check(5)")
        faults = [row[0] for row in cursor.fetchall() if row[0] != "ok"]
        cursor.execute("PRAGMA foreign_key_check")
        orphans = cursor.fetchall()
    if faults:
        yield Finding("I1", f"The database file is damaged: {faults[0]}", "Restore a backup.")
    if orphans:
        yield Finding(
            "I1",
            f"{len(orphans)} rows name a row that is gone, the first in {orphans[0][0]}.",
            "Restore a backup, and report this as a fault.",
        )
