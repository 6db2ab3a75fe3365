"""What every change of a deal leaves: its event, its fact in the log, its row in the trail."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Sum

from amity.base.results import AmityError, ConflictError, NotFoundError, StaleError
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.models import User
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.queries import cost_rates
from amity.kernel.access.rules import Actor, cost_of_time
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import record_interaction, void_interactions
from amity.kernel.policy.promises import promise_for
from amity.run.deals.models import Deal, DealEvent, Pipeline

SOURCE = "deals"
MOST_MINUTES = 24 * 60
MOST_MINOR = 10**15


class DealError(AmityError):
    """A deal that cannot be as it was given."""


@dataclass(frozen=True, slots=True)
class Spent:
    """Minutes of a person and what they cost in minor units."""

    minutes: int
    cost_minor: int


def locked(deal_id: int, *, version: int | None = None) -> Deal:
    """The deal, held until the transaction ends.

    Raises:
        NotFoundError: there is no such deal.
        StaleError: somebody else changed it since `version` was read.
    """
    deal = Deal.objects.select_for_update().filter(pk=deal_id).first()
    if deal is None:
        raise NotFoundError(f"There is no deal {deal_id}.")
    if version is not None and deal.version != version:
        raise StaleError(f"Somebody changed “{deal.title}” meanwhile. Look at it and try again.")
    return deal


def must_be_open(deal: Deal) -> None:
    """Refuses a closed deal.

    Raises:
        ConflictError: it is won or lost.
    """
    if deal.status != Deal.Status.OPEN:
        raise ConflictError(
            f"“{deal.title}” is {deal.get_status_display().lower()}. Open it again to change it."
        )


def active_person(user_id: int) -> User:
    """Somebody who may sign in.

    Raises:
        NotFoundError: there is nobody with this number, or they were switched off.
    """
    user = User.objects.filter(pk=user_id, is_active=True).first()
    if user is None:
        raise NotFoundError(f"There is no person {user_id} who may sign in. Choose somebody else.")
    return user


def spent_by(actor: Actor, minutes: int, pipeline: Pipeline | None) -> Spent:
    """Minutes of a person at their rate, else the pipeline's, in the pipeline's currency.

    Raises:
        DealError: they are not 0 to 1,440.
    """
    if not 0 <= minutes <= MOST_MINUTES:
        raise DealError(f"Book at most {MOST_MINUTES} minutes at a time.")
    return Spent(minutes, cost_of_time(minutes * 60, _hour(actor, pipeline)) if minutes else 0)


def _hour(actor: Actor, pipeline: Pipeline | None) -> int | None:
    here = pipeline.hour_minor if pipeline else None
    if pipeline is not None and pipeline.currency != company().currency:
        return here  # people's rates are in the company's currency
    return cost_rates().hour(actor.user_id, here=here)


def spend(deal: Deal, minutes: int, actor: Actor) -> Spent:
    """Adds minutes of a person and their cost to the deal; the caller saves it.

    Raises:
        DealError: they are not 0 to 1,440.
    """
    spent = spent_by(actor, minutes, deal.pipeline)
    deal.staff_seconds += minutes * 60
    deal.cost_minor += spent.cost_minor
    return spent


def save(deal: Deal, *names: str) -> None:
    """Saves the fields, and that there is a new version."""
    deal.version += 1
    deal.save(update_fields=[*names, "staff_seconds", "cost_minor", "version"])


def event(
    deal: Deal, kind: DealEvent.Kind, *, actor: Actor, at: datetime, **fields: Any
) -> DealEvent:
    """Writes what became of the deal."""
    made = DealEvent.objects.create(deal=deal, kind=kind, at=at, by=actor.name[:200], **fields)
    record_audit(
        actor=actor,
        action=f"deals.{kind}",
        object_type="deal",
        object_id=deal.pk,
        at=at,
        summary=f"{deal.title}: {made.detail or made.get_kind_display()}",
    )
    return made


def log(
    deal: Deal,
    made: DealEvent,
    kind: str,
    *,
    at: datetime,
    spent: Spent,
    outcome: str = "",
    value_minor: int | None = None,
    properties: dict[str, object] | None = None,
) -> None:
    """Writes the fact, with the version of the policy that it obeyed."""
    record_interaction(
        kind=kind,
        source=SOURCE,
        source_id=fact_of(made),
        happened_at=at,
        recorded_at=at,
        relationship_type=RelationshipType.DEDICATED_PERSONAL_ASSISTANCE,
        stage=Stage.TRANSACT,
        currency=deal.currency,
        customer_id=deal.customer_id,
        touchpoint_id=deal.touchpoint_id,
        actor=Interaction.Actor.HUMAN,
        staff_seconds=spent.minutes * 60,
        cost_minor=spent.cost_minor,
        outcome=outcome,
        value_minor=value_minor,
        subject=deal.title[:300],
        properties={"deal": deal.pk, **(properties or {})},
        policy_version=promise_for(deal.customer_id).version_number,
    )


def fact_of(made: DealEvent) -> str:
    """The number of an event's fact in the log."""
    return f"event:{made.pk}"


def unlog(made: DealEvent, *, at: datetime) -> Spent:
    """Takes the fact of an event back; returns what was spent on it."""
    rows = Interaction.objects.filter(source=SOURCE, source_id=fact_of(made))
    void_interactions(rows, recorded_at=at)
    cost = rows.aggregate(cost=Sum("cost_minor"))["cost"]
    return Spent(made.staff_seconds // 60, cost or 0)


def in_stage(deal: Deal, at: datetime) -> int:
    """The whole seconds since it entered its stage."""
    return max(int((at - deal.stage_since).total_seconds()), 0)
