"""The number beside the place in the sidebar."""

from amity.base.time import now
from amity.kernel.access.rules import Actor
from amity.run.deals.queries.board import overdue_of


def overdue_deals(actor: Actor) -> int | None:
    """How many of one's own open deals are over their day; none where there are none."""
    if actor.user_id is None:
        return None
    return overdue_of(actor.user_id, now().date()) or None
