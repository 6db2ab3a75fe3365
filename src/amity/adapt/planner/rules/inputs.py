"""Every figure a plan rests on: what it means, where it comes from, how sure it is. Pure.

A figure comes from the first of: a person who wrote it on the inputs page, evidence, the canvas,
the data. What none of them knows is an assumption of grade D, shown and editable, never silent;
what cannot even be assumed is missing and asked for.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import NamedTuple

from amity.base.results import Estimate, Grade
from amity.base.vocabulary import RelationshipType, Skill, Stage
from amity.kernel.policy.document import CanvasDocument, Cell, SegmentDesign

SKILL_OF = {
    RelationshipType.PERSONAL_ASSISTANCE: Skill.FRONT_LINE,
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: Skill.ACCOUNT,
    RelationshipType.SELF_SERVICE: Skill.CONTENT,
    RelationshipType.AUTOMATED_SERVICES: Skill.CONTENT,
    RelationshipType.COMMUNITIES: Skill.COMMUNITY,
    RelationshipType.CO_CREATION: Skill.PRODUCT,
}
RESOLVING = {
    RelationshipType.SELF_SERVICE: 0.30,
    RelationshipType.AUTOMATED_SERVICES: 0.15,
    RelationshipType.COMMUNITIES: 0.10,
}
UPLIFT = {
    RelationshipType.PERSONAL_ASSISTANCE: 0.020,
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: 0.050,
    RelationshipType.SELF_SERVICE: 0.010,
    RelationshipType.AUTOMATED_SERVICES: 0.015,
    RelationshipType.COMMUNITIES: 0.010,
    RelationshipType.CO_CREATION: 0.005,
}
HOURS = {
    RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: 6.0,
    RelationshipType.COMMUNITIES: 0.01,
    RelationshipType.CO_CREATION: 0.02,
}


class Key(NamedTuple):
    """Which figure: of a segment ("" is the company), of a type ("" is all of them)."""

    segment: str
    type: str
    measure: str


@dataclass(frozen=True, slots=True)
class Measure:
    """What a figure means. `unit` is "money", "share", "hours", "number" or "yes"."""

    name: str
    label: str
    unit: str
    help: str
    low: float = 0.0
    high: float = float("inf")


def _measures() -> Iterator[Measure]:
    yield Measure("customers", "Customers", "number", "Customers that this segment decides for.")
    yield Measure(
        "value_year", "Value of a customer a year", "money", "Margin before relationship cost."
    )
    yield Measure(
        "retention", "Retention a year", "share", "Share of value that goes on a year later.", 0, 1
    )
    yield Measure(
        "contacts", "Contacts a customer and year", "number", "Needs that are brought up."
    )
    yield Measure(
        "contact_cost", "Cost of a contact", "money", "What a contact answered by people costs."
    )
    yield Measure("contact_hours", "Hours of a contact", "hours", "Staff hours of such a contact.")
    yield Measure(
        "unmet_loss", "Loss of an unmet contact", "money", "Margin lost when nobody answers."
    )
    yield Measure(
        "unmet_limit", "May stay unmet", "share", "Share of contacts that no promise covers.", 0, 1
    )
    yield Measure("uplift", "Uplift", "share", "Share of value won at full intensity.", -1.0, 10.0)
    yield Measure(
        "resolved", "Contacts resolved", "share", "Share of contacts that need no person.", 0, 1
    )
    yield Measure(
        "cost",
        "Cost a customer and year",
        "money",
        "At full intensity, labor at its wage included.",
    )
    yield Measure("hours", "Hours a customer and year", "hours", "At full intensity.")
    yield Measure(
        "preference", "Preference", "number", "1 is neutral; scales the uplift.", 0.35, 1.65
    )
    yield Measure("setup", "Set-up", "money", "Once, to begin the type for this segment.")
    yield Measure("forbidden", "Forbidden", "yes", "1: the type may not be offered here.", 0, 1)
    yield Measure("fixed_cost", "Fixed cost a year", "money", "To run the type at all.")
    yield Measure("fixed_hours", "Fixed hours a year", "hours", "To run the type at all.")
    yield Measure(
        "minimum", "Least intensity", "share", "Below it an offer of the type is not real.", 0, 1
    )
    yield Measure("wage", "Cost of an hour", "money", "All in.")
    yield Measure("fit", "Fit of a touchpoint", "share", "Share of the segment it reaches.", 0, 1)
    yield Measure(
        "stage", "Worth of a stage", "share", "Share of value won by covering it well.", 0, 1
    )
    yield Measure("upkeep_cost", "Upkeep of a touchpoint", "money", "A year, run as it is now.")
    yield Measure("upkeep_hours", "Upkeep of a touchpoint", "hours", "A year, run as it is now.")
    yield Measure(
        "better_upkeep", "Joined touchpoints cost", "number", "Upkeep when joined, per basic.", 1.0
    )


MEASURES = {measure.name: measure for measure in _measures()}


def measure_of(name: str) -> Measure | None:
    """The measure of a figure's name; `fit:phone` is a `fit`."""
    return MEASURES.get(name.partition(":")[0])


@dataclass(frozen=True, slots=True)
class Input:
    """One figure with where it comes from. `estimate` None: it is missing and asked for."""

    key: Key
    estimate: Estimate | None
    source: str
    about: str = ""  # the touchpoint, stage or skill in words
    overridden: bool = False
    note: str = ""

    @property
    def measure(self) -> Measure:
        """What it means."""
        return MEASURES[self.key.measure.partition(":")[0]]

    @property
    def is_assumption(self) -> bool:
        """Whether nobody and nothing but a default says it."""
        return self.estimate is not None and self.estimate.grade is Grade.D


@dataclass(frozen=True, slots=True)
class Known:
    """A figure from evidence or from a person."""

    key: Key
    estimate: Estimate
    source: str
    note: str = ""
    expires_on: date | None = None


@dataclass(frozen=True, slots=True)
class SegmentFacts:
    """What the data say of one segment; money in major units; None is not known."""

    key: str
    name: str
    customers: Estimate | None = None
    value_year: Estimate | None = None
    value_source: str = ""
    contacts: Estimate | None = None
    contact_cost: Estimate | None = None
    contact_hours: Estimate | None = None
    reach: Mapping[str, Estimate] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TouchpointFacts:
    """What the registry says of one touchpoint; money in major units."""

    key: str
    name: str
    stages: tuple[Stage, ...]
    types: frozenset[RelationshipType]
    cost: float | None = None
    hours: float | None = None
    joined: int = 0  # of the seven points of integration


@dataclass(frozen=True, slots=True)
class Facts:
    """All that inputs are assembled from."""

    document: CanvasDocument
    currency: str
    on: date
    segments: tuple[SegmentFacts, ...]
    touchpoints: tuple[TouchpointFacts, ...]
    evidence: tuple[Known, ...] = ()
    overrides: tuple[Known, ...] = ()

    def segment(self, key: str) -> SegmentFacts:
        """The facts of a segment; without any where the data have none."""
        return next((item for item in self.segments if item.key == key), SegmentFacts(key, key))


def aged(known: Known, on: date) -> Estimate:
    """The estimate, one grade lower once it has expired."""
    if known.expires_on is None or on < known.expires_on or known.estimate.grade is Grade.D:
        return known.estimate
    grades = list(Grade)
    return replace(known.estimate, grade=grades[grades.index(known.estimate.grade) + 1])


def assemble(facts: Facts) -> tuple[Input, ...]:
    """Every figure that a plan of this canvas needs, in the order of the inputs page."""
    return tuple(_Assembly(facts).everything())


def missing(inputs: Iterable[Input]) -> tuple[Input, ...]:
    """The figures that nobody knows and nothing can stand in for."""
    return tuple(item for item in inputs if item.estimate is None)


Assumed = Callable[[], float]


class _Assembly:
    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.found: dict[Key, Input] = {}
        self.evidence: dict[Key, Known] = {}
        for known in facts.evidence:
            best = self.evidence.get(known.key)
            if best is None or _rank(known, facts.on) < _rank(best, facts.on):
                self.evidence[known.key] = known
        self.overrides = {known.key: known for known in facts.overrides}

    def value(self, segment: str, kind: str, measure: str) -> float:
        """The value of a figure that was put in before; 0 where it is missing."""
        item = self.found[Key(segment, kind, measure)]
        return item.estimate.value if item.estimate else 0.0

    def put(
        self,
        key: Key,
        *,
        known: Estimate | None = None,
        source: str = "",
        assumed: float | None = None,
        why: str = "",
        about: str = "",
    ) -> Input:
        override, evidence = self.overrides.get(key), self.evidence.get(key)
        if override is not None:
            item = Input(key, override.estimate, override.source, about, True, override.note)
        elif evidence is not None:
            estimate = aged(evidence, self.facts.on)
            item = Input(key, estimate, evidence.source, about, note=evidence.note)
        elif known is not None:
            item = Input(key, known, source, about)
        elif assumed is not None:
            item = Input(key, Estimate(assumed, None, None, Grade.D), f"Assumption: {why}", about)
        else:
            item = Input(key, None, why, about)
        self.found[key] = item
        return item

    def everything(self) -> Iterator[Input]:
        for skill in Skill:
            about = skill.value.replace("_", " ")
            key = Key("", "", f"wage:{skill.value}")
            yield self.put(key, assumed=30.0, why="no wage is known", about=about)
        for kind in RelationshipType:
            yield from self._company(kind)
        key = Key("", "", "better_upkeep")
        yield self.put(key, assumed=1.5, why="joining costs half as much again")
        for place in self.facts.touchpoints:
            yield from self._touchpoint(place)
        for design in self.facts.document.segments:
            yield from self._segment(design)

    def _company(self, kind: RelationshipType) -> Iterator[Input]:
        hours = self.facts.document.capacity.hours.get(SKILL_OF[kind])
        fixed = 0.05 * hours if hours is not None else 40.0
        why = "5 % of the hours there are" if hours is not None else "a week's work"
        yield self.put(Key("", kind, "fixed_cost"), assumed=0.0, why="no licence or rent is known")
        yield self.put(Key("", kind, "fixed_hours"), assumed=fixed, why=why)
        yield self.put(Key("", kind, "minimum"), assumed=0.25, why="a quarter of the full offer")

    def _touchpoint(self, place: TouchpointFacts) -> Iterator[Input]:
        for measure, known, assumed, why in (
            ("upkeep_cost", place.cost, 0.0, "the registry has no cost"),
            ("upkeep_hours", place.hours, 24.0, "two hours a month"),
        ):
            estimate = None if known is None else Estimate(known, None, None, Grade.B)
            key = Key("", "", f"{measure}:{place.key}")
            yield self.put(
                key,
                known=estimate,
                source="Touchpoint registry",
                assumed=assumed,
                why=why,
                about=place.name,
            )

    def _segment(self, design: SegmentDesign) -> Iterator[Input]:
        key, facts = design.segment, self.facts.segment(design.segment)
        wage = self.value("", "", f"wage:{Skill.FRONT_LINE.value}")
        ask = "How many customers are in this segment?"
        yield self.put(
            Key(key, "", "customers"), known=facts.customers, source="Members today", why=ask
        )
        ask = "What is a customer worth a year? Measure the orders, or write it here."
        source = facts.value_source
        nobody = facts.customers is not None and facts.customers.value == 0
        yield self.put(
            Key(key, "", "value_year"),
            known=facts.value_year,
            source=source,
            assumed=0.0 if nobody else None,
            why="nobody is in the segment" if nobody else ask,
        )
        yield self.put(Key(key, "", "retention"), assumed=0.75, why="three in four stay")
        log, none = "Interaction log", "the log has no contacts"
        yield self.put(
            Key(key, "", "contacts"), known=facts.contacts, source=log, assumed=1.0, why=none
        )
        hours = self.put(
            Key(key, "", "contact_hours"),
            known=facts.contact_hours or self._hours_on_canvas(design),
            source=log if facts.contact_hours else "Canvas, hours of personal assistance",
            assumed=0.15,
            why=none,
        )
        yield hours
        cost = 1.2 * wage * (hours.estimate.value if hours.estimate else 0.0)
        why = "hours at their wage and a fifth more"
        yield self.put(
            Key(key, "", "contact_cost"),
            known=facts.contact_cost,
            source=log,
            assumed=cost,
            why=why,
        )
        loss = 0.02 * self.value(key, "", "value_year")
        yield self.put(Key(key, "", "unmet_loss"), assumed=loss, why="2 % of a year's value")
        limit = 0.0 if _reachable(design) else 0.1
        why = "a person was promised" if not limit else "one in ten"
        yield self.put(Key(key, "", "unmet_limit"), assumed=limit, why=why)
        for kind in RelationshipType:
            yield from self._cell(design, kind)
        for stage in stages_of(design, self.facts.touchpoints):
            name = f"stage:{stage.value}"
            yield self.put(Key(key, "", name), assumed=0.01, why="1 % of value", about=stage.value)
        for place in self.facts.touchpoints:
            reached = facts.reach.get(place.key)
            name = f"fit:{place.key}"
            yield self.put(
                Key(key, "", name),
                known=reached,
                source=log,
                assumed=0.5,
                why="not measured",
                about=place.name,
            )

    def _hours_on_canvas(self, design: SegmentDesign) -> Estimate | None:
        """The canvas gives personal assistance in hours a customer; here they are a contact's."""
        cell = design.relationship_types.get(RelationshipType.PERSONAL_ASSISTANCE)
        contacts = self.value(design.segment, "", "contacts")
        if cell is None or not cell.hours_per_customer or not contacts:
            return None
        return Estimate(cell.hours_per_customer / contacts, None, None, cell.grade)

    def _cell(self, design: SegmentDesign, kind: RelationshipType) -> Iterator[Input]:
        key, cell = design.segment, design.relationship_types.get(kind)
        wage = self.value("", "", f"wage:{SKILL_OF[kind].value}")
        yield self.put(Key(key, kind, "uplift"), assumed=UPLIFT[kind], why="not tested yet")
        if kind in RESOLVING:
            share, why = RESOLVING[kind], "no hold-out has shown it yet"
            yield self.put(Key(key, kind, "resolved"), assumed=share, why=why)
        people = kind is RelationshipType.PERSONAL_ASSISTANCE
        why = "being there takes half as long as answering" if people else "a usual amount of work"
        usual = HOURS.get(kind, 0.0)
        if people:
            usual = 0.5 * self.value(key, "", "contacts") * self.value(key, "", "contact_hours")
        hours = self.put(
            Key(key, kind, "hours"),
            known=None if people else _full(cell, "hours"),
            source="Canvas",
            assumed=usual,
            why=why,
        )
        yield hours
        per_contact = self.value(key, "", "contact_cost")
        other = 0.0 if people else 0.02 * per_contact
        cost = other + (hours.estimate.value if hours.estimate else 0.0) * wage
        why = "hours at their wage and a little more"
        yield self.put(
            Key(key, kind, "cost"),
            known=_full(cell, "cost"),
            source="Canvas",
            assumed=cost,
            why=why,
        )
        yield self.put(Key(key, kind, "preference"), assumed=1.0, why="nobody was asked yet")
        setup = 0.0 if cell is not None and cell.intensity > 0 else 20.0 * wage
        why = "it runs already" if not setup else "20 hours of work"
        yield self.put(Key(key, kind, "setup"), assumed=setup, why=why)
        never = Estimate(0.0, 0.0, 0.0, Grade.A)
        yield self.put(Key(key, kind, "forbidden"), known=never, source="Nothing forbids it")


def stages_of(design: SegmentDesign, places: tuple[TouchpointFacts, ...]) -> tuple[Stage, ...]:
    """The stages that the segment passes: those on the canvas, else all that can be served."""
    drawn = {stage for stage, keys in design.touchpoints.items() if keys}
    served = {stage for place in places for stage in place.stages}
    wanted = (drawn & served) or served
    return tuple(stage for stage in Stage if stage in wanted)


def _reachable(design: SegmentDesign) -> bool:
    return any(
        cell.promise is not None and cell.promise.human_reachable
        for cell in design.relationship_types.values()
    )


def _full(cell: Cell | None, what: str) -> Estimate | None:
    """What the canvas says of a cell, carried from its intensity to the full offer."""
    if cell is None or not cell.intensity:
        return None
    known = cell.hours_per_customer if what == "hours" else cell.cost_per_customer
    if known is None:
        return None
    return Estimate(float(known) / cell.intensity, None, None, cell.grade)


def _rank(known: Known, on: date) -> tuple[str, float]:
    as_of = known.estimate.as_of
    return aged(known, on).grade.value, -(as_of.timestamp() if as_of else 0.0)
