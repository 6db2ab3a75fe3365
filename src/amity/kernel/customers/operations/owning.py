"""Giving a customer somebody who looks after them."""

from datetime import datetime

from django.db import transaction

from amity.base.results import AmityError, NotFoundError
from amity.kernel.access.models import Team, User
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Ownership
from amity.kernel.customers.operations.locking import lock_customer, touch


class OwnershipError(AmityError):
    """Nobody can look after a customer in this way."""


@transaction.atomic
def assign_owner(
    customer_id: int,
    *,
    actor: Actor,
    at: datetime,
    owner: User | None = None,
    deputy: User | None = None,
    team: Team | None = None,
) -> Ownership:
    """Makes these look after a customer from now on; who did before becomes history.

    The same again changes nothing.

    Raises:
        NotFoundError: there is no such customer.
        OwnershipError: nobody is named, the owner would stand in for themselves, or somebody
            may not sign in.
    """
    _check(owner, deputy, team)
    customer = lock_customer(customer_id)
    current = Ownership.objects.filter(customer=customer, until=None).first()
    wanted = (owner and owner.pk, deputy and deputy.pk, team and team.pk)
    if current is not None:
        if (current.owner_id, current.deputy_id, current.team_id) == wanted:
            return current
        current.until = at
        current.save(update_fields=["until"])
    row = Ownership.objects.create(
        customer=customer, owner=owner, deputy=deputy, team=team, since=at
    )
    touch(customer, at=at, fields={})
    names = [str(one) for one in (owner, deputy, team) if one is not None]
    _audit("customer.owner_assigned", customer, ", ".join(names), current, actor=actor, at=at)
    return row


@transaction.atomic
def end_ownership(customer_id: int, *, actor: Actor, at: datetime) -> Ownership:
    """Nobody looks after the customer from now on.

    Raises:
        NotFoundError: there is no such customer, or nobody looks after them.
    """
    customer = lock_customer(customer_id)
    current = Ownership.objects.filter(customer=customer, until=None).first()
    if current is None:
        raise NotFoundError(f"Nobody looks after {customer.name}.")
    current.until = at
    current.save(update_fields=["until"])
    touch(customer, at=at, fields={})
    _audit("customer.ownership_ended", customer, "", current, actor=actor, at=at)
    return current


def _check(owner: User | None, deputy: User | None, team: Team | None) -> None:
    if owner is None and team is None:
        raise OwnershipError("Name an owner or a team.")
    if owner is not None and deputy is not None and owner.pk == deputy.pk:
        raise OwnershipError(f"{owner} cannot stand in for themselves. Name somebody else.")
    off = next((one for one in (owner, deputy) if one is not None and not one.is_active), None)
    if off is not None:
        raise OwnershipError(f"{off} may not sign in any more. Name somebody else.")
    if team is not None and not team.is_active:
        raise OwnershipError(f"The team {team} is switched off. Name another one.")


def _audit(
    action: str,
    customer: Customer,
    summary: str,
    before: Ownership | None,
    *,
    actor: Actor,
    at: datetime,
) -> None:
    was = {
        "owner": before.owner_id if before else None,
        "deputy": before.deputy_id if before else None,
        "team": before.team_id if before else None,
    }
    record_audit(
        actor=actor,
        action=action,
        object_type="customer",
        object_id=customer.pk,
        at=at,
        summary=summary,
        changes={"before": was},
    )
