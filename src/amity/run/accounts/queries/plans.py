"""Reads of plans, notes, renewals and playbooks."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

from django.db.models import Prefetch, QuerySet

from amity.run.accounts.models import AccountNote, Goal, Plan, Playbook, PlaybookStep, Renewal, Task


def plan_of(customer_id: int) -> Plan | None:
    """The plan of an account with its goals and their open actions; three statements."""
    actions = Task.objects.select_related("assignee").order_by("done_at", "due_on", "pk")
    goals = Goal.objects.order_by("status", "due_on", "pk")
    return (
        Plan.objects.filter(customer_id=customer_id)
        .prefetch_related(Prefetch("goals", goals.prefetch_related(Prefetch("actions", actions))))
        .first()
    )


def notes_of(customer_id: int) -> QuerySet[AccountNote]:
    """What colleagues noted, newest first."""
    return (
        AccountNote.objects.filter(customer_id=customer_id)
        .select_related("author")
        .order_by("-written_at", "-pk")
    )


def renewals_of(customer_id: int) -> QuerySet[Renewal]:
    """The renewals of an account, the open ones first."""
    return Renewal.objects.filter(customer_id=customer_id).order_by("decided_at", "renews_on", "pk")


@dataclass(frozen=True, slots=True)
class RenewalMonth:
    """The renewals of one month, with the value that is open (minor units)."""

    first: date
    rows: tuple[Renewal, ...]
    open_minor: int


def renewals_by_month(*, first: date, last: date, user_id: int | None = None) -> list[RenewalMonth]:
    """Renewals between two days (at most 500), by month; of one owner's accounts or all."""
    rows = Renewal.objects.filter(
        renews_on__gte=first, renews_on__lte=last, customer__merged_into=None
    ).select_related("customer")
    if user_id is not None:
        rows = rows.filter(customer__ownerships__owner_id=user_id, customer__ownerships__until=None)
    months: dict[date, list[Renewal]] = defaultdict(list)
    for row in rows.order_by("renews_on", "pk")[:500]:
        months[row.renews_on.replace(day=1)].append(row)
    return [
        RenewalMonth(
            month,
            tuple(found),
            sum(row.value_minor or 0 for row in found if row.status == Renewal.Status.OPEN),
        )
        for month, found in sorted(months.items())
    ]


def playbooks() -> QuerySet[Playbook]:
    """All playbooks with their steps."""
    steps = PlaybookStep.objects.order_by("position")
    return Playbook.objects.prefetch_related(Prefetch("steps", steps)).order_by(
        "-is_active", "name", "pk"
    )
