"""A book that goes from one person to another, as a whole, and back."""

from datetime import datetime

from django.db import transaction

from amity.base.results import AmityError, ConflictError, NotFoundError
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Ownership
from amity.kernel.customers.operations import assign_owner, end_ownership
from amity.run.accounts.models import Handover, Task
from amity.run.accounts.operations.writing import audit, log, unlog


class HandoverError(AmityError):
    """A book that cannot be handed over in this way."""


@transaction.atomic
def hand_over(*, source: User, target: User, actor: Actor, at: datetime) -> Handover:
    """Gives all accounts and open tasks of one person to another; `undo_handover` takes it back.

    Who stood in for an account and now owns it is replaced by nobody.

    Raises:
        HandoverError: they are the same person, the target may not sign in, or there is nothing.
    """
    if source.pk == target.pk:
        raise HandoverError("These are the same person. Choose who takes over.")
    if not target.is_active:
        raise HandoverError(f"{target} may not sign in any more. Choose somebody else.")
    owned = list(
        Ownership.objects.select_for_update(of=("self",))
        .select_related("deputy", "team")
        .filter(owner=source, until=None, customer__merged_into=None)
        .order_by("customer_id")
    )
    tasks = Task.objects.filter(assignee=source, done_at=None)
    numbers = sorted(tasks.values_list("pk", flat=True))
    if not owned and not numbers:
        raise HandoverError(f"{source} has no accounts and no open tasks.")
    handover = Handover.objects.create(
        source=source, target=target, at=at, actor_name=actor.name[:200],
        moved={
            "customers": [
                [row.customer_id, row.owner_id, row.deputy_id, row.team_id] for row in owned
            ],
            "tasks": numbers,
        },
    )  # fmt: skip
    for row in owned:
        deputy = row.deputy if row.deputy_id != target.pk else None
        assign_owner(
            row.customer_id, owner=target, deputy=deputy, team=row.team, actor=actor, at=at
        )
        log(
            "accounts.handed_over",
            customer_id=row.customer_id,
            source_id=f"handover:{handover.pk}:{row.customer_id}",
            subject=f"{source} to {target}",
            at=at,
            properties={"from": source.pk, "to": target.pk},
        )
    tasks.filter(pk__in=numbers).update(assignee=target)
    told = f"{len(owned)} accounts, {len(numbers)} tasks: {source} to {target}"
    audit("handed_over", "handover", handover.pk, told, actor=actor, at=at)
    return handover


@transaction.atomic
def undo_handover(handover_id: int, *, actor: Actor, at: datetime) -> Handover:
    """Takes a handover back, for what still stands as it left it.

    Raises:
        NotFoundError: there is no such handover.
        ConflictError: it was taken back already, or the former owner may not sign in.
    """
    handover = (
        Handover.objects.select_for_update(of=("self",))
        .select_related("source", "target")
        .filter(pk=handover_id)
        .first()
    )
    if handover is None:
        raise NotFoundError(f"There is no handover {handover_id}.")
    if handover.undone_at is not None:
        raise ConflictError("This handover was taken back already.")
    if not handover.source.is_active:
        raise ConflictError(f"{handover.source} may not sign in any more. Switch them on first.")
    still = {
        row.customer_id: row
        for row in Ownership.objects.select_related("team").filter(
            owner=handover.target, until=None, since=handover.at
        )
    }
    people = User.objects.in_bulk([row[2] for row in handover.moved["customers"] if row[2]])
    for customer_id, _owner, deputy_id, _team in handover.moved["customers"]:
        if customer_id in still:
            end_ownership(customer_id, actor=actor, at=at)
            deputy = people.get(deputy_id)
            assign_owner(
                customer_id,
                owner=handover.source,
                deputy=deputy if deputy is not None and deputy.is_active else None,
                team=still[customer_id].team,
                actor=actor,
                at=at,
            )
            unlog(f"handover:{handover.pk}:{customer_id}", at=at)
    Task.objects.filter(
        pk__in=handover.moved["tasks"], assignee=handover.target, done_at=None
    ).update(assignee=handover.source)
    handover.undone_at = at
    handover.save(update_fields=["undone_at"])
    audit("handover_undone", "handover", handover.pk, str(handover.source), actor=actor, at=at)
    return handover
