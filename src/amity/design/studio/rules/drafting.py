"""Fills a first canvas from a starter and from what the data says; marks every guess as a guess.

Facts of the data become expectations and notes with their source and day (grade B). Everything
else is a guess: grade D, `guess`, with its reason in words. Pure.
"""

from dataclasses import dataclass, field
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType, Skill, Stage
from amity.design.studio.rules.editing import DESIGN_FIELDS
from amity.kernel.policy.document import (
    CanvasDocument,
    Capacity,
    Cell,
    Expectation,
    SegmentDesign,
    TouchpointDefinition,
)

REVIEW_AFTER = timedelta(days=91)
WORTH_NAMING = 0.05  # a channel with less of a segment's orders is not named
CERTAIN = 0.95  # confidence of a counted fact
ALREADY_RUNNING = 0.3  # intensity drafted for a type that the log has and the starter has not

SKILL_OF = {
    RelationshipType.PERSONAL_ASSISTANCE: Skill.FRONT_LINE,
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: Skill.ACCOUNT,
    RelationshipType.SELF_SERVICE: Skill.CONTENT,
    RelationshipType.AUTOMATED_SERVICES: Skill.CONTENT,
    RelationshipType.COMMUNITIES: Skill.COMMUNITY,
    RelationshipType.CO_CREATION: Skill.PRODUCT,
}


@dataclass(frozen=True, slots=True)
class ChannelShare:
    """How much of the orders came through one channel."""

    channel: str
    touchpoint: str  # key
    orders: int
    share: float


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What the data says of the customers of one segment."""

    customers: int
    value_minor: int | None = None
    value_is_forecast: bool = False
    orders: int = 0
    days_between_orders: float | None = None
    channels: tuple[ChannelShare, ...] = ()
    contacts: dict[RelationshipType, float] = field(default_factory=dict)  # a customer and year


@dataclass(frozen=True, slots=True)
class FoundTouchpoint:
    """A touchpoint that the registry, the orders or the log know, or that a starter proposes."""

    definition: TouchpointDefinition
    source: str  # "registry", "orders", "log", "starter"
    reason: str
    orders: int = 0
    interactions: int = 0

    @property
    def is_observed(self) -> bool:
        """Whether something was seen there."""
        return self.orders + self.interactions > 0


@dataclass(frozen=True, slots=True)
class Facts:
    """What is known of the company's customers when a canvas is drafted."""

    currency: str
    customers: int = 0
    orders: int = 0
    first_on: date | None = None
    last_on: date | None = None
    is_measured: bool = False
    segments: dict[str, SegmentFacts] = field(default_factory=dict)
    touchpoints: tuple[FoundTouchpoint, ...] = ()
    missing: tuple[str, ...] = ()  # what would make the draft better, in sentences


@dataclass(frozen=True, slots=True)
class Choices:
    """What the person chose in the wizard. None: everything that is proposed."""

    segments: frozenset[str] | None = None
    touchpoints: frozenset[str] | None = None
    hour_cost: Decimal | None = None  # all in, in the canvas's currency
    budget: Decimal | None = None  # a year
    hours: dict[Skill, float] = field(default_factory=dict)  # a year, by skill


def draft(
    starter: CanvasDocument, facts: Facts, choices: Choices, *, name: str, on: date
) -> CanvasDocument:
    """A first canvas: the starter's designs, filled with facts, limited to what was chosen."""
    designs = tuple(
        _design(design, facts, choices, on)
        for design in starter.segments
        if choices.segments is None or design.segment in choices.segments
    )
    keys = {design.segment for design in designs}
    return CanvasDocument(
        name=name,
        currency=facts.currency,
        capacity=Capacity(budget=choices.budget, hours=choices.hours),
        segments=designs,
        segment_definitions=tuple(d for d in starter.segment_definitions if d.key in keys),
        touchpoint_definitions=tuple(
            found.definition for found in facts.touchpoints if _is_chosen(found, choices)
        ),
        note=_origin(starter, facts, on),
    )


def _is_chosen(found: FoundTouchpoint, choices: Choices) -> bool:
    return choices.touchpoints is None or found.definition.key in choices.touchpoints


def _origin(starter: CanvasDocument, facts: Facts, on: date) -> str:
    known = (
        f"{facts.customers:,} customers and {facts.orders:,} orders to {facts.last_on}"
        if facts.orders
        else "no orders"
    )
    return (
        f"Drafted on {on} from the starter “{starter.name}” and {known}. What is counted in the "
        "data says so with its day; everything else is a guess until somebody confirms it."
    )


def _design(design: SegmentDesign, facts: Facts, choices: Choices, on: date) -> SegmentDesign:
    known = facts.segments.get(design.segment, SegmentFacts(customers=0))
    touchpoints = _touchpoints(design, known, facts, choices)
    proposed = _cells(design, known, choices)
    touchpoints, cells = _carried(proposed, touchpoints, facts, choices)
    hours = _hours(cells, known.customers)
    budget = _budget(hours, choices)
    filled: dict[str, Any] = {
        "expectations": (*_observed(known, facts), *design.expectations),
        "relationship_types": cells,
        "touchpoints": touchpoints,
        "hours": hours,
        "budget": budget,
        "review_on": on + REVIEW_AFTER,
        "note": _note(known, facts, budget is not None, set(proposed) - set(cells)),
    }
    written = {**dict(design), **filled}
    guesses = [name for name in DESIGN_FIELDS if name != "note" and _says_something(written, name)]
    return SegmentDesign.model_validate({**written, "guesses": tuple(guesses)})


def _budget(hours: dict[Skill, float], choices: Choices) -> Decimal | None:
    if choices.hour_cost is None:
        return None
    return (Decimal(str(sum(hours.values()))) * choices.hour_cost).quantize(Decimal(1))


def _says_something(written: dict[str, Any], name: str) -> bool:
    value = written[name]
    return value is not None and value not in ((), {})


def _note(
    known: SegmentFacts, facts: Facts, has_budget: bool, dropped: set[RelationshipType]
) -> str:
    counted = (
        f"{known.customers:,} customers when drafted (counted, to {facts.last_on})."
        " Hours: the customers times the hours assumed for each type."
        if known.customers
        else "No customers when drafted."
    )
    money = " Budget: those hours at the cost of an hour that you gave." if has_budget else ""
    names = ", ".join(kind.label.lower() for kind in RelationshipType if kind in dropped)
    left = f" Not drafted, because no touchpoint chosen can carry it: {names}." if names else ""
    return counted + money + left


def _observed(known: SegmentFacts, facts: Facts) -> tuple[Expectation, ...]:
    """The facts of the data as behavior and preferred channel, each with its source and day."""
    source = f"own orders to {facts.last_on}, counted (grade B)"
    found = []
    if known.days_between_orders is not None:
        found.append(
            Expectation(
                kind="behavior",
                statement="Half of those who come back order again within "
                f"{known.days_between_orders:.0f} days on average",
                source=source,
                confidence=CERTAIN,
            )
        )
    named = [c for c in known.channels if c.share >= WORTH_NAMING][:3]
    if named:
        parts = ", ".join(f"{c.channel} {c.share:.0%}" for c in named)
        found.append(
            Expectation(
                kind="channel",
                statement=f"They order by {parts}",
                source=source,
                confidence=CERTAIN,
            )
        )
    return tuple(found)


def _cells(
    design: SegmentDesign, known: SegmentFacts, choices: Choices
) -> dict[RelationshipType, Cell]:
    proposed = {
        kind: _guess(cell, _reason(cell.note, known, kind), choices)
        for kind, cell in design.relationship_types.items()
    }
    running = {
        kind: Cell(
            intensity=ALREADY_RUNNING,
            guess=True,
            grade=Grade.D,
            note=f"It runs already: the log has {_rate(rate)}. Keep it on purpose, or stop it.",
        )
        for kind, rate in known.contacts.items()
        if rate > 0 and kind not in proposed
    }
    both = {**proposed, **running}
    return {kind: both[kind] for kind in RelationshipType if kind in both}


def _reason(note: str, known: SegmentFacts, kind: RelationshipType) -> str:
    if not known.contacts:
        return note
    rate = known.contacts.get(kind, 0.0)
    seen = f"The log has {_rate(rate)}." if rate else "The log has nothing of it yet."
    return f"{note} {seen}".strip()


def _rate(rate: float) -> str:
    shown = f"{rate:,.0f}" if rate >= 10 else f"{rate:.2g}"
    return f"{shown} interactions a customer and year (counted, grade B)"


def _guess(cell: Cell, reason: str, choices: Choices) -> Cell:
    cost = cell.cost_per_customer
    if choices.hour_cost is not None and cell.hours_per_customer:
        cost = (Decimal(str(cell.hours_per_customer)) * choices.hour_cost).quantize(Decimal("0.01"))
    changes = {"guess": True, "grade": Grade.D, "note": reason[:500], "cost_per_customer": cost}
    return Cell.model_validate({**dict(cell), **changes})


def _hours(cells: dict[RelationshipType, Cell], customers: int) -> dict[Skill, float]:
    hours: dict[Skill, float] = {}
    for kind, cell in cells.items():
        need = (cell.hours_per_customer or 0) * customers
        if need:
            hours[SKILL_OF[kind]] = round(hours.get(SKILL_OF[kind], 0) + need, 1)
    return hours


def _touchpoints(
    design: SegmentDesign, known: SegmentFacts, facts: Facts, choices: Choices
) -> dict[Stage, tuple[str, ...]]:
    """By stage: first those where the segment was seen, then the starter's that were chosen."""
    chosen = {f.definition.key: f for f in facts.touchpoints if _is_chosen(f, choices)}
    seen = [c.touchpoint for c in known.channels if c.share >= WORTH_NAMING]
    grid: dict[Stage, tuple[str, ...]] = {}
    for stage in Stage:
        met = [key for key in seen if key in chosen and stage in chosen[key].definition.stages]
        planned = [key for key in design.touchpoints.get(stage, ()) if key in chosen]
        keys = tuple(dict.fromkeys((*met, *planned)))
        if keys:
            grid[stage] = keys
    return grid


def _carried(
    cells: dict[RelationshipType, Cell],
    touchpoints: dict[Stage, tuple[str, ...]],
    facts: Facts,
    choices: Choices,
) -> tuple[dict[Stage, tuple[str, ...]], dict[RelationshipType, Cell]]:
    """Only types that a chosen touchpoint can carry; one is added where none is used yet."""
    chosen = {f.definition.key: f.definition for f in facts.touchpoints if _is_chosen(f, choices)}
    grid, kept = dict(touchpoints), {}
    for kind, cell in cells.items():
        used = {key for keys in grid.values() for key in keys}
        if not any(kind in chosen[key].relationship_types for key in used):
            carrier = next((d for d in chosen.values() if kind in d.relationship_types), None)
            if carrier is None or not carrier.stages:
                continue
            stage = carrier.stages[-1]
            grid[stage] = (*grid.get(stage, ()), carrier.key)
        kept[kind] = cell
    return {stage: grid[stage] for stage in Stage if stage in grid}, kept
