"""Rules, macros and texts: what they may ask and do, and that they cannot run in circles."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from amity.run.inbox.rules.actions import AutomationError, read_actions
from amity.run.inbox.rules.automation import (
    MAX_AN_HOUR,
    MAX_DEPTH,
    Facts,
    condition_words,
    hindrance,
    holds,
    read_conditions,
    read_event,
)
from amity.run.inbox.rules.first_help import asks_for_person, first_answer
from amity.run.inbox.rules.templates import TemplateError, check_template, fill

FACTS: Facts = {
    "subject": "Rechnung für März",
    "segment": "key",
    "tag": ["invoice", "vip"],
    "assignee": "",
    "priority": 3,
    "value": None,
}


def test_every_condition_and_one_of_some_must_hold() -> None:
    conditions = read_conditions(
        {
            "every": [{"field": "subject", "test": "contains", "value": "MARZ"}],
            "some": [
                {"field": "tag", "test": "is", "value": "vip"},
                {"field": "priority", "test": "at_least", "value": "4"},
            ],
        }
    )

    assert holds(conditions, FACTS)
    assert not holds(conditions, {**FACTS, "tag": []})
    assert not holds(conditions, {**FACTS, "subject": "April"})
    assert condition_words(conditions) == (
        "subject contains “MARZ” and (tag is “vip” or priority, 1 to 4 is at least “4”)"
    )


@pytest.mark.parametrize(
    ("field", "test", "value", "expected"),
    [
        ("tag", "is_not", "vip", False),
        ("tag", "contains_not", "refund", True),
        ("assignee", "is_empty", "", True),
        ("assignee", "is_filled", "", False),
        ("priority", "at_most", "3", True),
        ("priority", "at_most", "2.5", False),
        ("value", "is_empty", "", True),
        ("value", "at_least", "1", False),
        ("priority", "is_filled", "", True),
    ],
)
def test_tests_of_fields(field: str, test: str, value: str, *, expected: bool) -> None:
    conditions = read_conditions({"every": [{"field": field, "test": test, "value": value}]})

    assert holds(conditions, FACTS) is expected


def test_without_conditions_it_always_holds() -> None:
    assert holds(read_conditions({}), {})


@pytest.mark.parametrize(
    "conditions",
    [
        {"every": [{"field": "password", "test": "is", "value": "x"}]},
        {"every": [{"field": "priority", "test": "contains", "value": "x"}]},
        {"every": [{"field": "subject", "test": "at_least", "value": "1"}]},
        {"every": [{"field": "priority", "test": "at_least", "value": "much"}]},
        {"every": [{"field": "subject", "test": "matches", "value": ".*"}]},
        {"any": []},
        [],
    ],
)
def test_conditions_that_cannot_be_are_refused(conditions: object) -> None:
    with pytest.raises(AutomationError):
        read_conditions(conditions)


@pytest.mark.parametrize(
    "actions",
    [
        [],
        {},
        [{"do": "delete"}],
        [{"do": "tag"}],
        [{"do": "priority", "priority": 9}],
        [{"do": "close", "outcome": "solved", "silently": True}],
        [{"do": "tag", "name": "a"}] * 21,
    ],
)
def test_actions_that_cannot_be_are_refused(actions: object) -> None:
    with pytest.raises(AutomationError):
        read_actions(actions)


def test_actions_are_told_in_words() -> None:
    actions = read_actions(
        [
            {"do": "assign", "user_id": 7},
            {"do": "team", "team_id": 3},
            {"do": "tag", "name": "vip"},
            {"do": "close", "outcome": "solved"},
            {"do": "route"},
        ]
    )

    assert [action.words({"user:7": "Ola"}) for action in actions] == [
        "give it to Ola",
        "give it to a team that was removed",
        "tag “vip”",
        "close it as solved",
        "let the promise decide who gets it",
    ]


def test_a_rule_acts_once_in_a_chain_and_chains_end() -> None:
    assert hindrance(1, chain=(), fired_this_hour=0) == ""
    assert hindrance(1, chain=(2, 1), fired_this_hour=0)
    assert hindrance(9, chain=tuple(range(MAX_DEPTH)), fired_this_hour=0)
    assert hindrance(1, chain=(), fired_this_hour=MAX_AN_HOUR)


def test_unknown_events_are_refused() -> None:
    with pytest.raises(AutomationError):
        read_event("full_moon")


def test_variables_are_filled_and_an_empty_one_has_its_words() -> None:
    text = "Dear {{ customer.first_name | friend }}, {{agent.name}} here. {{ segment.name }}!"

    assert fill(check_template(text), {"agent.name": "Ola"}) == "Dear friend, Ola here. !"
    assert fill(text, {"customer.first_name": "Ann"}).startswith("Dear Ann, ")


@pytest.mark.parametrize(
    "text",
    [
        "{{ customer.password }}",
        "{{ customer.__class__ }}",
        "{{ customer.name.upper() }}",
        "{{ 7 * 7 }}",
        "{{ settings }}",
        "{{}}",
    ],
)
def test_what_is_no_variable_is_refused(text: str) -> None:
    with pytest.raises(TemplateError):
        check_template(text)


@given(st.text())
def test_what_a_value_holds_is_never_read_as_a_template(value: str) -> None:
    filled = fill("{{ customer.name }}", {"customer.name": value, "agent.name": "secret"})

    assert filled == value.strip()


@pytest.mark.parametrize(
    ("text", "asks"),
    [
        ("human", True),
        ("Human, please!", True),
        ("Ich möchte mit einem Mitarbeiter sprechen", True),
        ("Un humain SVP", True),
        ("thanks, that solved it", False),
        ("Where is my parcel?", False),
        (
            "The person who came by last week left my parcel at a door and now it is lost for all",
            False,
        ),
    ],
)
def test_who_asks_for_a_person_is_understood(text: str, *, asks: bool) -> None:
    assert asks_for_person(text) is asks


def test_the_first_answer_says_that_it_is_automatic_and_shows_the_way_to_a_person() -> None:
    words = first_answer(
        text="Most questions are answered in our help pages.",
        links=(("Help pages", "https://help.example.org"),),
        human_url="https://x.example.org/h",
        helped_url="https://x.example.org/s",
    )

    assert words.startswith("This answer was written by a machine.")
    assert "Help pages: https://help.example.org" in words
    assert "To reach a person, answer “human” or open: https://x.example.org/h" in words
    without = first_answer(text="", links=(), human_url="", helped_url="https://x.example.org/s")
    assert "person" not in without
