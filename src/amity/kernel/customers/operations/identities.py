"""What identifies a customer."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text, fold
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.operations.locking import lock_customer
from amity.kernel.customers.rules import EMAIL, EXTERNAL, PHONE, normalize_identity


class IdentityTakenError(ConflictError):
    """The identity belongs to another customer, `holder_id`."""

    def __init__(self, message: str, *, holder_id: int) -> None:
        self.holder_id = holder_id
        super().__init__(message)


@dataclass(frozen=True, slots=True)
class NewIdentity:
    """An identity as it was given; `namespace` says whose number an external id is."""

    kind: str
    value: str
    namespace: str = ""
    verified_at: datetime | None = None


def attach(
    customer: Customer, given: NewIdentity, *, at: datetime, import_id: int | None = None
) -> Identity:
    """The identity as a row of the customer; the one it has already where it has it.

    Raises:
        IdentityError: it cannot be an identity.
        IdentityTakenError: it belongs to another customer.
    """
    row = _identity(customer, given, at=at, import_id=import_id)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
            return row
    except IntegrityError:
        same = Identity.objects.filter(kind=row.kind, namespace=row.namespace, value=row.value)
        holder = same.first()
        if holder is None:
            raise
    if holder.customer_id == customer.pk:
        return holder
    raise IdentityTakenError(
        f"{row.value} belongs to another customer (number {holder.customer_id}). "
        "Open that one, or merge the two.",
        holder_id=holder.customer_id,
    )


def _identity(
    customer: Customer, given: NewIdentity, *, at: datetime, import_id: int | None = None
) -> Identity:
    return Identity(
        customer=customer,
        kind=given.kind,
        namespace=clean_text(given.namespace, field="namespace", max_length=50),
        value=normalize_identity(given.kind, given.value, customer.country),
        shown=given.value.strip()[:255],
        verified_at=given.verified_at,
        import_id=import_id,
        created_at=at,
    )


@transaction.atomic
def add_identity(
    customer_id: int, *, identity: NewIdentity, actor: Actor, at: datetime
) -> Identity:
    """Gives a customer one more identity.

    Raises:
        NotFoundError: there is no such customer.
        IdentityError: it cannot be an identity.
        IdentityTakenError: it belongs to another customer.
    """
    customer = lock_customer(customer_id)
    row = attach(customer, identity, at=at)
    record_audit(
        actor=actor,
        action="customer.identity_added",
        object_type="customer",
        object_id=customer_id,
        at=at,
        summary=f"{row.kind} {row.shown}",
    )
    return row


@transaction.atomic
def remove_identity(customer_id: int, identity_id: int, *, actor: Actor, at: datetime) -> None:
    """Takes an identity away.

    Raises:
        NotFoundError: the customer has no such identity.
    """
    row = (
        Identity.objects.select_for_update().filter(pk=identity_id, customer_id=customer_id).first()
    )
    if row is None:
        raise NotFoundError(f"Customer {customer_id} has no identity {identity_id}.")
    record_audit(
        actor=actor,
        action="customer.identity_removed",
        object_type="customer",
        object_id=customer_id,
        at=at,
        summary=f"{row.kind} {row.shown}",
    )
    row.delete()


def ensure_customer(
    *,
    identity: NewIdentity,
    name: str,
    at: datetime,
    kind: str = Customer.Kind.PERSON,
    country: str = "",
) -> tuple[Customer, bool]:
    """The customer with this identity, made where there is none; whether it was made.

    Right under races: the unique identity decides who makes it. No audit row: machines call it
    for each stranger (tracking, imports).

    Raises:
        IdentityError: it cannot be an identity.
    """
    value = normalize_identity(identity.kind, identity.value, country)
    found = _holder(identity, value)
    if found is not None:
        return found, False
    shown = name.strip()[:200] or stranger_name(identity.kind, value)
    try:
        with transaction.atomic():
            customer = Customer.objects.create(
                kind=kind,
                name=shown,
                name_folded=fold(shown)[:200],
                country=country,
                created_at=at,
                updated_at=at,
            )
            _identity(customer, identity, at=at).save(force_insert=True)
    except IntegrityError:
        found = _holder(identity, value)  # made by another meanwhile
        if found is None:
            raise
        return found, False
    return customer, True


def _holder(identity: NewIdentity, value: str) -> Customer | None:
    return Customer.objects.filter(
        identities__kind=identity.kind,
        identities__namespace=identity.namespace,
        identities__value=value,
    ).first()


def stranger_name(kind: str, value: str) -> str:
    """What to call a customer of whom only one identity is known."""
    if kind in (EMAIL, PHONE):
        return value[:200]
    return f"{'Customer' if kind == EXTERNAL else 'Visitor'} {value[:180]}"


def known_kinds(identities: Sequence[Identity]) -> set[str]:
    """The kinds among these that name a person for good (an anonymous id does not)."""
    return {row.kind for row in identities if row.kind in (EMAIL, PHONE, EXTERNAL)}
