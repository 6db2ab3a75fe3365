"""/customers/{id}/owner: who looks after a customer, and who does right now."""

from datetime import datetime

from django.http import HttpRequest
from ninja import Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import Team, User
from amity.kernel.customers import operations
from amity.kernel.customers.ownership import (
    ActingOwner,
    OwnerAnswer,
    acting_owner,
    owner_of,
    ownership_history,
)
from amity.kernel.customers.queries import get_customer
from amity.kernel.rest.schemas import Id, Strict

router = Router(tags=["customers"])
VIEW, EDIT = ApiGuard("customers.view"), ApiGuard("customers.edit")


class NamedOut(Schema):
    """A person, a team or an organization."""

    id: int
    name: str


class ActingOut(Schema):
    """Who takes care now: `part` is owner, deputy or team."""

    user: NamedOut
    part: str


class OwnerOut(Schema):
    """Who looks after a customer; `via` is the organization whose owner it is."""

    customer_id: int
    owner: NamedOut | None
    deputy: NamedOut | None
    team: NamedOut | None
    since: datetime
    via: NamedOut | None
    acting: ActingOut | None


class OwnerIn(Strict):
    """Who is to look after a customer: an owner, a team, or both."""

    owner_id: Id | None = None
    deputy_id: Id | None = None
    team_id: Id | None = None


class PastOwnerOut(Schema):
    """Who looked after a customer, from when until when."""

    owner_id: int | None
    deputy_id: int | None
    team_id: int | None
    since: datetime
    until: datetime | None


@router.get("/{customer_id}/owner", auth=VIEW, response=OwnerOut)
def get_owner(request: HttpRequest, customer_id: Id) -> dict[str, object]:
    """Who looks after a customer."""
    return _answer(get_customer(customer_id).pk)


@router.get("/{customer_id}/owners", auth=VIEW, response=list[PastOwnerOut])
def list_owners(request: HttpRequest, customer_id: Id) -> list[object]:
    """Who looked after a customer, newest first (at most 500)."""
    return list(ownership_history(get_customer(customer_id).pk)[:500])


@router.put("/{customer_id}/owner", auth=EDIT, response=OwnerOut)
def put_owner(request: HttpRequest, customer_id: Id, given: OwnerIn) -> dict[str, object]:
    """Makes these look after a customer."""
    operations.assign_owner(
        customer_id,
        owner=_user(given.owner_id),
        deputy=_user(given.deputy_id),
        team=_team(given.team_id),
        actor=actor_of(request),
        at=now(),
    )
    return _answer(customer_id)


@router.delete("/{customer_id}/owner", auth=EDIT, response={204: None})
def end_owner(request: HttpRequest, customer_id: Id) -> None:
    """Nobody looks after the customer from now on."""
    operations.end_ownership(customer_id, actor=actor_of(request), at=now())


def _answer(customer_id: int) -> dict[str, object]:
    at = now()
    found: OwnerAnswer | None = owner_of(customer_id, at=at)
    if found is None:
        raise NotFoundError(f"Nobody looks after customer {customer_id}.")
    acting: ActingOwner | None = acting_owner(customer_id, at)
    return {
        "customer_id": found.customer_id,
        "owner": found.owner,
        "deputy": found.deputy,
        "team": found.team,
        "since": found.since,
        "via": found.via,
        "acting": acting,
    }


def _user(number: int | None) -> User | None:
    if number is None:
        return None
    user = User.objects.filter(pk=number).first()
    if user is None:
        raise NotFoundError(f"There is no person {number}.")
    return user


def _team(number: int | None) -> Team | None:
    if number is None:
        return None
    team = Team.objects.filter(pk=number).first()
    if team is None:
        raise NotFoundError(f"There is no team {number}.")
    return team
