"""Rules to and from JSON, the form in the database and in the API. Pure.

{"all": […]}, {"any": […]}, {"not": …}, {"everyone": true}, {"segment": "loyal"},
{"field": "country", "op": "is", "values": ["US"]}, {"field": "trait.clv", "op": ">=", "value": 5},
{"field": "city", "op": "known"}, {"field": "created", "window": {"last": 30, "unit": "days"}},
{"measure": "orders", "op": ">=", "value": 3, "window": {…}, "where": {"category": ["Dairy"]}}
"""

from collections.abc import Callable, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, cast

from amity.kernel.segments.language.tree import (
    EVER,
    MAX_DEPTH,
    MAX_VALUES,
    MAX_WINDOW,
    OWN_FIELD,
    SEGMENT_KEY,
    And,
    DateTest,
    Everyone,
    InSegment,
    KnownTest,
    MeasureTest,
    Narrowing,
    Not,
    NumberOp,
    NumberTest,
    Or,
    Rule,
    RuleError,
    TextOp,
    TextTest,
    Unit,
    Window,
    check_size,
    checked_number,
    checked_value,
)
from amity.kernel.segments.language.words import ATTRIBUTES, FILTERS, MEASURES, UNITS

_NUMBER_OPS = ("=", "<", "<=", ">", ">=", "between")
_TEXT_OPS = ("is", "contains", "starts with")


def to_json(rule: Rule) -> dict[str, Any]:  # noqa: C901, PLR0911 -- one return for each kind of node
    """The rule as plain JSON values."""
    match rule:
        case And(parts):
            return {"all": [to_json(part) for part in parts]}
        case Or(parts):
            return {"any": [to_json(part) for part in parts]}
        case Not(part):
            return {"not": to_json(part)}
        case Everyone():
            return {"everyone": True}
        case InSegment(key):
            return {"segment": key}
        case KnownTest(field):
            return {"field": field, "op": "known"}
        case TextTest(field, op, values):
            return {"field": field, "op": op, "values": list(values)}
        case NumberTest(field):
            return {"field": field, **_comparison_json(rule)}
        case DateTest(field, window):
            return {"field": field, "window": _window_json(window)}
        case MeasureTest(measure):
            found: dict[str, Any] = {"measure": measure, **_comparison_json(rule)}
            if not rule.window.is_ever:
                found["window"] = _window_json(rule.window)
            if rule.where:
                found["where"] = {one.name: list(one.values) for one in rule.where}
            return found


def _comparison_json(test: NumberTest | MeasureTest) -> dict[str, Any]:
    if test.high is not None:
        return {"op": test.op, "value": [_json_number(test.low), _json_number(test.high)]}
    return {"op": test.op, "value": _json_number(test.low)}


def _json_number(value: Decimal) -> int | float:
    """At most fifteen digits, so that the float gives back the same decimal."""
    return int(value) if value == value.to_integral_value() else float(value)


def _window_json(window: Window) -> dict[str, Any]:
    if window.last is not None:
        return {"last": window.last, "unit": window.unit}
    days = {"from": window.start, "to": window.end}
    return {name: day.isoformat() for name, day in days.items() if day is not None}


def from_json(value: Any) -> Rule:
    """The rule that JSON values describe.

    Raises:
        RuleError: something is missing, unknown or out of range, with its path.
    """
    rule = _rule(value, "rule", 0)
    check_size(rule)
    return rule


def _rule(value: Any, path: str, depth: int) -> Rule:
    if depth > MAX_DEPTH:
        raise RuleError(f"The rule nests deeper than {MAX_DEPTH} levels. Simplify it.")
    if not isinstance(value, Mapping):
        raise RuleError(f"{path} is no object. Write for example {{'everyone': true}}.")
    for name, read in _KINDS.items():
        if name in value:
            return read(value, path, depth)
    raise RuleError(f"{path} has none of {', '.join(_KINDS)}. Begin with one of them.")


def _only(value: Mapping[str, Any], path: str, *names: str) -> None:
    odd = sorted(str(name) for name in value if name not in names)
    if odd:
        raise RuleError(
            f"{path} has {odd[0]}, which means nothing here. It has {', '.join(names)}."
        )


def _parts(value: Mapping[str, Any], path: str, name: str, depth: int) -> tuple[Rule, ...]:
    _only(value, path, name)
    parts = value[name]
    if not isinstance(parts, list) or len(parts) < 2:  # one part alone needs no joining
        raise RuleError(f"{path}.{name} needs a list of two rules or more.")
    return tuple(_rule(part, f"{path}.{name}.{i}", depth + 1) for i, part in enumerate(parts))


def _and(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    return And(_parts(value, path, "all", depth))


def _or(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    return Or(_parts(value, path, "any", depth))


def _not(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    _only(value, path, "not")
    return Not(_rule(value["not"], f"{path}.not", depth + 1))


def _everyone(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    _only(value, path, "everyone")
    if value["everyone"] is not True:
        raise RuleError(f"{path}.everyone is true or is left out.")
    return Everyone()


def _segment(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    _only(value, path, "segment")
    key = value["segment"]
    if not isinstance(key, str) or not SEGMENT_KEY.fullmatch(key):
        raise RuleError(f"{path}.segment is no key of a segment.")
    return InSegment(key)


def _field(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    name = value["field"]
    if not isinstance(name, str) or not (name in ATTRIBUTES or OWN_FIELD.fullmatch(name)):
        raise RuleError(
            f"{path}.field is no field. Use {', '.join(ATTRIBUTES)}, custom.… or trait.…"
        )
    op = value.get("op")
    if "window" in value:
        _only(value, path, "field", "window")
        return DateTest(name, _window(value["window"], f"{path}.window"))
    if op == "known":
        _only(value, path, "field", "op")
        return KnownTest(name)
    if op in _TEXT_OPS:
        _only(value, path, "field", "op", "values")
        values = _values(value.get("values"), f"{path}.values")
        if op != "is" and len(values) > 1:
            raise RuleError(f"{path}.values takes one value with {op}.")
        return TextTest(name, cast("TextOp", op), values)
    _only(value, path, "field", "op", "value")
    return NumberTest(name, *_comparison(value, path))


def _measure(value: Mapping[str, Any], path: str, depth: int) -> Rule:
    _only(value, path, "measure", "op", "value", "window", "where")
    name = value["measure"]
    if name not in MEASURES:
        raise RuleError(f"{path}.measure is none of {', '.join(MEASURES)}.")
    where = value.get("where", {})
    if not isinstance(where, Mapping):
        raise RuleError(f"{path}.where is no object of filters.")
    narrowings = []
    for key, values in where.items():
        if key not in FILTERS or FILTERS[key].about != MEASURES[name].about:
            raise RuleError(f"{path}.where.{key} does not narrow {name}.")
        narrowings.append(Narrowing(key, _values(values, f"{path}.where.{key}")))
    # Objects have no order (PostgreSQL keeps none), so the filters stand in that of the language.
    narrowings.sort(key=lambda one: list(FILTERS).index(one.name))
    window = _window(value["window"], f"{path}.window") if "window" in value else EVER
    return MeasureTest(name, *_comparison(value, path), tuple(narrowings), window)


_KINDS: dict[str, Callable[[Mapping[str, Any], str, int], Rule]] = {
    "all": _and,
    "any": _or,
    "not": _not,
    "everyone": _everyone,
    "segment": _segment,
    "field": _field,
    "measure": _measure,
}


def _comparison(value: Mapping[str, Any], path: str) -> tuple[NumberOp, Decimal, Decimal | None]:
    op, number = value.get("op"), value.get("value")
    if op not in _NUMBER_OPS:
        ops = ", ".join([*_NUMBER_OPS, *_TEXT_OPS, "known"])
        raise RuleError(f"{path}.op is none of {ops}.")
    if op != "between":
        return cast("NumberOp", op), _number(number, f"{path}.value"), None
    if not isinstance(number, list) or len(number) != 2:
        raise RuleError(f"{path}.value takes [low, high] with between.")
    low, high = (_number(one, f"{path}.value") for one in number)
    if high < low:
        raise RuleError(f"{path}.value has its high before its low. Swap them.")
    return "between", low, high


def _number(value: Any, path: str) -> Decimal:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise RuleError(f"{path} is no number.")
    try:
        return checked_number(Decimal(str(value)))
    except RuleError as error:
        raise RuleError(f"{path}: {error}") from None


def _window(value: Any, path: str) -> Window:
    if not isinstance(value, Mapping):
        raise RuleError(f"{path} is no object such as {{'last': 90, 'unit': 'days'}}.")
    if "last" in value:
        _only(value, path, "last", "unit")
        last, unit = value["last"], value.get("unit", "days")
        if isinstance(last, bool) or not isinstance(last, int) or not 1 <= last <= MAX_WINDOW:
            raise RuleError(f"{path}.last is no whole number of 1 or more.")
        if unit not in UNITS:
            raise RuleError(f"{path}.unit is none of {', '.join(UNITS)}.")
        return Window(last=last, unit=cast("Unit", unit))
    _only(value, path, "from", "to")
    start, end = (_day(value.get(name), f"{path}.{name}") for name in ("from", "to"))
    if start is None and end is None:
        raise RuleError(f"{path} needs last, from or to.")
    if start and end and end < start:
        raise RuleError(f"{path} ends before it begins. Swap the days.")
    return Window(start=start, end=end)


def _day(value: Any, path: str) -> date | None:
    if value is None:
        return None
    try:
        day = date.fromisoformat(value) if isinstance(value, str) else None
    except ValueError:
        day = None
    if day is None or not date(1900, 1, 1) <= day <= date(2999, 12, 31):
        raise RuleError(f"{path} is no day such as 2026-01-31.")
    return day


def _values(value: Any, path: str) -> tuple[str, ...]:
    if not isinstance(value, list) or not value or len(value) > MAX_VALUES:
        raise RuleError(f"{path} is no list of 1 to {MAX_VALUES} texts.")
    return tuple(dict.fromkeys(_text(one, path) for one in value))


def _text(value: Any, path: str) -> str:
    if not isinstance(value, str):
        raise RuleError(f"{path} has something that is no text.")
    try:
        return checked_value(value)
    except RuleError as error:
        raise RuleError(f"{path}: {error}") from None
