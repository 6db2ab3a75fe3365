"""The plan of an account, its goals, and what colleagues should know of it."""

from datetime import date, datetime

from django.db import transaction

from amity.base.results import AmityError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.accounts.models import AccountNote, Goal, Plan
from amity.run.accounts.operations.writing import audit, live_customer


class PlanError(AmityError):
    """A plan, a goal or a note that cannot be as it was given."""


@transaction.atomic
def save_plan(
    customer_id: int,
    *,
    aim: str,
    strategy: str,
    review_on: date | None,
    actor: Actor,
    at: datetime,
) -> Plan:
    """Writes what is wanted with an account.

    Raises:
        NotFoundError: there is no such customer.
    """
    customer = live_customer(customer_id)
    plan, _made = Plan.objects.update_or_create(
        customer=customer,
        defaults={
            "aim": clean_text(aim, field="aim", max_length=500),
            "strategy": clean_text(strategy, field="strategy", max_length=20_000),
            "review_on": review_on,
            "updated_at": at,
        },
    )
    audit("plan_saved", "customer", customer.pk, plan.aim, actor=actor, at=at)
    return plan


@transaction.atomic
def add_goal(
    customer_id: int,
    *,
    title: str,
    actor: Actor,
    at: datetime,
    measure: str = "",
    target: float | None = None,
    due_on: date | None = None,
) -> Goal:
    """Adds a goal to the plan of an account, which is made where there is none.

    Raises:
        NotFoundError: there is no such customer.
        PlanError: the goal has no title.
    """
    said = clean_text(title, field="title", max_length=200)
    if not said:
        raise PlanError("Say what is to be reached.")
    customer = live_customer(customer_id)
    plan, _made = Plan.objects.get_or_create(customer=customer, defaults={"updated_at": at})
    goal = Goal.objects.create(
        plan=plan,
        title=said,
        measure=clean_text(measure, field="measure", max_length=100),
        target=target,
        due_on=due_on,
    )
    audit("goal_added", "customer", customer.pk, said, actor=actor, at=at)
    return goal


@transaction.atomic
def change_goal(
    goal_id: int, *, status: str, current: float | None, actor: Actor, at: datetime
) -> Goal:
    """Says where a goal stands.

    Raises:
        NotFoundError: there is no such goal.
        PlanError: the status is unknown.
    """
    goal = Goal.objects.select_for_update(of=("self",)).select_related("plan").filter(pk=goal_id)
    found = goal.first()
    if found is None:
        raise NotFoundError(f"There is no goal {goal_id}.")
    if status not in Goal.Status.values:
        raise PlanError(f"A goal is {', '.join(Goal.Status.values)}.")
    found.status, found.current = status, current
    found.save(update_fields=["status", "current"])
    told = f"{found.title}: {status}"
    audit("goal_changed", "customer", found.plan.customer_id, told, actor=actor, at=at)
    return found


@transaction.atomic
def write_note(
    customer_id: int, *, kind: str, text: str, author: User | None, actor: Actor, at: datetime
) -> AccountNote:
    """Notes what a colleague should know; customers never see it.

    Raises:
        NotFoundError: there is no such customer.
        PlanError: the note is empty, or of no known kind.
    """
    said = clean_text(text, field="note", max_length=20_000)
    if not said:
        raise PlanError("Write what a colleague should know.")
    if kind not in AccountNote.Kind.values:
        raise PlanError(f"A note is one of {', '.join(AccountNote.Kind.values)}.")
    customer = live_customer(customer_id)
    note = AccountNote.objects.create(
        customer=customer, kind=kind, text=said, author=author, written_at=at
    )
    audit("note_written", "customer", customer.pk, kind, actor=actor, at=at)
    return note
