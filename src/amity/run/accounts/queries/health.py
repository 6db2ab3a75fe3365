"""The health of accounts from facts and standings."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from amity.kernel.customers.models import Ownership
from amity.run.accounts.models import Renewal
from amity.run.accounts.queries.facts import AccountFacts, facts_of
from amity.run.accounts.queries.standings import Standing, standings_of
from amity.run.accounts.rules.cadence import Silence, kept_share, silence_of
from amity.run.accounts.rules.health import (
    Calibration,
    Health,
    HealthFacts,
    calibrate,
    health_of,
)


@dataclass(frozen=True, slots=True)
class Condition:
    """How an account stands at an instant."""

    customer_id: int
    standing: Standing
    facts: AccountFacts
    silence: Silence
    health: Health


def conditions_of(customer_ids: Collection[int], at: datetime) -> dict[int, Condition]:
    """The condition of these accounts; ten statements, whatever their number."""
    standings = standings_of(customer_ids)
    facts = facts_of(customer_ids, at)
    owned = dict(
        Ownership.objects.filter(customer_id__in=customer_ids, until=None).values_list(
            "customer_id", "since"
        )
    )
    return {
        pk: _condition(pk, standings[pk], facts[pk], owned.get(pk, at), at) for pk in customer_ids
    }


def condition_of(customer_id: int, at: datetime) -> Condition:
    """The condition of one account."""
    return conditions_of([customer_id], at)[customer_id]


def _condition(
    customer_id: int,
    standing: Standing,
    facts: AccountFacts,
    owned_since: datetime,
    at: datetime,
) -> Condition:
    silence = silence_of(
        last_contact=facts.last_contact,
        owned_since=owned_since,
        cadence_days=standing.cadence_days,
        at=at,
    )
    known = HealthFacts(
        days_silent=silence.days,
        cadence_days=standing.cadence_days,
        kept_share=kept_share(facts.contacts, standing.cadence_days, at),
        mood=facts.mood,
        open_matters=facts.open_matters,
        contacts_known=facts.people,
        value_recent=facts.value_recent,
        value_before=facts.value_before,
    )
    return Condition(customer_id, standing, facts, silence, health_of(known))


def calibration() -> Calibration:
    """The health score held against the renewals that were decided; one statement."""
    decided = Renewal.objects.filter(
        status__in=[Renewal.Status.RENEWED, Renewal.Status.LOST], health_before__isnull=False
    ).values_list("health_before", "status")
    return calibrate(
        [
            (score, status == Renewal.Status.RENEWED)
            for score, status in decided
            if score is not None
        ]
    )
