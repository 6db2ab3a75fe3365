"""The canvas as data: what a policy version holds, and what its YAML file says.

Pure values: this module knows no database. Amounts are in major units of the document's currency.
"""

import hashlib
import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationError,
    model_validator,
)

from amity.base.results import AmityError, Grade
from amity.base.vocabulary import (
    Control,
    Intimacy,
    Motivation,
    Nature,
    Owner,
    RelationshipType,
    Skill,
    Stage,
)


class DocumentError(AmityError):
    """A canvas that does not follow its schema; `problems` has a sentence for each place."""

    def __init__(self, problems: tuple[str, ...]) -> None:
        self.problems = problems
        shown = " ".join(problems[:5])
        more = f" (and {len(problems) - 5} more)" if len(problems) > 5 else ""
        super().__init__(f"The canvas has {len(problems)} mistake(s). {shown}{more}")


def _exact(value: object) -> object:
    """A float from YAML as the decimal that was written."""
    return Decimal(str(value)) if isinstance(value, float) else value


def _shortest(value: Decimal) -> Decimal:
    """The same amount without trailing zeros, so that equal amounts are written alike."""
    normal = value.normalize()
    return normal.quantize(Decimal(1)) if normal == normal.to_integral_value() else normal


def _positive_zero(value: float) -> float:
    """PostgreSQL's numbers have no negative zero, so the document has none either."""
    return value + 0.0


def _storable(value: str) -> str:
    if "\x00" in value:
        raise ValueError("has a NUL character; remove it")
    return value


Amount = Annotated[
    Decimal,
    BeforeValidator(_exact),
    Field(ge=0, max_digits=18, decimal_places=3),
    AfterValidator(_shortest),
]
Number = Annotated[float, AfterValidator(_positive_zero)]
Hours = Annotated[float, Field(ge=0), AfterValidator(_positive_zero)]
Share = Annotated[float, Field(ge=0, le=1), AfterValidator(_positive_zero)]
Text = Annotated[str, AfterValidator(_storable)]
Key = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,49}$")]


class Part(BaseModel):
    """A part of the canvas: unknown fields are refused, so that a typing error is never silent."""

    model_config = ConfigDict(extra="forbid", frozen=True, allow_inf_nan=False)


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
    statement: Annotated[Text, Field(min_length=1, max_length=500)]
    source: Annotated[Text, Field(max_length=200)] = ""
    confidence: Share = 0.5


class ValueProposition(Part):
    """The bundle of benefits a segment gets, what it stresses, and the voice it is told in."""

    statement: Annotated[Text, Field(max_length=1000)] = ""
    stance: Annotated[Text, Field(max_length=500)] = ""
    emphasis: dict[
        Literal[
            "efficiency", "expertise", "personal_care", "status", "belonging", "price", "control"
        ],
        Share,
    ] = {}


class Promise(Part):
    """The minimum that the company guarantees; times are working minutes on the calendar."""

    text: Annotated[Text, Field(max_length=500)] = ""
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
    hours_per_customer: Hours | None = None  # a year
    guess: bool = False  # drafted, not yet confirmed by a person
    grade: Grade = Grade.D
    note: Annotated[Text, Field(max_length=500)] = ""


class Target(Part):
    """A measure that the segment's relationship should reach by a day."""

    measure: Annotated[Text, Field(min_length=1, max_length=60)]
    value: Number
    unit: Annotated[Text, Field(max_length=30)] = ""
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
    hours: dict[Skill, Hours] = {}  # a year
    budget: Amount | None = None  # a year
    targets: tuple[Target, ...] = ()
    review_on: date | None = None
    guesses: tuple[Text, ...] = ()  # names of the fields above that are guesses
    note: Annotated[Text, Field(max_length=1000)] = ""


class SegmentDefinition(Part):
    """A segment as a file carries it, so that a canvas can be taken to another company."""

    key: Key
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    description: Text = ""
    rule: Text  # in the readable form of the rule language


class TouchpointDefinition(Part):
    """The registry's essentials of a touchpoint that the canvas names."""

    key: Key
    name: Annotated[Text, Field(min_length=1, max_length=100)]
    channel: Text = ""
    owner: Owner = Owner.OWN
    control: Control = Control.DIRECT
    stages: tuple[Stage, ...] = ()
    relationship_types: tuple[RelationshipType, ...] = ()


class Capacity(Part):
    """What the company can afford in a year."""

    budget: Amount | None = None
    hours: dict[Skill, Hours] = {}


class CanvasDocument(Part):
    """The whole canvas."""

    amity_canvas: Literal[1] = 1
    name: Annotated[Text, Field(min_length=1, max_length=200)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    horizon_years: Annotated[int, Field(ge=1, le=10)] = 3
    discount_rate: Annotated[float, Field(ge=0, lt=1)] = 0.10
    capacity: Capacity = Capacity()
    segments: tuple[SegmentDesign, ...] = ()
    segment_definitions: tuple[SegmentDefinition, ...] = ()
    touchpoint_definitions: tuple[TouchpointDefinition, ...] = ()
    note: Annotated[Text, Field(max_length=2000)] = ""

    @model_validator(mode="after")
    def _each_segment_once(self) -> "CanvasDocument":
        keys = [design.segment for design in self.segments]
        twice = sorted({key for key in keys if keys.count(key) > 1})
        if twice:
            raise ValueError(f"segment {twice[0]} stands on the canvas twice; keep one of them")
        return self


def as_json(document: CanvasDocument) -> dict[str, Any]:
    """The document as it is stored: every field, plain JSON values."""
    return document.model_dump(mode="json")


def digest_of(document: CanvasDocument) -> str:
    """The SHA-256 of the canonical document: equal documents have equal digests."""
    canonical = json.dumps(
        as_json(document), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )
    return hashlib.sha256(canonical.encode()).hexdigest()


def read_document(values: Mapping[str, Any]) -> CanvasDocument:
    """The document that plain values (stored JSON, a parsed file, an API body) describe.

    Raises:
        DocumentError: something is missing, unknown or out of range; each with its path.
    """
    try:
        return CanvasDocument.model_validate(values)
    except ValidationError as error:
        raise DocumentError(tuple(_sentence(dict(one)) for one in error.errors())) from error


def _sentence(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in error["loc"]) or "the canvas"
    if error["type"] == "extra_forbidden":
        return f"{place}: there is no such field; see docs/reference/canvas.md for those there are."
    return f"{place}: {str(error['msg']).removeprefix('Value error, ')}."
