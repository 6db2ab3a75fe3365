"""What the pages show: the registry beside what the log says of it."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.core.cache import cache
from django.db.models import Count, Max, Sum

from amity.base.vocabulary import RelationshipType, Stage
from amity.design.touchpoints.rules import Overlap, overlaps
from amity.kernel.commerce.models import Order
from amity.kernel.interactions.queries import LogMark, effective, log_mark
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.queries import touchpoints
from amity.kernel.touchpoints.rules import ENOUGH_PER_STAGE, key_of

YEAR = timedelta(days=365)
SAMPLE = 50_000  # customer ids looked at for overlaps; more are thinned by their id
KEPT = 60 * 60  # seconds, unless the log has grown by a fiftieth before


@dataclass(frozen=True, slots=True)
class Load:
    """What passed at a touchpoint in the twelve months before the last interaction."""

    interactions: int
    customers: int
    cost_minor: int
    staff_seconds: int
    last_at: datetime | None

    @property
    def monthly(self) -> float:
        """Interactions a month."""
        return self.interactions / 12


@dataclass(frozen=True, slots=True)
class RegistryRow:
    """One touchpoint with its load and the segments of the published canvas that name it."""

    touchpoint: Touchpoint
    load: Load | None
    segments: tuple[str, ...]

    def serves(self, stage: Stage) -> bool:
        """Whether customers meet it in this stage."""
        return stage.value in self.touchpoint.stages

    @property
    def types(self) -> tuple[RelationshipType, ...]:
        """The relationship types it can carry."""
        return tuple(
            kind for kind in RelationshipType if kind in self.touchpoint.relationship_types
        )


@dataclass(frozen=True, slots=True)
class StageCover:
    """How many live touchpoints a stage has."""

    stage: Stage
    live: int

    @property
    def verdict(self) -> str:
        """`none`, `many` (one more asks for a reason) or `enough`."""
        if self.live == 0:
            return "none"
        return "many" if self.live > ENOUGH_PER_STAGE else "enough"


@dataclass(frozen=True, slots=True)
class Discovered:
    """A channel of orders that no touchpoint stands for."""

    channel: str
    key: str
    orders: int
    customers: int
    last_at: datetime | None


@dataclass(frozen=True, slots=True)
class StageOverlap:
    """Two touchpoints of a stage that meet the same customers."""

    stage: Stage
    first_name: str
    second_name: str
    advice_name: str
    pair: Overlap


@dataclass(frozen=True, slots=True)
class Registry:
    """The whole list page."""

    rows: tuple[RegistryRow, ...]
    cover: tuple[StageCover, ...]
    discovered: tuple[Discovered, ...]
    overlaps: tuple[StageOverlap, ...]
    log_as_of: datetime | None

    @property
    def guesses(self) -> int:
        """How many were drafted and not confirmed."""
        return sum(row.touchpoint.is_guess for row in self.rows)


def registry(*, with_closed: bool = False) -> Registry:
    """The registry with loads, cover, discoveries and overlaps; at most six statements."""
    mark = log_mark()
    last_at = mark.last_at
    found = list(touchpoints(with_closed=with_closed))
    loads = loads_until(mark.step, last_at)
    named = segments_by_touchpoint()
    rows = tuple(
        RegistryRow(touchpoint, loads.get(touchpoint.pk), named.get(touchpoint.key, ()))
        for touchpoint in found
    )
    return Registry(
        rows=rows,
        cover=_cover(rows),
        discovered=discovered(found, mark.step),
        overlaps=_overlaps(found, loads, mark),
        log_as_of=last_at,
    )


def registry_row(touchpoint: Touchpoint) -> RegistryRow:
    """One touchpoint with its load and where the published canvas names it."""
    mark = log_mark()
    last_at = mark.last_at
    named = segments_by_touchpoint()
    return RegistryRow(
        touchpoint,
        loads_until(mark.step, last_at).get(touchpoint.pk),
        named.get(touchpoint.key, ()),
    )


def _cover(rows: tuple[RegistryRow, ...]) -> tuple[StageCover, ...]:
    live = [row for row in rows if row.touchpoint.status == Touchpoint.Status.LIVE]
    return tuple(StageCover(stage, sum(row.serves(stage) for row in live)) for stage in Stage)


def loads_until(step: int, last_at: datetime | None) -> dict[int, Load]:
    """Loads by touchpoint over the year that ends with the log; one statement, then kept."""
    if last_at is None:
        return {}
    kept: dict[int, Load] | None = cache.get(f"touchpoints.loads.{step}")
    if kept is None:
        kept = _loads(last_at)
        cache.set(f"touchpoints.loads.{step}", kept, KEPT)
    return kept


def _loads(last_at: datetime) -> dict[int, Load]:
    rows = (
        effective()
        .filter(happened_at__gt=last_at - YEAR, touchpoint__isnull=False)
        .values("touchpoint")
        .annotate(
            interactions=Count("pk"),
            customers=Count("customer", distinct=True),
            cost=Sum("cost_minor"),
            seconds=Sum("staff_seconds"),
            last=Max("happened_at"),
        )
        .order_by()
    )
    return {
        row["touchpoint"]: Load(
            row["interactions"],
            row["customers"],
            row["cost"] or 0,
            row["seconds"] or 0,
            row["last"],
        )
        for row in rows
    }


def segments_by_touchpoint() -> dict[str, tuple[str, ...]]:
    """For each touchpoint's key, the segments that meet it on the published canvas."""
    version = PolicyVersion.objects.filter(status=PolicyVersion.Status.PUBLISHED).first()
    named: dict[str, list[str]] = defaultdict(list)
    for design in version.document.get("segments", []) if version else []:
        for key in {key for keys in design.get("touchpoints", {}).values() for key in keys}:
            named[key].append(design["segment"])
    return {key: tuple(segments) for key, segments in named.items()}


def discovered(known: list[Touchpoint], step: int) -> tuple[Discovered, ...]:
    """Channels of orders that stand for no touchpoint, the busiest first.

    `step` says how far the log has come, which tells of every order.
    """
    keys = {touchpoint.key for touchpoint in known}
    channels = {touchpoint.channel.casefold() for touchpoint in known}
    return tuple(
        found
        for found in _channels(step)
        if found.key not in keys and found.channel.casefold() not in channels
    )


def _channels(step: int) -> tuple[Discovered, ...]:
    """The twenty busiest channels of all orders, kept until the log has grown."""
    kept: tuple[Discovered, ...] | None = cache.get(f"touchpoints.channels.{step}")
    if kept is None:
        rows = (
            Order.objects.exclude(channel="")
            .values("channel")
            .annotate(
                orders=Count("pk"),
                customers=Count("customer", distinct=True),
                last=Max("ordered_at"),
            )
            .order_by("-orders", "channel")[:20]
        )
        kept = tuple(
            Discovered(
                row["channel"], key_of(row["channel"]), row["orders"], row["customers"], row["last"]
            )
            for row in rows
        )
        cache.set(f"touchpoints.channels.{step}", kept, KEPT)
    return kept


def _overlaps(
    known: list[Touchpoint], loads: dict[int, Load], mark: LogMark
) -> tuple[StageOverlap, ...]:
    last_at = mark.last_at
    if last_at is None or len(loads) < 2:
        return ()
    kept: dict[str, list[Overlap]] | None = cache.get(f"touchpoints.overlaps.{mark.step}")
    if kept is None:
        step = 1 + max(load.customers for load in loads.values()) // SAMPLE
        kept = {stage: overlaps(seen) for stage, seen in _seen(last_at, step).items()}
        cache.set(f"touchpoints.overlaps.{mark.step}", kept, KEPT)
    names = {touchpoint.key: touchpoint.name for touchpoint in known}
    return tuple(
        StageOverlap(
            Stage(stage), names[pair.first], names[pair.second], names.get(pair.advice, ""), pair
        )
        for stage, pairs in kept.items()
        for pair in pairs
        if pair.first in names and pair.second in names
    )


def _seen(last_at: datetime, step: int) -> dict[str, dict[str, frozenset[int]]]:
    """By stage and touchpoint, the customers met there: every `step`-th by number."""
    rows = (
        effective()
        .filter(happened_at__gt=last_at - YEAR, touchpoint__isnull=False, customer__isnull=False)
        .order_by()
        .values_list("stage", "touchpoint__key", "customer")
        .distinct()
    )
    seen: dict[str, dict[str, set[int]]] = {}
    for stage, key, customer in rows.iterator(chunk_size=10_000):
        if customer % step == 0:
            seen.setdefault(stage, {}).setdefault(key, set()).add(customer)
    return {
        stage: {key: frozenset(customers) for key, customers in keys.items()}
        for stage, keys in seen.items()
    }
