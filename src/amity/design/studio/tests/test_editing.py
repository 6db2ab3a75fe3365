import pytest

from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType
from amity.design.studio.rules.board import ADDED, CHANGED, REMOVED, board
from amity.design.studio.rules.editing import (
    AlreadyOnCanvasError,
    NotOnCanvasError,
    confirmed,
    design_of,
    moved,
    placed,
    with_cell,
    with_fields,
    with_segment,
    without_segment,
)
from amity.design.studio.rules.words import promise_line, span
from amity.kernel.policy.document import CanvasDocument, Cell, Promise, SegmentDesign

PERSONAL = RelationshipType.PERSONAL_ASSISTANCE
SELF = RelationshipType.SELF_SERVICE


def design(key: str, **changes: object) -> SegmentDesign:
    return SegmentDesign.model_validate(
        {
            "segment": key,
            "motivation": "retain",
            "nature": "hybrid",
            "relationship_types": {PERSONAL: {"intensity": 0.5, "guess": True, "primary": True}},
            "guesses": ("motivation", "nature"),
            **changes,
        }
    )


def canvas(*keys: str) -> CanvasDocument:
    return CanvasDocument(name="Test", currency="EUR", segments=tuple(design(key) for key in keys))


def order(document: CanvasDocument) -> str:
    return "".join(design.segment for design in document.segments)


def test_segments_are_moved_and_the_ends_hold() -> None:
    document = canvas("a", "b", "c")

    assert order(moved(document, "a", 1)) == "bac"
    assert order(moved(document, "c", -1)) == "acb"
    assert order(moved(document, "a", -1)) == "abc"
    assert order(moved(document, "b", 9)) == "acb"
    assert order(placed(document, "c", 0)) == "cab"


def test_a_segment_is_added_once_and_removed() -> None:
    document = with_segment(canvas("a"), design("b"))

    assert order(document) == "ab"
    assert order(without_segment(document, "a")) == "b"
    with pytest.raises(AlreadyOnCanvasError):
        with_segment(document, design("b"))
    with pytest.raises(NotOnCanvasError):
        without_segment(document, "c")


def test_a_new_primary_type_takes_the_mark() -> None:
    document = with_cell(canvas("a"), "a", SELF, Cell(intensity=1, primary=True))

    cells = design_of(document, "a").relationship_types
    assert cells[SELF].primary
    assert not cells[PERSONAL].primary
    assert design_of(with_cell(document, "a", SELF, None), "a").relationship_types.keys() == {
        PERSONAL
    }


def test_confirming_a_cell_keeps_its_grade_and_the_other_guesses() -> None:
    document = confirmed(canvas("a"), "a", PERSONAL.value)

    found = design_of(document, "a")
    assert not found.relationship_types[PERSONAL].guess
    assert found.relationship_types[PERSONAL].grade is Grade.D
    assert found.guesses == ("motivation", "nature")


def test_confirming_a_field_or_everything() -> None:
    assert design_of(confirmed(canvas("a"), "a", "nature"), "a").guesses == ("motivation",)
    everything = design_of(confirmed(canvas("a"), "a"), "a")
    assert everything.guesses == ()
    assert not everything.relationship_types[PERSONAL].guess
    with pytest.raises(NotOnCanvasError):
        confirmed(canvas("a"), "a", "moon")


def test_what_a_person_writes_is_no_guess() -> None:
    document = with_fields(canvas("a"), "a", nature="long_term")

    assert design_of(document, "a").nature == "long_term"
    assert design_of(document, "a").guesses == ("motivation",)


def test_the_board_marks_what_differs_from_the_published_version() -> None:
    published = canvas("a", "b", "gone")
    working = with_segment(without_segment(published, "gone"), design("new"))
    working = with_cell(working, "a", SELF, Cell(intensity=0.4))
    working = with_cell(working, "b", PERSONAL, None)

    seen = board(working, {}, published)

    assert [(row.key, row.change) for row in seen.rows] == [
        ("a", CHANGED),
        ("b", CHANGED),
        ("new", ADDED),
    ]
    by_type = {cell.type: cell.change for cell in seen.rows[0].cells}
    assert (by_type[PERSONAL], by_type[SELF]) == ("", ADDED)
    assert {cell.type: cell.change for cell in seen.rows[1].cells}[PERSONAL] == REMOVED
    assert seen.removed == ("gone",)
    assert seen.changes == 4
    assert seen.rows[0].changed_fields == ("relationship_types",)


def test_confirming_a_guess_is_no_change_to_anybody() -> None:
    published = canvas("a")

    seen = board(confirmed(published, "a"), {}, published)

    assert seen.changes == 0
    assert {cell.change for cell in seen.rows[0].cells} == {""}


def test_a_board_compared_with_nothing_marks_nothing() -> None:
    seen = board(canvas("a"), {}, None)

    assert [row.change for row in seen.rows] == [""]
    assert seen.guesses == 3
    assert seen.customers is None


def test_a_cell_is_hollow_until_confirmed_and_full_when_proven() -> None:
    document = with_cell(canvas("a"), "a", SELF, Cell(intensity=1, grade=Grade.B))
    document = with_cell(document, "a", RelationshipType.COMMUNITIES, Cell(intensity=1))

    proof = {cell.type: cell.proof for cell in board(document, {}, None).rows[0].cells}

    assert proof[PERSONAL] == "guess"
    assert proof[SELF] == "proven"
    assert proof[RelationshipType.COMMUNITIES] == "assumed"


def test_promises_in_words() -> None:
    assert span(30) == "30 min"
    assert span(60) == "1 working hour"
    assert span(240) == "4 working hours"
    assert span(480) == "1 working day"
    assert span(960) == "2 working days"
    assert promise_line(Promise(text="Always")) == "Always"
    assert (
        promise_line(Promise(first_response_minutes=120, human_reachable=True))
        == "first answer within 2 working hours; a person can be reached"
    )
    assert promise_line(None) == ""
