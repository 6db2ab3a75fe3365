"""/accounts/books, and one account: how it stands, its terms, its hours."""

from datetime import date, datetime
from typing import Any

from django.http import HttpRequest
from ninja import Field, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import User
from amity.kernel.customers.queries import get_customer
from amity.kernel.rest.schemas import Id, Instant, Strict, Yes, utc
from amity.run.accounts.operations.hours import book_minutes, take_back_minutes
from amity.run.accounts.operations.terms import set_terms
from amity.run.accounts.queries.books import books
from amity.run.accounts.queries.health import Condition, condition_of

router = Router(tags=["accounts"])
VIEW, WORK = ApiGuard("accounts.view"), ApiGuard("accounts.work")


class BookOut(Schema):
    """A manager's book: hours a year, value of 12 months in minor units."""

    user_id: int
    name: str
    accounts: int
    room_for: int | None
    hours_a_year: float | None
    hours_planned: float
    hours_used: float
    value_minor: float | None
    health: float | None
    at_risk: int


@router.get("/books", auth=VIEW, response=list[BookOut])
def list_books(request: HttpRequest) -> list[dict[str, Any]]:
    """All books of business, by manager."""
    return [
        {
            "user_id": one.manager.pk,
            "name": one.manager.name,
            "accounts": one.coverage.accounts,
            "room_for": one.coverage.limit,
            "hours_a_year": one.coverage.capacity,
            "hours_planned": one.coverage.planned,
            "hours_used": one.coverage.used,
            "value_minor": one.value_minor,
            "health": one.health,
            "at_risk": one.at_risk,
        }
        for one in books(now())
    ]


class HealthPartOut(Schema):
    """One part of the health; `score` null is "not known"."""

    key: str
    label: str
    weight: float
    score: float | None
    why: str


class AccountOut(Schema):
    """How an account stands now."""

    customer_id: int
    cadence_days: int | None
    hours_a_year: float | None
    hours_used: float
    cost_minor: int
    days_silent: int
    silent_since: date
    cadence: str
    health: float
    health_low: float
    health_high: float
    parts: list[HealthPartOut]
    people_known: int | None
    roles: list[str]


@router.get("/customers/{customer_id}", auth=VIEW, response=AccountOut)
def get_account(request: HttpRequest, customer_id: Id) -> dict[str, Any]:
    """One account."""
    return _account(condition_of(get_customer(customer_id).pk, now()))


def _account(found: Condition) -> dict[str, Any]:
    return {
        "customer_id": found.customer_id,
        "cadence_days": found.standing.cadence_days,
        "hours_a_year": found.standing.hours,
        "hours_used": found.facts.staff_seconds / 3600,
        "cost_minor": found.facts.cost_minor,
        "days_silent": found.silence.days,
        "silent_since": found.silence.since,
        "cadence": found.silence.state.value,
        "health": found.health.score,
        "health_low": found.health.low,
        "health_high": found.health.high,
        "parts": list(found.health.parts),
        "people_known": found.facts.people,
        "roles": list(found.facts.roles),
    }


class TermsIn(Strict):
    """What differs from the policy; null follows it."""

    cadence_days: int | None = Field(None, ge=1, le=3650)
    hours_a_year: float | None = Field(None, ge=0, le=10_000)


@router.put("/customers/{customer_id}/terms", auth=WORK, response=AccountOut)
def put_terms(request: HttpRequest, customer_id: Id, given: TermsIn) -> dict[str, Any]:
    """Sets the cadence and the hours of one account."""
    row = set_terms(customer_id, **given.dict(), actor=actor_of(request), at=now())
    return _account(condition_of(row.customer_id, now()))


class HoursIn(Strict):
    """Minutes worked for a customer; without `user_id` they are yours."""

    minutes: int = Field(ge=1, le=1440)
    what: str = Field(min_length=1, max_length=300)
    is_contact: Yes = False
    happened_at: Instant | None = None
    user_id: Id | None = None


class HoursOut(Schema):
    """A booking: its row in the log, and its cost (null where no rate is known)."""

    interaction_id: int
    minutes: int
    cost_minor: int | None
    happened_at: datetime


@router.post("/customers/{customer_id}/hours", auth=WORK, response={201: HoursOut})
def post_hours(request: HttpRequest, customer_id: Id, given: HoursIn) -> dict[str, Any]:
    """Books minutes; they fall on the customer's cost to serve."""
    actor = actor_of(request)
    user = User.objects.filter(pk=given.user_id or actor.user_id or 0, is_active=True).first()
    if user is None:
        raise NotFoundError("There is no such person who may sign in.")
    booked = book_minutes(
        customer_id=customer_id,
        minutes=given.minutes,
        what=given.what,
        is_contact=given.is_contact,
        happened_at=utc(given.happened_at, "happened_at") if given.happened_at else None,
        user=user,
        actor=actor,
        at=now(),
    )
    return {
        "interaction_id": booked.interaction.pk,
        "minutes": booked.minutes,
        "cost_minor": booked.cost_minor,
        "happened_at": booked.interaction.happened_at,
    }


@router.delete("/customers/{customer_id}/hours/{interaction_id}", auth=WORK, response={204: None})
def delete_hours(request: HttpRequest, customer_id: Id, interaction_id: Id) -> None:
    """Takes a booking back; the log keeps both."""
    take_back_minutes(customer_id, interaction_id, actor=actor_of(request), at=now())
