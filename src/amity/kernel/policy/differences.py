"""What differs between two canvases, as a list that a person can read. Pure."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from amity.base.vocabulary import RelationshipType
from amity.kernel.policy.document import CanvasDocument, as_json

MISSING = object()
_TYPE_LABELS = {kind.value: kind.label for kind in RelationshipType}
_KEYED: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "segments": lambda part: str(part["segment"]),
    "segment_definitions": lambda part: str(part["key"]),
    "touchpoint_definitions": lambda part: str(part["key"]),
    "expectations": lambda part: f"{part['kind']}: {part['statement']}",
    "targets": lambda part: str(part["measure"]),
}


@dataclass(frozen=True, slots=True)
class Change:
    """One difference: where, what it was, what it is, and the sentence that says so.

    `kind` is "added", "removed", "changed" or "moved"; `old` is None for what was added and `new`
    for what was removed. `segment` is the key of the segment it belongs to, "" for the company.
    """

    path: str
    kind: str
    old: Any
    new: Any
    words: str
    segment: str = ""


def diff(old: CanvasDocument | None, new: CanvasDocument) -> list[Change]:
    """The differences from `old` (None: an empty canvas) to `new`, in the canvas's order."""
    before = as_json(old) if old else as_json(CanvasDocument(name=new.name, currency=new.currency))
    after = as_json(new)
    moved = _moved(before, after)
    return [*moved, *_walk((), before, after)]


def _moved(before: Mapping[str, Any], after: Mapping[str, Any]) -> list[Change]:
    was = [part["segment"] for part in before["segments"]]
    now = [part["segment"] for part in after["segments"]]
    was_kept, now_kept = [key for key in was if key in now], [key for key in now if key in was]
    if was_kept == now_kept:
        return []
    words = f"Order of precedence: {', '.join(was_kept)} → {', '.join(now_kept)}"
    return [Change(path="segments", kind="moved", old=was_kept, new=now_kept, words=words)]


def _walk(path: tuple[str, ...], old: Any, new: Any) -> Iterator[Change]:
    if old == new:
        return
    if path and path[-1] in _KEYED and isinstance(old, list) and isinstance(new, list):
        old, new = _by_key(path[-1], old), _by_key(path[-1], new)
    if isinstance(old, dict) and isinstance(new, dict):
        for key in dict.fromkeys([*new, *old]):
            yield from _walk((*path, key), old.get(key, MISSING), new.get(key, MISSING))
        return
    yield _change(path, old, new)


def _by_key(name: str, parts: list[Mapping[str, Any]]) -> dict[str, Any]:
    return {_KEYED[name](part): part for part in parts}


def _change(path: tuple[str, ...], old: Any, new: Any) -> Change:
    where = _where(path)
    if old is MISSING:
        kind, words = "added", f"{where}: added{_summary(new)}"
    elif new is MISSING:
        kind, words = "removed", f"{where}: removed{_summary(old)}"
    else:
        kind, words = "changed", f"{where}: {_shown(old)} → {_shown(new)}"
    return Change(
        path=".".join(path),
        kind=kind,
        old=None if old is MISSING else old,
        new=None if new is MISSING else new,
        words=words,
        segment=path[1] if len(path) > 1 and path[0] == "segments" else "",
    )


def _where(path: tuple[str, ...]) -> str:
    """The path in words: the segment, then the field, without the names of the containers."""
    hidden = {"segments", "relationship_types", "segment_definitions", "touchpoint_definitions"}
    parts = [part for part in path if part not in hidden]
    if path[0] in {"segment_definitions", "touchpoint_definitions"}:
        parts.insert(0, path[0].removesuffix("s").replace("_", " ").capitalize())
    labels = [_TYPE_LABELS.get(part, part.replace("_", " ")) for part in parts]
    if path[0] == "segments" and len(path) > 1:
        labels[0] = path[1]
    return ", ".join(labels) or "The canvas"


def _summary(part: Any) -> str:
    if isinstance(part, Mapping):
        if "intensity" in part:
            return f", intensity {_shown(part['intensity'])}"
        if "relationship_types" in part:
            types = [_TYPE_LABELS[key] for key in part["relationship_types"]]
            return f" with {', '.join(types)}" if types else ""
        return f": {_shown(part)}"
    return f": {_shown(part)}"


def _shown(value: Any) -> str:
    if value is None or value in ("", [], {}):
        return "nothing"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, list):
        return ", ".join(_shown(one) for one in value)
    if isinstance(value, Mapping):
        told = [
            f"{key.replace('_', ' ')} {_shown(one)}"
            for key, one in value.items()
            if one not in (None, "", [], {}, False)
        ]
        return "; ".join(told) or "nothing"
    return _TYPE_LABELS.get(str(value), str(value))
