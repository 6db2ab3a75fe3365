"""Who hears that an import has ended, and what they do about it."""

from datetime import datetime

from django.db.models import Q

from amity.kernel.imports.models import Import
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import ACTIVE, notify_subscribers
from amity.kernel.jobs.registry import subscriptions
from amity.kernel.jobs.rules import subscribed_jobs


def announce(row: Import, what: str, *, at: datetime, by: int | None) -> list[Job]:
    """Tells that an import was `taken` or `undone`; the jobs that were asked for because of it."""
    return notify_subscribers(
        kind=f"imports.{row.kind}_{what}",
        interaction_ids=(),
        at=at,
        created_by=by,
    )


def followers(row: Import) -> list[Job]:
    """The jobs that take an ended import further: those at work, else the first one since.

    One statement, or none where nobody listens to imports of this kind.
    """
    listening = subscribed_jobs(f"imports.{row.kind}_taken", subscriptions())
    if row.status != Import.Status.DONE or row.finished_at is None or not listening:
        return []
    since = Q(status__in=ACTIVE) | Q(finished_at__gte=row.finished_at)
    found = Job.objects.filter(since, kind__in=listening).order_by("pk")
    first: dict[str, Job] = {}
    for job in found:
        first.setdefault(job.kind, job)
    return list(first.values())
