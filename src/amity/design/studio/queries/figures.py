"""Live numbers of the canvas: whom each row decides for, what they are worth, what passes.

A customer counts in the first segment of the canvas that holds them, as promises do. The statements
are grouped by the databases over the whole log; what they found is kept until the log has grown by
a fiftieth, or the memberships or the measurement move on.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from django.db import connection
from django.db.models import Case, IntegerField, Max, Min, Sum, Value, When

from amity.base.vocabulary import RelationshipType
from amity.design.studio.rules.board import CellFigures, SegmentFigures
from amity.kernel.commerce.models import Order
from amity.kernel.interactions.queries import LogMark, effective, log_mark
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait

VALUE_TRAIT = "clv_12m"  # expected value over the next 12 months, in minor units
YEAR = timedelta(days=365)
KEPT = 60 * 60  # seconds


@dataclass(frozen=True, slots=True)
class Marks:
    """How far each source has come; the key under which figures are kept."""

    log: LogMark
    value_at: datetime | None
    counted_at: datetime | None
    ordered_at: datetime | None


def figures_for(keys: Sequence[str], known: Iterable[Segment]) -> dict[str, SegmentFigures]:
    """The numbers of the segments on a canvas in this order; at most six statements.

    `known` are all segments of the house, archived ones too.
    """
    every = list(known)
    segments = {segment.key: segment for segment in every if segment.key in set(keys)}
    counted = [segment.counted_at for segment in every if segment.counted_at is not None]
    marks = _marks(max(counted, default=None))
    figures = _kept(tuple(key for key in keys if key in segments), marks)
    return {
        key: replace(
            figures.get(key, SegmentFigures(name="", color=0, exists=True)),
            name=segment.name,
            color=place,
            exists=segment.archived_at is None,
            counted_at=segment.counted_at,
            customers=None if segment.counted_at is None else figures[key].customers,
        )
        for place, key in enumerate(keys, start=1)
        if (segment := segments.get(key)) is not None
    }


def _marks(counted_at: datetime | None) -> Marks:
    value_at = Trait.objects.filter(name=VALUE_TRAIT).aggregate(at=Max("as_of"))["at"]
    return Marks(
        log=log_mark(),
        value_at=value_at,
        counted_at=counted_at,
        ordered_at=None if value_at else Order.objects.aggregate(at=Max("ordered_at"))["at"],
    )


def _kept(keys: tuple[str, ...], marks: Marks) -> dict[str, SegmentFigures]:
    if not keys:
        return {}
    told = (keys, marks.log.step, marks.value_at, marks.counted_at)
    name = "studio.figures." + sha256(repr(told).encode()).hexdigest()
    kept: dict[str, SegmentFigures] | None = cache.get(name)
    if kept is None:
        kept = _counted(keys, marks)
        cache.set(name, kept, KEPT)
    return kept


def _counted(keys: tuple[str, ...], marks: Marks) -> dict[str, SegmentFigures]:
    customers, values = _valued(keys)
    if not marks.value_at:
        values = _revenue(keys, marks.ordered_at)
    passed = _interactions(keys, marks.log.last_at)
    return {
        key: _figures(place, customers, values, passed, marks) for place, key in enumerate(keys)
    }


def _figures(
    place: int,
    customers: dict[int, int],
    values: dict[int, int],
    passed: dict[int, dict[RelationshipType, tuple[int, int]]],
    marks: Marks,
) -> SegmentFigures:
    kinds = passed.get(place, {})
    total = sum(count for count, _cost in kinds.values())
    return SegmentFigures(
        name="",
        color=0,
        exists=True,
        customers=customers.get(place, 0),
        value_minor=values.get(place),
        value_is_forecast=marks.value_at is not None,
        value_as_of=marks.value_at or marks.ordered_at,
        cost_minor=sum(cost for _count, cost in kinds.values()) if marks.log.last_at else None,
        interactions=total,
        log_as_of=marks.log.last_at,
        cells={
            kind: CellFigures(interactions=count, share=count / total, cost_minor=cost)
            for kind, (count, cost) in kinds.items()
        },
    )


def _places(keys: tuple[str, ...]) -> tuple[str, tuple[Any, ...]]:
    """SQL of (customer_id, place): the first segment of the canvas that holds each customer."""
    place = Case(
        *(When(segment__key=key, then=Value(number)) for number, key in enumerate(keys)),
        output_field=IntegerField(),
    )
    rows = (
        SegmentMembership.objects.filter(
            until=None, segment__key__in=keys, customer__merged_into=None
        )
        .values("customer")
        .annotate(place=Min(place))
        .values("customer_id", "place")
        .order_by()
    )
    return rows.query.sql_with_params()


def _run(sql: str, params: Sequence[Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql, params)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _valued(keys: tuple[str, ...]) -> tuple[dict[int, int], dict[int, int]]:
    """Customers by place, and the sum of what is expected of them where it was measured."""
    inner, params = _places(keys)
    table = Trait._meta.db_table
    rows = _run(
        f"SELECT places.place, COUNT(*), SUM(found.number) FROM ({inner}) AS places"  # noqa: S608 -- built by the ORM
        f" LEFT JOIN {table} AS found"
        " ON found.customer_id = places.customer_id AND found.name = %s GROUP BY places.place",
        (*params, VALUE_TRAIT),
    )
    customers = {place: count for place, count, _value in rows}
    return customers, {place: round(value) for place, _count, value in rows if value is not None}


def _revenue(keys: tuple[str, ...], last_at: datetime | None) -> dict[int, int]:
    """Net revenue of the last twelve months of orders, where nothing was measured yet."""
    if last_at is None:
        return {}
    inner, params = _places(keys)
    spent = (
        Order.objects.filter(ordered_at__gt=last_at - YEAR, customer__isnull=False)
        .values("customer")
        .annotate(net=Sum("net_minor"))
        .values("customer_id", "net")
        .order_by()
    )
    orders, order_params = spent.query.sql_with_params()
    rows = _run(
        f"SELECT places.place, SUM(spent.net) FROM ({inner}) AS places"  # noqa: S608 -- built by the ORM
        f" JOIN ({orders}) AS spent ON spent.customer_id = places.customer_id"
        " GROUP BY places.place",
        (*params, *order_params),
    )
    return {place: int(value) for place, value in rows if value is not None}


def _interactions(
    keys: tuple[str, ...], last_at: datetime | None
) -> dict[int, dict[RelationshipType, tuple[int, int]]]:
    """(count, cost) by place and type over the year that ends with the log."""
    if last_at is None:
        return {}
    inner, params = _places(keys)
    passed = (
        effective()
        .filter(happened_at__gt=last_at - YEAR, customer__isnull=False)
        .values("customer_id", "relationship_type", "cost_minor")
        .order_by()
    )
    log, log_params = passed.query.sql_with_params()
    rows = _run(
        "SELECT places.place, log.relationship_type, COUNT(*), SUM(log.cost_minor)"  # noqa: S608 -- built by the ORM
        f" FROM ({inner}) AS places JOIN ({log}) AS log ON log.customer_id = places.customer_id"
        " GROUP BY places.place, log.relationship_type",
        (*params, *log_params),
    )
    found: dict[int, dict[RelationshipType, tuple[int, int]]] = {}
    for place, kind, count, cost in rows:
        found.setdefault(place, {})[RelationshipType(kind)] = (count, int(cost or 0))
    return found
