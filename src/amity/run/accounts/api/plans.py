"""Plans, goals, notes and renewals over REST."""

from datetime import date, datetime
from typing import Literal

from django.http import HttpRequest
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.access.models import User
from amity.kernel.customers.queries import get_customer
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, Minor, PageOf, Paging, Strict
from amity.run.accounts.models import AccountNote, Goal, Plan, Renewal
from amity.run.accounts.operations.plans import add_goal, change_goal, save_plan, write_note
from amity.run.accounts.operations.renewals import add_renewal, decide_renewal, reopen_renewal
from amity.run.accounts.queries.plans import notes_of, plan_of

router = Router(tags=["accounts"])
VIEW, WORK = ApiGuard("accounts.view"), ApiGuard("accounts.work")
GoalState = Literal["open", "met", "missed", "dropped"]


class GoalOut(Schema):
    """A goal of a plan."""

    id: int
    title: str
    measure: str
    target: float | None
    current: float | None
    due_on: date | None
    status: str


class PlanOut(Schema):
    """The plan of an account with its goals."""

    customer_id: int
    aim: str
    strategy: str
    review_on: date | None
    updated_at: datetime
    goals: list[GoalOut]

    @staticmethod
    def resolve_goals(plan: Plan) -> list[Goal]:
        """As they were loaded."""
        return list(plan.goals.all())


class PlanIn(Strict):
    """What is wanted with an account."""

    aim: str = Field("", max_length=500)
    strategy: str = Field("", max_length=20_000)
    review_on: date | None = None


class GoalIn(Strict):
    """A new goal."""

    title: str = Field(min_length=1, max_length=200)
    measure: str = Field("", max_length=100)
    target: float | None = Field(None, ge=-1e15, le=1e15)
    due_on: date | None = None


class GoalStateIn(Strict):
    """Where a goal stands."""

    status: GoalState
    current: float | None = Field(None, ge=-1e15, le=1e15)


@router.get("/customers/{customer_id}/plan", auth=VIEW, response=PlanOut)
def get_plan(request: HttpRequest, customer_id: Id) -> Plan:
    """The plan of an account."""
    return _plan(get_customer(customer_id).pk)


@router.put("/customers/{customer_id}/plan", auth=WORK, response=PlanOut)
def put_plan(request: HttpRequest, customer_id: Id, given: PlanIn) -> Plan:
    """Writes the plan of an account; its goals stay."""
    row = save_plan(customer_id, **given.dict(), actor=actor_of(request), at=now())
    return _plan(row.customer_id)


@router.post("/customers/{customer_id}/goals", auth=WORK, response={201: GoalOut})
def post_goal(request: HttpRequest, customer_id: Id, given: GoalIn) -> Goal:
    """Adds a goal to the plan of an account."""
    return add_goal(customer_id, **given.dict(), actor=actor_of(request), at=now())


@router.put("/goals/{goal_id}/state", auth=WORK, response=GoalOut)
def put_goal_state(request: HttpRequest, goal_id: Id, given: GoalStateIn) -> Goal:
    """Says where a goal stands."""
    return change_goal(goal_id, **given.dict(), actor=actor_of(request), at=now())


def _plan(customer_id: int) -> Plan:
    plan = plan_of(customer_id)
    if plan is None:
        raise NotFoundError(f"There is no plan for customer {customer_id}. Write one.")
    return plan


class AccountNoteOut(Schema):
    """What colleagues should know; never shown to customers."""

    id: int
    kind: str
    text: str
    author_id: int | None
    written_at: datetime


class AccountNoteIn(Strict):
    """A new note."""

    kind: Literal["note", "solution"] = "note"
    text: str = Field(min_length=1, max_length=20_000)


@router.get("/customers/{customer_id}/notes", auth=VIEW, response=list[AccountNoteOut])
def list_notes(request: HttpRequest, customer_id: Id) -> list[AccountNote]:
    """The notes of colleagues, newest first (at most 500)."""
    return list(notes_of(get_customer(customer_id).pk)[:500])


@router.post("/customers/{customer_id}/notes", auth=WORK, response={201: AccountNoteOut})
def post_note(request: HttpRequest, customer_id: Id, given: AccountNoteIn) -> AccountNote:
    """Writes a note."""
    actor = actor_of(request)
    author = User.objects.filter(pk=actor.user_id or 0).first()
    return write_note(customer_id, **given.dict(), author=author, actor=actor, at=now())


class RenewalOut(Schema):
    """A contract that ends on a day unless it is renewed; money in minor units."""

    id: int
    customer_id: int
    name: str
    renews_on: date
    value_minor: int | None
    notice_days: int
    lead_days: int
    status: str
    reason: str
    decided_at: datetime | None
    health_before: float | None


class RenewalIn(Strict):
    """A new renewal."""

    name: str = Field(min_length=1, max_length=200)
    renews_on: date
    value_minor: Minor | None = None
    notice_days: int = Field(0, ge=0, le=3650)
    lead_days: int = Field(30, ge=0, le=3650)


class RenewalDecisionIn(Strict):
    """How a renewal ended; `open` takes the decision back."""

    status: Literal["open", "renewed", "lost", "dropped"]
    reason: str = Field("", max_length=300)


class RenewalFilter(Paging):
    """Which renewals."""

    customer_id: Id | None = None
    status: Literal["open", "renewed", "lost", "dropped"] | None = None


@router.get("/renewals", auth=VIEW, response=PageOf[RenewalOut])
def list_renewals(request: HttpRequest, wanted: Query[RenewalFilter]) -> Page[Renewal]:
    """Renewals, in the order in which they were noted."""
    rows = Renewal.objects.all()
    if wanted.customer_id is not None:
        rows = rows.filter(customer_id=wanted.customer_id)
    if wanted.status is not None:
        rows = rows.filter(status=wanted.status)
    return page(rows, order="id", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/customers/{customer_id}/renewals", auth=WORK, response={201: RenewalOut})
def post_renewal(request: HttpRequest, customer_id: Id, given: RenewalIn) -> Renewal:
    """Notes a renewal."""
    return add_renewal(customer_id, **given.dict(), actor=actor_of(request), at=now())


@router.put("/renewals/{renewal_id}/decision", auth=WORK, response=RenewalOut)
def put_decision(request: HttpRequest, renewal_id: Id, given: RenewalDecisionIn) -> Renewal:
    """Says how a renewal ended, or takes that back."""
    actor, at = actor_of(request), now()
    if given.status == "open":
        return reopen_renewal(renewal_id, actor=actor, at=at)
    return decide_renewal(renewal_id, **given.dict(), actor=actor, at=at)
