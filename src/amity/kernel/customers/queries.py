"""Reads of customers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.db.models import Prefetch, QuerySet

from amity.base.results import NotFoundError
from amity.kernel.customers.models import (
    Customer,
    CustomerMerge,
    CustomFieldDefinition,
    Identity,
    Membership,
)
from amity.kernel.customers.rules import ANONYMOUS, EXTERNAL, CustomField, normalize_identity

FILLED_BY_MERGE = ("language", "country", "city", "time_zone", "preferred_channel", "note")


def active_customers() -> QuerySet[Customer]:
    """All customers but those that were merged into another."""
    return Customer.objects.filter(merged_into=None)


def get_customer(customer_id: int) -> Customer:
    """The customer with this number; the survivor where it was merged.

    Raises:
        NotFoundError: there is none.
    """
    customer = Customer.objects.select_related("merged_into").filter(pk=customer_id).first()
    if customer is None:
        raise NotFoundError(f"There is no customer {customer_id}. Look it up by name or number.")
    return customer.merged_into or customer


def with_details(customers: QuerySet[Customer]) -> QuerySet[Customer]:
    """The same customers with identities, tags and memberships loaded (four statements)."""
    return customers.prefetch_related(*_details())


def load_details(customers: Sequence[Customer]) -> None:
    """Gives customers who are here already what `with_details` loads; three statements."""
    models.prefetch_related_objects(customers, *_details())


def _details() -> tuple["str | Prefetch[Any]", ...]:
    return (
        Prefetch("identities", Identity.objects.order_by("kind", "id")),
        "tags",
        Prefetch("memberships", Membership.objects.select_related("organization")),
    )


def family(customer_id: int) -> list[int]:
    """The number of a customer and of all that were merged into it.

    The log and other rows that may not be moved still name the absorbed ones.
    """
    absorbed = Customer.objects.filter(merged_into_id=customer_id).values_list("pk", flat=True)
    return [customer_id, *absorbed]


def find_by_identity(
    kind: str, value: str, *, namespace: str = "", country: str = ""
) -> Customer | None:
    """The customer to whom an identity belongs, else None.

    Raises:
        IdentityError: it cannot be an identity.
    """
    return Customer.objects.filter(
        identities__kind=kind,
        identities__namespace=namespace,
        identities__value=normalize_identity(kind, value, country),
    ).first()


def custom_fields() -> list[CustomField]:
    """The custom fields of this company, in their order."""
    return [
        CustomField(row.key, row.label, row.kind, tuple(row.choices), row.is_required)
        for row in CustomFieldDefinition.objects.order_by("position", "pk")
    ]


def merges_of(customer_id: int) -> QuerySet[CustomerMerge]:
    """The merges in which a customer took part, newest first."""
    return (
        CustomerMerge.objects.filter(survivor_id=customer_id)
        | CustomerMerge.objects.filter(absorbed_id=customer_id)
    ).order_by("-id")


@dataclass(frozen=True, slots=True)
class MergePreview:
    """What a merge would move, by kind of row, and why one should think twice."""

    survivor_id: int
    survivor_name: str
    absorbed_id: int
    absorbed_name: str
    moves: dict[str, int]
    fills: tuple[str, ...]
    conflicts: tuple[str, ...]


def preview_merge(survivor_id: int, absorbed_id: int) -> MergePreview:
    """What merging the second customer into the first would do; it changes nothing.

    Raises:
        NotFoundError: one of the two is not there.
    """
    pair = {
        row.pk: row
        for row in active_customers()
        .filter(pk__in=[survivor_id, absorbed_id])
        .prefetch_related("identities")
    }
    for customer_id in (survivor_id, absorbed_id):
        if customer_id not in pair:
            raise NotFoundError(f"There is no customer {customer_id}. Look it up again.")
    survivor, absorbed = pair[survivor_id], pair[absorbed_id]
    return MergePreview(
        survivor_id=survivor.pk,
        survivor_name=survivor.name,
        absorbed_id=absorbed.pk,
        absorbed_name=absorbed.name,
        moves=_rows_naming(absorbed),
        fills=tuple(
            name
            for name in FILLED_BY_MERGE
            if not getattr(survivor, name) and getattr(absorbed, name)
        ),
        conflicts=tuple(_merge_conflicts(survivor, absorbed)),
    )


def merge_relations() -> Iterator[tuple[str, type[models.Model], str]]:
    """Every foreign key to a customer that a merge moves: label, model, field.

    Hidden relations (`related_name="+"`) are history; a model with `stays_at_merge` is the log or
    is computed anew.
    """
    for relation in Customer._meta.related_objects:
        model = relation.related_model
        if relation.one_to_many and not getattr(model, "stays_at_merge", False):
            name = relation.field.name
            yield f"{model._meta.label}.{name}", model, name


def _rows_naming(customer: Customer) -> dict[str, int]:
    counts = {
        label: model._default_manager.filter(**{field: customer.pk}).count()
        for label, model, field in merge_relations()
    }
    return {label: count for label, count in counts.items() if count}


def _merge_conflicts(survivor: Customer, absorbed: Customer) -> Iterator[str]:
    """A customer number of the same shop, or a verified address, that differs on both sides."""
    mine, theirs = _proofs(survivor), _proofs(absorbed)
    for key in sorted(mine.keys() & theirs.keys()):
        yield f"Both have their own {key[0]}: {mine[key]} and {theirs[key]}."


def _proofs(customer: Customer) -> dict[tuple[str, str], str]:
    return {
        (row.kind, row.namespace): row.shown
        for row in customer.identities.all()
        if row.kind == EXTERNAL or (row.kind != ANONYMOUS and row.verified_at is not None)
    }


def memberships_of(customer_id: int) -> QuerySet[Membership]:
    """A person's organizations, or an organization's members."""
    return (
        Membership.objects.filter(
            models.Q(person_id=customer_id) | models.Q(organization_id=customer_id)
        )
        .select_related("organization", "person")
        .order_by("pk")
    )
