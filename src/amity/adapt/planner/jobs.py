"""The planner in the worker."""

from typing import Any

from amity.adapt.planner import operations
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.jobs.context import JobCanceled, JobContext


def run_solve(context: JobContext) -> dict[str, Any]:
    """Job `planner.solve`; its payload is `{"run": …}`."""
    run_id = int(context.payload["run"])
    try:
        run = operations.solve(
            run_id, actor=_actor(context.created_by), at=context.now(), hear=context.progress
        )
    except JobCanceled:
        operations.note_canceled(run_id, at=context.now())
        raise
    return {"advice": run.pk, "status": run.status, "net": run.net, "message": run.message}


def _actor(user_id: int | None) -> Actor:
    user = User.objects.filter(pk=user_id).first() if user_id else None
    return SYSTEM if user is None else Actor("user", str(user), None, user_id=user.pk)
