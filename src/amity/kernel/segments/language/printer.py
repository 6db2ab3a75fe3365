"""Writes a rule as readable text; parsing the text gives back the same rule. Pure."""

import re
from decimal import Decimal

from amity.kernel.segments.language.tree import (
    And,
    Condition,
    DateTest,
    Everyone,
    InSegment,
    KnownTest,
    MeasureTest,
    Not,
    NumberTest,
    Or,
    Rule,
    TextTest,
    Window,
)
from amity.kernel.segments.language.words import AMBIGUOUS, FILTERS, MEASURES, RESERVED, UNITS

_BARE = re.compile(r"[^\W\d][\w.*:/@+&-]*")
_WORDS_OF_FIELDS = RESERVED | {*UNITS, *(unit[:-1] for unit in UNITS), "trait", "custom"}


def text_of(rule: Rule) -> str:
    """The rule as one line of text."""
    if isinstance(rule, And):
        return " and ".join(_inner(part) for part in rule.parts)
    if isinstance(rule, Or):
        return " or ".join(_inner(part) for part in rule.parts)
    if isinstance(rule, Not):
        return _negated(rule.part)
    return _condition(rule)


def _inner(rule: Rule) -> str:
    return f"({text_of(rule)})" if isinstance(rule, And | Or) else text_of(rule)


def _negated(part: Rule) -> str:
    if isinstance(part, TextTest) and part.op == "is":
        if len(part.values) == 1:
            return f"{field_text(part.field)} is not {value_text(part.values[0])}"
        return f"{field_text(part.field)} not in {_list(part.values)}"
    if isinstance(part, NumberTest) and part.op == "=":
        return f"{field_text(part.field)} != {number_text(part.low)}"
    if isinstance(part, KnownTest):
        return f"{field_text(part.field)} is unknown"
    return f"not {_inner(part)}"


def _condition(rule: Condition) -> str:  # noqa: PLR0911 -- one return for each kind of condition
    match rule:
        case Everyone():
            return "everyone"
        case InSegment(key):
            return f"in segment {value_text(key)}"
        case KnownTest(field):
            return f"{field_text(field)} is known"
        case TextTest(field, "is", values) if len(values) > 1:
            return f"{field_text(field)} in {_list(values)}"
        case TextTest(field, op, values):
            return f"{field_text(field)} {op} {value_text(values[0])}"
        case NumberTest(field):
            return f"{field_text(field)} {_comparison(rule)}"
        case DateTest(field, window):
            return f"{field_text(field)} {_window(window)}"
        case MeasureTest():
            return _measure(rule)


def _measure(test: MeasureTest) -> str:
    narrowings = [
        f"{FILTERS[one.name].preposition} {one.name} {_values(one.values)}" for one in test.where
    ]
    is_none = test.op == "=" and test.low == 0 and MEASURES[test.measure].empty == 0
    if is_none and not MEASURES[test.measure].money and test.measure != "staff minutes":
        parts = ["no", test.measure, *narrowings, _window(test.window)]
    else:
        parts = [test.measure, *narrowings, _window(test.window), _comparison(test)]
    return " ".join(part for part in parts if part)


def _comparison(test: NumberTest | MeasureTest) -> str:
    if test.op == "between" and test.high is not None:
        return f"between {number_text(test.low)} and {number_text(test.high)}"
    return f"{test.op} {number_text(test.low)}"


def _window(window: Window) -> str:
    if window.last is not None:
        unit = window.unit if window.last != 1 else window.unit[:-1]
        return f"in last {window.last} {unit}"
    if window.start and window.end:
        return f"from {window.start.isoformat()} to {window.end.isoformat()}"
    if window.start:
        return f"since {window.start.isoformat()}"
    return f"until {window.end.isoformat()}" if window.end else ""


def field_text(field: str) -> str:
    """A field's name: a trait stands without its prefix where no other word is meant."""
    name = field.removeprefix("trait.")
    return name if field.startswith("trait.") and _is_plain_trait(name) else field


def _is_plain_trait(name: str) -> bool:
    return name not in _WORDS_OF_FIELDS and not name.startswith(("custom.", "trait."))


def value_text(value: str) -> str:
    """A value: bare where it is one plain word, else between quotation marks."""
    if _BARE.fullmatch(value) and value.lower() not in AMBIGUOUS:
        return value
    escaped = value.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def number_text(value: Decimal) -> str:
    """A number without an exponent and without needless zeros."""
    return f"{value.normalize():f}" if value else "0"


def _values(values: tuple[str, ...]) -> str:
    return value_text(values[0]) if len(values) == 1 else _list(values)


def _list(values: tuple[str, ...]) -> str:
    return f"({', '.join(value_text(value) for value in values)})"
