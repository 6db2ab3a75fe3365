"""Who looks after a customer, and who does so right now."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime

from django.db.models import Q, QuerySet

from amity.kernel.access.models import User
from amity.kernel.access.queries import absent_user_ids, members_of
from amity.kernel.customers.models import Customer, Membership, Ownership


@dataclass(frozen=True, slots=True)
class Named:
    """A person or a team by number and name."""

    id: int
    name: str


@dataclass(frozen=True, slots=True)
class OwnerAnswer:
    """Who looks after a customer; `via` is the organization whose owner it is, else None."""

    customer_id: int
    owner: Named | None
    deputy: Named | None
    team: Named | None
    since: datetime
    via: Named | None = None

    @property
    def label(self) -> str:
        """The owner's name; the team's where no person is named."""
        named = self.owner or self.team
        return named.name if named is not None else ""


@dataclass(frozen=True, slots=True)
class ActingOwner:
    """Who takes care now, and as what: `owner`, `deputy` or `team`."""

    user: Named
    part: str


def owners_of(customer_ids: Iterable[int], *, at: datetime | None = None) -> dict[int, OwnerAnswer]:
    """Who looks after each of these customers, who have one; at most four statements.

    A person without an own owner has that of an organization they belong to: the oldest
    membership decides. `at` leaves out memberships that ended before it; without it, all that
    have an end. A merged customer answers for its survivor.
    """
    wanted = list(customer_ids)
    survivors = {
        pk: merged or pk
        for pk, merged in Customer.objects.filter(pk__in=wanted).values_list("pk", "merged_into_id")
    }
    answers = _answers(set(survivors.values()), at)
    return {pk: answers[live] for pk, live in survivors.items() if live in answers}


def owner_of(customer_id: int, *, at: datetime | None = None) -> OwnerAnswer | None:
    """Who looks after a customer; see `owners_of`."""
    return owners_of([customer_id], at=at).get(customer_id)


def has_owners() -> bool:
    """Whether any customer is looked after by somebody at all; one statement."""
    return Ownership.objects.filter(until=None).exists()


def owner_of_loaded(customer: Customer, *, at: datetime) -> OwnerAnswer | None:
    """The same of a customer who is not merged and has `with_details`; one or two statements."""
    parts = [
        (customer.pk, row.organization)
        for row in sorted(customer.memberships.all(), key=_by_number)
        if row.organization.merged_into_id is None and (row.until is None or row.until >= at.date())
    ]
    own = _current([customer.pk])
    return own.get(customer.pk) or _through(parts).get(customer.pk)


def _by_number(row: Membership) -> int:
    return row.pk


def _answers(customer_ids: set[int], at: datetime | None) -> dict[int, OwnerAnswer]:
    own = _current(customer_ids)
    without = customer_ids - own.keys()
    return {**(_by_organization(without, at) if without else {}), **own}


def acting_owner(customer_id: int, at: datetime) -> ActingOwner | None:
    """Who takes care of a customer at an instant: the owner, who stands in, or one of the team.

    Somebody who is away or may not sign in is passed over. None where nobody is there.
    """
    answer = owner_of(customer_id, at=at)
    if answer is None:
        return None
    away = absent_user_ids(at)
    parts = [(answer.owner, "owner"), (answer.deputy, "deputy")]
    named = [person.id for person, _part in parts if person is not None]
    there = set(
        User.objects.filter(pk__in=named, is_active=True)
        .exclude(pk__in=away)
        .values_list("pk", flat=True)
    )
    for person, part in parts:
        if person is not None and person.id in there:
            return ActingOwner(person, part)
    members = members_of(answer.team.id) if answer.team is not None else []
    present = (ActingOwner(_named(one), "team") for one in members if one.pk not in away)
    return next(present, None)


def customers_owned_by(user_id: int) -> QuerySet[Ownership]:
    """The current ownerships of a person, by customer; merged customers are left out."""
    return Ownership.objects.filter(owner_id=user_id, until=None, customer__merged_into=None)


def ownership_history(customer_id: int) -> QuerySet[Ownership]:
    """Who looked after a customer, newest first."""
    rows = Ownership.objects.filter(customer_id=customer_id).select_related(
        "owner", "deputy", "team"
    )
    return rows.order_by("-since", "-pk")


def _current(customer_ids: Iterable[int]) -> dict[int, OwnerAnswer]:
    rows = Ownership.objects.filter(customer_id__in=set(customer_ids), until=None)
    return {row.customer_id: _answer(row) for row in rows.select_related("owner", "deputy", "team")}


def _by_organization(people: set[int], at: datetime | None) -> dict[int, OwnerAnswer]:
    lasting = Q(until=None) if at is None else Q(until=None) | Q(until__gte=at.date())
    memberships = (
        Membership.objects.filter(lasting, person_id__in=people, organization__merged_into=None)
        .select_related("organization")
        .order_by("pk")
    )
    return _through([(row.person_id, row.organization) for row in memberships])


def _through(parts: list[tuple[int, Customer]]) -> dict[int, OwnerAnswer]:
    """The owners of the organizations, by person."""
    if not parts:
        return {}
    owned = _current(organization.pk for _person, organization in parts)
    return dict(_first_of_each(parts, owned))


def _first_of_each(
    parts: list[tuple[int, Customer]], owned: dict[int, OwnerAnswer]
) -> Iterator[tuple[int, OwnerAnswer]]:
    seen: set[int] = set()
    for person_id, organization in parts:
        if person_id not in seen and organization.pk in owned:
            seen.add(person_id)
            yield (
                person_id,
                replace(
                    owned[organization.pk],
                    customer_id=person_id,
                    via=Named(organization.pk, organization.name),
                ),
            )


def _answer(row: Ownership) -> OwnerAnswer:
    return OwnerAnswer(
        customer_id=row.customer_id,
        owner=_named(row.owner) if row.owner else None,
        deputy=_named(row.deputy) if row.deputy else None,
        team=Named(row.team.pk, row.team.name) if row.team else None,
        since=row.since,
    )


def _named(user: User) -> Named:
    return Named(user.pk, str(user))
