"""What happens to promises by itself as time passes."""

from amity.kernel.jobs.context import JobContext
from amity.run.inbox.operations.routing import late_ones, reassign_late
from amity.run.inbox.operations.settling import settle
from amity.run.inbox.operations.urgency import refresh_all
from amity.run.inbox.operations.watching import watch


def look(context: JobContext) -> dict[str, object]:
    """Warns of what is at risk, notes what is broken, and logs how promises ended."""
    at = context.now()
    warned, broken = watch(at=at)
    return {"warned": warned, "broken": broken, "logged": settle(at=at)}


def refresh(context: JobContext) -> dict[str, object]:
    """Renews the order of the queue."""
    return {"conversations": refresh_all(at=context.now())}


def reassign(context: JobContext) -> dict[str, object]:
    """Gives on what its agent has left without an answer for too long."""
    at = context.now()
    found = [reassign_late(pk, at=at) for pk in late_ones(at)]
    return {"reassigned": sum(1 for decision in found if decision is not None)}
