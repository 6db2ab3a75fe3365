"""A company in numbers: the sets and parameters that a plan is made from.

Money is in whole currency units of one currency, as floats: a plan is a forecast, not a ledger.
Everything is per year, except `Segment.value`, which is the margin of one customer over the
planning horizon; `horizon` says how many yearly payments, discounted, that horizon holds, so that
a yearly cost is weighed against the value it helps to earn over the same time.
"""

import itertools
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from amity.base.results import Estimate, Grade
from amity.base.vocabulary import RelationshipType, Stage

ASSISTED = (RelationshipType.PERSONAL_ASSISTANCE, RelationshipType.DEDICATED_PERSONAL_ASSISTANCE)
RESOLVING = (
    RelationshipType.SELF_SERVICE,
    RelationshipType.AUTOMATED_SERVICES,
    RelationshipType.COMMUNITIES,
)

# Half-width of an estimate without an interval of its own, relative to its value.
HALF_WIDTH = {Grade.A: 0.15, Grade.B: 0.40, Grade.C: 0.60, Grade.D: 1.00}


@dataclass(frozen=True, slots=True)
class Piece:
    """One piece of a piecewise linear curve: its slope and how far it reaches."""

    slope: float
    width: float


def curve(shape: float, pieces: int) -> tuple[Piece, ...]:
    """(1 - exp(-shape x)) / (1 - exp(-shape)) on [0, 1] in equal pieces; it gains 1 in all."""
    full = 1.0 - math.exp(-shape)
    points = [(1.0 - math.exp(-shape * j / pieces)) / full for j in range(pieces + 1)]
    return tuple(
        Piece((after - before) * pieces, 1.0 / pieces)
        for before, after in itertools.pairwise(points)
    )


RESPONSE = curve(2.2, 4)
SATURATION = (Piece(1.0, 0.08), Piece(0.6, 0.12), Piece(0.3, 1.0))
COVERAGE = (Piece(1.2, 0.5), Piece(0.6, 0.5), Piece(0.1, 1.0))


def sure(value: float) -> Estimate:
    """A figure that is known exactly (a count, a price list, a law)."""
    return Estimate(value, value, value, Grade.A)


def assumed(value: float) -> Estimate:
    """A figure that somebody assumed: grade D, as uncertain as it is large."""
    return Estimate(value, None, None, Grade.D)


def half_width(estimate: Estimate) -> float:
    """How far the figure may be off; from its interval, else from its grade."""
    if estimate.low is not None and estimate.high is not None:
        return (estimate.high - estimate.low) / 2.0
    return HALF_WIDTH[estimate.grade] * abs(estimate.value)


def interval(estimate: Estimate) -> tuple[float, float]:
    """The ends of the estimate's interval; an end that is not known follows from its grade."""
    wide = half_width(estimate)
    low = estimate.value - wide if estimate.low is None else estimate.low
    high = estimate.value + wide if estimate.high is None else estimate.high
    return low, high


NOTHING = sure(0.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Skill:
    """People who can do one kind of work: hours in the year, and what an hour costs."""

    key: str
    name: str
    hours: float
    wage: float


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeSetting:
    """What the company pays to run a relationship type at all.

    `minimum` is the least intensity that makes an offer of the type real.
    """

    fixed_cost: float = 0.0
    fixed_hours: Mapping[str, float] = field(default_factory=dict)
    minimum: float = 0.25


@dataclass(frozen=True, slots=True, kw_only=True)
class Quality:
    """How well a touchpoint is run: `reach` scales what it covers."""

    key: str
    name: str
    reach: float


BASIC = Quality(key="basic", name="basic", reach=0.6)
INTEGRATED = Quality(key="integrated", name="integrated", reach=1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Upkeep:
    """Yearly cost and hours (by skill) of running a touchpoint at one quality."""

    cost: float
    hours: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Touchpoint:
    """One place where company and customer meet, its stages and the types it can carry."""

    key: str
    name: str
    stages: frozenset[Stage]
    carries: frozenset[RelationshipType]
    upkeep: Mapping[str, Upkeep]  # by quality key; a quality that is missing is not possible
    must_run: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """One relationship type for one segment, per customer at full intensity.

    `uplift` is the share of the customer's value won, `resolved` the contacts a year that need no
    person any more, `cost` the yearly cost including labor at its wage. `preference` (0.35 to
    1.65) and `prior` (-1 to +1, weighing 20 %) scale the uplift.
    """

    uplift: Estimate = NOTHING
    resolved: Estimate = NOTHING
    cost: Estimate = NOTHING
    setup: float = 0.0
    hours: Mapping[str, float] = field(default_factory=dict)
    preference: float = 1.0
    prior: float = 0.0
    response: tuple[Piece, ...] = RESPONSE
    minimum: float | None = None
    owed: bool = False
    forbidden: bool = False

    @property
    def effect(self) -> float:
        """The uplift that the plan counts on: estimate times preference and prior."""
        return self.uplift.value * self.scale

    @property
    def scale(self) -> float:
        """What preference and prior make of each unit of uplift."""
        return self.preference * (1.0 + 0.2 * self.prior)


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """How well a touchpoint fits a segment (0 to 1) and what opening it for them costs."""

    fit: Estimate
    opening: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Segment:
    """Customers who get one relationship design.

    `stages` holds the stages they pass with the share of value that covering each well is worth.
    `unmet_limit` is the share of contacts that may stay unmet; beyond it a promise is broken.
    `today` is the intensity of each type now, `today_touchpoints` what is open for them now. A
    segment that is `served` is owed at least one type, whichever it is.
    """

    key: str
    name: str
    size: Estimate
    value: Estimate
    contacts: Estimate
    unmet_loss: Estimate
    contact_cost: Estimate
    contact_hours: Mapping[str, float] = field(default_factory=dict)
    unmet_limit: float = 0.0
    horizon: float = 1.0
    offers: Mapping[RelationshipType, Offer] = field(default_factory=dict)
    reach: Mapping[str, Reach] = field(default_factory=dict)
    stages: Mapping[Stage, Estimate] = field(default_factory=dict)
    comfortable: int = 0
    overload: Estimate = NOTHING
    served: bool = False
    today: Mapping[RelationshipType, float] = field(default_factory=dict)
    today_touchpoints: frozenset[str] = frozenset()

    @property
    def worth(self) -> float:
        """Value of the whole segment over the horizon."""
        return self.size.value * self.value.value


@dataclass(frozen=True, slots=True, kw_only=True)
class CrossSide:
    """A two-sided market: more served activity on one side is worth something to the other.

    `elasticity` is the relative change of the other side's value per relative change of activity
    on the helping side; it becomes extra value of the helping segments.
    """

    helping: tuple[str, ...]
    helped: tuple[str, ...]
    elasticity: Estimate


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """Limits that a manager may set beside money and hours.

    `change_limit` counts segment-type offers that differ from today. Segments named together in
    `equal` get the same types. `fairness` is the share of needs met in every segment.
    """

    change_limit: int | None = None
    equal: tuple[tuple[str, ...], ...] = ()
    fairness: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """Everything a plan is made from; immutable, so that a plan can name what it was made from."""

    segments: tuple[Segment, ...]
    touchpoints: tuple[Touchpoint, ...]
    skills: tuple[Skill, ...]
    types: Mapping[RelationshipType, TypeSetting]
    budget: float | None = None
    qualities: tuple[Quality, ...] = (BASIC, INTEGRATED)
    saturation: tuple[Piece, ...] = SATURATION
    coverage: tuple[Piece, ...] = COVERAGE
    integration: tuple[Piece, ...] = ()
    cross_side: tuple[CrossSide, ...] = ()
    rules: Rules = Rules()
    horizon: float = 1.0
    currency: str = "EUR"

    def segment(self, key: str) -> Segment:
        """The segment with this key.

        Raises:
            KeyError: there is none.
        """
        for segment in self.segments:
            if segment.key == key:
                return segment
        raise KeyError(key)

    def touchpoint(self, key: str) -> Touchpoint:
        """The touchpoint with this key.

        Raises:
            KeyError: there is none.
        """
        for touchpoint in self.touchpoints:
            if touchpoint.key == key:
                return touchpoint
        raise KeyError(key)

    @property
    def wages(self) -> dict[str, float]:
        """The wage of an hour, by skill."""
        return {skill.key: skill.wage for skill in self.skills}

    def credited_value(self, segment: Segment) -> float:
        """Value per customer, with what serving them is worth to the other side of a market."""
        extra = 0.0
        for effect in self.cross_side:
            if segment.key in effect.helping:
                helped = sum(self.segment(key).worth for key in effect.helped)
                helpers = sum(self.segment(key).size.value for key in effect.helping)
                extra += effect.elasticity.value * helped / helpers
        return segment.value.value + extra
