"""The rule language's front door: text, JSON and checks. Pure."""

from collections.abc import Mapping
from typing import Any

from amity.kernel.segments.language.catalog import Catalog, CustomField, problem_of
from amity.kernel.segments.language.codec import from_json, to_json
from amity.kernel.segments.language.parser import parse
from amity.kernel.segments.language.printer import text_of
from amity.kernel.segments.language.tree import Rule, RuleError, conditions, segments_named

__all__ = [
    "Catalog",
    "CustomField",
    "Rule",
    "RuleError",
    "parse_text",
    "problems",
    "read_rule",
    "segments_named",
    "to_text",
    "validate",
]


def parse_text(text: str, catalog: Catalog | None = None) -> dict[str, Any]:
    """The JSON of the rule that `text` says; with a catalog, its names are checked too.

    Raises:
        RuleError: the text is not understood; `position` counts characters from 0.
    """
    return to_json(parse(text, catalog))


def to_text(rule: Mapping[str, Any]) -> str:
    """The readable text of a rule's JSON.

    Raises:
        RuleError: the JSON is no rule.
    """
    return text_of(from_json(rule))


def read_rule(rule: Mapping[str, Any]) -> Rule:
    """The typed tree of a rule's JSON.

    Raises:
        RuleError: the JSON is no rule.
    """
    return from_json(rule)


def problems(rule: Rule, catalog: Catalog) -> list[str]:
    """What in the rule does not fit the fields there are, one sentence a condition."""
    found = (problem_of(condition, catalog) for condition in conditions(rule))
    return [problem for problem in found if problem]


def validate(rule: Mapping[str, Any], catalog: Catalog) -> None:
    """Refuses a rule that is malformed or names what is not there.

    Raises:
        RuleError: with the first problem.
    """
    found = problems(from_json(rule), catalog)
    if found:
        raise RuleError(found[0])
