from datetime import date
from decimal import Decimal

import pytest

from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType, Skill, Stage
from amity.design.studio.rules.drafting import (
    ChannelShare,
    Choices,
    Facts,
    FoundTouchpoint,
    SegmentFacts,
    draft,
)
from amity.design.studio.rules.starters import CHOICES, UnknownStarterError, starter
from amity.kernel.policy.document import CanvasDocument, TouchpointDefinition

ON = date(2026, 11, 21)
STORE = FoundTouchpoint(
    definition=TouchpointDefinition(
        key="store",
        name="Store",
        channel="store",
        stages=(Stage.TRANSACT,),
        relationship_types=(RelationshipType.PERSONAL_ASSISTANCE,),
    ),
    source="orders",
    reason="9 of 10 orders",
    orders=90,
)
SITE = FoundTouchpoint(
    definition=TouchpointDefinition(
        key="site",
        name="Site",
        channel="web",
        stages=(Stage.DIFFERENTIATE, Stage.SUPPORT),
        relationship_types=(
            RelationshipType.SELF_SERVICE,
            RelationshipType.AUTOMATED_SERVICES,
            RelationshipType.DEDICATED_PERSONAL_ASSISTANCE,
            RelationshipType.CO_CREATION,
        ),
    ),
    source="starter",
    reason="",
)
FACTS = Facts(
    currency="EUR",
    customers=40,
    orders=100,
    first_on=date(2026, 1, 1),
    last_on=date(2026, 10, 1),
    is_measured=True,
    segments={
        "best": SegmentFacts(
            customers=10,
            value_minor=1_000_000,
            orders=60,
            days_between_orders=21.4,
            channels=(
                ChannelShare("store", "store", 57, 0.95),
                ChannelShare("fax", "fax", 3, 0.02),
            ),
            contacts={
                RelationshipType.PERSONAL_ASSISTANCE: 1.5,
                RelationshipType.DEDICATED_PERSONAL_ASSISTANCE: 0.25,
            },
        )
    },
    touchpoints=(STORE, SITE),
)


def drafted(choices: Choices | None = None) -> CanvasDocument:
    return draft(starter("data"), FACTS, choices or Choices(), name="First canvas", on=ON)


def test_everything_drafted_is_a_guess_of_grade_d_with_a_reason() -> None:
    for design in drafted().segments:
        assert {"motivation", "nature", "intimacy", "review_on"} <= set(design.guesses)
        for cell in design.relationship_types.values():
            assert cell.guess
            assert cell.grade is Grade.D
            assert cell.note


def test_what_is_counted_says_its_source_and_day() -> None:
    best = drafted().segments[0]

    behavior, channel, *_guesses = best.expectations
    assert behavior.statement == "Half of those who come back order again within 21 days on average"
    assert behavior.source == "own orders to 2026-10-01, counted (grade B)"
    assert channel.statement == "They order by store 95%"
    assert best.note.startswith("10 customers when drafted (counted, to 2026-10-01).")


def test_a_type_that_runs_already_is_put_on_the_canvas_as_a_question() -> None:
    cells = drafted().segments[0].relationship_types

    running = cells[RelationshipType.DEDICATED_PERSONAL_ASSISTANCE]
    assert running.note == (
        "It runs already: the log has 0.25 interactions a customer and year (counted, grade B). "
        "Keep it on purpose, or stop it."
    )
    assert cells[RelationshipType.SELF_SERVICE].note.endswith("The log has nothing of it yet.")


def test_hours_are_customers_times_assumed_hours_and_cost_what_the_person_said() -> None:
    best = drafted(Choices(hour_cost=Decimal(40))).segments[0]

    assert best.hours == {Skill.FRONT_LINE: 5.0, Skill.PRODUCT: 0.5}
    assert best.budget == Decimal(220)
    assert best.relationship_types[
        RelationshipType.PERSONAL_ASSISTANCE
    ].cost_per_customer == Decimal("20.00")
    assert "Budget: those hours at the cost of an hour that you gave." in best.note


def test_without_the_cost_of_an_hour_no_money_is_invented() -> None:
    document = drafted()

    assert all(design.budget is None for design in document.segments)
    assert all(
        cell.cost_per_customer is None
        for design in document.segments
        for cell in design.relationship_types.values()
    )
    assert document.capacity.budget is None


def test_touchpoints_are_those_where_the_segment_was_seen() -> None:
    best, loyal, *_ = drafted().segments

    assert best.touchpoints[Stage.TRANSACT] == ("store",)
    assert loyal.touchpoints[Stage.TRANSACT] == ("store",)  # personal assistance needs a carrier


def test_a_type_that_no_chosen_touchpoint_carries_is_left_out_and_said_so() -> None:
    best = drafted(Choices(touchpoints=frozenset({"site"}))).segments[0]

    assert RelationshipType.PERSONAL_ASSISTANCE not in best.relationship_types
    assert "no touchpoint chosen can carry it: personal assistance." in best.note
    assert best.touchpoints == {Stage.SUPPORT: ("site",)}


def test_only_chosen_segments_and_touchpoints_are_drafted() -> None:
    document = drafted(Choices(segments=frozenset({"best"}), touchpoints=frozenset({"store"})))

    assert [design.segment for design in document.segments] == ["best"]
    assert [definition.key for definition in document.segment_definitions] == ["best"]
    assert [definition.key for definition in document.touchpoint_definitions] == ["store"]
    assert document.segments[0].touchpoints == {Stage.TRANSACT: ("store",)}


@pytest.mark.parametrize("name", [choice.name for choice in CHOICES])
def test_every_starter_is_a_whole_canvas(name: str) -> None:
    document = starter(name)

    assert [d.key for d in document.segment_definitions] == [d.segment for d in document.segments]
    for design in document.segments:
        assert design.expectations
        assert design.targets
        assert design.value_proposition.statement
        assert sum(cell.primary for cell in design.relationship_types.values()) == 1
        assert all(cell.note for cell in design.relationship_types.values())
        assert all(e.source and e.confidence < 1 for e in design.expectations)


@pytest.mark.parametrize("name", [c.name for c in CHOICES])
def test_a_starter_covers_five_stages_with_touchpoints_that_carry_its_types(name: str) -> None:
    document = starter(name)
    known = {definition.key: definition for definition in document.touchpoint_definitions}

    for design in document.segments:
        assert list(design.touchpoints) == list(Stage)
        used = [known[key] for keys in design.touchpoints.values() for key in keys]
        carried = {kind for definition in used for kind in definition.relationship_types}
        assert set(design.relationship_types) <= carried
        for stage, keys in design.touchpoints.items():
            assert all(stage in known[key].stages for key in keys)


def test_an_unknown_starter_names_those_there_are() -> None:
    with pytest.raises(UnknownStarterError, match="Choose one of data, shop, b2b"):
        starter("casino")
