"""What the data know of the canvas's segments and touchpoints; a query whose answer is values.

Each customer counts for the first segment of the canvas that holds them, as the policy decides.
What the log says is kept until a fact, a measurement or a refresh of segments comes in.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from hashlib import sha256

from django.core.cache import cache
from django.db.models import (
    Case,
    Count,
    IntegerField,
    Max,
    Min,
    Q,
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
KEPT = 6 * 60 * 60  # seconds


@dataclass(slots=True)
class Sums:
    """What adds up over the customers of one segment; money in minor units."""

    customers: int = 0
    valued: int = 0
    value: float = 0.0
    low: float = 0.0
    high: float = 0.0
    bounded: bool = True
    grade: str = "A"
    as_of: datetime | None = None
    priced: bool = False  # whether the orders have amounts
    buyers: int = 0
    sales: float = 0.0
    contacts: float = 0.0  # a year
    answered: int = 0
    spent: float = 0.0
    worked: float = 0.0  # seconds
    met: dict[str, int] = field(default_factory=lambda: defaultdict(int))


def gather_facts(document: CanvasDocument, at: datetime) -> Facts:
    """Everything known for planning this canvas; a fixed number of statements."""
    keys = [design.segment for design in document.segments]
    rows = Segment.objects.filter(key__in=keys).values_list("key", "name", "counted_at")
    known = {key: (name, counted_at is not None) for key, name, counted_at in rows}
    unit = 10.0 ** minor_digits(document.currency)
    observed = _kept(keys) if keys else []
    return Facts(
        document=document,
        currency=document.currency,
        on=at.date(),
        segments=tuple(
            _segment(key, *known.get(key, (key, False)), sums, unit)
            for key, sums in zip(keys, observed, strict=True)
        ),
        touchpoints=_touchpoints(unit),
        evidence=tuple(_evidence()),
        overrides=tuple(_overrides()),
    )


def _kept(keys: list[str]) -> list[Sums]:
    mark = _mark()
    name = f"planner-facts-{sha256(repr((mark, keys)).encode()).hexdigest()}"
    found: list[Sums] | None = cache.get(name)
    if found is None:
        found = _observe(keys, mark)
        for sums in found:
            sums.met = dict(sums.met)
        cache.set(name, found, KEPT)
    return found


@dataclass(frozen=True, slots=True)
class Mark:
    """How far the log, the segments and the measurement have come."""

    newest_id: int | None
    first_at: datetime | None
    last_at: datetime | None
    joined_id: int | None
    left_at: datetime | None
    measured_at: datetime | None


def _mark() -> Mark:
    """One statement of scalar subqueries, each of which reads the end of an index."""
    log, held = Interaction.objects.order_by(), SegmentMembership.objects.order_by()
    wanted = {
        "newest_id": log.order_by("-pk").values("pk"),
        "first_at": log.order_by("happened_at", "pk").values("happened_at"),
        "last_at": log.order_by("-happened_at", "-pk").values("happened_at"),
        "joined_id": held.order_by("-pk").values("pk"),
        "left_at": held.filter(until__isnull=False).order_by("-until").values("until"),
        "measured_at": Trait.objects.filter(name=VALUE_TRAIT).order_by("pk").values("as_of"),
    }
    ends = {name: Subquery(rows[:1]) for name, rows in wanted.items()}
    found = Segment.objects.order_by().annotate(**ends).values(*ends).first()
    return Mark(**found) if found else Mark(None, None, None, None, None, None)


def _observe(keys: list[str], mark: Mark) -> list[Sums]:
    sums = [Sums() for _ in keys]
    places = _places(keys)
    for place in places.values():
        sums[place].customers += 1
    _add_values(sums, places)
    if any(item.customers and not item.valued for item in sums):
        _add_sales(sums, places)
    rows, days = _recent(mark)
    _add_contacts(sums, places, rows, days)
    met = rows.filter(touchpoint__isnull=False).values_list("customer_id", "touchpoint__key")
    for customer, touchpoint in met.order_by().distinct().iterator():
        if customer in places:
            sums[places[customer]].met[touchpoint] += 1
    return sums


def _places(keys: list[str]) -> dict[int, int]:
    """The place on the canvas of the first segment that holds each customer now."""
    order = Case(
        *(When(segment__key=key, then=Value(place)) for place, key in enumerate(keys)),
        output_field=IntegerField(),
    )
    held = SegmentMembership.objects.filter(
        until=None, segment__key__in=keys, customer__merged_into=None
    )
    rows = held.order_by().values("customer_id").annotate(place=Min(order))
    return dict(rows.values_list("customer_id", "place").iterator())


def _add_values(sums: list[Sums], places: dict[int, int]) -> None:
    rows = Trait.objects.filter(name=VALUE_TRAIT, number__isnull=False)
    wanted = rows.values_list("customer_id", "number", "low", "high", "grade", "as_of")
    for customer, number, low, high, grade, as_of in wanted.iterator():
        if customer not in places or number is None:
            continue
        item = sums[places[customer]]
        item.valued += 1
        item.value += number
        item.bounded = item.bounded and low is not None and high is not None
        item.low += low or 0.0
        item.high += high or 0.0
        item.grade, item.as_of = max(item.grade, grade), as_of


def _add_sales(sums: list[Sums], places: dict[int, int]) -> None:
    """Net sales of the log's last year, carried to a year where the log is shorter."""
    ends = Order.objects.aggregate(last=Max("ordered_on"), first=Min("ordered_on"))
    if ends["last"] is None:
        return
    share = max(1, min(YEAR.days, (ends["last"] - ends["first"]).days + 1)) / YEAR.days
    rows = Order.objects.filter(
        ordered_on__gt=ends["last"] - YEAR, net_minor__isnull=False, customer__isnull=False
    )
    priced = rows.exists()
    for item in sums:
        item.priced = priced
    for customer, net in (
        rows.order_by().values_list("customer_id").annotate(net=Sum("net_minor")).iterator()
    ):
        if customer in places:
            item = sums[places[customer]]
            item.buyers += 1
            item.sales += net / share


def _recent(mark: Mark) -> tuple[QuerySet[Interaction], int]:
    """The interactions of the log's last year, and how many days of it there are."""
    if mark.last_at is None or mark.first_at is None:
        return Interaction.objects.none(), YEAR.days
    days = min(YEAR.days, (mark.last_at - mark.first_at).days + 1)
    rows = effective().filter(happened_at__gt=mark.last_at - YEAR, customer__isnull=False)
    return rows, max(1, days)


def _add_contacts(
    sums: list[Sums], places: dict[int, int], rows: QuerySet[Interaction], days: int
) -> None:
    """A contact is what a customer brings up for support, or what a person answers."""
    human = Interaction.Actor.HUMAN
    contacts = rows.filter(direction=Interaction.Direction.INBOUND).filter(
        Q(actor=human) | Q(stage=Stage.SUPPORT)
    )
    grouped = (
        contacts.order_by()
        .values_list("customer_id", "actor")
        .annotate(found=Count("pk"), spent=Sum("cost_minor"), worked=Sum("staff_seconds"))
    )
    for customer, actor, found, spent, worked in grouped.iterator():
        if customer not in places:
            continue
        item = sums[places[customer]]
        item.contacts += found * YEAR.days / days
        if actor == human:
            item.answered += found
            item.spent += spent or 0
            item.worked += worked or 0


def _segment(key: str, name: str, is_counted: bool, sums: Sums, unit: float) -> SegmentFacts:
    size = sums.customers
    if not size:  # nobody, or nobody whom an earlier segment does not hold; else not yet counted
        return SegmentFacts(key, name, Estimate(0, 0, 0, Grade.B) if is_counted else None)
    value, source = _value(sums, unit)
    enough = sums.answered >= ENOUGH_CONTACTS
    cost, hours = sums.spent / unit, sums.worked / 3_600
    return SegmentFacts(
        key=key,
        name=name,
        customers=Estimate(float(size), float(size), float(size), Grade.B),
        value_year=value,
        value_source=source,
        contacts=_per_customer(sums.contacts, size),
        contact_cost=_observed(cost / sums.answered) if enough and cost else None,
        contact_hours=_observed(hours / sums.answered) if enough and hours else None,
        reach={touchpoint: _share(count, size) for touchpoint, count in sums.met.items()},
    )


def _value(sums: Sums, unit: float) -> tuple[Estimate | None, str]:
    """Mean value to come in 12 months; the interval is the mean of the customers' intervals."""
    if sums.valued:
        mean = sums.value / sums.valued / unit
        low = min(mean, sums.low / sums.valued / unit) if sums.bounded else None
        high = max(mean, sums.high / sums.valued / unit) if sums.bounded else None
        estimate = Estimate(mean, low, high, Grade(sums.grade), sums.as_of)
        return estimate, "Value to come, measured"
    if sums.buyers:
        estimate = Estimate(sums.sales / sums.buyers / unit, None, None, Grade.D)
        return estimate, "Assumption: a year's sales are all margin"
    if sums.priced:
        return Estimate(0.0, None, None, Grade.D), "Assumption: who buys nothing is worth nothing"
    return None, ""


def _observed(value: float) -> Estimate:
    return Estimate(value, None, None, Grade.B)


def _per_customer(count: float, size: int) -> Estimate | None:
    """Contacts a customer and year, with the interval that counting has (Poisson)."""
    if not count:
        return None
    wide = 1.96 * count**0.5
    return Estimate(count / size, max(0.0, count - wide) / size, (count + wide) / size, Grade.B)


def _share(count: int, size: int) -> Estimate:
    share = min(1.0, count / size)
    wide = 1.96 * (share * (1 - share) / size) ** 0.5
    return Estimate(share, max(0.0, share - wide), min(1.0, share + wide), Grade.B)


def _touchpoints(unit: float) -> tuple[TouchpointFacts, ...]:
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
