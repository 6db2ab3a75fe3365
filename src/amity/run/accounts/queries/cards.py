"""The card on a customer's page: how the account stands, for whoever opens it."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists

from amity.kernel.customers.models import Customer, Ownership
from amity.run.accounts.models import Task
from amity.run.accounts.queries.health import Condition, condition_of
from amity.run.accounts.queries.tasks import open_tasks

TASKS_SHOWN = 3


@dataclass(frozen=True, slots=True)
class AccountCard:
    """The condition of an account and what is to be done next."""

    customer_id: int
    condition: Condition
    tasks: tuple[Task, ...]


def load(customer_id: int, at: datetime) -> AccountCard | None:
    """The card of a customer somebody looks after; None for all others, after one statement."""
    owned = Ownership.objects.filter(customer_id=customer_id, until=None)
    to_do = Task.objects.filter(customer_id=customer_id, done_at=None)
    if not Customer.objects.filter(Exists(owned) | Exists(to_do), pk=customer_id).exists():
        return None
    tasks = tuple(open_tasks(customer_id=customer_id)[:TASKS_SHOWN])
    return AccountCard(customer_id, condition_of(customer_id, at), tasks)
