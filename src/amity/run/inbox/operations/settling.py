"""How promises ended goes into the interaction log, once it is sure that they did."""

from datetime import datetime, timedelta

from django.db import transaction

from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import PromiseClock
from amity.run.inbox.operations.change import log
from amity.run.inbox.queries.clocks import ended_before
from amity.run.inbox.rules.promises import State

SURE_AFTER = timedelta(minutes=5)  # until then an answer may be taken back


def settle(*, at: datetime) -> int:
    """Logs the promises that ended five minutes ago or earlier; how many these were."""
    total = 0
    while found := ended_before(at - SURE_AFTER):
        logged = sum(_settle_one(pk, at) for pk in found)
        total += logged
        if not logged:
            break
    return total


@transaction.atomic
def _settle_one(clock_id: int, at: datetime) -> bool:
    rows = PromiseClock.objects.select_for_update(of=("self",)).select_related(
        "conversation__channel"
    )
    row = rows.filter(pk=clock_id, logged_at=None, state__in=[State.KEPT, State.BROKEN]).first()
    if row is None or row.stopped_at is None:
        return False
    was_kept = row.state == State.KEPT
    log(
        row.conversation,
        "promise_kept" if was_kept else "promise_met_late",
        f"clock:{row.pk}:{row.stopped_at:%Y%m%dT%H%M%S.%f}",
        happened_at=row.stopped_at,
        at=at,
        doer=Interaction.Actor.AUTOMATIC,
        outcome="kept" if was_kept else "broken",
        properties={
            "promise": row.target,
            "promised_minutes": row.minutes,
            "used_seconds": row.used_seconds,
            "promised_by_version": row.policy_version,
            "segment": row.segment_key,
        },
    )
    row.logged_at = at
    row.save(update_fields=["logged_at"])
    return True
