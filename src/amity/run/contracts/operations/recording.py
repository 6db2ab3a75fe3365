"""Contracts that a program sends, all or none."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.bulk import Stranger, ensure_customers
from amity.kernel.customers.models import Customer
from amity.kernel.imports.direct import (
    DirectError,
    Upserted,
    check_source,
    check_unique,
    repeated,
)
from amity.kernel.imports.models import ImportChange
from amity.run.contracts.operations.writing import Agreed, write_contracts
from amity.run.contracts.rules import Terms


@dataclass(frozen=True, slots=True)
class GivenContract:
    """A contract as a program tells it.

    `customer` is the system's number or an e-mail address (added if new), `customer_id` Amity's own
    number; one of the two.
    """

    terms: Terms
    customer: str = ""
    customer_id: int | None = None
    customer_name: str = ""


def record_contracts(
    contracts: Sequence[GivenContract], *, source: str, actor: Actor, at: datetime
) -> Upserted:
    """Adds contracts and rewrites those that say something else now.

    A contract is known by its key within `source`. One that an import brought and that is changed
    here is no longer that import's: taking the import back leaves it as it is.

    Raises:
        DirectError: two have one key, a contract ends before it begins, or its customer is not
            named or not there.
    """
    check_source(source)
    check_unique([one.terms.key for one in contracts], "key")
    _check(contracts)
    return repeated(lambda: _record(contracts, source=source, actor=actor, at=at))


@transaction.atomic
def add_contract(terms: Terms, *, customer_id: int, actor: Actor, at: datetime) -> int:
    """Adds a contract that a person wrote down; its number.

    Raises:
        DirectError: there is one with this key, it ends before it begins, or the customer is not
            there.
    """
    given = GivenContract(terms, customer_id=customer_id)
    taken = record_contracts([given], source="", actor=actor, at=at)
    if not taken.created:
        raise DirectError({"items.0.key": f"There is a contract {terms.key} already: change that."})
    return taken.ids[0]


def _check(contracts: Sequence[GivenContract]) -> None:
    errors = {}
    for place, one in enumerate(contracts):
        if bool(one.customer) == (one.customer_id is not None):
            errors[f"items.{place}.customer"] = "Name the customer by customer or by customer_id."
        if one.terms.ended_on is not None and one.terms.ended_on < one.terms.started_on:
            errors[f"items.{place}.ended_on"] = "A contract ends on or after the day it began."
    if errors:
        raise DirectError(errors)


def _record(
    contracts: Sequence[GivenContract], *, source: str, actor: Actor, at: datetime
) -> Upserted:
    owners = _owners(contracts, source, at)
    agreed = [Agreed(owner, one.terms) for owner, one in zip(owners, contracts, strict=True)]
    written = write_contracts(agreed, source=source, import_id=None, at=at)
    Contract.objects.filter(pk__in=written.changed).update(import_id=None)
    ImportChange.objects.filter(object_type="contract", object_id__in=written.changed).delete()
    taken = Upserted(
        [written.ids[one.terms.key] for one in contracts], written.created, len(written.changed)
    )
    if taken.created or taken.changed:
        record_audit(
            actor=actor,
            action="contracts.recorded",
            object_type="contract",
            object_id=taken.ids[0] if len(taken.ids) == 1 else "",
            at=at,
            summary=f"{taken.created} added, {taken.changed} changed",
        )
    return taken


def _owners(contracts: Sequence[GivenContract], source: str, at: datetime) -> list[int]:
    """The customers of the contracts, after all merges."""
    known = _survivors(contracts)
    keys = {
        place: one.customer.lower() if "@" in one.customer else one.customer
        for place, one in enumerate(contracts)
        if one.customer_id is None
    }
    strangers = {key: Stranger(key, contracts[place].customer_name) for place, key in keys.items()}
    found = ensure_customers(list(strangers.values()), namespace=source, at=at, import_id=None)
    return [
        found[keys[place]] if one.customer_id is None else known[one.customer_id]
        for place, one in enumerate(contracts)
    ]


def _survivors(contracts: Sequence[GivenContract]) -> dict[int, int]:
    wanted = {one.customer_id for one in contracts if one.customer_id is not None}
    rows = Customer.objects.filter(pk__in=wanted).values_list("pk", "merged_into_id")
    found = {pk: survivor or pk for pk, survivor in rows}
    errors = {
        f"items.{place}.customer_id": f"There is no customer {one.customer_id}."
        for place, one in enumerate(contracts)
        if one.customer_id is not None and one.customer_id not in found
    }
    if errors:
        raise DirectError(errors)
    return found
