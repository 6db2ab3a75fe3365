"""Periodic work of the access room."""

from datetime import timedelta

from amity.kernel.access.models import IdempotencyRecord
from amity.kernel.access.operations import seal_audit
from amity.kernel.jobs.context import JobContext

OPEN_FOR = timedelta(minutes=2)  # longer than any request's transaction
KEYS_KEPT = timedelta(days=90)


def seal(context: JobContext) -> dict[str, object]:
    """Job: seals the trail of changes."""
    return {"sealed": seal_audit(until=context.now() - OPEN_FOR)}


def forget_keys(context: JobContext) -> dict[str, object]:
    """Job: removes answers kept under idempotency keys for more than 90 days."""
    old = IdempotencyRecord.objects.filter(created_at__lt=context.now() - KEYS_KEPT)
    return {"removed": old.delete()[0]}
