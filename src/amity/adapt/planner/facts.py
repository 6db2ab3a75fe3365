"""What the data know of the canvas's segments and touchpoints; a query whose answer is values.

Each customer counts for the first segment of the canvas that holds them, as the policy decides.
"""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db.models import (
    Avg,
    Case,
    Count,
    IntegerField,
    Max,
    Min,
    OuterRef,
    QuerySet,
    Subquery,
    Sum,
    Value,
    When,
)

from amity.adapt.planner.models import InputOverride
from amity.adapt.planner.rules.inputs import Facts, Key, Known, SegmentFacts, TouchpointFacts
from amity.base.money import minor_digits
from amity.base.results import Estimate, Grade
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import effective
from amity.kernel.policy.document import CanvasDocument
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.traits.models import Evidence, Trait

YEAR = timedelta(days=365)
VALUE_TRAIT = "clv_12m"
OPEN = (Touchpoint.Status.LIVE, Touchpoint.Status.PLANNED)
ENOUGH_CONTACTS = 30  # fewer contacts a segment say nothing about their cost


def gather_facts(document: CanvasDocument, at: datetime) -> Facts:
    """Everything known for planning this canvas; a fixed number of statements."""
    keys = [design.segment for design in document.segments]
    names = dict(Segment.objects.filter(key__in=keys).values_list("key", "name"))
    customers, values = _customers(keys), _values(keys, document.currency)
    sales = _sales(keys, document.currency) if len(values) < len(customers) else {}
    contacts = _contacts(keys, document.currency)
    reach = _reach(keys, customers)
    segments = []
    for position, key in enumerate(keys):
        size = customers.get(position)
        value, source = values.get(position), "Value to come, measured"
        if value is None and position in sales:
            value, source = sales[position], "Sales of a year, taken as margin"
        found = contacts.get(position, {}) if size else {}
        segments.append(
            SegmentFacts(
                key=key,
                name=names.get(key, key),
                customers=None if size is None else _counted(float(size)),
                value_year=value,
                value_source=source,
                contacts=_per_customer(found, size or 1),
                contact_cost=found.get("cost"),
                contact_hours=found.get("hours"),
                reach=reach.get(position, {}),
            )
        )
    return Facts(
        document=document,
        currency=document.currency,
        on=at.date(),
        segments=tuple(segments),
        touchpoints=_touchpoints(document.currency),
        evidence=tuple(_evidence()),
        overrides=tuple(_overrides()),
    )


def _position(keys: list[str], customer: str) -> Subquery:
    """The place of the first segment on the canvas that holds the customer now."""
    order = Case(
        *(When(segment__key=key, then=Value(place)) for place, key in enumerate(keys)),
        output_field=IntegerField(),
    )
    held = (
        SegmentMembership.objects.filter(
            customer=OuterRef(customer), until=None, segment__key__in=keys
        )
        .annotate(place=order)
        .order_by("place")
    )
    return Subquery(held.values("place")[:1])


def _counted(count: float) -> Estimate:
    return Estimate(count, count, count, Grade.B)


def _customers(keys: list[str]) -> dict[int, int]:
    if not keys:
        return {}
    rows = (
        Customer.objects.filter(merged_into=None)
        .annotate(place=_position(keys, "pk"))
        .filter(place__isnull=False)
        .values("place")
        .annotate(found=Count("pk"))
    )
    return {row["place"]: row["found"] for row in rows}


def _values(keys: list[str], currency: str) -> dict[int, Estimate]:
    """Mean value to come in 12 months; the interval is the mean of the customers' intervals."""
    if not keys:
        return {}
    rows = (
        Trait.objects.filter(name=VALUE_TRAIT, number__isnull=False)
        .annotate(place=_position(keys, "customer_id"))
        .filter(place__isnull=False)
        .values("place")
        .annotate(
            mean=Avg("number"),
            bottom=Avg("low"),
            top=Avg("high"),
            grade=Max("grade"),
            as_of=Max("as_of"),
        )
    )
    unit = 10 ** minor_digits(currency)
    return {
        row["place"]: Estimate(
            row["mean"] / unit,
            None if row["bottom"] is None else min(row["bottom"], row["mean"]) / unit,
            None if row["top"] is None else max(row["top"], row["mean"]) / unit,
            Grade(row["grade"]),
            row["as_of"],
        )
        for row in rows
    }


def _sales(keys: list[str], currency: str) -> dict[int, Estimate]:
    """Net sales of the log's last year a customer, where no value was measured."""
    last = Order.objects.aggregate(last=Max("ordered_on"), first=Min("ordered_on"))
    if last["last"] is None or not keys:
        return {}
    rows = (
        Order.objects.filter(
            ordered_on__gt=last["last"] - YEAR, net_minor__isnull=False, customer__isnull=False
        )
        .annotate(place=_position(keys, "customer_id"))
        .filter(place__isnull=False)
        .values("place")
        .annotate(net=Sum("net_minor"), buyers=Count("customer", distinct=True))
    )
    days = max(1, min(YEAR.days, (last["last"] - last["first"]).days + 1))
    unit = 10 ** minor_digits(currency) * days / YEAR.days
    return {
        row["place"]: Estimate(row["net"] / row["buyers"] / unit, None, None, Grade.D)
        for row in rows
        if row["buyers"]
    }


def _recent() -> tuple[QuerySet[Interaction], int]:
    """The interactions of the log's last year, and how many days of it there are."""
    ends = Interaction.objects.aggregate(last=Max("happened_at"), first=Min("happened_at"))
    if ends["last"] is None:
        return Interaction.objects.none(), YEAR.days
    days = min(YEAR.days, (ends["last"] - ends["first"]).days + 1)
    rows = effective().filter(happened_at__gt=ends["last"] - YEAR, customer__isnull=False)
    return rows, max(1, days)


def _contacts(keys: list[str], currency: str) -> dict[int, dict[str, Estimate]]:
    """What customers brought up, and what answering it took, by place on the canvas."""
    rows, days = _recent()
    if not keys:
        return {}
    grouped = (
        rows.filter(direction=Interaction.Direction.INBOUND)
        .exclude(kind__startswith="commerce.")
        .annotate(place=_position(keys, "customer_id"))
        .filter(place__isnull=False)
        .values("place", "actor")
        .annotate(found=Count("pk"), spent=Sum("cost_minor"), worked=Sum("staff_seconds"))
    )
    unit = 10 ** minor_digits(currency)
    sums: dict[int, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for row in grouped:
        total = sums[row["place"]]
        total["contacts"] += row["found"] * YEAR.days / days
        if row["actor"] == Interaction.Actor.HUMAN:
            total["answered"] += row["found"]
            total["spent"] += (row["spent"] or 0) / unit
            total["worked"] += (row["worked"] or 0) / 3_600
    return {place: _contact_figures(total) for place, total in sums.items()}


def _contact_figures(total: dict[str, float]) -> dict[str, Estimate]:
    figures = {"contacts": Estimate(total["contacts"], None, None, Grade.B)}
    answered = total["answered"]
    if answered >= ENOUGH_CONTACTS and total["spent"] > 0:
        figures["cost"] = Estimate(total["spent"] / answered, None, None, Grade.B)
    if answered >= ENOUGH_CONTACTS and total["worked"] > 0:
        figures["hours"] = Estimate(total["worked"] / answered, None, None, Grade.B)
    return figures


def _per_customer(figures: dict[str, Estimate], size: int) -> Estimate | None:
    """Contacts a customer and year, with the interval that counting has (Poisson)."""
    if "contacts" not in figures:
        return None
    count = figures["contacts"].value
    wide = 1.96 * count**0.5
    return Estimate(count / size, max(0.0, count - wide) / size, (count + wide) / size, Grade.B)


def _reach(keys: list[str], customers: dict[int, int]) -> dict[int, dict[str, Estimate]]:
    """Share of each segment's customers that met a touchpoint in the log's last year."""
    rows, _ = _recent()
    if not keys:
        return {}
    grouped = (
        rows.filter(touchpoint__isnull=False)
        .annotate(place=_position(keys, "customer_id"))
        .filter(place__isnull=False)
        .values("place", "touchpoint__key")
        .annotate(met=Count("customer", distinct=True))
    )
    found: dict[int, dict[str, Estimate]] = defaultdict(dict)
    for row in grouped:
        size = customers.get(row["place"], 0)
        if size:
            share = min(1.0, row["met"] / size)
            wide = 1.96 * (share * (1 - share) / size) ** 0.5
            found[row["place"]][row["touchpoint__key"]] = Estimate(
                share, max(0.0, share - wide), min(1.0, share + wide), Grade.B
            )
    return found


def _touchpoints(currency: str) -> tuple[TouchpointFacts, ...]:
    unit = 10 ** minor_digits(currency)
    return tuple(
        TouchpointFacts(
            key=row.key,
            name=row.name,
            stages=tuple(Stage(stage) for stage in row.stages),
            types=frozenset(RelationshipType(kind) for kind in row.relationship_types),
            cost=None if row.fixed_cost_minor is None else row.fixed_cost_minor / unit,
            hours=row.upkeep_hours,
            joined=len(row.integration),
        )
        for row in Touchpoint.objects.filter(status__in=OPEN).order_by("name", "pk")
        if row.stages
    )


def _evidence() -> Iterable[Known]:
    for row in Evidence.objects.all():
        estimate = Estimate(row.value, row.low, row.high, Grade(row.grade), row.as_of)
        key = Key(row.segment_key, row.relationship_type, row.measure)
        yield Known(key, estimate, row.source, row.note, row.expires_on)


def _overrides() -> Iterable[Known]:
    for row in InputOverride.objects.all():
        yield known_of(row)


def known_of(row: InputOverride) -> Known:
    """An override as a figure."""
    estimate = Estimate(row.value, row.low, row.high, Grade(row.grade), row.updated_at)
    key = Key(row.segment_key, row.relationship_type, row.measure)
    return Known(key, estimate, f"Written by {row.author_name or 'somebody'}", row.note)
