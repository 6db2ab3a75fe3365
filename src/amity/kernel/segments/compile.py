"""Turns a rule into a condition on customers; segments that it names stand in for their rules."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from amity.kernel.segments.language.catalog import Catalog, kind_of
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
    RuleError,
    TextTest,
)
from amity.kernel.segments.sql.fields import CustomField, Field, TraitField, attribute
from amity.kernel.segments.sql.measures import measure_test

MAX_EXPANDED = 400  # conditions, once the rules of named segments stand in the place of their names


@dataclass(frozen=True, slots=True)
class Setting:
    """What a rule is compiled against: the instant, the currency, the fields, other segments."""

    at: datetime
    currency: str
    catalog: Catalog
    segments: Mapping[str, Rule]


def compile_tree(rule: Rule, setting: Setting) -> Q:
    """The condition on `Customer` that the rule stands for.

    Raises:
        RuleError: it names a segment or field that is not there, leads in a circle, or grows too
            large.
    """
    return _Compiler(setting).compile(rule, ())


class _Compiler:
    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._count = 0

    def compile(self, rule: Rule, path: tuple[str, ...]) -> Q:
        """`path` has the segments whose rules are being expanded, to find circles."""
        match rule:
            case And(parts):
                joined = self.compile(parts[0], path)
                for part in parts[1:]:
                    joined &= self.compile(part, path)
                return joined
            case Or(parts):
                joined = self.compile(parts[0], path)
                for part in parts[1:]:
                    joined |= self.compile(part, path)
                return joined
            case Not(part):
                return ~self.compile(part, path)
            case InSegment(key):
                return self._segment(key, path)
            case _:
                self._count += 1
                if self._count > MAX_EXPANDED:
                    raise RuleError(
                        f"With the segments it names, the rule has over {MAX_EXPANDED} conditions."
                    )
                return self._condition(rule)

    def _segment(self, key: str, path: tuple[str, ...]) -> Q:
        if key in path:
            circle = " → ".join([*path[path.index(key) :], key])
            raise RuleError(f"Segments lead in a circle: {circle}. Break it at one place.")
        if key not in self._setting.segments:
            raise RuleError(f"There is no segment {key}. It may have been archived.")
        return self.compile(self._setting.segments[key], (*path, key))

    def _condition(self, rule: Condition) -> Q:
        setting = self._setting
        match rule:
            case KnownTest(field):
                return self._field(field).known()
            case TextTest(field, op, values):
                return self._field(field).text(op, values)
            case NumberTest(field, op, low, high):
                return self._field(field).number(op, low, high)
            case DateTest(field, window):
                return self._field(field).window(window, setting.at)
            case MeasureTest():
                return measure_test(rule, at=setting.at, currency=setting.currency)
            case Everyone() | InSegment():  # segments are expanded above
                return Q(pk__isnull=False)

    def _field(self, name: str) -> Field:
        catalog = self._setting.catalog
        bare = name.partition(".")[2]
        if name.startswith("trait."):
            return TraitField(bare, catalog.traits.get(bare, "number"), self._setting.currency)
        if name.startswith("custom."):
            if bare not in catalog.custom:
                raise RuleError(f"There is no field {name} any more. Take it out of the rule.")
            return CustomField(bare, kind_of(name, catalog))
        return attribute(name, self._setting.at)
