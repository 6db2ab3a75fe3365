"""The rule language: text, tree and JSON say the same; errors say where and what."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from babel import Locale
from hypothesis import given, settings
from hypothesis import strategies as st

from amity.base.vocabulary import Stage
from amity.kernel.segments.language.parser import parse
from amity.kernel.segments.language.printer import text_of
from amity.kernel.segments.language.tree import (
    And,
    DateTest,
    Everyone,
    InSegment,
    KnownTest,
    MeasureTest,
    Narrowing,
    Not,
    NumberTest,
    Or,
    Rule,
    RuleError,
    TextTest,
    Window,
    checked_value,
)
from amity.kernel.segments.language.words import (
    AMBIGUOUS,
    ATTRIBUTES,
    FILTERS,
    MEASURES,
    RESERVED,
    UNITS,
)
from amity.kernel.segments.rules import (
    Catalog,
    CustomField,
    parse_text,
    problems,
    read_rule,
    to_text,
)


def _is_value(text: str) -> bool:
    try:
        return checked_value(text) == text
    except RuleError:
        return False


VALUES = st.text(min_size=1, max_size=12).filter(_is_value) | st.sampled_from(
    ["US", "not", "in", 'say "no"', "back\\slash", "2026-01-31", "12", "O'Brien", "inbox.*", "days"]
)
WORDS = sorted(RESERVED | set(UNITS) | set(FILTERS))
LISTS = st.lists(VALUES, min_size=1, max_size=3, unique=True).map(tuple)
NUMBERS = st.decimals(-(10**9), 10**9, places=3).map(
    lambda value: value.normalize() if value else Decimal(0)
)
DAYS = st.dates(date(1900, 1, 1), date(2999, 12, 31))
FIELDS = st.sampled_from(["clv", "rfm", "days", "country", "custom.x", "p-alive"]).map(
    lambda name: name if name in ATTRIBUTES or name.startswith("custom.") else f"trait.{name}"
)
OWN_FIELDS = FIELDS.filter(lambda field: field not in ATTRIBUTES)
WINDOWS = (
    st.builds(Window, last=st.integers(1, 90), unit=st.sampled_from(["days", "weeks", "months"]))
    | st.builds(Window, start=DAYS)
    | st.builds(Window, end=DAYS)
    | st.tuples(DAYS, DAYS).map(lambda two: Window(start=min(two), end=max(two)))
)
COMPARED = st.tuples(st.sampled_from(["=", "<", "<=", ">", ">="]), NUMBERS, st.none()) | st.tuples(
    NUMBERS, NUMBERS
).map(lambda two: ("between", min(two), max(two)))
ORDER_FILTERS = st.lists(
    st.builds(Narrowing, st.sampled_from(["product", "category", "channel"]), LISTS),
    max_size=2,
    unique_by=lambda one: one.name,
)
LOG_FILTERS = st.lists(
    st.builds(Narrowing, st.sampled_from(["kind", "touchpoint", "outcome"]), LISTS),
    max_size=2,
    unique_by=lambda one: one.name,
)


@st.composite
def measures(draw: st.DrawFn) -> MeasureTest:
    measure = draw(st.sampled_from(list(MEASURES.values())))
    order = ["product", "category", "channel", "kind", "touchpoint", "outcome"]
    where = draw(ORDER_FILTERS if measure.about == "orders" else LOG_FILTERS)
    where.sort(key=lambda one: order.index(one.name))
    compared: Any = draw(COMPARED)
    op, low, high = compared
    window = draw(st.just(Window()) | WINDOWS)
    return MeasureTest(measure.name, op, low, high, tuple(where), window)


CONDITIONS = (
    st.just(Everyone())
    | st.builds(InSegment, st.sampled_from(["loyal", "key-accounts", "not"]))
    | st.builds(KnownTest, FIELDS)
    | st.builds(TextTest, FIELDS, st.just("is"), LISTS)
    | st.builds(
        TextTest,
        FIELDS,
        st.sampled_from(["contains", "starts with"]),
        VALUES.map(lambda value: (value,)),
    )
    | st.builds(lambda field, test: NumberTest(field, *test), OWN_FIELDS, COMPARED)
    | st.builds(DateTest, OWN_FIELDS, WINDOWS)
    | measures()
)
RULES: st.SearchStrategy[Rule] = st.recursive(
    CONDITIONS,
    lambda parts: (
        st.builds(Not, parts)
        | st.lists(parts, min_size=2, max_size=3).map(lambda some: And(tuple(some)))
        | st.lists(parts, min_size=2, max_size=3).map(lambda some: Or(tuple(some)))
    ),
    max_leaves=5,
)


@settings(max_examples=300, deadline=None)
@given(RULES)
def test_the_text_of_a_rule_gives_back_the_rule(rule: Rule) -> None:
    assert parse(text_of(rule)) == rule


@settings(max_examples=200, deadline=None)
@given(RULES)
def test_the_json_of_a_rule_gives_back_the_rule(rule: Rule) -> None:
    assert read_rule(parse_text(text_of(rule))) == rule


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_rule_or_a_clear_error(text: str) -> None:
    try:
        parse(text)
    except RuleError as raised:
        error = raised
    else:
        return

    assert error.position is None or 0 <= error.position <= len(text)
    assert str(error).endswith(".")


COUNTRIES = sorted(
    code
    for code in map(str, Locale("en").territories)
    if len(code) == 2 and code.isalpha() and code != "ZZ"
)
FORMS = (
    "country is {}",
    "country is not {}",
    "country = {}",
    "country != {}",
    "country in {}",
    "country in ({}, Other)",
    "not country in (Other, {})",
    "country contains {}",
    "country starts with {}",
    "country is {} and city is {}",
    "country is not {} or orders >= 3",
    "(country is {})",
    "no orders via channel {} in last 30 days",
    "orders via channel {} of brand ({}, Other)",
    "clv is {}",
)


@pytest.mark.parametrize("form", FORMS)
def test_every_country_can_be_named_without_quotes(form: str) -> None:
    for code in COUNTRIES:
        for word in (code, code.lower()):
            bare = parse(form.replace("{}", word))

            assert bare == parse(form.replace("{}", f'"{word}"'))
            assert parse(text_of(bare)) == bare
            assert read_rule(parse_text(text_of(bare))) == bare


@pytest.mark.parametrize("form", FORMS)
def test_every_word_of_the_language_can_be_a_value(form: str) -> None:
    for word in (every for one in WORDS for every in (one, one.upper(), one.title())):
        quoted = parse(form.replace("{}", f'"{word}"'))

        assert parse(text_of(quoted)) == quoted
        assert read_rule(parse_text(text_of(quoted))) == quoted
        window = form == "country in {}" and word.lower() == "last"
        if word.lower() not in AMBIGUOUS and not window:
            assert parse(form.replace("{}", word)) == quoted


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("custom.state is OR", 'custom.state is "OR"'),
        ("custom.state is OR or custom.state is WA", 'custom.state is "OR" or custom.state is WA'),
        ("custom.state is not OR", 'custom.state is not "OR"'),
        ("custom.state IS NOT OR", 'custom.state is not "OR"'),
        ("custom.state is NOT", 'custom.state is "NOT"'),
        ("(custom.state is AND) and everyone", 'custom.state is "AND" and everyone'),
        ("custom.state in (or, Wa)", 'custom.state in ("or", Wa)'),
        ("custom.state = OR", 'custom.state is "OR"'),
        ("city IS US OR city IS NOT UK", "city is US or city is not UK"),
    ],
)
def test_joining_words_are_values_where_nothing_else_can_be_meant(text: str, same: str) -> None:
    rule = parse(text)

    assert rule == parse(same)
    assert to_text(parse_text(text)) == same
    assert read_rule(parse_text(text)) == rule


def test_a_forgotten_value_is_not_taken_for_one() -> None:
    for text in ("country is and orders >= 3", "COUNTRY IS AND ORDERS >= 3", "country is OR or"):
        with pytest.raises(RuleError, match="is a word of the language"):
            parse(text)


@pytest.mark.parametrize(
    ("text", "printed"),
    [
        ("EVERYONE", "everyone"),
        ("country is not US", "country is not US"),
        ("not (country in (US, DE))", "country not in (US, DE)"),
        ("city is unknown", "city is unknown"),
        ("has email", "email is known"),
        ('city is "New York"', 'city is "New York"'),
        ("no order in last 180 days", "no orders in last 180 days"),
        ("orders in last 1 year", "orders in last 1 year >= 1"),
        ("orders ≥ 3", "orders >= 3"),
        ("country in (AT, BY, IN, NO)", 'country in (AT, BY, "IN", NO)'),
        ("country is IN or country is in (TO)", 'country is "IN" or country is TO'),
        (
            "net spend via channel (web, shop) of brand Ox in last 2 months between 5 and 9.50",
            "net spend of brand Ox via channel (web, shop) in last 2 months between 5 and 9.5",
        ),
        (
            "interactions of kind inbox.* via touchpoint web in last 30 days >= 1",
            "interactions of kind inbox.* via touchpoint web in last 30 days >= 1",
        ),
        ("tag = seller and city != 1010", 'tag is seller and city is not "1010"'),
        ("p_alive >= 80%", "p_alive >= 0.8"),
        ("rfm is Champions or clv > 500", "rfm is Champions or clv > 500"),
        ("created before 2026-01-01", "created until 2025-12-31"),
        ("created after 2026-01-01", "created since 2026-01-02"),
        (
            "a is x and (b is y or c is z) and not (d is w and e is v)",
            "a is x and (b is y or c is z) and not (d is w and e is v)",
        ),
        ("in segment loyal and not in segment new", "in segment loyal and not in segment new"),
        ("trait.days > 3", "trait.days > 3"),
    ],
)
def test_a_rule_is_shown_in_one_way(text: str, printed: str) -> None:
    assert to_text(parse_text(text)) == printed


CATALOG = Catalog(
    custom={"size": CustomField("number"), "plan": CustomField("choice", ("free", "pro"))},
    traits={"clv": "money", "rfm": "text"},
    segments=frozenset({"loyal"}),
    touchpoints=frozenset({"web"}),
)


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("", 0, "Character 1, at the end: Expected a condition"),
        ("orders in last 90 dayz >= 3", 18, "Expected days, weeks, months or years; did you mean"),
        ("orders in last many days", 15, "expected a whole number"),
        ("country is", 10, "Expected a value."),
        ("country is not", 14, "Expected a value."),
        (
            "country is and",
            11,
            'and is a word of the language. If it is meant as a value, write "and"',
        ),
        ("countri is US", 0, "There is no field or trait countri; did you mean country."),
        ("country > 5", 0, "country is a text field: use is, in, contains or starts with."),
        ("clv is high", 0, "clv is a number field: use =, !=, <, <=, >, >= or between."),
        ("custom.plan is gold", 0, "It is one of free, pro."),
        ("custom.siz > 3", 0, "There is no field custom.siz; did you mean custom.size."),
        ("kind contains per", 0, "kind has the values person, organization: use is or in."),
        ("in segment loial", 0, "There is no segment loial; did you mean loyal."),
        ("interactions via touchpoint wep", 0, "There is no touchpoint wep; did you mean web."),
        ("interactions at stage suport", 0, "stage is never suport; did you mean support."),
        ("orders of kind x", 10, "After of, expected product, category"),
        ("orders of product a of product b", 23, "product stands twice"),
        ("(country is US", 14, "Expected a closing parenthesis, and or or."),
        ("country is US)", 13, "Expected and, or, or the end of the rule."),
        ('city is "Bonn', 8, "The quotation mark is never closed."),
        ("city is “Bonn”", 8, "straight quotation marks"),
        ("created since 2026-02-30", 14, "Expected a day such as 2026-01-31."),
        ("created from 2026-02-01 to 2026-01-01", 37, "The window ends before it begins."),
        ("orders between 5 and 3", 7, "The second number is smaller"),
        ("net spend in last 30 days", 25, "After net spend, expected a comparison such as >= 100."),
        ("no net spend", 12, "After no, expected"),
        ("clv > 1234567890123456", 6, "more than 15 digits"),
        ('name is ""', 8, "The value is empty."),
        ("country is US; drop table x", 13, "The character ';' has no meaning here."),
        ("not " * 20 + "everyone", 52, "nests deeper than 12 levels"),
        ("country is US\nand orders of x", 28, "Line 2, character 15"),
    ],
)
def test_an_error_says_where_and_what(text: str, position: int, words: str) -> None:
    with pytest.raises(RuleError) as refused:
        parse(text, CATALOG)

    assert words in str(refused.value)
    assert refused.value.position == position


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ([], "rule is no object"),
        ({}, "rule has none of all, any, not"),
        ({"all": []}, "rule.all needs a list of two rules"),
        ({"everyone": False}, "is true or is left out"),
        ({"everyone": True, "x": 1}, "has x, which means nothing here"),
        ({"field": "password", "op": "known"}, "rule.field is no field"),
        ({"field": "trait.x'; --", "op": "known"}, "rule.field is no field"),
        ({"field": "city", "op": "is", "values": []}, "no list of 1 to 200 texts"),
        ({"field": "city", "op": "is", "values": ["\x00"]}, "control character"),
        ({"field": "city", "op": "like", "value": 1}, "rule.op is none of"),
        ({"field": "trait.clv", "op": ">", "value": float("nan")}, "more than 15 digits"),
        ({"field": "trait.clv", "op": ">", "value": True}, "is no number"),
        ({"field": "trait.clv", "op": "between", "value": [3, 1]}, "high before its low"),
        ({"measure": "karma", "op": ">", "value": 1}, "rule.measure is none of"),
        ({"measure": "orders", "op": ">", "value": 1, "where": {"kind": ["x"]}}, "does not narrow"),
        ({"measure": "orders", "op": ">", "value": 1, "window": {"last": 0}}, "1 or more"),
        ({"field": "created", "window": {}}, "needs last, from or to"),
        ({"not": {"not": {"all": [{"everyone": True}, 5]}}}, "rule.not.not.all.1 is no object"),
    ],
)
def test_wrong_json_is_refused_with_its_path(rule: object, words: str) -> None:
    with pytest.raises(RuleError) as refused:
        read_rule(rule)  # type: ignore[arg-type]  # what the API may send

    assert words in str(refused.value)


def test_deep_and_long_rules_are_refused() -> None:
    deep: dict[str, object] = {"everyone": True}
    for _ in range(2000):
        deep = {"not": deep}

    with pytest.raises(RuleError, match="nests deeper than 12"):
        read_rule(deep)
    with pytest.raises(RuleError, match="The rule has 101 conditions"):
        parse(" or ".join(["everyone"] * 101))


def test_stored_rules_are_checked_again_when_a_field_goes() -> None:
    rule = read_rule(parse_text("custom.size > 3 and in segment loyal", CATALOG))

    assert problems(rule, CATALOG) == []
    assert problems(rule, Catalog(segments=frozenset({"loyal"}))) == [
        "There is no field custom.size."
    ]


def test_every_stage_can_be_named() -> None:
    for stage in Stage:
        parse(f"interactions at stage {stage.value}", CATALOG)
