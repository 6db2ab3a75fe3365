"""Writes profiles: finds the customer of each, adds the missing ones, updates the others."""

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any

from amity.base.text import fold
from amity.kernel.customers.models import (
    Customer,
    CustomFieldDefinition,
    Identity,
    Membership,
    Tag,
)
from amity.kernel.customers.operations.identities import stranger_name
from amity.kernel.customers.rules import EMAIL, EXTERNAL, PHONE
from amity.kernel.imports.files.batches import Batch
from amity.kernel.imports.models import ImportChange
from amity.kernel.imports.people_rows import Profile, profiles
from amity.kernel.imports.row_import import Taken, Work

Key = tuple[str, str, str]  # kind, namespace, value
_CUSTOM_LABELS = {"unsubscribed": ("Unsubscribed", "yes_no"), "birthday": ("Birthday", "text")}


@dataclass(slots=True)
class _Known:
    """The identities, customers and organizations that a batch may meet, kept up to date."""

    owners: dict[Key, int] = field(default_factory=dict)
    customers: dict[int, Customer] = field(default_factory=dict)
    tags: dict[int, set[str]] = field(default_factory=lambda: defaultdict(set))
    organizations: dict[str, int] = field(default_factory=dict)
    created: set[int] = field(default_factory=set)
    changed: set[int] = field(default_factory=set)


def take_customers(batch: Batch, work: Work) -> Taken:
    """Adds the customers of a batch and updates those that are there."""
    found, rejects = profiles(batch, work.settings)
    taken = Taken(rejects=rejects, accepted=len(found))
    known = _load(found, work)
    _define_custom_fields(found)
    for profile in found:
        customer = _find(profile, known, work)
        if customer is None:
            customer = _create(profile, known, work)
        elif customer.pk in known.created:
            taken.duplicates += 1
        _update(customer, profile, known, work)
    taken.created = len(known.created)
    taken.changed = len(known.changed - known.created)
    return taken


def _keys(profile: Profile, work: Work) -> list[Key]:
    """What identifies a profile, the surest first; the chosen key alone where one was chosen."""
    chosen = work.settings.key
    keys: list[Key] = []
    if profile.external and chosen in {"", "external"}:
        keys.append((EXTERNAL, work.settings.source, profile.external))
    if chosen in {"", "email"}:
        keys += [(EMAIL, "", address) for address in profile.emails]
    if chosen in {"", "phone"}:
        keys += [(PHONE, "", number) for number in profile.phones]
    return keys


def _load(found: list[Profile], work: Work) -> _Known:
    wanted = {key for profile in found for key in _all_keys(profile, work)}
    known = _Known()
    rows = Identity.objects.filter(value__in={value for _, _, value in wanted})
    for identity in rows.select_related("customer__merged_into"):
        key = (identity.kind, identity.namespace, identity.value)
        if key in wanted:
            owner = identity.customer.merged_into or identity.customer
            known.owners[key] = owner.pk
            known.customers[owner.pk] = owner
    for customer_id, name in Tag.objects.filter(customers__in=list(known.customers)).values_list(
        "customers", "name"
    ):
        known.tags[customer_id].add(name)
    names = {fold(profile.company)[:200] for profile in found if profile.company}
    organizations = Customer.objects.filter(
        kind=Customer.Kind.ORGANIZATION, name_folded__in=names, merged_into=None
    )
    known.organizations = dict(organizations.values_list("name_folded", "pk"))
    return known


def _all_keys(profile: Profile, work: Work) -> list[Key]:
    keys: list[Key] = [(EMAIL, "", address) for address in profile.emails]
    keys += [(PHONE, "", number) for number in profile.phones]
    if profile.external:
        keys.append((EXTERNAL, work.settings.source, profile.external))
    return keys


def _find(profile: Profile, known: _Known, work: Work) -> Customer | None:
    """A phone identifies a person of a like name alone: families and offices share theirs."""
    for key in _keys(profile, work):
        owner = known.owners.get(key)
        if owner is None:
            continue
        customer = known.customers[owner]
        if key[0] != PHONE or work.settings.key or _alike(customer, profile):
            return customer
    return None


def _alike(customer: Customer, profile: Profile) -> bool:
    ours, theirs = set(customer.name_folded.split()), set(profile.folded.split())
    return bool(ours and theirs) and (ours <= theirs or theirs <= ours)


def _create(profile: Profile, known: _Known, work: Work) -> Customer:
    keys = _all_keys(profile, work)
    name = profile.name or stranger_name(*_named(keys))
    kind = Customer.Kind.ORGANIZATION if profile.is_organization else Customer.Kind.PERSON
    customer = Customer.objects.create(
        kind=kind,
        name=name,
        name_folded=fold(name)[:200],
        import_id=work.import_id or None,
        created_at=work.at,
        updated_at=work.at,
    )
    known.customers[customer.pk] = customer
    known.created.add(customer.pk)
    return customer


def _named(keys: list[Key]) -> tuple[str, str]:
    kind, _, value = min(keys, key=lambda key: (EMAIL, EXTERNAL, PHONE).index(key[0]))
    return kind, value


def _update(customer: Customer, profile: Profile, known: _Known, work: Work) -> None:
    before = _image(customer, known)
    custom = {**customer.custom, **profile.custom}
    given: dict[str, Any] = {**profile.fields, "custom": custom}
    if profile.name:
        given |= {"name": profile.name, "name_folded": profile.folded[:200]}
    different = [name for name, value in given.items() if getattr(customer, name) != value]
    for name in different:
        setattr(customer, name, given[name])
    tags = [tag for tag in profile.tags if tag not in known.tags[customer.pk]]
    is_changed = bool(different or tags)
    if is_changed and customer.pk not in known.created:
        _keep(customer, before, work)
        customer.version += 1
        customer.updated_at = work.at
    if is_changed:
        customer.save()
    _add_tags(customer, tags, known)
    is_changed |= _add_identities(customer, profile, known, work)
    is_changed |= _add_membership(customer, profile, known, work)
    if is_changed:
        known.changed.add(customer.pk)


def _image(customer: Customer, known: _Known) -> dict[str, Any]:
    names = ("name", "name_folded", "city", "country", "language", "time_zone", "note", "custom")
    return {
        **{name: getattr(customer, name) for name in names},
        "tags": sorted(known.tags[customer.pk]),
    }


def _keep(customer: Customer, before: dict[str, Any], work: Work) -> None:
    ImportChange.objects.get_or_create(
        import_id=work.import_id,
        object_type="customer",
        object_id=customer.pk,
        defaults={"before": before},
    )


def _add_tags(customer: Customer, names: list[str], known: _Known) -> None:
    for name in names:
        tag, _ = Tag.objects.get_or_create(name=name)
        customer.tags.add(tag)
        known.tags[customer.pk].add(name)


def _add_identities(customer: Customer, profile: Profile, known: _Known, work: Work) -> bool:
    """The identities that nobody has yet; one of somebody else stays theirs."""
    new = [key for key in _all_keys(profile, work) if key not in known.owners]
    for key in new:
        kind, namespace, value = key
        Identity.objects.create(
            customer=customer,
            kind=kind,
            namespace=namespace,
            value=value,
            shown=value,
            import_id=work.import_id or None,
            created_at=work.at,
        )
        known.owners[key] = customer.pk
    return bool(new)


def _add_membership(customer: Customer, profile: Profile, known: _Known, work: Work) -> bool:
    if not profile.company or customer.kind == Customer.Kind.ORGANIZATION:
        return False
    folded = fold(profile.company)[:200]
    if folded not in known.organizations:
        known.organizations[folded] = Customer.objects.create(
            kind=Customer.Kind.ORGANIZATION,
            name=profile.company,
            name_folded=folded,
            import_id=work.import_id or None,
            created_at=work.at,
            updated_at=work.at,
        ).pk
    organization = known.organizations[folded]
    member = Membership.objects.filter(organization_id=organization, person=customer)
    if member.exists():
        return False
    row = Membership.objects.create(
        organization_id=organization, person=customer, role=profile.job[:50]
    )
    ImportChange.objects.create(
        import_id=work.import_id, object_type="membership", object_id=row.pk, before={}
    )
    return True


def _define_custom_fields(found: list[Profile]) -> None:
    """Makes the custom fields known that the profiles use, so that pages and segments show them."""
    used = sorted({key for profile in found for key in profile.custom})
    there = set(CustomFieldDefinition.objects.filter(key__in=used).values_list("key", flat=True))
    for key in used:
        if key not in there:
            label, kind = _CUSTOM_LABELS.get(key, (key.replace("_", " ").capitalize(), "text"))
            CustomFieldDefinition.objects.create(key=key[:50], label=label[:100], kind=kind)
