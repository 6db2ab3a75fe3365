"""Reads of segments: what a rule may name, whom it holds, counts, overlap, the uncovered."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from django.db.models import Exists, OuterRef, Q, QuerySet

from amity.base.results import NotFoundError
from amity.kernel.access.operations import company
from amity.kernel.customers.models import Customer, CustomFieldDefinition
from amity.kernel.customers.queries import active_customers
from amity.kernel.segments.compile import Setting, compile_tree
from amity.kernel.segments.language.catalog import Catalog, CustomField
from amity.kernel.segments.language.tree import Rule, conditions
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.segments.rules import read_rule
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.traits.models import Trait
from amity.kernel.traits.queries import trait_definitions, unpublished_traits


class SegmentNotFoundError(NotFoundError):
    """There is no such segment."""


# --- what a rule may name -----------------------------------------------------------------------


def full_catalog(rule: Rule | None = None) -> Catalog:
    """Everything that a rule may name, to check or to choose from; with a rule, also the traits
    that it names and nobody publishes. Three queries and one for each such trait."""
    return Catalog(
        custom=_custom_fields(),
        traits=_traits(rule),
        segments=frozenset(living_segments().values_list("key", flat=True)),
        touchpoints=frozenset(Touchpoint.objects.values_list("key", flat=True)),
    )


def _custom_fields() -> dict[str, CustomField]:
    rows = CustomFieldDefinition.objects.values_list("key", "kind", "choices")
    return {key: CustomField(kind, tuple(choices)) for key, kind, choices in rows}  # type: ignore[arg-type]  # the model's choices are these kinds


def _traits(rule: Rule | None) -> dict[str, str]:
    kinds = {name: definition.kind for name, definition in trait_definitions().items()}
    if rule is not None:
        named = _named(rule, "trait.")
        kinds.update(unpublished_traits(named - kinds.keys()))
    return kinds


def _named(rule: Rule, prefix: str) -> set[str]:
    fields = (getattr(condition, "field", "") for condition in conditions(rule))
    return {field.removeprefix(prefix) for field in fields if field.startswith(prefix)}


# --- whom a rule holds --------------------------------------------------------------------------


def setting_at(at: datetime) -> Setting:
    """What rules are compiled against at an instant; three queries, for any number of rules."""
    rules = dict(living_segments().values_list("key", "rule"))
    trees = {key: read_rule(rule) for key, rule in rules.items()}
    return Setting(
        at=at,
        currency=company().currency,
        catalog=Catalog(custom=_custom_fields(), traits=_traits(None)),
        segments=trees,
    )


def compile_rule(rule: Mapping[str, Any], at: datetime) -> Q:
    """The condition on `Customer` that a rule's JSON stands for at an instant.

    Merged customers are not excluded by it: filter `active_customers()` with it.

    Raises:
        RuleError: the rule is malformed or names what is not there.
    """
    return compile_tree(read_rule(rule), setting_at(at))


def customers_matching(rule: Mapping[str, Any], at: datetime) -> QuerySet[Customer]:
    """The customers, merged ones left out, that fulfill a rule at an instant.

    Raises:
        RuleError: the rule is malformed or names what is not there.
    """
    return active_customers().filter(compile_rule(rule, at))


# --- segments -----------------------------------------------------------------------------------


def living_segments() -> QuerySet[Segment]:
    """The segments that are not archived, by name."""
    return Segment.objects.filter(archived_at=None).order_by("name", "pk")


def segment_by_key(key: str) -> Segment:
    """The segment with this key, archived or not.

    Raises:
        SegmentNotFoundError: there is none.
    """
    segment = Segment.objects.filter(key=key).first()
    if segment is None:
        raise SegmentNotFoundError(f"There is no segment {key}. List the segments to see them.")
    return segment


def current_members(keys: Collection[str] | None = None) -> QuerySet[SegmentMembership]:
    """The memberships that hold now, of these segments or of all living ones."""
    held = SegmentMembership.objects.filter(until=None, customer__merged_into=None)
    if keys is None:
        return held.filter(segment__archived_at=None)
    return held.filter(segment__key__in=keys)


def members(segment: Segment) -> QuerySet[Customer]:
    """The customers in a segment as of its last refresh."""
    held = SegmentMembership.objects.filter(segment=segment, customer=OuterRef("pk"), until=None)
    return active_customers().filter(Exists(held))


def uncovered(keys: Collection[str] | None = None) -> QuerySet[Customer]:
    """The customers that none of these segments (None: no living segment) holds."""
    held = current_members(keys).filter(customer=OuterRef("pk"))
    return active_customers().filter(~Exists(held))


# --- value --------------------------------------------------------------------------------------

VALUE_TRAITS = ("clv_12m", "spend_total")


def value_trait() -> str | None:
    """The trait that says what a customer is worth: value to come, else value so far.

    None where neither was measured.
    """
    return next((name for name in VALUE_TRAITS if Trait.objects.filter(name=name).exists()), None)
