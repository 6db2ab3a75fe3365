"""What the published policy says of accounts: hours a year and days between contacts."""

from collections.abc import Collection
from dataclasses import dataclass

from amity.base.vocabulary import RelationshipType
from amity.kernel.policy.document import SegmentDesign
from amity.kernel.policy.queries import document_of, published
from amity.kernel.segments.models import SegmentMembership
from amity.run.accounts.models import Account

CADENCE_TARGET = "cadence_days"  # a target of this name on a segment of the canvas
DEDICATED = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE


@dataclass(frozen=True, slots=True)
class SegmentTerms:
    """What the policy plans for each customer of a segment; None where it says nothing."""

    key: str
    name: str
    hours: float | None
    cadence_days: int | None
    is_dedicated: bool


@dataclass(frozen=True, slots=True)
class Standing:
    """What holds for one customer: their own terms over those of their segment."""

    segment: SegmentTerms | None
    hours: float | None
    cadence_days: int | None
    is_own_hours: bool = False
    is_own_cadence: bool = False


def segment_terms() -> dict[str, SegmentTerms]:
    """The terms of each segment of the published canvas, in its order; one statement."""
    version = published()
    if version is None:
        return {}
    return {design.segment: _terms(design) for design in document_of(version).segments}


def _terms(design: SegmentDesign) -> SegmentTerms:
    cell = design.relationship_types.get(DEDICATED)
    targets = [
        target.value
        for target in design.targets
        if target.measure == CADENCE_TARGET and target.value >= 1
    ]
    return SegmentTerms(
        key=design.segment,
        name=design.segment,
        hours=cell.hours_per_customer if cell is not None else None,
        cadence_days=int(targets[0]) if targets else None,
        is_dedicated=cell is not None and cell.intensity > 0,
    )


def standings_of(customer_ids: Collection[int]) -> dict[int, Standing]:
    """The standing of each of these customers; three statements."""
    terms = segment_terms()
    places = {key: place for place, key in enumerate(terms)}
    held = SegmentMembership.objects.filter(
        customer_id__in=customer_ids, until=None, segment__key__in=places
    ).values_list("customer_id", "segment__key", "segment__name")
    deciding: dict[int, tuple[int, str, str]] = {}
    for customer_id, key, name in held:
        found = (places[key], key, name)
        deciding[customer_id] = min(deciding.get(customer_id, found), found)
    own = {row.customer_id: row for row in Account.objects.filter(customer_id__in=customer_ids)}
    return {pk: _standing(_named(terms, deciding.get(pk)), own.get(pk)) for pk in customer_ids}


def _named(
    terms: dict[str, SegmentTerms], found: tuple[int, str, str] | None
) -> SegmentTerms | None:
    if found is None:
        return None
    _place, key, name = found
    given = terms[key]
    return SegmentTerms(key, name, given.hours, given.cadence_days, given.is_dedicated)


def _standing(segment: SegmentTerms | None, own: Account | None) -> Standing:
    hours = segment.hours if segment else None
    cadence = segment.cadence_days if segment else None
    own_hours = own.hours_a_year if own else None
    own_cadence = own.cadence_days if own else None
    return Standing(
        segment=segment,
        hours=own_hours if own_hours is not None else hours,
        cadence_days=own_cadence if own_cadence is not None else cadence,
        is_own_hours=own_hours is not None,
        is_own_cadence=own_cadence is not None,
    )
