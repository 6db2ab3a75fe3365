"""What a rule may name, and whether a condition fits it. Pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from amity.kernel.segments.language.tree import (
    Condition,
    DateTest,
    Everyone,
    InSegment,
    KnownTest,
    MeasureTest,
    NumberTest,
    TextTest,
)
from amity.kernel.segments.language.words import ATTRIBUTES, FILTERS, FieldKind

_USE = {
    "text": "use is, in, contains or starts with",
    "choice": "use is or in",
    "yes_no": "use is yes or is no",
    "number": "use =, !=, <, <=, >, >= or between",
    "date": "use in last, since, until or from … to",
}


@dataclass(frozen=True, slots=True)
class CustomField:
    """A field that the company added."""

    kind: FieldKind
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Catalog:
    """What a rule may name. `traits` has the kind of each trait: "text", else a number.

    `custom` and `traits` go by their bare names.
    """

    custom: Mapping[str, CustomField] = field(default_factory=dict)
    traits: Mapping[str, str] = field(default_factory=dict)
    segments: frozenset[str] = frozenset()
    touchpoints: frozenset[str] = frozenset()


def problem_of(  # noqa: PLR0911 -- one return for each kind of condition
    condition: Condition, catalog: Catalog
) -> str | None:
    """What does not fit, in a sentence with a remedy; None where all fits."""
    match condition:
        case Everyone():
            return None
        case InSegment(key):
            return _unknown("segment", key, catalog.segments)
        case MeasureTest():
            return _measure_problem(condition, catalog)
        case KnownTest(name):
            return field_problem(name, catalog)
        case TextTest(name, op, values):
            return field_problem(name, catalog) or _text_problem(name, op, values, catalog)
        case NumberTest(name):
            return field_problem(name, catalog) or _kind_problem(name, "number", catalog)
        case DateTest(name):
            return field_problem(name, catalog) or _kind_problem(name, "date", catalog)


def field_problem(name: str, catalog: Catalog) -> str | None:
    """Whether there is such a field."""
    if name in ATTRIBUTES:
        return None
    if name.startswith("custom."):
        if name.removeprefix("custom.") in catalog.custom:
            return None
        return _unknown("field", name, [f"custom.{key}" for key in catalog.custom])
    if name.removeprefix("trait.") in catalog.traits:
        return None
    known = [*ATTRIBUTES, *catalog.traits, *(f"custom.{key}" for key in catalog.custom)]
    return _unknown("field or trait", name.removeprefix("trait."), known)


def kind_of(name: str, catalog: Catalog) -> FieldKind:
    """The kind of an existing field."""
    if name in ATTRIBUTES:
        return ATTRIBUTES[name].kind
    if name.startswith("custom."):
        return catalog.custom[name.removeprefix("custom.")].kind
    trait = catalog.traits[name.removeprefix("trait.")]
    if trait == "date":
        return "date"
    return "text" if trait == "text" else "number"


def _kind_problem(name: str, wanted: FieldKind, catalog: Catalog) -> str | None:
    kind = kind_of(name, catalog)
    if kind == wanted:
        return None
    return f"{name.removeprefix('trait.')} is a {kind.replace('_', ' or ')} field: {_USE[kind]}."


def _text_problem(name: str, op: str, values: Iterable[str], catalog: Catalog) -> str | None:
    kind = kind_of(name, catalog)
    if kind not in {"text", "choice", "yes_no"}:
        return _kind_problem(name, "text", catalog)
    choices = _choices(name, kind, catalog)
    if not choices:
        return None
    if op != "is":
        return f"{name} has the values {', '.join(choices)}: {_USE[kind]}."
    return _odd_value(name, values, choices)


def _choices(name: str, kind: FieldKind, catalog: Catalog) -> tuple[str, ...]:
    if kind == "yes_no":
        return ("yes", "no")
    if name in ATTRIBUTES:
        return ATTRIBUTES[name].choices
    return catalog.custom[name.removeprefix("custom.")].choices if kind == "choice" else ()


def _measure_problem(test: MeasureTest, catalog: Catalog) -> str | None:
    for one in test.where:
        known = FILTERS[one.name]
        if known.choices:
            problem = _odd_value(one.name, one.values, known.choices)
        elif one.name == "touchpoint":
            found = (_unknown("touchpoint", key, catalog.touchpoints) for key in one.values)
            problem = next((one for one in found if one), None)
        else:
            problem = None
        if problem:
            return problem
    return None


def _odd_value(name: str, values: Iterable[str], choices: tuple[str, ...]) -> str | None:
    folded = {choice.lower() for choice in choices}
    odd = next((value for value in values if value.lower() not in folded), None)
    if odd is None:
        return None
    return f"{name} is never {odd}{did_you_mean(odd, choices)}. It is one of {', '.join(choices)}."


def _unknown(what: str, name: str, known: Iterable[str]) -> str | None:
    known = list(known)
    if name in known:
        return None
    there = f" There are: {', '.join(sorted(known)[:12])}." if known else ""
    return f"There is no {what} {name}{did_you_mean(name, known)}.{there}"


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """The nearest known name, as a question's half, else nothing."""
    close = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f"; did you mean {close[0]}" if close else ""
