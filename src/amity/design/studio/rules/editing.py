"""Changes to a canvas as values: a document in, a new document out. Nothing is changed in place."""

from typing import Any

from amity.base.results import AmityError
from amity.base.vocabulary import RelationshipType
from amity.kernel.policy.document import CanvasDocument, Cell, SegmentDesign

DESIGN_FIELDS = (
    "motivation",
    "motivations",
    "expectations",
    "value_proposition",
    "nature",
    "intimacy",
    "touchpoints",
    "hours",
    "budget",
    "targets",
    "review_on",
    "note",
)


class NotOnCanvasError(AmityError):
    """The canvas has no such segment or cell."""


class AlreadyOnCanvasError(AmityError):
    """The segment stands on the canvas already."""


def design_of(document: CanvasDocument, key: str) -> SegmentDesign:
    """The design of one segment.

    Raises:
        NotOnCanvasError: the segment is not on this canvas.
    """
    for design in document.segments:
        if design.segment == key:
            return design
    raise NotOnCanvasError(f"The segment {key} is not on this canvas. Add it first.")


def rebuilt(design: SegmentDesign, **changes: Any) -> SegmentDesign:
    """The design with some fields written anew, checked as a whole."""
    return SegmentDesign.model_validate({**dict(design), **changes})


def with_design(document: CanvasDocument, design: SegmentDesign) -> CanvasDocument:
    """The canvas with the design of that segment replaced."""
    design_of(document, design.segment)
    segments = tuple(design if d.segment == design.segment else d for d in document.segments)
    return document.model_copy(update={"segments": segments})


def with_segment(document: CanvasDocument, design: SegmentDesign) -> CanvasDocument:
    """The canvas with one more segment at its end.

    Raises:
        AlreadyOnCanvasError: it stands there already.
    """
    if any(d.segment == design.segment for d in document.segments):
        raise AlreadyOnCanvasError(
            f"The segment {design.segment} is on this canvas already. Open its row to change it."
        )
    return document.model_copy(update={"segments": (*document.segments, design)})


def without_segment(document: CanvasDocument, key: str) -> CanvasDocument:
    """The canvas without that segment (the segment itself stays)."""
    design_of(document, key)
    segments = tuple(d for d in document.segments if d.segment != key)
    return document.model_copy(update={"segments": segments})


def moved(document: CanvasDocument, key: str, by: int) -> CanvasDocument:
    """The canvas with that segment `by` places further down (negative: up); the ends hold."""
    design = design_of(document, key)
    others = [d for d in document.segments if d.segment != key]
    place = document.segments.index(design) + by
    others.insert(max(0, min(place, len(others))), design)
    return document.model_copy(update={"segments": tuple(others)})


def placed(document: CanvasDocument, key: str, place: int) -> CanvasDocument:
    """The canvas with that segment at `place` (from 0)."""
    now = document.segments.index(design_of(document, key))
    return moved(document, key, place - now)


def with_cell(
    document: CanvasDocument, key: str, kind: RelationshipType, cell: Cell | None
) -> CanvasDocument:
    """The canvas with that cell written anew; None takes the type away from the segment.

    A cell written as primary takes the mark from the segment's other cells.
    """
    design = design_of(document, key)
    cells = {t: c for t, c in design.relationship_types.items() if t != kind}
    if cell is not None:
        if cell.primary:
            cells = {t: c.model_copy(update={"primary": False}) for t, c in cells.items()}
        cells[kind] = cell
    ordered = {t: cells[t] for t in RelationshipType if t in cells}
    return with_design(document, rebuilt(design, relationship_types=ordered))


def confirmed(document: CanvasDocument, key: str, what: str = "") -> CanvasDocument:
    """The canvas with a guess of that segment confirmed by a person.

    `what` is a relationship type, the name of a field, or empty for everything of the segment.
    The evidence grade stays: a person's word is not an observation.

    Raises:
        NotOnCanvasError: there is no such cell or field.
    """
    design = design_of(document, key)
    types = {t.value for t in design.relationship_types}
    if what and what not in types and what not in DESIGN_FIELDS:
        raise NotOnCanvasError(f"There is nothing called {what} to confirm.")
    cells = {
        t: c.model_copy(update={"guess": False}) if what in ("", t.value) else c
        for t, c in design.relationship_types.items()
    }
    guesses = tuple(name for name in design.guesses if what and name != what)
    return with_design(document, rebuilt(design, relationship_types=cells, guesses=guesses))


def with_fields(document: CanvasDocument, key: str, **changes: Any) -> CanvasDocument:
    """The canvas with some fields of a segment written by a person; they are no longer guesses."""
    design = design_of(document, key)
    guesses = tuple(name for name in design.guesses if name not in changes)
    return with_design(document, rebuilt(design, **changes, guesses=guesses))


def guess_count(design: SegmentDesign) -> int:
    """How many cells and fields of a design nobody has confirmed."""
    return len(design.guesses) + sum(cell.guess for cell in design.relationship_types.values())
