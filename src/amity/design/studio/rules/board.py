"""The canvas as it is looked at: rows, cells, what changed, what is a guess. Pure."""

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from amity.base.vocabulary import RelationshipType
from amity.design.studio.rules.editing import guess_count
from amity.design.studio.rules.words import promise_line
from amity.kernel.policy.document import CanvasDocument, Cell, SegmentDesign

UNCHANGED, ADDED, CHANGED, REMOVED = "", "added", "changed", "removed"


@dataclass(frozen=True, slots=True)
class CellFigures:
    """What the log says of one type in one segment, over the last twelve months."""

    interactions: int
    share: float  # of the segment's interactions
    cost_minor: int


@dataclass(frozen=True, slots=True)
class SegmentFigures:
    """What is known of a segment's customers now. None: not known."""

    name: str
    color: int
    exists: bool
    customers: int | None = None
    counted_at: datetime | None = None
    value_minor: int | None = None  # expected over the next 12 months, else net revenue of the last
    value_is_forecast: bool = False
    value_as_of: datetime | None = None
    cost_minor: int | None = None  # of its interactions in 12 months
    interactions: int = 0
    log_as_of: datetime | None = None
    cells: dict[RelationshipType, CellFigures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class BoardCell:
    """One relationship type for one segment, as designed and as it goes."""

    type: RelationshipType
    cell: Cell | None
    change: str
    promise: str
    figures: CellFigures | None

    @property
    def proof(self) -> str:
        """How firmly it stands: `guess`, `assumed` (confirmed, no evidence) or `proven`."""
        if self.cell is None or self.cell.guess:
            return "guess"
        return "proven" if self.cell.grade.value in ("A", "B") else "assumed"

    @property
    def runs_undesigned(self) -> bool:
        """The log has it, the canvas does not."""
        return self.cell is None and bool(self.figures and self.figures.interactions)


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One segment of the canvas."""

    design: SegmentDesign
    position: int
    figures: SegmentFigures
    cells: tuple[BoardCell, ...]
    change: str
    changed_fields: tuple[str, ...]
    guesses: int

    @property
    def key(self) -> str:
        """The segment's key."""
        return self.design.segment

    @property
    def hours(self) -> float:
        """Staff hours a year, all skills."""
        return sum(self.design.hours.values())


@dataclass(frozen=True, slots=True)
class Board:
    """The whole canvas with what was taken off it since the version it is compared with."""

    rows: tuple[BoardRow, ...]
    removed: tuple[str, ...]
    customers: int | None
    value_minor: int | None
    cost_minor: int | None
    guesses: int
    budget: Decimal | None
    hours: float

    @property
    def changes(self) -> int:
        """How many rows differ."""
        return len(self.removed) + sum(bool(row.change) for row in self.rows)


def board(
    document: CanvasDocument,
    figures: dict[str, SegmentFigures],
    against: CanvasDocument | None,
) -> Board:
    """The canvas against another version (None: nothing is marked as changed)."""
    old = {design.segment: design for design in against.segments} if against else {}
    rows = tuple(
        _row(design, place, figures.get(design.segment), old.get(design.segment), against is None)
        for place, design in enumerate(document.segments, start=1)
    )
    keys = {row.key for row in rows}
    budgets = [row.design.budget for row in rows if row.design.budget is not None]
    return Board(
        rows=rows,
        removed=tuple(key for key in old if key not in keys),
        customers=_total([row.figures.customers for row in rows]),
        value_minor=_total([row.figures.value_minor for row in rows]),
        cost_minor=_total([row.figures.cost_minor for row in rows]),
        guesses=sum(row.guesses for row in rows),
        budget=sum(budgets, Decimal(0)) if budgets else None,
        hours=sum(row.hours for row in rows),
    )


def _total(values: list[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _row(
    design: SegmentDesign,
    place: int,
    figures: SegmentFigures | None,
    old: SegmentDesign | None,
    alone: bool,
) -> BoardRow:
    figures = figures or SegmentFigures(name=design.segment, color=place, exists=False)
    changed = () if old is None else changed_fields(old, design)
    state = ADDED if old is None else CHANGED if changed else UNCHANGED
    return BoardRow(
        design=design,
        position=place,
        figures=figures,
        cells=tuple(_cell(kind, design, figures, old, alone) for kind in RelationshipType),
        change=UNCHANGED if alone else state,
        changed_fields=changed,
        guesses=guess_count(design),
    )


def _cell(
    kind: RelationshipType,
    design: SegmentDesign,
    figures: SegmentFigures,
    old: SegmentDesign | None,
    alone: bool,
) -> BoardCell:
    cell = design.relationship_types.get(kind)
    before = old.relationship_types.get(kind) if old else None
    return BoardCell(
        type=kind,
        cell=cell,
        change=UNCHANGED if alone else cell_change(before, cell),
        promise=promise_line(cell.promise) if cell else "",
        figures=figures.cells.get(kind),
    )


def cell_change(before: Cell | None, cell: Cell | None) -> str:
    """How a cell differs from what it was; a confirmation alone changes nothing for anybody."""
    if _meant(before) == _meant(cell):
        return UNCHANGED
    if before is None:
        return ADDED
    return REMOVED if cell is None else CHANGED


def _meant(cell: Cell | None) -> Cell | None:
    return cell and cell.model_copy(update={"guess": False, "note": ""})


def _unconfirmed(design: SegmentDesign) -> SegmentDesign:
    cells = {kind: _meant(cell) for kind, cell in design.relationship_types.items()}
    return design.model_copy(update={"relationship_types": cells, "guesses": (), "note": ""})


def changed_fields(old: SegmentDesign, new: SegmentDesign) -> tuple[str, ...]:
    """The names of the fields that differ in what they mean for somebody."""
    before, after = _unconfirmed(old), _unconfirmed(new)
    return tuple(
        name for name in SegmentDesign.model_fields if getattr(before, name) != getattr(after, name)
    )
