"""The number beside the place in the sidebar."""

from amity.base.time import now
from amity.kernel.access.rules import Actor
from amity.run.accounts.queries.tasks import counts_of


def late_tasks(actor: Actor) -> int | None:
    """How many of one's own tasks are over their day; none where there are none."""
    if actor.user_id is None:
        return None
    return counts_of(actor.user_id, now().date()).late or None
