"""The card on a customer's page: how the account stands, for whoever opens it."""

from dataclasses import dataclass
from datetime import datetime

from amity.kernel.customers.models import Ownership
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
    """The card of a customer somebody looks after; None for all others, after two statements."""
    tasks = tuple(open_tasks(customer_id=customer_id)[:TASKS_SHOWN])
    is_owned = Ownership.objects.filter(customer_id=customer_id, until=None).exists()
    if not is_owned and not tasks:
        return None
    return AccountCard(customer_id, condition_of(customer_id, at), tasks)
