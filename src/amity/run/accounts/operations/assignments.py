"""Owners given by a person who saw what was proposed and why."""

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from amity.base.results import AmityError
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.customers.operations import assign_owner
from amity.run.accounts.models import Account
from amity.run.accounts.operations.terms import set_terms
from amity.run.accounts.operations.writing import audit, log
from amity.run.accounts.queries.assignments import proposal
from amity.run.accounts.queries.people import managers_by_id
from amity.run.accounts.rules.assignment import Choice


class AssignmentError(AmityError):
    """What was chosen is not proposed any more."""


@transaction.atomic
def adopt_choices(customer_ids: Sequence[int], *, actor: Actor, at: datetime) -> list[int]:
    """Gives these customers the owners that are proposed for them now, with the level's hours.

    The proposal is made anew: nobody is assigned at a loss, whatever a form said, and who got an
    owner meanwhile keeps them.

    Returns:
        The customers who got an owner.

    Raises:
        AssignmentError: none of them is proposed (any more).
    """
    wanted = set(customer_ids)
    chosen = [one for one in proposal(at).found.taken if one.candidate.customer_id in wanted]
    if not chosen:
        raise AssignmentError("None of these is proposed any more. Look at the proposal again.")
    list(
        Customer.objects.select_for_update()
        .filter(pk__in=[one.candidate.customer_id for one in chosen])
        .order_by("pk")
    )
    taken = set(
        Ownership.objects.filter(customer_id__in=wanted, until=None).values_list(
            "customer_id", flat=True
        )
    )
    fresh = [one for one in chosen if one.candidate.customer_id not in taken]
    people = managers_by_id()
    for choice in fresh:
        _assign(choice, people, actor=actor, at=at)
    ids = [choice.candidate.customer_id for choice in fresh]
    audit("proposal_adopted", "customers", len(ids), f"{len(ids)} owners", actor=actor, at=at)
    return ids


def _assign(choice: Choice, people: dict[int, User], *, actor: Actor, at: datetime) -> None:
    if choice.manager is None or choice.level is None:
        return
    pk = choice.candidate.customer_id
    owner = people[choice.manager.user_id]
    assign_owner(pk, owner=owner, actor=actor, at=at)
    own = Account.objects.filter(customer_id=pk).first()
    set_terms(
        pk,
        cadence_days=own.cadence_days if own is not None else None,
        hours_a_year=choice.level.hours,
        actor=actor,
        at=at,
    )
    log(
        "accounts.assigned",
        customer_id=pk,
        source_id=f"assigned:{pk}:{at.isoformat()}",
        subject=choice.why,
        at=at,
        properties={"gain": round(choice.gain, 2), "hours": choice.level.hours},
    )
