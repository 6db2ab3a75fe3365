"""A canvas turned into what each customer is promised. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from amity.base.vocabulary import Intimacy, Nature, RelationshipType, Stage
from amity.kernel.policy.document import CanvasDocument, Cell, SegmentDesign


@dataclass(frozen=True, slots=True)
class CellPromise:
    """One relationship type that a customer is offered; times are working minutes on `calendar`."""

    relationship_type: RelationshipType
    intensity: float
    primary: bool
    text: str
    first_response_minutes: int | None
    next_response_minutes: int | None
    resolution_minutes: int | None
    calendar: str | None
    human_reachable: bool


@dataclass(frozen=True, slots=True)
class PromiseAnswer:
    """What a customer was promised, by which version, and why.

    `version_number` is None where no policy is published; `segment_key` is None where no segment
    of the policy holds the customer. `relationships` has the primary type first.
    """

    version_number: int | None
    segment_key: str | None
    segment_name: str
    reason: str
    relationships: tuple[CellPromise, ...] = ()
    touchpoints: tuple[tuple[Stage, tuple[str, ...]], ...] = ()
    nature: Nature | None = None
    intimacy: tuple[Intimacy, ...] = ()
    stance: str = ""

    @property
    def primary(self) -> CellPromise | None:
        """The relationship type that comes first; None where nothing is promised."""
        return self.relationships[0] if self.relationships else None

    def for_type(self, relationship_type: RelationshipType) -> CellPromise | None:
        """The promise for one relationship type; None where it is not offered."""
        return next(
            (cell for cell in self.relationships if cell.relationship_type == relationship_type),
            None,
        )


def compile_document(document: CanvasDocument) -> list[tuple[str, dict[str, Any]]]:
    """(segment key, payload) in the order of precedence; the payloads are plain JSON."""
    return [(design.segment, _payload(design)) for design in document.segments]


def _payload(design: SegmentDesign) -> dict[str, Any]:
    offered = [
        (kind, design.relationship_types[kind])
        for kind in RelationshipType
        if kind in design.relationship_types and design.relationship_types[kind].intensity > 0
    ]
    offered.sort(key=lambda pair: (not pair[1].primary, -pair[1].intensity))
    return {
        "relationships": [_cell(kind, cell) for kind, cell in offered],
        "touchpoints": [
            [stage.value, list(design.touchpoints[stage])]
            for stage in Stage
            if design.touchpoints.get(stage)
        ],
        "nature": design.nature.value,
        "intimacy": [intimacy.value for intimacy in design.intimacy],
        "stance": design.value_proposition.stance,
    }


def _cell(kind: RelationshipType, cell: Cell) -> dict[str, Any]:
    promise = cell.promise
    return {
        "relationship_type": kind.value,
        "intensity": cell.intensity,
        "primary": cell.primary,
        "text": promise.text if promise else "",
        "first_response_minutes": promise.first_response_minutes if promise else None,
        "next_response_minutes": promise.next_response_minutes if promise else None,
        "resolution_minutes": promise.resolution_minutes if promise else None,
        "calendar": promise.calendar if promise else None,
        "human_reachable": promise.human_reachable if promise else False,
    }


def answer_from(
    payload: Mapping[str, Any], *, number: int, segment_key: str, segment_name: str, reason: str
) -> PromiseAnswer:
    """The answer that a compiled payload stands for."""
    return PromiseAnswer(
        version_number=number,
        segment_key=segment_key,
        segment_name=segment_name,
        reason=reason,
        relationships=tuple(
            CellPromise(
                **{**cell, "relationship_type": RelationshipType(cell["relationship_type"])}
            )
            for cell in payload["relationships"]
        ),
        touchpoints=tuple((Stage(stage), tuple(keys)) for stage, keys in payload["touchpoints"]),
        nature=Nature(payload["nature"]),
        intimacy=tuple(Intimacy(one) for one in payload["intimacy"]),
        stance=payload["stance"],
    )


_CHANGES = {
    "touchpoints": "Touchpoints change",
    "nature": "Nature changes",
    "intimacy": "Intimacy changes",
    "stance": "Stance changes",
}


def promise_words(before: Mapping[str, Any] | None, after: Mapping[str, Any] | None) -> list[str]:
    """What changes for a customer who had `before` and gets `after`, one sentence a thing."""
    old = {cell["relationship_type"]: cell for cell in before["relationships"]} if before else {}
    new = {cell["relationship_type"]: cell for cell in after["relationships"]} if after else {}
    words: list[str] = []
    for kind in RelationshipType:
        words.extend(_cell_words(kind, old.get(kind.value), new.get(kind.value)))
    if before and after:
        words.extend(sentence for name, sentence in _CHANGES.items() if before[name] != after[name])
    return words


def _cell_words(
    kind: RelationshipType, old: Mapping[str, Any] | None, new: Mapping[str, Any] | None
) -> list[str]:
    if old == new:
        return []
    if old is None:
        return [f"{kind.label} begins"]
    if new is None:
        return [f"{kind.label} ends"]
    return [
        f"{kind.label}: {name.replace('_', ' ')} {_shown(old[name])} → {_shown(new[name])}"
        for name in new
        if old[name] != new[name]
    ]


def _shown(value: object) -> str:
    if value is None or value == "":
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    return f"{value:g}" if isinstance(value, float) else str(value)
