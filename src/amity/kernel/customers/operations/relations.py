"""What customers belong to: tags, organizations, sides of a market."""

from collections.abc import Sequence
from datetime import date, datetime

from django.db import transaction

from amity.base.results import NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer, Membership, Participation, Side, Tag
from amity.kernel.customers.operations.locking import lock_customer, touch
from amity.kernel.customers.rules import ProfileError, clean_tag


def put_tags(customer: Customer, names: Sequence[str]) -> list[str]:
    """Makes `names` the customer's tags; missing tags are made."""
    wanted = sorted({clean_tag(name) for name in names})
    if len(wanted) > 50:
        raise ProfileError({"tags": "At most 50 tags are kept on a customer."})
    Tag.objects.bulk_create([Tag(name=name) for name in wanted], ignore_conflicts=True)
    customer.tags.set(Tag.objects.filter(name__in=wanted))
    return wanted


@transaction.atomic
def set_tags(customer_id: int, *, names: Sequence[str], actor: Actor, at: datetime) -> Customer:
    """Makes `names` the tags of a customer.

    Raises:
        NotFoundError: there is no such customer.
        IdentityError: a tag has no name.
    """
    customer = lock_customer(customer_id)
    before = sorted(customer.tags.values_list("name", flat=True))
    after = put_tags(customer, names)
    if before != after:
        touch(customer, at=at, fields={})
        record_audit(
            actor=actor,
            action="customer.tagged",
            object_type="customer",
            object_id=customer_id,
            at=at,
            summary=", ".join(after),
            changes={"tags": {"from": before, "to": after}},
        )
    return customer


@transaction.atomic
def set_membership(
    *,
    organization_id: int,
    person_id: int,
    actor: Actor,
    at: datetime,
    role: str = "",
    since: date | None = None,
    until: date | None = None,
) -> Membership:
    """Makes a person part of an organization in a role; the same again only updates its time.

    Raises:
        NotFoundError: one of the two is not there.
        ProfileError: they are the same, or the first is no organization.
    """
    if organization_id == person_id:
        raise ProfileError({"organization": "Nobody is a member of oneself. Name another one."})
    organization, _person = lock_customer(organization_id), lock_customer(person_id)
    if organization.kind != Customer.Kind.ORGANIZATION:
        raise ProfileError({"organization": f"{organization.name} is a person. Name a company."})
    membership, created = Membership.objects.update_or_create(
        organization_id=organization_id,
        person_id=person_id,
        role=clean_text(role, field="role", max_length=50),
        defaults={"since": since, "until": until},
    )
    if created:
        record_audit(
            actor=actor,
            action="membership.created",
            object_type="customer",
            object_id=person_id,
            at=at,
            summary=f"{role or 'member'} of {organization.name}",
        )
    return membership


@transaction.atomic
def end_membership(membership_id: int, *, on: date, actor: Actor, at: datetime) -> Membership:
    """Ends a membership on a day; its history stays.

    Raises:
        NotFoundError: there is none.
    """
    membership = Membership.objects.select_for_update().filter(pk=membership_id).first()
    if membership is None:
        raise NotFoundError(f"There is no membership {membership_id}.")
    membership.until = on
    membership.save(update_fields=["until"])
    record_audit(
        actor=actor,
        action="membership.ended",
        object_type="customer",
        object_id=membership.person_id,
        at=at,
        summary=on.isoformat(),
    )
    return membership


@transaction.atomic
def set_participation(
    *,
    customer_id: int,
    side_id: int,
    actor: Actor,
    at: datetime,
    directness: str = Participation.Directness.DIRECT,
    directness_reason: str = "",
    core_dependence: float | None = None,
    since: date | None = None,
    until: date | None = None,
) -> Participation:
    """A customer's part on one side of a market.

    Raises:
        NotFoundError: there is no such customer or side.
        ProfileError: the directness is unknown, or the dependence is no share.
    """
    lock_customer(customer_id)
    if not Side.objects.filter(pk=side_id).exists():
        raise NotFoundError(f"There is no side {side_id}.")
    if directness not in Participation.Directness.values:
        raise ProfileError({"directness": "It is direct or indirect."})
    if core_dependence is not None and not 0 <= core_dependence <= 1:
        raise ProfileError({"core_dependence": "It is a share between 0 and 1."})
    participation, _created = Participation.objects.update_or_create(
        customer_id=customer_id,
        side_id=side_id,
        defaults={
            "directness": directness,
            "directness_reason": clean_text(directness_reason, field="reason", max_length=300),
            "core_dependence": core_dependence,
            "since": since,
            "until": until,
        },
    )
    record_audit(
        actor=actor,
        action="participation.set",
        object_type="customer",
        object_id=customer_id,
        at=at,
        summary=directness,
    )
    return participation
