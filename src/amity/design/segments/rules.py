"""How the form's fields become a condition in the rule language. Pure."""

from collections.abc import Mapping
from dataclasses import dataclass

from amity.kernel.segments.language.parser import parse
from amity.kernel.segments.language.printer import field_text, text_of, value_text
from amity.kernel.segments.language.tree import And, Everyone, Or, Rule, RuleError
from amity.kernel.segments.language.words import ATTRIBUTES, MEASURES
from amity.kernel.segments.rules import Catalog

OPERATORS = (
    "is",
    "is not",
    "contains",
    "starts with",
    "is known",
    "is unknown",
    ">=",
    ">",
    "<=",
    "<",
    "=",
    "!=",
    "since",
    "until",
)
_NUMERIC = {"is": "=", "is not": "!="}


@dataclass(frozen=True, slots=True)
class Picked:
    """What was chosen to add a condition; `last` is a number of `unit`, or empty for ever."""

    subject: str
    operator: str
    value: str
    last: str = ""
    unit: str = "days"


def condition_text(picked: Picked) -> str:
    """The condition in the rule language; whether it makes sense, the parser says.

    Raises:
        RuleError: nothing was chosen.
    """
    kind, _, name = picked.subject.partition(":")
    value = picked.value.strip()
    window = f" in last {picked.last.strip()} {picked.unit}" if picked.last.strip() else ""
    if not name:
        raise RuleError("Choose what the condition is about.")
    if kind == "measure":
        operator = _NUMERIC.get(picked.operator, picked.operator)
        return f"{name}{window} {operator} {value or '1'}"
    if kind == "segment":
        negated = "not " if picked.operator in {"is not", "!="} else ""
        return f"{negated}in segment {name}"
    field = field_text(name)
    if picked.operator in {"is known", "is unknown"}:
        return f"{field} {picked.operator}"
    if window and not value:
        return f"{field}{window}"
    if not value:
        raise RuleError("Write a value to compare with.")
    if picked.operator in {"is", "is not", "contains", "starts with"}:
        return f"{field} {picked.operator} {value_text(value)}"
    return f"{field} {picked.operator} {value}"


def with_condition(text: str, condition: str, joiner: str, catalog: Catalog) -> str:
    """The rule with one more condition; what it said before stays one part.

    Raises:
        RuleError: the rule or the condition is not understood.
    """
    added = parse(condition, catalog)
    if not text.strip():
        return text_of(added)
    before = parse(text, catalog)
    if isinstance(before, Everyone) and joiner == "and":
        return text_of(added)
    return text_of(_joined(before, added, joiner))


def _joined(before: Rule, added: Rule, joiner: str) -> Rule:
    node = Or if joiner == "or" else And
    parts = before.parts if isinstance(before, node) else (before,)
    return node((*parts, added))


def subjects(
    catalog: Catalog, trait_labels: Mapping[str, str], segment_names: Mapping[str, str]
) -> list[tuple[str, list[tuple[str, str]]]]:
    """What a condition may be about, in groups of (value, label)."""
    groups = [
        ("Customer", [(f"field:{one.name}", one.label) for one in ATTRIBUTES.values()]),
        ("Own fields", [(f"field:custom.{key}", key) for key in catalog.custom]),
        (
            "Orders and interactions",
            [(f"measure:{one.name}", one.label) for one in MEASURES.values()],
        ),
        (
            "Measured",
            [(f"field:trait.{name}", trait_labels.get(name, name)) for name in catalog.traits],
        ),
        ("Segment", [(f"segment:{key}", name) for key, name in segment_names.items()]),
    ]
    return [(label, choices) for label, choices in groups if choices]
