"""A customer's own fields."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from amity.base.ids import slug
from amity.base.results import ConflictError, StaleError
from amity.base.text import clean_text, fold
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, CustomFieldDefinition
from amity.kernel.customers.operations.identities import NewIdentity, attach
from amity.kernel.customers.operations.locking import lock_customer, touch
from amity.kernel.customers.operations.relations import put_tags
from amity.kernel.customers.queries import custom_fields
from amity.kernel.customers.rules import ProfileError, clean_custom, clean_profile


@transaction.atomic
def create_customer(
    *,
    name: str,
    actor: Actor,
    at: datetime,
    kind: str = Customer.Kind.PERSON,
    identities: Sequence[NewIdentity] = (),
    language: str = "",
    country: str = "",
    city: str = "",
    time_zone: str = "",
    preferred_channel: str = "",
    note: str = "",
    custom: Mapping[str, object] | None = None,
    tags: Sequence[str] = (),
    import_id: int | None = None,
) -> Customer:
    """A new customer with what identifies it.

    Raises:
        ProfileError: a field cannot be kept.
        IdentityError: an identity cannot be one.
        IdentityTakenError: an identity belongs to another customer.
    """
    profile = clean_profile(
        {
            "name": name,
            "language": language,
            "country": country,
            "city": city,
            "time_zone": time_zone,
            "preferred_channel": preferred_channel,
            "note": note,
        }
    )
    customer = Customer.objects.create(
        kind=_clean_kind(kind),
        name_folded=fold(profile["name"])[:200],
        custom=_present(clean_custom(custom_fields(), custom or {}, complete=custom is not None)),
        import_id=import_id,
        created_at=at,
        updated_at=at,
        **profile,
    )
    for identity in identities:
        attach(customer, identity, at=at, import_id=import_id)
    if tags:
        put_tags(customer, tags)
    record_audit(
        actor=actor,
        action="customer.created",
        object_type="customer",
        object_id=customer.pk,
        at=at,
        summary=customer.name,
    )
    return customer


def _clean_kind(kind: str) -> str:
    if kind not in Customer.Kind.values:
        raise ProfileError({"kind": "A customer is a person or an organization."})
    return kind


def _present(values: Mapping[str, object]) -> dict[str, object]:
    return {key: value for key, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class CustomerChanges:
    """What to change: plain fields by name, custom values by key (None takes one away)."""

    fields: Mapping[str, str]
    custom: Mapping[str, object] | None = None


@transaction.atomic
def update_customer(
    customer_id: int,
    *,
    changes: CustomerChanges,
    expected_version: int | None,
    actor: Actor,
    at: datetime,
) -> Customer:
    """Changes a customer; with `expected_version` only where nobody else did meanwhile.

    Raises:
        NotFoundError: there is no such customer (a merged one is another).
        StaleError: its version is another.
        ProfileError: a field cannot be kept.
    """
    customer = lock_customer(customer_id)
    if expected_version is not None and customer.version != expected_version:
        raise StaleError(
            f"{customer.name} was changed by somebody else. Load it again and repeat your change."
        )
    fields = dict(changes.fields)
    kind = fields.pop("kind", None)
    cleaned: dict[str, Any] = dict(clean_profile(fields))
    if kind is not None:
        cleaned["kind"] = _clean_kind(kind)
    if "name" in cleaned:
        cleaned["name_folded"] = fold(cleaned["name"])[:200]
    if changes.custom is not None:
        given = clean_custom(custom_fields(), changes.custom, complete=False)
        cleaned["custom"] = _present({**customer.custom, **given})
    differing = {
        field: {"from": getattr(customer, field), "to": value}
        for field, value in cleaned.items()
        if getattr(customer, field) != value
    }
    if not differing:
        return customer
    for field in differing:
        setattr(customer, field, cleaned[field])
    touch(customer, at=at, fields=differing)
    differing.pop("name_folded", None)
    record_audit(
        actor=actor,
        action="customer.changed",
        object_type="customer",
        object_id=customer.pk,
        at=at,
        summary=", ".join(sorted(differing)),
        changes=differing,
    )
    return customer


@transaction.atomic
def define_custom_field(
    *,
    label: str,
    kind: str,
    actor: Actor,
    at: datetime,
    key: str = "",
    choices: Sequence[str] = (),
    is_required: bool = False,
) -> CustomFieldDefinition:
    """Adds a field to customers.

    Raises:
        ProfileError: the kind is unknown, or a choice has no choices.
        ConflictError: the key is taken.
    """
    if kind not in CustomFieldDefinition.Kind.values:
        raise ProfileError({"kind": f"Use one of {', '.join(CustomFieldDefinition.Kind.values)}."})
    if kind == CustomFieldDefinition.Kind.CHOICE and not choices:
        raise ProfileError({"choices": "A choice needs at least one choice."})
    text = clean_text(label, field="label", max_length=100)
    chosen = (key or slug(text, fallback="")).replace("-", "_")
    if not chosen:
        raise ProfileError({"label": "Give a label with at least one letter, or a key."})
    if CustomFieldDefinition.objects.filter(key=chosen).exists():
        raise ConflictError(f"There is a custom field {chosen} already. Choose another key.")
    definition = CustomFieldDefinition.objects.create(
        key=chosen,
        label=text,
        kind=kind,
        choices=[clean_text(choice, field="choice", max_length=100) for choice in choices],
        is_required=is_required,
        position=CustomFieldDefinition.objects.count(),
    )
    record_audit(
        actor=actor,
        action="custom_field.created",
        object_type="custom_field",
        object_id=chosen,
        at=at,
        summary=text,
    )
    return definition
