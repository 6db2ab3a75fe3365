"""A rule as values: a tree of conditions joined by and, or and not. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Literal, TypeAlias

from amity.base.results import AmityError
from amity.base.text import clean_text

MAX_DEPTH = 12
MAX_CONDITIONS = 100
MAX_VALUES = 200
MAX_TEXT = 200
MAX_DIGITS = 15
MAX_WINDOW = 36_500

_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
SEGMENT_KEY = re.compile(r"[a-z0-9][a-z0-9_-]{0,49}")
OWN_FIELD = re.compile(r"(custom|trait)\.[a-z0-9_][a-z0-9_.-]{0,49}")

TextOp = Literal["is", "contains", "starts with"]
NumberOp = Literal["=", "<", "<=", ">", ">=", "between"]
Unit = Literal["days", "weeks", "months", "years"]


class RuleError(AmityError):
    """A rule that cannot be understood; `position` counts characters from 0, None without text."""

    def __init__(self, message: str, position: int | None = None) -> None:
        self.position = position
        super().__init__(message)


def checked_value(text: str) -> str:
    """A value as it is kept: one line of text, normalized, not empty.

    Raises:
        RuleError: it is none.
    """
    if _CONTROL.search(text):
        raise RuleError("The value has a control character. Write it on one line.")
    try:
        value = clean_text(text, field="The value", max_length=MAX_TEXT)
    except AmityError as error:
        raise RuleError(str(error)) from None
    if not value:
        raise RuleError("The value is empty. To ask whether there is one, write: is known.")
    return value


def checked_number(number: Decimal) -> Decimal:
    """A number that a person can read and a float can hold exactly.

    Raises:
        RuleError: it is none.
    """
    if number.is_finite() and -MAX_DIGITS <= number.adjusted() <= MAX_DIGITS:
        shown = f"{abs(number.normalize()):f}".replace(".", "")
        if len(shown) <= MAX_DIGITS:
            return number.normalize() if number else Decimal(0)
    raise RuleError(f"The number has more than {MAX_DIGITS} digits. Round it.")


@dataclass(frozen=True, slots=True)
class Window:
    """A span of days. Without anything it is "ever".

    `last` counts units up to now; `start` and `end` are days, both included.
    """

    last: int | None = None
    unit: Unit = "days"
    start: date | None = None
    end: date | None = None

    @property
    def is_ever(self) -> bool:
        """Whether it bounds nothing."""
        return self.last is None and self.start is None and self.end is None


EVER = Window()


@dataclass(frozen=True, slots=True)
class Everyone:
    """All customers."""


@dataclass(frozen=True, slots=True)
class TextTest:
    """A text field is one of `values`, or contains or starts with the only one."""

    field: str
    op: TextOp
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class NumberTest:
    """A number field compares with `low` (and `high`, of between, both included)."""

    field: str
    op: NumberOp
    low: Decimal
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class DateTest:
    """A date field lies in a window."""

    field: str
    window: Window


@dataclass(frozen=True, slots=True)
class KnownTest:
    """A field has a value."""

    field: str


@dataclass(frozen=True, slots=True)
class Narrowing:
    """The filter `name` is one of `values`; `inbox.*` stands for all kinds that begin so."""

    name: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class MeasureTest:
    """A measure over orders or interactions in a window compares with a number."""

    measure: str
    op: NumberOp
    low: Decimal
    high: Decimal | None = None
    where: tuple[Narrowing, ...] = ()
    window: Window = EVER


@dataclass(frozen=True, slots=True)
class InSegment:
    """The customer fulfills the rule of another segment."""

    key: str


@dataclass(frozen=True, slots=True)
class And:
    """All parts hold; at least two."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Or:
    """One part holds; at least two."""

    parts: tuple["Rule", ...]


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold; also where its field is not known."""

    part: "Rule"


Condition: TypeAlias = (
    Everyone | TextTest | NumberTest | DateTest | KnownTest | MeasureTest | InSegment
)
Rule: TypeAlias = Condition | And | Or | Not


def conditions(rule: Rule) -> Iterator[Condition]:
    """All conditions, from left to right."""
    if isinstance(rule, And | Or):
        for part in rule.parts:
            yield from conditions(part)
    elif isinstance(rule, Not):
        yield from conditions(rule.part)
    else:
        yield rule


def segments_named(rule: Rule) -> frozenset[str]:
    """The segments that the rule refers to, directly."""
    return frozenset(one.key for one in conditions(rule) if isinstance(one, InSegment))


def check_size(rule: Rule) -> None:
    """Refuses what is too deep or too long to be read by a person or run by a database.

    Raises:
        RuleError: too deep, or too many conditions.
    """
    if _depth(rule) > MAX_DEPTH:
        raise RuleError(f"The rule nests deeper than {MAX_DEPTH} levels. Simplify it.")
    count = sum(1 for _ in conditions(rule))
    if count > MAX_CONDITIONS:
        raise RuleError(
            f"The rule has {count} conditions; at most {MAX_CONDITIONS} are run. Split it."
        )


def _depth(rule: Rule) -> int:
    if isinstance(rule, And | Or):
        return 1 + max(_depth(part) for part in rule.parts)
    return 1 + _depth(rule.part) if isinstance(rule, Not) else 1
