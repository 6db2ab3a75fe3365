"""Periodic jobs: rows that say when each is due next, claimed like everything else."""

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from amity.kernel.hooks.manifest import Schedule
from amity.kernel.jobs.models import Job, ScheduledJob
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.registry import schedules
from amity.kernel.jobs.rules import next_run


def sync_schedules(
    *, at: datetime, zone: ZoneInfo, declared: tuple[Schedule, ...] | None = None
) -> None:
    """Makes the rows agree with what is declared; what is declared no more is switched off."""
    declared = schedules() if declared is None else declared
    for row in declared:
        due = next_run(row.cron, after=at, zone=zone)
        with transaction.atomic():
            stored, is_new = ScheduledJob.objects.select_for_update().get_or_create(
                name=row.job, defaults={"kind": row.job, "cron": row.cron, "next_run_at": due}
            )
            if not is_new and (stored.cron != row.cron or not stored.is_enabled):
                stored.cron, stored.next_run_at, stored.is_enabled = row.cron, due, True
                stored.save(update_fields=["cron", "next_run_at", "is_enabled"])
    names = [row.job for row in declared]
    ScheduledJob.objects.exclude(name__in=names).filter(is_enabled=True).update(is_enabled=False)


@transaction.atomic
def enqueue_due(*, at: datetime, zone: ZoneInfo) -> list[Job]:
    """Asks for every periodic job that is due, once each, however long nobody looked.

    The rows are locked and moved on in one transaction, so two schedulers do not double a job;
    the next time is counted from now, so a worker that was stopped for a day causes no burst.
    """
    due = ScheduledJob.objects.filter(is_enabled=True, next_run_at__lte=at).select_for_update(
        skip_locked=connection.features.has_select_for_update_skip_locked
    )
    asked = []
    for row in due.order_by("id"):
        payload = {"scheduled_for": row.next_run_at.isoformat()}
        asked.append(enqueue(row.kind, payload, at=at, unique_key=f"schedule:{row.name}"))
        row.last_run_at = at
        row.next_run_at = next_run(row.cron, after=at, zone=zone)
        row.save(update_fields=["last_run_at", "next_run_at"])
    return asked
