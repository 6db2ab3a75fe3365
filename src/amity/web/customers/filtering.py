"""The filters of a list as one rule, and that rule as a condition on customers."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Q

from amity.kernel.customers.queries import custom_fields
from amity.kernel.segments.compile import Setting, compile_tree
from amity.kernel.segments.language.catalog import Catalog, CustomField, field_problem
from amity.kernel.segments.language.parser import parse
from amity.kernel.segments.language.tree import And, InSegment, Rule, TextTest, conditions
from amity.kernel.segments.models import Segment
from amity.kernel.segments.rules import RuleError, read_rule
from amity.kernel.traits.queries import trait_definitions
from amity.web.customers.rules import Listing


def rule_of(listing: Listing) -> Rule | None:
    """All filters of a list as one rule; None where it has none.

    Raises:
        RuleError: the written part is not understood.
    """
    parts: list[Rule] = []
    if listing.segment:
        parts.append(InSegment(listing.segment))
    plain = {
        "tag": listing.tag,
        "kind": listing.kind,
        "country": listing.country.upper(),
        "owner": listing.owner,
    }
    parts += [TextTest(field, "is", (value,)) for field, value in plain.items() if value]
    if listing.where:
        written = parse(listing.where)
        parts += written.parts if isinstance(written, And) else [written]
    return And(tuple(parts)) if len(parts) > 1 else parts[0] if parts else None


def condition_of(where: str, *, segments: Iterable[Segment], currency: str, at: datetime) -> Q:
    """The condition that a written filter stands for; one statement, for the custom fields.

    Raises:
        RuleError: it is not understood, or names what is not there.
    """
    custom = custom_fields() if "custom." in where else []
    catalog = Catalog(
        custom={field.key: _custom(field.kind, field.choices) for field in custom},
        traits={name: definition.kind for name, definition in trait_definitions().items()},
        segments=frozenset(segment.key for segment in segments),
    )
    rule = parse(where)
    for condition in conditions(rule):
        problem = field_problem(getattr(condition, "field", "name"), catalog)
        if problem:
            raise RuleError(problem)
    trees = {segment.key: read_rule(segment.rule) for segment in segments if segment.rule}
    return compile_tree(rule, Setting(at, currency, catalog, trees))


def _custom(kind: str, choices: tuple[str, ...]) -> CustomField:
    return CustomField(kind, choices)  # type: ignore[arg-type]  # the model's choices are these kinds


__all__ = ["RuleError", "condition_of", "rule_of"]
