"""Reads of traits."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cache

from amity.base.results import Grade
from amity.kernel.hooks.discovery import capabilities
from amity.kernel.hooks.manifest import TraitDefinition
from amity.kernel.traits.models import Trait


@dataclass(frozen=True, slots=True)
class TraitValue:
    """What is known of one customer under one name; money is in minor units."""

    name: str
    number: float | None
    text: str
    low: float | None
    high: float | None
    grade: Grade
    as_of: datetime


@cache
def trait_definitions() -> dict[str, TraitDefinition]:
    """All traits that capabilities publish, by name, in the order of their manifests.

    Raises:
        ValueError: two publish the same name.
    """
    found: dict[str, TraitDefinition] = {}
    for manifest in capabilities():
        for definition in manifest.traits:
            if definition.name in found:
                raise ValueError(f"trait {definition.name} is published twice")
            found[definition.name] = definition
    return found


def unpublished_traits(names: Collection[str]) -> dict[str, str]:
    """Of these names, those without a definition that some customer has: "number" or "text".

    They come from the API or from a capability that was removed. One probe of the index a name.
    """
    found: dict[str, str] = {}
    for name in names:
        if name not in trait_definitions():
            row = Trait.objects.filter(name=name).values_list("number").first()
            if row is not None:
                found[name] = "text" if row[0] is None else "number"
    return found


def traits_of(
    customer_ids: Collection[int], names: Collection[str] | None = None
) -> dict[int, dict[str, TraitValue]]:
    """The traits of these customers by customer and name; one query, None asks for all names."""
    rows = Trait.objects.filter(customer_id__in=customer_ids)
    if names is not None:
        rows = rows.filter(name__in=names)
    found: dict[int, dict[str, TraitValue]] = {customer_id: {} for customer_id in customer_ids}
    for row in rows:
        found[row.customer_id][row.name] = TraitValue(
            name=row.name,
            number=row.number,
            text=row.text,
            low=row.low,
            high=row.high,
            grade=Grade(row.grade),
            as_of=row.as_of,
        )
    return found
