"""What customers are worth, as far as measure has found it."""

from collections.abc import Collection

from django.db.models import Q

from amity.kernel.customers.models import Membership
from amity.kernel.traits.models import Trait

VALUE_TRAIT = "clv_12m"  # published by measure: money in minor units, the next 12 months


def values_of(customer_ids: Collection[int]) -> dict[int, float]:
    """The value of each customer of whom one is known; two statements.

    Somebody who acts for an organization counts as much as it does where that is more.
    """
    ids = set(customer_ids)
    memberships = list(
        Membership.objects.filter(person_id__in=ids, until=None).values_list(
            "person_id", "organization_id"
        )
    )
    wanted = ids | {organization for _person, organization in memberships}
    rows = Trait.objects.filter(name=VALUE_TRAIT, customer_id__in=wanted)
    known = {
        customer: number
        for customer, number in rows.values_list("customer_id", "number")
        if number is not None
    }
    found = {pk: known[pk] for pk in ids if pk in known}
    for person, organization in memberships:
        if organization in known:
            found[person] = max(found.get(person, known[organization]), known[organization])
    return found


def value_of(customer_id: int) -> float | None:
    """The value of one customer, as `values_of` finds it; one statement."""
    organizations = Membership.objects.filter(person_id=customer_id, until=None)
    rows = Trait.objects.filter(
        Q(customer_id=customer_id) | Q(customer_id__in=organizations.values("organization_id")),
        name=VALUE_TRAIT,
        number__isnull=False,
    )
    numbers = rows.values_list("number", flat=True)
    return max((number for number in numbers if number is not None), default=None)


def median_value() -> float | None:
    """The median of all customers' values; None where none is known. Reads one index."""
    rows = Trait.objects.filter(name=VALUE_TRAIT, number__isnull=False)
    count = rows.count()
    if not count:
        return None
    return rows.order_by("number").values_list("number", flat=True)[(count - 1) // 2]
