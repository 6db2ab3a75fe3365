"""Tasks for accounts that waited longer for a word than was agreed."""

from collections.abc import Callable
from datetime import datetime

from django.db import transaction

from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.customers.ownership import acting_owner
from amity.run.accounts.models import Task
from amity.run.accounts.operations.tasks import NewTask, add_task, complete_task
from amity.run.accounts.queries.health import Condition, conditions_of
from amity.run.accounts.rules.cadence import CadenceState

CHUNK = 200


def watch_cadence(
    *, actor: Actor, at: datetime, progress: Callable[[int, int], None] | None = None
) -> dict[str, int]:
    """Raises a task for each account whose cadence is missed, and settles those that are moot.

    Each silence raises one task, however often this runs; a task whose customer was spoken to
    meanwhile is done by itself. Ten statements for 200 accounts, and some for each task.
    """
    owned = list(
        Ownership.objects.filter(until=None, customer__merged_into=None)
        .order_by("customer_id")
        .values_list("customer_id", flat=True)
    )
    counts = {"accounts": len(owned), "raised": 0, "settled": 0}
    for start in range(0, len(owned), CHUNK):
        ids = owned[start : start + CHUNK]
        waiting = _waiting(ids)
        for pk, condition in conditions_of(ids, at).items():
            is_missed = condition.silence.state == CadenceState.MISSED
            if is_missed and pk not in waiting:
                counts["raised"] += _raise(condition, actor=actor, at=at)
            elif not is_missed and pk in waiting:
                complete_task(waiting[pk], actor=actor, at=at)
                counts["settled"] += 1
        if progress is not None:
            progress(start + len(ids), len(owned))
    return counts


def _waiting(ids: list[int]) -> dict[int, int]:
    """The open cadence task of each of these customers."""
    rows = Task.objects.filter(customer_id__in=ids, kind=Task.Kind.CADENCE, done_at=None)
    return dict(rows.values_list("customer_id", "pk"))


@transaction.atomic
def _raise(condition: Condition, *, actor: Actor, at: datetime) -> bool:
    silence = condition.silence
    customer = Customer.objects.get(pk=condition.customer_id)
    acting = acting_owner(customer.pk, at)
    _task, is_new = add_task(
        NewTask(
            title=f"Get in touch with {customer.name}"[:200],
            note=(
                f"{silence.days} days of silence since {silence.since.isoformat()};"
                f" {silence.cadence_days} are agreed."
            ),
            due_on=at.date(),
            customer_id=customer.pk,
            assignee=User.objects.get(pk=acting.user.id) if acting is not None else None,
            kind=Task.Kind.CADENCE,
            origin=f"cadence:{customer.pk}:{silence.occasion}",
        ),
        actor=actor,
        at=at,
    )
    return is_new
