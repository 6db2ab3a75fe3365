"""Holding a customer while it is changed."""

from collections.abc import Mapping
from datetime import datetime

from amity.base.results import NotFoundError
from amity.kernel.customers.models import Customer


def lock_customer(customer_id: int) -> Customer:
    """The live customer, locked until the transaction ends.

    Raises:
        NotFoundError: there is none, or it was merged into another.
    """
    customer = Customer.objects.select_for_update().filter(pk=customer_id, merged_into=None).first()
    if customer is None:
        raise NotFoundError(f"There is no customer {customer_id}. Look it up by name or number.")
    return customer


def touch(customer: Customer, *, at: datetime, fields: Mapping[str, object]) -> None:
    """Saves `fields` of a locked customer as its next version."""
    customer.version += 1
    customer.updated_at = at
    customer.save(update_fields=[*fields, "version", "updated_at"])
