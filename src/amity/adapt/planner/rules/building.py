"""From inputs to the problem that the advisor solves. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from amity.adapt.advisor.problem import (
    BASIC,
    INTEGRATED,
    Offer,
    Piece,
    Problem,
    Reach,
    Rules,
    Segment,
    Skill,
    Touchpoint,
    TypeSetting,
    Upkeep,
    interval,
    sure,
)
from amity.adapt.planner.rules.inputs import (
    RESOLVING,
    SKILL_OF,
    Facts,
    Input,
    Key,
    TouchpointFacts,
    missing,
    stages_of,
)
from amity.base.results import AmityError, Estimate
from amity.base.vocabulary import RelationshipType, Stage
from amity.base.vocabulary import Skill as SkillName
from amity.kernel.policy.document import SegmentDesign

JOINED = 5  # of the seven points of integration: from here on a touchpoint counts as joined


class MissingInputsError(AmityError):
    """Figures are missing that nothing can stand in for; the message asks for them."""


class AskedWrongError(AmityError):
    """What was asked of the planner cannot be."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What a person asks the planner for; money in major units, hours and budget a year.

    A skill without hours is not limited: its work is paid at the wage.
    """

    budget: float | None = None
    hours: Mapping[str, float] = field(default_factory=dict)
    careful: bool = False
    change_limit: int | None = None
    seconds: float = 60.0


def checked(asked: Asked) -> Asked:
    """The request as it stands.

    Raises:
        AskedWrongError: a figure is below zero or a skill is not known.
    """
    known = {skill.value for skill in SkillName}
    for skill, hours in asked.hours.items():
        if skill not in known:
            raise AskedWrongError(
                f"There is no skill {skill[:50]}. Use {', '.join(sorted(known))}."
            )
        if not 0 <= hours <= 1e9:
            raise AskedWrongError(f"The hours of {skill} must be zero or more.")
    if asked.budget is not None and not 0 <= asked.budget <= 1e13:
        raise AskedWrongError("The budget must be zero or more.")
    if asked.change_limit is not None and asked.change_limit < 0:
        raise AskedWrongError("The number of changes must be zero or more.")
    if not 1 <= asked.seconds <= 3_600:
        raise AskedWrongError("Give the planner between 1 and 3,600 seconds.")
    return asked


def build_problem(facts: Facts, inputs: tuple[Input, ...], asked: Asked) -> Problem:
    """The problem that these inputs and this request make.

    Raises:
        MissingInputsError: a figure is missing; the message asks for it.
        AskedWrongError: the canvas or the registry is empty.
    """
    _refuse_gaps(facts, inputs)
    return _Building(facts, inputs, asked).problem()


def _refuse_gaps(facts: Facts, inputs: tuple[Input, ...]) -> None:
    if not facts.document.segments:
        raise AskedWrongError("There is no segment on the canvas. Draft a canvas first.")
    if not facts.touchpoints:
        raise AskedWrongError(
            "There is no live touchpoint, so nothing can be offered anywhere. Add one first."
        )
    gaps = missing(inputs)
    if gaps:
        first = [f"{facts.segment(gap.key.segment).name}: {gap.source}" for gap in gaps[:3]]
        more = f" {len(gaps) - 3} more are missing." if len(gaps) > 3 else ""
        raise MissingInputsError(
            f"The planner cannot assume these figures. {' '.join(first)}{more} "
            "Write them on the planner's inputs page."
        )


class _Building:
    def __init__(self, facts: Facts, inputs: tuple[Input, ...], asked: Asked) -> None:
        self.facts, self.asked = facts, asked
        self.estimates = {item.key: item.estimate for item in inputs if item.estimate}

    def estimate(self, measure: str, segment: str = "", kind: str = "") -> Estimate:
        return self.estimates[Key(segment, kind, measure)]

    def value(self, measure: str, segment: str = "", kind: str = "") -> float:
        return self.estimate(measure, segment, kind).value

    def problem(self) -> Problem:
        document = self.facts.document
        types = {kind: self._type(kind) for kind in RelationshipType}
        problem = Problem(
            segments=tuple(self._segment(design) for design in document.segments),
            touchpoints=tuple(self._touchpoint(place) for place in self.facts.touchpoints),
            skills=(),
            types=types,
            budget=self._budget(),
            integration=self._integration(),
            rules=Rules(change_limit=self.asked.change_limit),
            horizon=years(document.horizon_years, document.discount_rate, 1.0),
            currency=document.currency,
        )
        skills = tuple(self._skill(skill, problem) for skill in SkillName)
        return replace(problem, skills=skills)

    def _budget(self) -> float | None:
        planned = self.facts.document.capacity.budget
        if self.asked.budget is not None:
            return self.asked.budget
        return None if planned is None else float(planned)

    def _skill(self, skill: SkillName, problem: Problem) -> Skill:
        hours = self.asked.hours.get(skill.value)
        if hours is None:
            hours = self.facts.document.capacity.hours.get(skill)
        return Skill(
            key=skill.value,
            name=skill.value.replace("_", " ").capitalize(),
            hours=2.0 * most_hours(problem, skill.value) + 1.0 if hours is None else hours,
            wage=self.value(f"wage:{skill.value}"),
        )

    def _type(self, kind: RelationshipType) -> TypeSetting:
        return TypeSetting(
            fixed_cost=self.value("fixed_cost", "", kind),
            fixed_hours={SKILL_OF[kind].value: self.value("fixed_hours", "", kind)},
            minimum=self.value("minimum", "", kind),
        )

    def _touchpoint(self, place: TouchpointFacts) -> Touchpoint:
        cost = self.value(f"upkeep_cost:{place.key}")
        hours = self.value(f"upkeep_hours:{place.key}")
        more = self.value("better_upkeep")
        basic = 1.0 / more if place.joined >= JOINED else 1.0
        skill = SkillName.CONTENT.value
        return Touchpoint(
            key=place.key,
            name=place.name,
            stages=frozenset(place.stages),
            carries=place.types,
            upkeep={
                BASIC.key: Upkeep(cost=cost * basic, hours={skill: hours * basic}),
                INTEGRATED.key: Upkeep(
                    cost=cost * basic * more, hours={skill: hours * basic * more}
                ),
            },
        )

    def _integration(self) -> tuple[Piece, ...]:
        """Each touchpoint must be joined to all others: the n-th costs n hours of content work."""
        wage = self.value(f"wage:{SkillName.CONTENT.value}")
        count = len(self.facts.touchpoints)
        return tuple(Piece(wage * 4.0 * step, 4.0) for step in range(1, count // 4 + 2))

    def _segment(self, design: SegmentDesign) -> Segment:
        key, document = design.segment, self.facts.document
        span = years(document.horizon_years, document.discount_rate, self.value("retention", key))
        contacts = self.estimate("contacts", key)
        places = {place.key for place in self.facts.touchpoints}
        return Segment(
            key=key,
            name=self.facts.segment(key).name,
            size=self.estimate("customers", key),
            value=scaled(self.estimate("value_year", key), span),
            contacts=contacts,
            unmet_loss=self.estimate("unmet_loss", key),
            contact_cost=self.estimate("contact_cost", key),
            contact_hours={SkillName.FRONT_LINE.value: self.value("contact_hours", key)},
            unmet_limit=self.value("unmet_limit", key),
            horizon=span,
            offers={kind: self._offer(design, kind, contacts) for kind in RelationshipType},
            reach={
                place.key: Reach(fit=self.estimate(f"fit:{place.key}", key))
                for place in self.facts.touchpoints
            },
            stages=self._stages(design),
            served=True,  # a segment on the canvas has a relationship, whichever it is
            today={
                kind: cell.intensity
                for kind, cell in design.relationship_types.items()
                if cell.intensity > 0
            },
            today_touchpoints=frozenset(
                name for keys in design.touchpoints.values() for name in keys if name in places
            ),
        )

    def _stages(self, design: SegmentDesign) -> dict[Stage, Estimate]:
        found = stages_of(design, self.facts.touchpoints)
        return {stage: self.estimate(f"stage:{stage.value}", design.segment) for stage in found}

    def _offer(self, design: SegmentDesign, kind: RelationshipType, contacts: Estimate) -> Offer:
        key, cell = design.segment, design.relationship_types.get(kind)
        resolved = sure(0.0)
        if kind in RESOLVING:
            resolved = scaled(self.estimate("resolved", key, kind), contacts.value)
        forbidden = self.value("forbidden", key, kind) >= 0.5
        promised = cell is not None and cell.intensity > 0 and cell.promise is not None
        return Offer(
            uplift=self.estimate("uplift", key, kind),
            resolved=resolved,
            cost=self.estimate("cost", key, kind),
            setup=self.value("setup", key, kind),
            hours={SKILL_OF[kind].value: self.value("hours", key, kind)},
            preference=self.value("preference", key, kind),
            owed=promised and not forbidden,
            forbidden=forbidden,
        )


def years(horizon: int, discount: float, retention: float) -> float:
    """Discounted years that a customer's payments count over the horizon."""
    return sum((retention / (1.0 + discount)) ** year for year in range(horizon))


def scaled(estimate: Estimate, factor: float) -> Estimate:
    """An estimate in another unit; its interval is kept, also the one its grade implies."""
    low, high = interval(estimate)
    return replace(estimate, value=estimate.value * factor, low=low * factor, high=high * factor)


def most_hours(problem: Problem, skill: str) -> float:
    """The hours that everything at full intensity would take: a limit that never binds."""
    offers = sum(
        segment.size.value * offer.hours.get(skill, 0.0)
        for segment in problem.segments
        for offer in segment.offers.values()
    )
    contacts = sum(
        segment.size.value * segment.contacts.value * segment.contact_hours.get(skill, 0.0)
        for segment in problem.segments
    )
    fixed = sum(setting.fixed_hours.get(skill, 0.0) for setting in problem.types.values())
    upkeep = sum(
        cost.hours.get(skill, 0.0)
        for place in problem.touchpoints
        for cost in place.upkeep.values()
    )
    return offers + contacts + fixed + upkeep
