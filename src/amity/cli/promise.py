"""`amity promise`: what a customer was promised."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from amity.cli.output import AsJson, answer
from amity.cli.setup import start_django

if TYPE_CHECKING:
    from amity.kernel.customers.models import Customer
    from amity.kernel.policy.compiled import CellPromise, PromiseAnswer


def add(app: typer.Typer) -> None:
    """Puts the command in place."""
    app.command()(promise)


def promise(
    customer: Annotated[
        str, typer.Argument(help="The customer's number in Amity, e-mail address or own number.")
    ],
    as_json: AsJson = False,
) -> None:
    """Say what the published canvas promises to a customer, and why.

    Examples:

        amity promise 4711

        amity promise ann@example.org --json
    """
    start_django()
    from amity.kernel.policy.promises import promise_for

    found = _find(customer)
    told = promise_for(found.pk)
    value = {"customer": found.pk, "name": found.name, **asdict(told)}
    answer(value, as_json=as_json, text=_text(found, told))


def _find(named: str) -> "Customer":
    from amity.kernel.customers.models import Customer, Identity
    from amity.kernel.policy.promises import UnknownCustomerError

    kinds = [Identity.Kind.EMAIL] if "@" in named else [Identity.Kind.EXTERNAL]
    found = Customer.objects.filter(pk=named).first() if named.isdecimal() else None
    found = found or (
        Customer.objects.filter(identities__kind__in=kinds, identities__value__iexact=named.strip())
        .distinct()
        .first()
    )
    if found is None:
        raise UnknownCustomerError(f"There is no customer {named}. Give a number or an e-mail.")
    return found


def _text(customer: "Customer", told: "PromiseAnswer") -> str:
    lines = [customer.name, told.reason]
    lines.extend(f"  {_cell(cell)}" for cell in told.relationships)
    lines.extend(f"  {stage}: {', '.join(keys)}" for stage, keys in told.touchpoints)
    return "\n".join(lines)


def _cell(cell: "CellPromise") -> str:
    parts = [f"{cell.relationship_type.label}, {cell.intensity:.0%}"]
    if cell.primary:
        parts.append("primary")
    for minutes, what in (
        (cell.first_response_minutes, "first answer"),
        (cell.next_response_minutes, "next answer"),
        (cell.resolution_minutes, "solved"),
    ):
        if minutes is not None:
            parts.append(f"{what} within {minutes} working minutes")
    if cell.human_reachable:
        parts.append("a human can be reached")
    return "; ".join([*parts, cell.text] if cell.text else parts)
