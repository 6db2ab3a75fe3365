"""Reads a rule from text. Its errors say where, what was expected, and what to do. Pure.

rule      = part { "or" part } ;  part = piece { "and" piece }
piece     = "not" piece | "(" rule ")" | condition
condition = "everyone" | [ "not" ] "in" "segment" VALUE | "has" FIELD
          | [ "no" ] MEASURE { PREPOSITION FILTER VALUES } [ WINDOW ] [ COMPARISON ]
          | FIELD ( "is" [ "not" ] ( VALUES | "known" | "unknown" ) | [ "not" ] "in" LIST
                  | "contains" VALUE | "starts" "with" VALUE | WINDOW | COMPARISON )
"""

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from decimal import Decimal
from typing import Literal, TypeAlias, TypeVar, cast

from amity.kernel.segments.language.catalog import Catalog, did_you_mean, problem_of
from amity.kernel.segments.language.lexer import Token, tokens_of
from amity.kernel.segments.language.tree import (
    EVER,
    MAX_DEPTH,
    MAX_VALUES,
    MAX_WINDOW,
    OWN_FIELD,
    SEGMENT_KEY,
    And,
    Condition,
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
    TextTest,
    Unit,
    Window,
    check_size,
    checked_number,
    checked_value,
)
from amity.kernel.segments.language.words import (
    ATTRIBUTES,
    COUNTED,
    FILTERS,
    JOINING,
    MEASURES,
    PREPOSITIONS,
    RESERVED,
    UNITS,
    Measure,
)

Comparison: TypeAlias = NumberOp | Literal["!="]
T = TypeVar("T")
_COMPARISONS = ("=", "<", "<=", ">", ">=", "!=")


def parse(text: str, catalog: Catalog | None = None) -> Rule:
    """The rule that `text` says, checked against the catalog where one is given.

    Raises:
        RuleError: with the position, in characters from 0.
    """
    reader = _Reader(text, catalog)
    rule = reader.rule(depth=0)
    reader.finish()
    check_size(rule)
    return rule


def place(text: str, position: int) -> str:
    """A position for a person: the line where there are several, and the character."""
    before = text[:position]
    line, column = before.count("\n") + 1, position - (before.rfind("\n") + 1) + 1
    return f"character {column}" if "\n" not in text else f"line {line}, character {column}"


class _Reader:
    """Walks over the pieces from left to right."""

    def __init__(self, text: str, catalog: Catalog | None) -> None:
        self._text = text
        self._catalog = catalog
        try:
            self._tokens = tokens_of(text)
        except RuleError as error:
            raise self._at(str(error), error.position or 0) from None
        self._index = 0

    # --- the grammar ---------------------------------------------------------------------------

    def rule(self, depth: int) -> Rule:
        """Parts joined by or."""
        return self._joined("or", Or, lambda: self._joined("and", And, lambda: self._piece(depth)))

    def _joined(
        self, word: str, node: Callable[[tuple[Rule, ...]], Rule], read: Callable[[], Rule]
    ) -> Rule:
        parts = [read()]
        while self._take(word):
            parts.append(read())
        return node(tuple(parts)) if len(parts) > 1 else parts[0]

    def _piece(self, depth: int) -> Rule:
        if depth > MAX_DEPTH:
            raise self._wrong(f"The rule nests deeper than {MAX_DEPTH} levels. Simplify it.")
        if self._take("not"):
            return Not(self._piece(depth + 1))
        if self._take("("):
            inner = self.rule(depth + 1)
            self._expect(")", "a closing parenthesis, and or or")
            return inner
        start = self._here.position
        condition = self._condition()
        self._check(condition, start)
        return condition

    def _condition(self) -> Rule:
        token = self._here
        if self._take("everyone"):
            return Everyone()
        if self._take("in"):
            self._expect("segment", "the word segment")
            return self._segment()
        if self._take("has"):
            return KnownTest(self._field())
        if self._take("no"):
            measure = self._measure()
            if measure is None or measure.name not in COUNTED:
                raise self._wrong(f"After no, expected {_either(sorted(COUNTED))}.")
            return self._measured(measure, is_none=True)
        measure = self._measure()
        if measure is not None:
            return self._measured(measure, is_none=False)
        if token.kind != "word":
            raise self._wrong(
                "Expected a condition: a field such as country, a measure such as orders, "
                "in segment …, everyone, or not."
            )
        return self._tested(self._field())

    def _segment(self) -> InSegment:
        token = self._here
        key = self._value("the key of a segment").lower()
        if not SEGMENT_KEY.fullmatch(key):
            raise self._wrong("A segment is named by its key, such as key-accounts.", token)
        return InSegment(key)

    def _measured(self, measure: Measure, *, is_none: bool) -> Rule:
        where: list[Narrowing] = []
        while self._here.folded in PREPOSITIONS:
            where.append(self._narrowing(measure, {one.name for one in where}))
        window = self._window() or EVER
        where.sort(key=lambda one: list(FILTERS).index(one.name))
        narrowings = tuple(where)
        if is_none:
            return MeasureTest(measure.name, "=", Decimal(0), None, narrowings, window)
        comparison = self._comparison()
        if comparison is not None:
            op, low, high = comparison
            if op == "!=":
                return Not(MeasureTest(measure.name, "=", low, None, narrowings, window))
            return MeasureTest(measure.name, op, low, high, narrowings, window)
        if measure.name in COUNTED:
            return MeasureTest(measure.name, ">=", Decimal(1), None, narrowings, window)
        raise self._wrong(f"After {measure.name}, expected a comparison such as >= 100.")

    def _narrowing(self, measure: Measure, taken: set[str]) -> Narrowing:
        preposition = self._next().folded
        names = [one.name for one in FILTERS.values() if one.about == measure.about]
        token = self._here
        if token.folded not in names:
            hint = did_you_mean(token.folded, names)
            raise self._wrong(f"After {preposition}, expected {_either(names)}{hint}.")
        if token.folded in taken:
            raise self._wrong(f"{token.folded} stands twice. Name both values in one list: (a, b).")
        self._next()
        return Narrowing(token.folded, self._values(f"a {token.folded}"))

    def _tested(self, field: str) -> Rule:  # noqa: PLR0911 -- one return for each operator
        if self._take("is"):
            return self._is(field)
        if self._here.folded == "not" and self._after.folded == "in":
            self._next()
            self._next()
            return Not(TextTest(field, "is", self._values("a list such as (a, b)")))
        if self._here.folded == "in" and self._after.folded != "last":
            self._next()
            return TextTest(field, "is", self._values("a list such as (a, b)"))
        if self._take("contains"):
            return TextTest(field, "contains", (self._value("a text"),))
        if self._take("starts"):
            self._expect("with", "the word with")
            return TextTest(field, "starts with", (self._value("a text"),))
        window = self._window()
        if window is not None:
            return DateTest(field, window)
        if self._here.text in {"=", "!="} and self._is_text(field):
            negated = self._next().text == "!="
            equal = TextTest(field, "is", self._values("a value"))
            return Not(equal) if negated else equal
        comparison = self._comparison()
        if comparison is None:
            raise self._wrong(f"After {field}, expected {self._operators(field)}.")
        op, low, high = comparison
        if op == "!=":
            return Not(NumberTest(field, "=", low))
        return NumberTest(field, op, low, high)

    def _is_text(self, field: str) -> bool:
        """Whether = means "is" here: after a text attribute, or before what is no number."""
        known = field in ATTRIBUTES and ATTRIBUTES[field].kind in {"text", "choice"}
        return known or self._after.kind in {"word", "string"}

    def _is(self, field: str) -> Rule:
        negated = not self._is_shouted() and self._take("not")
        if self._take("known"):
            known: Rule = KnownTest(field)
        elif self._take("unknown"):
            known, negated = KnownTest(field), not negated
        else:
            if self._after.text == "(":
                self._take("in")
            known = TextTest(field, "is", self._values("a value"))
        return Not(known) if negated else known

    # --- fields and measures -------------------------------------------------------------------

    def _measure(self) -> Measure | None:
        """The longest measure that begins here; None where there is none."""
        for length in (5, 4, 3, 2, 1):
            words = [token.folded for token in self._tokens[self._index :][:length]]
            name = " ".join(words)
            for measure in MEASURES.values():
                if name == measure.name or name in measure.aliases:
                    self._index += length
                    return measure
        return None

    def _field(self) -> str:
        token = self._here
        if token.kind != "word" or (token.folded in RESERVED and token.folded not in ATTRIBUTES):
            raise self._wrong("Expected the name of a field or trait.")
        self._next()
        name = token.folded
        if name in ATTRIBUTES or name.startswith(("custom.", "trait.")):
            field = name
        else:
            field = f"trait.{name}"
        if field not in ATTRIBUTES and not OWN_FIELD.fullmatch(field):
            raise self._wrong("Expected the name of a field or trait.", token)
        return field

    def _operators(self, field: str) -> str:
        attribute = ATTRIBUTES.get(field)
        if attribute is not None and attribute.kind == "date":
            return "in last 30 days, since, until or from … to"
        if attribute is not None:
            return "is, in, contains or starts with"
        return "is, in, contains, starts with, a comparison such as >= 3, or a window"

    # --- windows and comparisons ---------------------------------------------------------------

    def _window(self) -> Window | None:  # noqa: PLR0911 -- one return for each form
        if self._here.folded == "in" and self._after.folded == "last":
            self._next()
            self._next()
            return self._last()
        if self._take("since"):
            return Window(start=self._day())
        if self._take("after"):
            return Window(start=self._day() + timedelta(days=1))
        if self._take("until"):
            return Window(end=self._day())
        if self._take("before"):
            return Window(end=self._day() - timedelta(days=1))
        if self._take("from"):
            start = self._day()
            self._expect("to", "the word to and the last day")
            end = self._day()
            if end < start:
                raise self._wrong("The window ends before it begins. Swap the days.")
            return Window(start=start, end=end)
        return EVER if self._take("ever") else None

    def _last(self) -> Window:
        token = self._next()
        if token.kind != "number" or not token.text.isdigit() or int(token.text) < 1:
            raise self._wrong("After in last, expected a whole number such as 90.", token)
        unit = self._here
        name = unit.folded if unit.folded in UNITS else f"{unit.folded}s"
        if name not in UNITS:
            hint = did_you_mean(unit.folded, UNITS)
            raise self._wrong(f"Expected {_either(UNITS)}{hint}.")
        self._next()
        amount = int(token.text)
        if amount * {"days": 1, "weeks": 7, "months": 31, "years": 366}[name] > MAX_WINDOW:
            raise self._wrong("The window is longer than a century. Leave it out: ever.", token)
        return Window(last=amount, unit=cast("Unit", name))

    def _day(self) -> date:
        token = self._here
        try:
            day = date.fromisoformat(token.text) if token.kind == "date" else None
        except ValueError:
            day = None
        if day is None or not date(1900, 1, 1) <= day <= date(2999, 12, 31):
            raise self._wrong("Expected a day such as 2026-01-31.")
        self._next()
        return day

    def _comparison(self) -> tuple[Comparison, Decimal, Decimal | None] | None:
        token = self._here
        if self._take("between"):
            low = self._number()
            self._expect("and", "the word and")
            high = self._number()
            if high < low:
                raise self._wrong("The second number is smaller than the first. Swap them.", token)
            return "between", low, high
        if token.kind == "sign" and token.text in _COMPARISONS:
            self._next()
            return cast("Comparison", token.text), self._number(), None
        return None

    def _number(self) -> Decimal:
        token = self._here
        if token.kind != "number":
            raise self._wrong("Expected a number such as 3 or 99.5.")
        self._next()
        value = Decimal(token.text.rstrip("%"))
        return self._kept(checked_number, value / 100 if token.text.endswith("%") else value, token)

    # --- values --------------------------------------------------------------------------------

    def _values(self, expected: str) -> tuple[str, ...]:
        if not self._take("("):
            return (self._value(expected),)
        values = [self._value("a value")]
        while self._take(","):
            values.append(self._value("a value"))
        self._expect(")", "a comma or a closing parenthesis")
        if len(values) > MAX_VALUES:
            raise self._wrong(f"The list has more than {MAX_VALUES} values. Split it.")
        return tuple(dict.fromkeys(values))

    def _value(self, expected: str) -> str:
        token = self._here
        if token.kind in {"sign", "end"}:
            raise self._wrong(f"Expected {expected}.")
        if token.folded in JOINING and not self._is_shouted():
            raise self._wrong(
                f"Expected {expected}; {token.text} is a word of the language. "
                f'If it is meant as a value, write "{token.text}".'
            )
        self._next()
        return self._kept(checked_value, token.text, token)

    def _is_shouted(self) -> bool:
        """Whether a joining word is meant as a value: in a list, or in capitals and complete.

        OR is Oregon. Where a condition follows, a value was forgotten.
        """
        before = self._tokens[max(0, self._index - 1)]
        after, beyond = self._after, self._tokens[min(self._index + 2, len(self._tokens) - 1)]
        if before.text in {"(", ","} and after.text in {")", ","}:
            return True
        joined = after.folded in {"and", "or"} and beyond.kind != "end"
        return self._here.text.isupper() and (after.kind == "end" or after.text == ")" or joined)

    def _kept(self, check: Callable[[T], T], value: T, token: Token) -> T:
        try:
            return check(value)
        except RuleError as error:
            raise self._wrong(str(error), token) from None

    # --- moving on -----------------------------------------------------------------------------

    @property
    def _here(self) -> Token:
        return self._tokens[self._index]

    @property
    def _after(self) -> Token:
        return self._tokens[min(self._index + 1, len(self._tokens) - 1)]

    def _next(self) -> Token:
        token = self._here
        if token.kind != "end":
            self._index += 1
        return token

    def _take(self, word: str) -> bool:
        token = self._here
        if token.folded == word or (token.kind == "sign" and token.text == word):
            self._index += 1
            return True
        return False

    def _expect(self, word: str, expected: str) -> None:
        if not self._take(word):
            raise self._wrong(f"Expected {expected}.")

    def finish(self) -> None:
        """Refuses anything that is left over."""
        if self._here.kind != "end":
            raise self._wrong("Expected and, or, or the end of the rule.")

    # --- errors --------------------------------------------------------------------------------

    def _check(self, rule: Rule, position: int) -> None:
        if self._catalog is None:
            return
        condition = cast("Condition", rule.part if isinstance(rule, Not) else rule)
        problem = problem_of(condition, self._catalog)
        if problem:
            raise self._at(problem, position)

    def _wrong(self, message: str, token: Token | None = None) -> RuleError:
        return self._at(message, (token or self._here).position)

    def _at(self, message: str, position: int) -> RuleError:
        near = self._text[position : position + 20].split("\n")[0].strip()
        where = f"at {near!r}" if near else "at the end"
        return RuleError(
            f"{place(self._text, position).capitalize()}, {where}: {message}", position
        )


def _either(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}"
