"""Reads of contracts."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q, QuerySet
from django.utils import timezone

from amity.base.results import NotFoundError
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search

SHOWN = 5


@dataclass(frozen=True, slots=True)
class ContractsCard:
    """A customer's latest contracts, and how many there are besides."""

    contracts: list[Contract]
    more: int
    today: date


def load(customer_id: int, at: datetime) -> ContractsCard | None:
    """The card, one statement; None for a customer without contracts."""
    rows = list(Contract.objects.filter(customer_id=customer_id).order_by("-started_on", "-pk"))
    if not rows:
        return None
    return ContractsCard(rows[:SHOWN], len(rows[SHOWN:]), timezone.localtime(at).date())


def get_contract(contract_id: int) -> Contract:
    """One contract.

    Raises:
        NotFoundError: there is none with this number.
    """
    contract = Contract.objects.filter(pk=contract_id).first()
    if contract is None:
        raise NotFoundError(f"There is no contract {contract_id}.")
    return contract


def contracts_wanted(*, text: str = "", state: str = "") -> QuerySet[Contract]:
    """Contracts with their customers, in no order; by number or customer, `running` or `ended`."""
    rows = Contract.objects.select_related("customer")
    if text.strip():
        whose = search(active_customers(), text).values("pk")
        rows = rows.filter(Q(key__startswith=text.strip()) | Q(customer__in=whose))
    if state in {"running", "ended"}:
        rows = rows.filter(ended_on__isnull=state == "running")
    return rows
