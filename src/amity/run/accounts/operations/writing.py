"""What every change of an account leaves in the log and in the trail."""

from datetime import date, datetime

from amity.base.results import AmityError, NotFoundError
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.models import User
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import get_customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import record_interaction, void_interactions
from amity.kernel.policy.promises import promise_for

SOURCE = "accounts"
FIRST_YEAR, LAST_YEAR = 1900, 2200


class YearError(AmityError):
    """A day so far off that calendars cannot count with it."""


def check_year(day: date | None) -> None:
    """Refuses days with which nothing can be counted.

    Raises:
        YearError: the year is not one from 1900 to 2200.
    """
    if day is not None and not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise YearError(f"Use a year from {FIRST_YEAR} to {LAST_YEAR}.")


def live_customer(customer_id: int) -> Customer:
    """The customer with this number, the survivor of a merge.

    Raises:
        NotFoundError: there is none.
    """
    return get_customer(customer_id)


def person(user_id: int) -> User:
    """Somebody who may sign in.

    Raises:
        NotFoundError: there is nobody with this number, or they were switched off.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError(f"There is no person {user_id} who may sign in. Choose somebody else.")
    return user


def log(
    kind: str,
    *,
    customer_id: int,
    source_id: str,
    subject: str,
    at: datetime,
    happened_at: datetime | None = None,
    minutes: int = 0,
    cost_minor: int = 0,
    direction: str = Interaction.Direction.NONE,
    outcome: str = "",
    value_minor: int | None = None,
    properties: dict[str, object] | None = None,
) -> Interaction:
    """Writes one fact of dedicated help, with the version of the policy that it obeyed."""
    row, _created = record_interaction(
        kind=kind,
        source=SOURCE,
        source_id=source_id,
        happened_at=happened_at or at,
        recorded_at=at,
        relationship_type=RelationshipType.DEDICATED_PERSONAL_ASSISTANCE,
        stage=Stage.SUPPORT,
        currency=company().currency,
        customer_id=customer_id,
        direction=direction,
        actor=Interaction.Actor.HUMAN,
        staff_seconds=minutes * 60,
        cost_minor=cost_minor,
        outcome=outcome,
        value_minor=value_minor,
        subject=subject[:300],
        properties=properties or {},
        policy_version=promise_for(customer_id).version_number,
    )
    return row


def unlog(source_id: str, *, at: datetime) -> int:
    """Takes facts of this number back; how many there were."""
    rows = Interaction.objects.filter(source=SOURCE, source_id=source_id)
    return void_interactions(rows, recorded_at=at)


def audit(action: str, about: str, pk: object, summary: str, *, actor: Actor, at: datetime) -> None:
    """One row in the trail of changes."""
    record_audit(
        actor=actor,
        action=f"accounts.{action}",
        object_type=about,
        object_id=pk,
        at=at,
        summary=summary[:500],
    )
