"""Rules and macros: what they may ask, what they may do, and when they are stopped. Pure.

A rule has an event, conditions and actions. A condition is a field of the conversation, a test and
a value; all of `every` and at least one of `some` (where there are any) must hold. Actions are done
in their order. What a rule does may set off other rules, at most `MAX_DEPTH` deep; the same rule
acts on a conversation once in a chain and at most `MAX_AN_HOUR` times an hour.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from amity.base.text import fold
from amity.run.inbox.rules.actions import AutomationError, Part, refusal

MAX_DEPTH = 3
MAX_AN_HOUR = 10


class Event(StrEnum):
    """What a rule can wait for."""

    OPENED = "opened"
    CUSTOMER_WROTE = "customer_wrote"
    REPLIED = "replied"
    NOTED = "noted"
    ASSIGNED = "assigned"
    STATUS_CHANGED = "status_changed"
    CLOSED = "closed"
    REOPENED = "reopened"
    TAGGED = "tagged"
    TOPIC_SET = "topic_set"
    RATED = "rated"
    PROMISE_AT_RISK = "promise_at_risk"
    PROMISE_BROKEN = "promise_broken"


EVENT_LABELS = {
    Event.OPENED: "A conversation is opened",
    Event.CUSTOMER_WROTE: "The customer writes",
    Event.REPLIED: "Somebody of us replies",
    Event.NOTED: "A note is written",
    Event.ASSIGNED: "It is assigned",
    Event.STATUS_CHANGED: "Its status changes",
    Event.CLOSED: "It is closed",
    Event.REOPENED: "It is reopened",
    Event.TAGGED: "A tag is put on or taken off",
    Event.TOPIC_SET: "Somebody or the model looked what it is about",
    Event.RATED: "The customer rates it",
    Event.PROMISE_AT_RISK: "A promise is at risk",
    Event.PROMISE_BROKEN: "A promise is broken",
}

TEXT_FIELDS = {
    "subject": "Subject",
    "text": "Text of the last message",
    "sender": "Sender's address",
    "channel": "Channel",
    "language": "Language",
    "topic": "Topic",
    "status": "Status",
    "segment": "Segment",
    "relationship_type": "Relationship type",
    "team": "Team",
    "assignee": "Assignee",
    "tag": "Tag",
}
NUMBER_FIELDS = {
    "priority": "Priority, 1 to 4",
    "value": "Customer's value in 12 months",
    "messages": "Messages",
    "reopened": "Times reopened",
    "minutes_spent": "Minutes spent",
}
FIELD_LABELS = {**TEXT_FIELDS, **NUMBER_FIELDS}
TEXT_TESTS = ("is", "is_not", "contains", "contains_not", "is_empty", "is_filled")
NUMBER_TESTS = ("at_least", "at_most", "is_empty", "is_filled")
TEST_LABELS = {
    "is": "is",
    "is_not": "is not",
    "contains": "contains",
    "contains_not": "does not contain",
    "at_least": "is at least",
    "at_most": "is at most",
    "is_empty": "is empty",
    "is_filled": "is filled",
}


class Condition(Part):
    """One test of one field; numbers are compared as numbers, texts without case and accents."""

    field: str
    test: Literal[
        "is", "is_not", "contains", "contains_not", "at_least", "at_most", "is_empty", "is_filled"
    ]
    value: Annotated[str, Field(max_length=300)] = ""


class Conditions(Part):
    """All of `every` and, where there are any, at least one of `some`."""

    every: tuple[Condition, ...] = ()
    some: tuple[Condition, ...] = ()


def read_conditions(values: object) -> Conditions:
    """The conditions that plain values describe.

    Raises:
        AutomationError: a field or a test is unknown, or they do not fit each other.
    """
    try:
        conditions = Conditions.model_validate(values)
    except ValidationError as error:
        raise AutomationError(refusal("condition", error)) from error
    for condition in (*conditions.every, *conditions.some):
        _check_condition(condition)
    return conditions


def _check_condition(condition: Condition) -> None:
    if condition.field not in FIELD_LABELS:
        raise AutomationError(
            f"There is no field {condition.field[:50]}. Use {', '.join(FIELD_LABELS)}."
        )
    is_number = condition.field in NUMBER_FIELDS
    allowed = NUMBER_TESTS if is_number else TEXT_TESTS
    label = FIELD_LABELS[condition.field]
    if condition.test not in allowed:
        words = ", ".join(TEST_LABELS[test] for test in allowed)
        raise AutomationError(f"{label} is tested with: {words}.")
    if is_number and condition.test in {"at_least", "at_most"} and _number(condition.value) is None:
        raise AutomationError(f"{label} is compared with a number.")


def read_event(value: str) -> Event:
    """The event with this name.

    Raises:
        AutomationError: there is none.
    """
    if value not in set(Event):
        raise AutomationError(f"There is no event {value[:30]}. Use {', '.join(Event)}.")
    return Event(value)


Facts = Mapping[str, str | float | Sequence[str] | None]


def holds(conditions: Conditions, facts: Facts) -> bool:
    """Whether a conversation with these facts meets the conditions; texts may be several."""
    every = all(_meets(condition, facts) for condition in conditions.every)
    some = any(_meets(condition, facts) for condition in conditions.some)
    return every and (some or not conditions.some)


def _meets(condition: Condition, facts: Facts) -> bool:
    given = facts.get(condition.field)
    if condition.field in NUMBER_FIELDS:
        return _number_meets(condition, given if isinstance(given, int | float) else None)
    texts = (
        [given] if isinstance(given, str) else list(given) if isinstance(given, Sequence) else []
    )
    return _text_meets(condition, [fold(text) for text in texts if text])


def _number_meets(condition: Condition, given: float | None) -> bool:
    if condition.test == "is_empty":
        return given is None
    if given is None:
        return False
    if condition.test == "is_filled":
        return True
    wanted = _number(condition.value)
    if wanted is None:
        return False
    return given >= wanted if condition.test == "at_least" else given <= wanted


def _text_meets(condition: Condition, texts: list[str]) -> bool:
    wanted = fold(condition.value)
    if condition.test == "is_empty":
        return not texts
    if condition.test == "is_filled":
        return bool(texts)
    if condition.test.startswith("is"):
        found = wanted in texts
    else:
        found = any(wanted in text for text in texts)
    return found != condition.test.endswith("not")


def _number(value: str) -> float | None:
    try:
        return float(value)
    except ValueError:
        return None


def hindrance(rule_id: int, *, chain: Sequence[int], fired_this_hour: int) -> str:
    """Why a rule may not act now; empty where it may.

    `chain` are the rules that led here, the first first; `fired_this_hour` counts how often this
    rule acted on this conversation in the last 60 minutes.
    """
    if rule_id in chain:
        return "It had acted in this chain already."
    if len(chain) >= MAX_DEPTH:
        return f"It was set off by {len(chain)} rules one after another; more is a loop."
    if fired_this_hour >= MAX_AN_HOUR:
        return f"It had acted {fired_this_hour} times on this conversation within an hour."
    return ""


def condition_words(conditions: Conditions) -> str:
    """The conditions as one sentence; empty where there are none."""
    every = [_condition_words(one) for one in conditions.every]
    some = [_condition_words(one) for one in conditions.some]
    parts = [" and ".join(every)] if every else []
    if some:
        parts.append(f"({' or '.join(some)})" if every or len(some) > 1 else some[0])
    return " and ".join(parts)


def _condition_words(condition: Condition) -> str:
    words = f"{FIELD_LABELS[condition.field].lower()} {TEST_LABELS[condition.test]}"
    return words if condition.test in {"is_empty", "is_filled"} else f"{words} “{condition.value}”"
