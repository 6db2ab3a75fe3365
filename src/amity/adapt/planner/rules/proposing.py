"""From a plan to a canvas that a person may adopt; only the mix and its means change. Pure."""

from decimal import Decimal

from amity.adapt.advisor.explain import Explanation
from amity.adapt.advisor.plan import Plan, SegmentPlan
from amity.adapt.advisor.problem import Problem, Segment
from amity.adapt.planner.rules.inputs import SKILL_OF, TouchpointFacts
from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType, Skill, Stage
from amity.kernel.policy.document import CanvasDocument, Cell, SegmentDesign


def proposed(
    document: CanvasDocument,
    problem: Problem,
    plan: Plan,
    touchpoints: tuple[TouchpointFacts, ...],
) -> CanvasDocument:
    """The canvas with the plan's mix, touchpoints, hours and budget in each segment."""
    places = {place.key: place for place in touchpoints}
    designs = tuple(
        _design(design, problem.segment(design.segment), plan.segment(design.segment), places)
        for design in document.segments
    )
    return document.model_copy(update={"segments": designs})


def _design(
    design: SegmentDesign,
    segment: Segment,
    plan: SegmentPlan,
    places: dict[str, TouchpointFacts],
) -> SegmentDesign:
    cells = {
        kind: _cell(design.relationship_types.get(kind), segment, kind, intensity)
        for kind, intensity in plan.mix.items()
    }
    first = max(plan.mix, key=lambda kind: plan.mix[kind], default=None)
    was = [kind for kind, cell in design.relationship_types.items() if cell.primary]
    primary = was[0] if was and was[0] in cells else first
    return design.model_copy(
        update={
            "relationship_types": {
                kind: cell.model_copy(update={"primary": kind is primary})
                for kind, cell in cells.items()
            },
            "touchpoints": _stages(design, segment, plan, places),
            "hours": {Skill(skill): round(hours, 1) for skill, hours in plan.hours.items()},
            "budget": Decimal(round(plan.cost)),
        }
    )


def _cell(before: Cell | None, segment: Segment, kind: RelationshipType, intensity: float) -> Cell:
    offer = segment.offers[kind]
    share = round(intensity, 2)
    grade = max(offer.uplift.grade, offer.cost.grade)
    update = {
        "intensity": share,
        "cost_per_customer": Decimal(str(round(offer.cost.value * share, 2))),
        "hours_per_customer": round(offer.hours.get(SKILL_OF[kind].value, 0.0) * share, 3),
        "grade": grade,
        "guess": grade is Grade.D,
    }
    return (before or Cell(intensity=share)).model_copy(update=update)


def _stages(
    design: SegmentDesign,
    segment: Segment,
    plan: SegmentPlan,
    places: dict[str, TouchpointFacts],
) -> dict[Stage, tuple[str, ...]]:
    """The opened touchpoints in each stage; stages that the planner does not know stay as drawn."""
    opened = [placed.touchpoint for placed in plan.touchpoints]
    stages = {
        stage: tuple(key for key in opened if stage in places[key].stages)
        for stage in segment.stages
    }
    kept = {stage: keys for stage, keys in design.touchpoints.items() if stage not in stages}
    return {stage: keys for stage, keys in {**kept, **stages}.items() if keys}


def reasons(plan: Plan, told: Explanation) -> str:
    """Why this canvas: the decision and money of each segment, then what binds."""
    lines = [f"{item.decision} {item.money}" for item in told.segments]
    return "\n".join([*lines, *told.binding])[:10_000]
