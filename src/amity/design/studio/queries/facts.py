"""What the data says when a canvas is drafted: segments, their orders, channels and contacts.

It reads one row for each customer (and channel) into memory, since every starter's rule is tried;
100,000 customers are a few seconds, so what was found is kept while nothing new came in. The page
of a canvas does not come here.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from statistics import median
from typing import Any

from django.core.cache import cache
from django.db.models import Count, Max, Min

from amity.base.vocabulary import RelationshipType, Stage
from amity.design.studio.queries.figures import VALUE_TRAIT, YEAR
from amity.design.studio.rules.channels import UNNAMED, of_channel
from amity.design.studio.rules.drafting import (
    ChannelShare,
    Facts,
    FoundTouchpoint,
    SegmentFacts,
)
from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Order
from amity.kernel.customers.queries import active_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import effective, log_mark
from amity.kernel.policy.document import CanvasDocument, SegmentDefinition, TouchpointDefinition
from amity.kernel.segments.compile import compile_tree
from amity.kernel.segments.models import Segment
from amity.kernel.segments.queries import full_catalog, setting_at
from amity.kernel.segments.rules import RuleError, parse_text, read_rule
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.queries import touchpoints
from amity.kernel.traits.models import Trait

KEPT = 60 * 60  # seconds
OwnRules = Mapping[str, Mapping[str, Any]]  # by the key of a segment that exists
ENOUGH_TO_TIME = 10  # customers who came back, before a median of their intervals is told


@dataclass(frozen=True, slots=True)
class Log:
    """One pass over orders and interactions, by customer."""

    orders: dict[int, Counter[str]]  # customer -> touchpoint key of the channel -> orders
    intervals: dict[int, float]  # customer -> mean days between orders
    contacts: dict[int, Counter[RelationshipType]]
    values: dict[int, float]
    years: float  # that the contacts were counted over
    channels: dict[str, str]  # touchpoint key -> channel as written


@dataclass(frozen=True, slots=True)
class Found:
    """What the pass over the log found, summed up."""

    segments: dict[str, SegmentFacts]
    missing: tuple[str, ...]
    ordered: Counter[str]  # touchpoint key of the channel -> orders
    channels: dict[str, str]  # touchpoint key -> channel as written


def facts_for(starter: CanvasDocument, at: datetime) -> Facts:
    """Everything that a draft from this starter can know at `at`."""
    span = Order.objects.aggregate(
        count=Count("pk"), first=Min("ordered_on"), last=Max("ordered_on")
    )
    customers = active_customers().count()
    measured_at = Trait.objects.filter(name=VALUE_TRAIT).aggregate(at=Max("as_of"))["at"]
    definitions = starter.segment_definitions
    keys = [one.key for one in definitions]
    own = dict(Segment.objects.filter(key__in=keys).values_list("key", "rule"))
    rules = [(one.key, one.name, own.get(one.key) or one.rule) for one in definitions]
    mark = (span, customers, measured_at, log_mark().step, at.date(), rules)
    found = _kept(mark, lambda: _find(definitions, own, measured_at is not None, at))
    missing = list(found.missing)
    if span["count"] and measured_at is None:
        missing.insert(0, "Nothing is measured yet: segments by value and recency stay empty.")
    return Facts(
        currency=company().currency,
        customers=customers,
        orders=span["count"],
        first_on=span["first"],
        last_on=span["last"],
        is_measured=measured_at is not None,
        segments=found.segments,
        touchpoints=found_touchpoints(starter, found),
        missing=tuple(missing),
    )


def _kept(mark: object, find: Callable[[], Found]) -> Found:
    """What was found, kept while the mark stands: the steps of the wizard ask for the same."""
    name = "studio.facts." + sha256(repr(mark).encode()).hexdigest()
    kept: Found | None = cache.get(name)
    if kept is None:
        kept = find()
        cache.set(name, kept, KEPT)
    return kept


def _find(
    definitions: Iterable[SegmentDefinition], own: OwnRules, measured: bool, at: datetime
) -> Found:
    log = _log()
    members, missing = _members(definitions, own, at)
    ordered: Counter[str] = Counter()
    for counted in log.orders.values():
        ordered.update(counted)
    return Found(
        segments={key: _segment(ids, log, measured) for key, ids in members.items()},
        missing=tuple(missing),
        ordered=ordered,
        channels=log.channels,
    )


def _members(
    definitions: Iterable[SegmentDefinition], own: OwnRules, at: datetime
) -> tuple[dict[str, set[int]], list[str]]:
    """Whom each segment decides for, in order; a segment that exists keeps its own rule."""
    catalog, setting = full_catalog(), setting_at(at)
    taken: set[int] = set()
    members: dict[str, set[int]] = {}
    missing: list[str] = []
    for definition in definitions:
        try:
            rule = own.get(definition.key) or parse_text(definition.rule, catalog)
            where = compile_tree(read_rule(rule), setting)
            ids = set(active_customers().filter(where).values_list("pk", flat=True))
        except RuleError as error:
            missing.append(f"{definition.name}: {error}")
            ids = set()
        members[definition.key] = ids - taken
        taken |= ids
    return members, missing


def _log() -> Log:
    orders: dict[int, Counter[str]] = defaultdict(Counter)
    channels: dict[str, str] = {}
    rows = (
        Order.objects.filter(customer__isnull=False, kind=Order.Kind.SALE)
        .values_list("customer", "channel")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for customer, channel, count in rows.iterator(chunk_size=10_000):
        key = of_channel(channel).key if channel.strip() else UNNAMED.key
        channels.setdefault(key, channel.strip())
        orders[customer][key] += count
    contacts, years = _contacts()
    values = Trait.objects.filter(name=VALUE_TRAIT, number__isnull=False)
    return Log(
        orders=orders,
        intervals=_intervals(),
        contacts=contacts,
        values={pk: number or 0.0 for pk, number in values.values_list("customer", "number")},
        years=years,
        channels=channels,
    )


def _intervals() -> dict[int, float]:
    rows = (
        Order.objects.filter(customer__isnull=False, kind=Order.Kind.SALE)
        .values_list("customer")
        .annotate(
            days=Count("ordered_on", distinct=True), first=Min("ordered_on"), last=Max("ordered_on")
        )
        .filter(days__gt=1)
        .order_by()
    )
    return {
        customer: (last - first).days / (days - 1)
        for customer, days, first, last in rows.iterator(chunk_size=10_000)
    }


def _contacts() -> tuple[dict[int, Counter[RelationshipType]], float]:
    ends = Interaction.objects.aggregate(first=Min("happened_at"), last=Max("happened_at"))
    contacts: dict[int, Counter[RelationshipType]] = defaultdict(Counter)
    if ends["last"] is None:
        return contacts, 1.0
    since = max(ends["first"], ends["last"] - YEAR)
    rows = (
        effective()
        .filter(happened_at__gte=since, customer__isnull=False)
        .values_list("customer", "relationship_type")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for customer, kind, count in rows.iterator(chunk_size=10_000):
        contacts[customer][RelationshipType(kind)] += count
    return contacts, max((ends["last"] - since) / YEAR, timedelta(days=30) / YEAR)


def _segment(ids: set[int], log: Log, measured: bool) -> SegmentFacts:
    ordered: Counter[str] = Counter()
    passed: Counter[RelationshipType] = Counter()
    for customer in ids:
        ordered.update(log.orders.get(customer, {}))
        passed.update(log.contacts.get(customer, {}))
    total = sum(ordered.values())
    intervals = [log.intervals[customer] for customer in ids if customer in log.intervals]
    return SegmentFacts(
        customers=len(ids),
        value_minor=round(sum(log.values.get(customer, 0) for customer in ids))
        if measured
        else None,
        value_is_forecast=measured,
        orders=total,
        days_between_orders=median(intervals) if len(intervals) >= ENOUGH_TO_TIME else None,
        channels=tuple(
            ChannelShare(log.channels[key] or "no channel named", key, count, count / total)
            for key, count in ordered.most_common(5)
        ),
        contacts={kind: count / len(ids) / log.years for kind, count in passed.items()},
    )


def found_touchpoints(starter: CanvasDocument, seen: Found) -> tuple[FoundTouchpoint, ...]:
    """The registry's, those of the orders' channels, then the starter's; each key once."""
    orders = seen.ordered
    found = {one.definition.key: one for one in _registered(orders)}
    for key, count in orders.most_common():
        if key not in found:
            found[key] = _from_orders(key, seen.channels[key], count, sum(orders.values()))
    for definition in starter.touchpoint_definitions:
        reason = "Proposed by the starter; keep it if you have it."
        found.setdefault(definition.key, FoundTouchpoint(definition, "starter", reason))
    return tuple(found.values())


def _registered(orders: Counter[str]) -> Iterable[FoundTouchpoint]:
    passed = dict(
        effective()
        .filter(touchpoint__isnull=False)
        .values_list("touchpoint__key")
        .annotate(count=Count("pk"))
        .order_by()
    )
    for row in touchpoints():
        yield FoundTouchpoint(
            definition=definition_of(row),
            source="registry",
            reason="In the registry.",
            orders=orders.get(row.key, 0),
            interactions=passed.get(row.key, 0),
        )


def _from_orders(key: str, channel: str, count: int, total: int) -> FoundTouchpoint:
    share = f"{count:,} orders, {count / total:.0%} of all"
    if key == UNNAMED.key:
        return FoundTouchpoint(UNNAMED, "orders", f"{share}, name no channel.", orders=count)
    return FoundTouchpoint(of_channel(channel), "orders", f"{share}.", orders=count)


def definition_of(row: Touchpoint) -> TouchpointDefinition:
    """A touchpoint of the registry as a canvas file carries it."""
    return TouchpointDefinition.model_validate(
        {
            "key": row.key,
            "name": row.name,
            "channel": row.channel,
            "owner": row.owner,
            "control": row.control,
            "stages": tuple(Stage(stage) for stage in row.stages),
            "relationship_types": tuple(RelationshipType(kind) for kind in row.relationship_types),
        }
    )
