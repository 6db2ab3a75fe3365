"""The canvas as data: what a policy version holds, and what its YAML file says.

Pure values: this module knows no database. Amounts are in major units of the document's currency.
"""

from datetime import date
from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from amity.base.results import Grade
from amity.base.vocabulary import (
    Intimacy,
    Motivation,
    Nature,
    RelationshipType,
    Skill,
    Stage,
)


def _exact(value: object) -> object:
    """A float from YAML as the decimal that was written."""
    return Decimal(str(value)) if isinstance(value, float) else value


Amount = Annotated[Decimal, BeforeValidator(_exact)]
Share = Annotated[float, Field(ge=0, le=1)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]


class Part(BaseModel):
    """A part of the canvas: unknown fields are refused, so that a typing error is never silent."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Expectation(Part):
    """What a segment expects of the relationship, and how we know."""

    kind: Literal[
        "need",
        "preference",
        "behavior",
        "desire",
        "aspiration",
        "demand",
        "pain",
        "fear",
        "channel",
        "relationship",
    ] = "need"
    statement: Annotated[str, Field(min_length=1, max_length=500)]
    source: Annotated[str, Field(max_length=200)] = ""
    confidence: Share = 0.5


class ValueProposition(Part):
    """The bundle of benefits a segment gets, what it stresses, and the voice it is told in."""

    statement: Annotated[str, Field(max_length=1000)] = ""
    stance: Annotated[str, Field(max_length=500)] = ""
    emphasis: dict[
        Literal[
            "efficiency", "expertise", "personal_care", "status", "belonging", "price", "control"
        ],
        Share,
    ] = {}


class Promise(Part):
    """The minimum that the company guarantees; times are working minutes on the calendar."""

    text: Annotated[str, Field(max_length=500)] = ""
    first_response_minutes: Annotated[int, Field(gt=0)] | None = None
    next_response_minutes: Annotated[int, Field(gt=0)] | None = None
    resolution_minutes: Annotated[int, Field(gt=0)] | None = None
    calendar: Key | None = None
    human_reachable: bool = False


class Cell(Part):
    """One relationship type for one segment: how much of it, and what is promised."""

    intensity: Share
    primary: bool = False
    promise: Promise | None = None
    cost_per_customer: Amount | None = None  # a year, at this intensity
    hours_per_customer: Annotated[float, Field(ge=0)] | None = None  # a year
    guess: bool = False  # drafted, not yet confirmed by a person
    grade: Grade = Grade.D
    note: Annotated[str, Field(max_length=500)] = ""


class Target(Part):
    """A measure that the segment's relationship should reach by a day."""

    measure: Annotated[str, Field(min_length=1, max_length=60)]
    value: float
    unit: Annotated[str, Field(max_length=30)] = ""
    by: date | None = None


class SegmentDesign(Part):
    """The relationship designed for one segment; its order on the canvas is its precedence."""

    segment: Key
    motivation: Motivation
    motivations: dict[Motivation, Share] = {}
    expectations: tuple[Expectation, ...] = ()
    value_proposition: ValueProposition = ValueProposition()
    nature: Nature
    intimacy: tuple[Intimacy, ...] = ()
    relationship_types: dict[RelationshipType, Cell] = {}
    touchpoints: dict[Stage, tuple[Key, ...]] = {}
    hours: dict[Skill, Annotated[float, Field(ge=0)]] = {}  # a year
    budget: Amount | None = None  # a year
    targets: tuple[Target, ...] = ()
    review_on: date | None = None
    guesses: tuple[str, ...] = ()  # names of the fields above that are guesses
    note: Annotated[str, Field(max_length=1000)] = ""


class SegmentDefinition(Part):
    """A segment as a file carries it, so that a canvas can be taken to another company."""

    key: Key
    name: str
    description: str = ""
    rule: str  # in the readable form of the rule language


class TouchpointDefinition(Part):
    """The registry's essentials of a touchpoint that the canvas names."""

    key: Key
    name: str
    channel: str = ""
    owner: str = "own"
    control: str = "direct"
    stages: tuple[Stage, ...] = ()
    relationship_types: tuple[RelationshipType, ...] = ()


class Capacity(Part):
    """What the company can afford in a year."""

    budget: Amount | None = None
    hours: dict[Skill, Annotated[float, Field(ge=0)]] = {}


class CanvasDocument(Part):
    """The whole canvas."""

    amity_canvas: Literal[1] = 1
    name: Annotated[str, Field(min_length=1, max_length=200)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    horizon_years: Annotated[int, Field(ge=1, le=10)] = 3
    discount_rate: Annotated[float, Field(ge=0, lt=1)] = 0.10
    capacity: Capacity = Capacity()
    segments: tuple[SegmentDesign, ...] = ()
    segment_definitions: tuple[SegmentDefinition, ...] = ()
    touchpoint_definitions: tuple[TouchpointDefinition, ...] = ()
    note: Annotated[str, Field(max_length=2000)] = ""

    @model_validator(mode="after")
    def _each_segment_once(self) -> "CanvasDocument":
        keys = [design.segment for design in self.segments]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"segment {twice[0]} stands on the canvas twice; keep one of them")
        return self
