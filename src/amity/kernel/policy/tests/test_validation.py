"""Every mistake that a canvas can have is found, with what to do about it."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from amity.base.vocabulary import Intimacy, Skill, Stage
from amity.kernel.policy.document import (
    CanvasDocument,
    Capacity,
    Cell,
    Promise,
    SegmentDesign,
    Target,
    ValueProposition,
)
from amity.kernel.policy.rules import Facts, Finding, TouchpointFact, check
from amity.testing.canvases import canvas, design, helped

TODAY = date(2026, 1, 15)
ALL_STAGES = frozenset(stage.value for stage in Stage)
FACTS = Facts(
    currency="USD",
    segments={"loyal": 120, "new": None},
    archived=frozenset({"gone"}),
    touchpoints={
        "phone": TouchpointFact(
            "live", ALL_STAGES, frozenset({"personal_assistance", "dedicated_personal_assistance"})
        ),
        "web": TouchpointFact(
            "live", ALL_STAGES, frozenset({"self_service", "automated_services", "communities"})
        ),
    },
    calendars={"office": True, "empty": False},
    default_calendar="office",
    customers=120,
)
TIMED = Cell(intensity=0.5, primary=True, promise=Promise(first_response_minutes=60))


def found(*designs: SegmentDesign, facts: Facts = FACTS, **fields: object) -> list[Finding]:
    return check(canvas(*designs, **fields), facts, TODAY)


def changed(**fields: object) -> SegmentDesign:
    return design("loyal").model_copy(update=fields)


def test_a_sound_canvas_has_no_findings() -> None:
    assert found(design("loyal", personal_assistance=helped(60)), design("new")) == []


@pytest.mark.parametrize(
    ("one", "path", "message"),
    [
        (design("loyl"), "segments.loyl.segment", "There is no segment loyl; did you mean loyal."),
        (design("gone"), "segments.gone.segment", "Segment gone is archived."),
        (
            design("loyal", self_service=Cell(intensity=0)),
            "segments.loyal.relationship_types",
            "loyal has no relationship type.",
        ),
        (
            design("loyal", personal_assistance=helped(60), self_service=helped(60)),
            "segments.loyal.relationship_types",
            "Personal assistance and Self-service are both primary.",
        ),
        (
            design(
                "loyal",
                self_service=Cell(intensity=0.5),
                communities=Cell(intensity=0, primary=True),
            ),
            "segments.loyal.relationship_types.communities",
            "Communities is primary and has intensity 0.",
        ),
        (
            design("loyal", self_service=helped(60)),
            "segments.loyal.relationship_types.self_service.promise",
            "A reachable human is promised, and no personal assistance is offered.",
        ),
        (
            design(
                "loyal",
                self_service=Cell(
                    intensity=1,
                    promise=Promise(first_response_minutes=60, resolution_minutes=30),
                ),
            ),
            "segments.loyal.relationship_types.self_service.promise",
            "The first response (60 minutes) comes after the resolution (30).",
        ),
        (
            design("loyal", co_creation=Cell(intensity=1)),
            "segments.loyal.relationship_types.co_creation",
            "No touchpoint of loyal can carry co-creation.",
        ),
        (
            changed(touchpoints={**design("loyal").touchpoints, Stage.SUPPORT: ("web", "fone")}),
            "segments.loyal.touchpoints.support",
            "There is no touchpoint fone; did you mean phone.",
        ),
    ],
)
def test_an_error_says_where_and_what(one: SegmentDesign, path: str, message: str) -> None:
    errors = [finding for finding in found(one) if finding.is_error]

    assert [(error.path, error.message) for error in errors] == [(path, message)]
    assert errors[0].remedy


@pytest.mark.parametrize(
    ("calendar", "facts", "message"),
    [
        ("ofice", FACTS, "There is no calendar ofice; did you mean office."),
        ("empty", FACTS, "A time is promised on calendar empty, which has no staffed hours."),
        (
            None,
            replace(FACTS, default_calendar=None),
            "A time is promised, and no calendar says when somebody works.",
        ),
    ],
)
def test_a_promised_time_needs_a_staffed_calendar(
    calendar: str | None, facts: Facts, message: str
) -> None:
    promise = Promise(first_response_minutes=60, calendar=calendar)
    one = design("loyal", self_service=Cell(intensity=1, promise=promise))

    assert [finding.message for finding in found(one, facts=facts)] == [message]


def test_plans_above_the_capacity_are_errors() -> None:
    one = changed(hours={Skill.FRONT_LINE: 900.0}, budget=Decimal(5000))
    capacity = Capacity(budget=Decimal(4000), hours={Skill.FRONT_LINE: 800.0})

    errors = found(one, capacity=capacity)

    assert [error.path for error in errors] == ["capacity.hours.front_line", "capacity.budget"]
    assert errors[0].message == "The segments plan 900 front-line hours a year of 800."
    assert errors[1].remedy == "Plan 1,000 USD less, or raise the budget."


@pytest.mark.parametrize(
    ("one", "facts", "message"),
    [
        (
            changed(touchpoints={Stage.SUPPORT: ("web",), Stage.TRANSACT: ("web",)}),
            FACTS,
            "No touchpoint covers advertise, differentiate and distribute for loyal.",
        ),
        (
            changed(value_proposition=ValueProposition(emphasis={"personal_care": 0.9})),
            FACTS,
            (
                "The value proposition stresses personal care, and only self-service and "
                "automated services are offered."
            ),
        ),
        (
            changed(value_proposition=ValueProposition(emphasis={"belonging": 0.6})),
            FACTS,
            "The value proposition stresses belonging, and customers never meet one another.",
        ),
        (
            changed(intimacy=(Intimacy.EMOTIONAL,)),
            FACTS,
            "The relationship should feel emotional, and only machines answer.",
        ),
        (
            changed(guesses=("nature",)),
            FACTS,
            "1 guess(es) are not confirmed: nature.",
        ),
        (
            changed(review_on=date(2026, 1, 14)),
            FACTS,
            "The review was due on 2026-01-14.",
        ),
        (
            changed(targets=(Target(measure="retention", value=0.9, by=date(2025, 12, 31)),)),
            FACTS,
            "The date of retention has passed.",
        ),
        (
            design("loyal", self_service=Cell(intensity=1), communities=Cell(intensity=1)),
            FACTS,
            "loyal has 2 types and none is primary.",
        ),
        (
            design("loyal"),
            replace(FACTS, segments={"loyal": 0}),
            "Segment loyal holds no customer now.",
        ),
        (
            design("loyal"),
            replace(FACTS, uncovered=30),
            "30 customers (25 %) are in no segment of the canvas; nothing is promised to them.",
        ),
        (
            changed(touchpoints={**design("loyal").touchpoints, Stage.SUPPORT: ("web", "phone")}),
            FACTS,
            "phone can carry none of the types offered to loyal.",
        ),
        (
            design("loyal"),
            replace(FACTS, currency="EUR"),
            "Amounts are in USD, the company counts in EUR.",
        ),
    ],
)
def test_a_doubt_is_a_warning(one: SegmentDesign, facts: Facts, message: str) -> None:
    findings = found(one, facts=facts)

    assert [(finding.level, finding.message) for finding in findings] == [("warning", message)]


def test_an_empty_canvas_cannot_be_published() -> None:
    assert [finding.message for finding in found()] == ["The canvas has no segment."]


def test_the_document_refuses_what_is_no_share() -> None:
    with pytest.raises(ValueError, match="less than or equal to 1"):
        CanvasDocument.model_validate(
            {
                "name": "A",
                "currency": "USD",
                "segments": [
                    {
                        "segment": "a",
                        "motivation": "retain",
                        "nature": "hybrid",
                        "relationship_types": {"self_service": {"intensity": 1.1}},
                    }
                ],
            }
        )
