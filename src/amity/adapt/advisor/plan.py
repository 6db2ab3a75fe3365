"""A solved program in words of the canvas: what each segment gets, costs, and is worth."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

import numpy as np

from amity.adapt.advisor.model import (
    BREACH_FACTOR,
    Program,
    owed_price,
    response_slopes,
    stage_price,
)
from amity.adapt.advisor.problem import Problem, Segment
from amity.adapt.advisor.solver import Answer, Status, Vector
from amity.base.vocabulary import RelationshipType, Stage

SEEN = 1e-6


class TermKind(StrEnum):
    """What an amount in a plan's net is for."""

    UPLIFT = "uplift"
    COVERAGE = "coverage"
    OFFER = "offer"
    SETUP = "setup"
    CONTACTS = "contacts"
    OPENING = "opening"
    UNMET = "unmet"
    OVERLOAD = "overload"
    BREACH = "breach"
    RUNNING = "running"
    TOUCHPOINTS = "touchpoints"
    INTEGRATION = "integration"


@dataclass(frozen=True, slots=True)
class Term:
    """One amount of the net over the horizon; costs are negative."""

    kind: TermKind
    about: str  # a relationship type, a stage, or empty
    amount: float


@dataclass(frozen=True, slots=True)
class Breach:
    """A promise that cannot be kept with these resources, and what breaking it weighs."""

    segment: str
    promise: str  # "contacts", "stage", "type", or "served" for a segment without any type
    about: str
    amount: float  # contacts a year, or 1
    price: float


@dataclass(frozen=True, slots=True)
class Placement:
    """A touchpoint that runs, and how well."""

    touchpoint: str
    quality: str


@dataclass(frozen=True, slots=True)
class SegmentPlan:
    """What one segment gets. `cost` and `hours` are a year's, `value` and `net` the horizon's."""

    key: str
    name: str
    customers: float
    mix: Mapping[RelationshipType, float]
    touchpoints: tuple[Placement, ...]
    contacts: float
    assisted: float
    unmet: float
    breach: float
    resolved: Mapping[RelationshipType, float]
    cost: float
    hours: Mapping[str, float]
    value: float
    net: float
    terms: tuple[Term, ...]

    @property
    def assisted_share(self) -> float:
        """The share of contacts that people answer."""
        return self.assisted / self.contacts if self.contacts else 0.0


@dataclass(frozen=True, slots=True)
class ResourceUse:
    """How much of a resource a plan uses; no limit is None."""

    key: str
    used: float
    limit: float | None


@dataclass(frozen=True, slots=True)
class Plan:
    """A plan for the whole company with its totals and how good it is known to be."""

    status: Status
    segments: tuple[SegmentPlan, ...]
    types: tuple[RelationshipType, ...]
    touchpoints: tuple[Placement, ...]
    cost: float
    value: float
    net: float
    bound: float
    gap: float
    seconds: float
    resources: tuple[ResourceUse, ...]
    breaches: tuple[Breach, ...]
    terms: tuple[Term, ...]
    currency: str = "EUR"
    names: Mapping[str, str] = field(default_factory=dict)

    def segment(self, key: str) -> SegmentPlan:
        """The plan of one segment.

        Raises:
            KeyError: the plan has no such segment.
        """
        for segment in self.segments:
            if segment.key == key:
                return segment
        raise KeyError(key)

    def resource(self, key: str) -> ResourceUse:
        """The use of "budget" or "hours:<skill>".

        Raises:
            KeyError: the plan has no such resource.
        """
        for use in self.resources:
            if use.key == key:
                return use
        raise KeyError(key)


def read_plan(problem: Problem, program: Program, answer: Answer) -> Plan:
    """The plan that an answer stands for.

    Raises:
        ValueError: the answer holds no plan.
    """
    if answer.values is None:
        raise ValueError("The solver has no plan to read.")
    reader = _Reader(problem, program, answer.values)
    segments = tuple(reader.segment(segment) for segment in problem.segments)
    company = reader.company_terms()
    breaches = tuple(breach for item in problem.segments for breach in reader.breaches(item))
    return Plan(
        status=answer.status,
        segments=segments,
        types=tuple(kind for kind, index in program.columns.run.items() if reader.on(index)),
        touchpoints=reader.placements(program.columns.touchpoint.items()),
        cost=float(program.spend @ answer.values),
        value=sum(segment.value for segment in segments),
        net=answer.net,
        bound=answer.bound,
        gap=answer.gap,
        seconds=answer.seconds,
        resources=reader.resources(),
        breaches=breaches,
        terms=company,
        currency=problem.currency,
        names={
            **{item.key: item.name for item in problem.touchpoints},
            **{item.key: item.name for item in problem.skills},
        },
    )


class _Reader:
    def __init__(self, problem: Problem, program: Program, values: Vector) -> None:
        self.problem, self.program, self.values = problem, program, values
        self.columns = program.columns

    def on(self, index: int) -> bool:
        return bool(self.values[index] > 0.5)

    def at(self, indices: Iterable[int]) -> float:
        return float(sum(self.values[index] for index in indices))

    def money(self, index: int) -> float:
        return float(self.program.gain[index] * self.values[index] * self.program.unit)

    def placements(self, items: Iterable[tuple[tuple[str, str], int]]) -> tuple[Placement, ...]:
        return tuple(Placement(key, quality) for (key, quality), i in items if self.on(i))

    def resources(self) -> tuple[ResourceUse, ...]:
        program = self.program
        return tuple(
            ResourceUse(name, row_use(program, row, self.values), float(program.row_upper[row]))
            for name, row in program.resources.items()
            if name != "changes"
        )

    def company_terms(self) -> tuple[Term, ...]:
        running = [
            Term(TermKind.RUNNING, kind.value, self.money(index))
            for kind, index in self.columns.run.items()
        ]
        kept = sum(self.money(index) for index in self.columns.touchpoint.values())
        joined = sum(self.money(index) for index in self.columns.integration)
        return _told(
            *running, Term(TermKind.TOUCHPOINTS, "", kept), Term(TermKind.INTEGRATION, "", joined)
        )

    def segment(self, segment: Segment) -> SegmentPlan:
        key, columns, values = segment.key, self.columns, self.values
        offered = {kind: index for (owner, kind), index in columns.offer.items() if owner == key}
        mix = {
            kind: min(1.0, self.at(columns.pieces[key, kind]))
            for kind, index in offered.items()
            if self.on(index)
        }
        opened = [
            ((name, quality), index)
            for (owner, name, quality), index in columns.opened.items()
            if owner == key
        ]
        terms = self._terms(segment, mix, [index for _, index in opened])
        size = segment.size.value
        return SegmentPlan(
            key=key,
            name=segment.name,
            customers=size,
            mix=mix,
            touchpoints=self.placements(opened),
            contacts=size * segment.contacts.value,
            assisted=size * float(values[columns.assisted[key]]),
            unmet=size * float(values[columns.unmet[key]]),
            breach=size * float(values[columns.breach[key]]),
            resolved={
                kind: size * segment.offers[kind].resolved.value * x for kind, x in mix.items()
            },
            cost=float(self.program.spend[own] @ values[own])
            if len(own := self.own_columns(key))
            else 0.0,
            hours=self._hours(segment, mix),
            value=sum(t.amount for t in terms if t.kind in {TermKind.UPLIFT, TermKind.COVERAGE}),
            net=sum(term.amount for term in terms),
            terms=terms,
        )

    def own_columns(self, key: str) -> list[int]:
        """Columns of one segment that cost money."""
        columns = self.columns
        own = [index for (owner, _), index in columns.offer.items() if owner == key]
        own += [i for (owner, _), pieces in columns.pieces.items() if owner == key for i in pieces]
        own += [index for (owner, _, _), index in columns.opened.items() if owner == key]
        return [*own, columns.assisted[key]]

    def _hours(self, segment: Segment, mix: Mapping[RelationshipType, float]) -> dict[str, float]:
        size = segment.size.value
        hours: dict[str, float] = {}
        for kind, intensity in mix.items():
            for skill, amount in segment.offers[kind].hours.items():
                hours[skill] = hours.get(skill, 0.0) + size * amount * intensity
        assisted = float(self.values[self.columns.assisted[segment.key]])
        for skill, amount in segment.contact_hours.items():
            hours[skill] = hours.get(skill, 0.0) + size * amount * assisted
        return {skill: amount for skill, amount in hours.items() if amount > SEEN}

    def _terms(
        self, segment: Segment, mix: Mapping[RelationshipType, float], opened: list[int]
    ) -> tuple[Term, ...]:
        key, columns = segment.key, self.columns
        terms = list(self._uplift_terms(segment))
        for kind in mix:
            spent = sum(self.money(index) for index in columns.pieces[key, kind])
            terms.append(Term(TermKind.OFFER, kind.value, spent))
            terms.append(Term(TermKind.SETUP, kind.value, self.money(columns.offer[key, kind])))
        terms += [
            Term(TermKind.CONTACTS, "", self.money(columns.assisted[key])),
            Term(TermKind.OPENING, "", sum(self.money(index) for index in opened)),
            Term(TermKind.UNMET, "", self.money(columns.unmet[key])),
            Term(TermKind.BREACH, "", -sum(item.price for item in self.breaches(segment))),
        ]
        if key in columns.overload:
            terms.append(Term(TermKind.OVERLOAD, "", self.money(columns.overload[key])))
        return _told(*terms)

    def _uplift_terms(self, segment: Segment) -> Iterable[Term]:
        parts = self.raw_uplift(segment)
        raw = sum(parts.values())
        won = sum(self.money(index) for index in self.columns.gained[segment.key])
        scale = won / raw if raw > 0 else 0.0
        stages = 0.0
        for about, part in parts.items():
            if isinstance(about, Stage):
                stages += part * scale
            else:
                yield Term(TermKind.UPLIFT, about.value, part * scale)
        yield Term(TermKind.COVERAGE, "", stages)

    def raw_uplift(self, segment: Segment) -> dict[RelationshipType | Stage, float]:
        """Share of value won by each type and stage before saturation."""
        parts: dict[RelationshipType | Stage, float] = {}
        for (owner, kind), pieces in self.columns.pieces.items():
            if owner == segment.key:
                slopes = response_slopes(segment.offers[kind])
                parts[kind] = float(np.dot(slopes, self.values[list(pieces)]))
        slopes = tuple(piece.slope for piece in self.problem.coverage)
        for stage, worth in segment.stages.items():
            pieces = self.columns.covered[segment.key, stage]
            parts[stage] = worth.value * float(np.dot(slopes, self.values[list(pieces)]))
        return parts

    def breaches(self, segment: Segment) -> Iterable[Breach]:
        key, columns, values = segment.key, self.columns, self.values
        broken = float(values[columns.breach[key]]) * segment.size.value
        if broken > SEEN:
            price = BREACH_FACTOR * segment.unmet_loss.value * segment.horizon * broken
            yield Breach(key, "contacts", "", broken, price)
        for (owner, stage), index in columns.stage_gap.items():
            if owner == key and values[index] > SEEN:
                missing = float(values[index])
                yield Breach(key, "stage", stage.value, missing, stage_price(segment) * missing)
        unserved = columns.served_gap.get(key)
        if unserved is not None and values[unserved] > SEEN:
            missing = float(values[unserved])
            yield Breach(key, "served", "", missing, owed_price(segment) * missing)
        for (owner, kind), index in columns.owed_gap.items():
            if owner == key and values[index] > SEEN:
                missing = float(values[index])
                yield Breach(key, "type", kind.value, missing, owed_price(segment) * missing)


def row_use(program: Program, row: int, values: Vector) -> float:
    """The left side of a row at these values."""
    begin, end = program.row_start[row], program.row_start[row + 1]
    return float(program.row_value[begin:end] @ values[program.row_index[begin:end]])


def _told(*terms: Term) -> tuple[Term, ...]:
    """The terms that are not nothing, largest first."""
    seen = [term for term in terms if abs(term.amount) > SEEN]
    return tuple(sorted(seen, key=lambda term: -abs(term.amount)))
