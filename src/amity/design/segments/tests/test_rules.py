"""A condition picked in the form, and what it says in the rule language."""

import pytest

from amity.design.segments.rules import Picked, condition_text, with_condition
from amity.kernel.segments.rules import Catalog, RuleError

CATALOG = Catalog(traits={"clv_12m": "money"}, segments=frozenset({"loyal"}))


@pytest.mark.parametrize(
    ("picked", "text"),
    [
        (Picked("field:country", "is", "AT"), "country is AT"),
        (Picked("field:city", "starts with", "New York"), 'city starts with "New York"'),
        (Picked("field:email", "is unknown", ""), "email is unknown"),
        (Picked("field:trait.clv_12m", ">=", "500"), "clv_12m >= 500"),
        (Picked("field:created", "is", "", "30", "days"), "created in last 30 days"),
        (Picked("field:created", "since", "2026-01-31"), "created since 2026-01-31"),
        (Picked("measure:orders", ">=", "3", "90", "days"), "orders in last 90 days >= 3"),
        (Picked("measure:net spend", "is", "0"), "net spend = 0"),
        (Picked("segment:loyal", "is not", ""), "not in segment loyal"),
    ],
)
def test_a_choice_is_written_in_the_language(picked: Picked, text: str) -> None:
    assert with_condition("", condition_text(picked), "and", CATALOG) == text


@pytest.mark.parametrize(
    ("before", "joiner", "after"),
    [
        ("", "and", "country is AT"),
        ("everyone", "and", "country is AT"),
        ("everyone", "or", "everyone or country is AT"),
        ("city is A and city is B", "and", "city is A and city is B and country is AT"),
        ("city is A or city is B", "and", "(city is A or city is B) and country is AT"),
        ("city is A or city is B", "or", "city is A or city is B or country is AT"),
    ],
)
def test_a_condition_joins_the_rule_as_a_whole(before: str, joiner: str, after: str) -> None:
    assert with_condition(before, "country is AT", joiner, CATALOG) == after


@pytest.mark.parametrize(
    ("picked", "words"),
    [
        (Picked("", "is", "x"), "Choose what the condition is about"),
        (Picked("field:country", "is", " "), "Write a value to compare with"),
        (Picked("measure:orders", ">=", "many"), "Expected a number"),
        (Picked("measure:orders", ">=", "1", "x", "days"), "expected a whole number"),
        (Picked("segment:loyl", "is", ""), "did you mean loyal"),
    ],
)
def test_a_choice_that_makes_no_sense_says_why(picked: Picked, words: str) -> None:
    with pytest.raises(RuleError, match=words):
        with_condition("", condition_text(picked), "and", CATALOG)
