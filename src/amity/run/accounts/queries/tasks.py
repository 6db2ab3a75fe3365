"""Reads of tasks."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import F, QuerySet

from amity.run.accounts.models import Task

DONE_SHOWN = timedelta(days=7)


def tasks() -> QuerySet[Task]:
    """All tasks with their customer and assignee loaded."""
    return Task.objects.select_related("customer", "assignee")


def open_tasks(*, user_id: int | None = None, customer_id: int | None = None) -> QuerySet[Task]:
    """What is to be done, the earliest day first; of a person, of a customer, or all."""
    found = tasks().filter(done_at=None)
    if user_id is not None:
        found = found.filter(assignee_id=user_id)
    if customer_id is not None:
        found = found.filter(customer_id=customer_id)
    return found.order_by("due_on", "pk")


def lately_done(at: datetime, *, user_id: int | None = None) -> QuerySet[Task]:
    """What was done in the last week, newest first."""
    found = tasks().filter(done_at__gt=at - DONE_SHOWN)
    if user_id is not None:
        found = found.filter(assignee_id=user_id)
    return found.order_by(F("done_at").desc(), "-pk")


@dataclass(frozen=True, slots=True)
class TaskCounts:
    """How many open tasks a person has, and how many are over their day."""

    open: int
    late: int


def counts_of(user_id: int | None, today: date) -> TaskCounts:
    """Two statements."""
    mine = open_tasks(user_id=user_id)
    return TaskCounts(mine.count(), mine.filter(due_on__lt=today).count())


def due_reminders(at: datetime) -> QuerySet[Task]:
    """Open tasks whose reminder is due and was not sent."""
    return tasks().filter(
        done_at=None, remind_at__lte=at, reminded_at=None, assignee__is_active=True
    )
