"""The meaning of rules, said a second time in plain Python over plain values.

It shares no code with the compiler: tests hold the one against the other.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from typing import Any

from amity.kernel.segments.language.tree import (
    And,
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


@dataclass
class Bought:
    """An order with its lines as (category, quantity, amount in minor units)."""

    kind: str
    day: date
    net: int
    gross: int
    channel: str = ""
    lines: Sequence[tuple[str, int, int]] = ()


@dataclass
class Touched:
    """An interaction that counts."""

    kind: str
    at: datetime
    touchpoint: str = ""
    seconds: int = 0
    cost: int = 0


@dataclass
class Known:
    """A customer as the reference sees them."""

    texts: dict[str, list[str]]
    created: datetime
    traits: dict[str, float | str] = field(default_factory=dict)
    custom: dict[str, Any] = field(default_factory=dict)
    bought: list[Bought] = field(default_factory=list)
    touched: list[Touched] = field(default_factory=list)


@dataclass
class World:
    """The instant, and the rules of the segments by key."""

    at: datetime
    segments: dict[str, Rule]

    def holds(self, rule: Rule, who: Known) -> bool:  # noqa: PLR0911 -- one for each kind
        """Whether the customer fulfills the rule."""
        match rule:
            case And(parts):
                return all(self.holds(part, who) for part in parts)
            case Or(parts):
                return any(self.holds(part, who) for part in parts)
            case Not(part):
                return not self.holds(part, who)
            case Everyone():
                return True
            case InSegment(key):
                return self.holds(self.segments[key], who)
            case KnownTest(name):
                return bool(self._values(name, who))
            case TextTest(name, op, values):
                return any(
                    _text_holds(op, have, value)
                    for have in self._values(name, who)
                    for value in values
                )
            case NumberTest(name, op, low, high):
                return any(
                    _compares(Decimal(str(have)), op, low, high)
                    for have in self._values(name, who)
                    if isinstance(have, int | float)
                )
            case DateTest("created", window):
                return self._instant_in(who.created, window)
            case MeasureTest():
                value = self._measure(rule, who)
                return value is not None and _compares(value, rule.op, rule.low, rule.high)
        raise AssertionError(rule)

    def _values(self, name: str, who: Known) -> list[Any]:
        if name.startswith("trait."):
            value = who.traits.get(name.removeprefix("trait."))
        elif name.startswith("custom."):
            value = who.custom.get(name.removeprefix("custom."))
        else:
            return [text for text in who.texts.get(name, []) if text]
        return [] if value in (None, "") else [value]

    def _measure(self, test: MeasureTest, who: Known) -> Decimal | None:
        where = {one.name: [value.lower() for value in one.values] for one in test.where}
        if "since last interaction" in test.measure or test.measure in _LOG_MEASURES:
            return self._log_measure(test, who, where)
        orders = [
            order
            for order in who.bought
            if self._day_in(order.day, test.window)
            and ("channel" not in where or order.channel.lower() in where["channel"])
        ]
        wanted = where.get("category")
        if wanted is not None:
            orders = [one for one in orders if any(line[0].lower() in wanted for line in one.lines)]
        sales = [order for order in orders if order.kind == "sale"]

        def lines(some: list[Bought]) -> list[tuple[str, int, int]]:
            every = [line for order in some for line in order.lines]
            return [line for line in every if wanted is None or line[0].lower() in wanted]

        days = [order.day for order in sales]
        today = self.at.date()
        answers: dict[str, Callable[[], Decimal | None]] = {
            "orders": lambda: Decimal(len(sales)),
            "purchase days": lambda: Decimal(len(set(days))),
            "items": lambda: Decimal(sum(line[1] for line in lines(sales))),
            "returns": lambda: Decimal(len(orders) - len(sales)),
            "net spend": lambda: (
                Decimal(
                    sum(line[2] for line in lines(orders))
                    if wanted is not None
                    else sum(order.net for order in orders)
                )
                / 100
            ),
            "gross spend": lambda: (
                Decimal(
                    sum(line[2] for line in lines(sales))
                    if wanted is not None
                    else sum(order.gross for order in sales)
                )
                / 100
            ),
            "average order value": lambda: (
                Decimal(sum(order.net for order in sales)) / len(sales) / 100 if sales else None
            ),
            "days since last order": lambda: Decimal((today - max(days)).days) if days else None,
            "days since first order": lambda: Decimal((today - min(days)).days) if days else None,
        }
        return answers[test.measure]()

    def _log_measure(
        self, test: MeasureTest, who: Known, where: dict[str, list[str]]
    ) -> Decimal | None:
        rows = [
            row
            for row in who.touched
            if self._instant_in(row.at, test.window)
            and ("touchpoint" not in where or row.touchpoint in where["touchpoint"])
            and (
                "kind" not in where
                or any(
                    row.kind.startswith(kind[:-1]) if kind.endswith("*") else row.kind == kind
                    for kind in where["kind"]
                )
            )
        ]
        match test.measure:
            case "interactions":
                return Decimal(len(rows))
            case "staff minutes":
                return Decimal(sum(row.seconds for row in rows)) / 60
            case "relationship cost":
                return Decimal(sum(row.cost for row in rows)) / 100
        if not rows:
            return None
        return Decimal((self.at - max(row.at for row in rows)) // timedelta(days=1))

    def _day_in(self, day: date, window: Window) -> bool:
        if window.last is not None:
            return self.at.date() - timedelta(days=window.last) < day <= self.at.date()
        return (window.start is None or window.start <= day) and (
            window.end is None or day <= window.end
        )

    def _instant_in(self, instant: datetime, window: Window) -> bool:
        if window.last is not None:
            return self.at - timedelta(days=window.last) < instant <= self.at
        return self._day_in(instant.date(), window)


_LOG_MEASURES = {"interactions", "staff minutes", "relationship cost"}


def _text_holds(op: str, have: Any, value: str) -> bool:
    text, wanted = str(have).lower(), value.lower()
    if isinstance(have, bool):
        text = "yes" if have else "no"
    return {
        "is": text == wanted,
        "contains": wanted in text,
        "starts with": text.startswith(wanted),
    }[op]


def _compares(value: Decimal, op: str, low: Decimal, high: Decimal | None) -> bool:
    if op == "between":
        assert high is not None
        return low <= value <= high
    return {
        "=": value == low,
        "<": value < low,
        "<=": value <= low,
        ">": value > low,
        ">=": value >= low,
    }[op]
