from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.test.utils import CaptureQueriesContext
from pytest_django import DjangoAssertNumQueries

from amity.base.results import AmityError, ConflictError
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import create_customer, merge_customers
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import (
    Fact,
    correct_interaction,
    record,
    record_interaction,
    record_many,
    void_interactions,
)
from amity.kernel.interactions.queries import effective, owned, timeline

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def fact(number: int, **fields: Any) -> Fact:
    values: dict[str, Any] = {
        "kind": "note.added",
        "source": "test",
        "source_id": str(number),
        "happened_at": AT + timedelta(minutes=number),
        "recorded_at": AT,
        "relationship_type": "personal_assistance",
        "stage": "support",
        "currency": "USD",
    }
    return Fact(**(values | fields))


def ada() -> Customer:
    return create_customer(name="Ada", actor=SYSTEM, at=AT)


def test_same_fact_twice_is_stored_once() -> None:
    first, created = record(fact(1))
    again, created_again = record(fact(1, subject="other words"))

    assert (created, created_again) == (True, False)
    assert first == again
    assert Interaction.objects.get().subject == ""


def test_many_facts_are_stored_once_each() -> None:
    record(fact(3))

    answer = record_many([fact(number) for number in (1, 2, 2, 3)])

    assert (answer.created, answer.existing) == (2, 1)
    assert Interaction.objects.count() == 3


def test_many_facts_cost_few_statements(
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    facts = [fact(number) for number in range(500)]

    with django_assert_max_num_queries(16):  # SQLite takes at most 999 values a statement
        record_many(facts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "Nothing"},
        {"kind": "x" * 61},
        {"relationship_type": "friend"},
        {"stage": "after"},
        {"direction": "up"},
        {"actor": "robot"},
        {"currency": "usd"},
        {"staff_seconds": -1},
        {"cost_minor": 2**63},
        {"sentiment": 1.1},
        {"subject": "x" * 301},
        {"subject": "\ud800"},
        {"source_id": " "},
        {"properties": {"a": float("nan")}},
        {"properties": {"a": "\x00"}},
        {"properties": {"a": "x" * 40_000}},
        {"happened_at": datetime(2026, 1, 1)},  # noqa: DTZ001 -- the missing zone is the case
    ],
)
def test_what_the_log_cannot_hold_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(AmityError):
        record(fact(1, **wrong))

    assert not Interaction.objects.exists()


def test_unknown_touchpoint_is_refused() -> None:
    with pytest.raises(AmityError, match="no touchpoint"):
        record_interaction(
            kind="note.added",
            source="test",
            source_id="1",
            happened_at=AT,
            recorded_at=AT,
            relationship_type="self_service",
            stage="support",
            currency="USD",
            touchpoint_key="nowhere",
        )


def test_correction_replaces_and_void_takes_back() -> None:
    first, _ = record(fact(1, value_minor=100))

    second = correct_interaction(first.pk, recorded_at=AT, value_minor=200)
    third = correct_interaction(second.pk, recorded_at=AT, value_minor=300)

    assert [row.value_minor for row in effective()] == [300]
    with pytest.raises(ConflictError):
        correct_interaction(first.pk, recorded_at=AT, value_minor=1)

    taken_back = void_interactions(Interaction.objects.filter(pk=third.pk), recorded_at=AT)
    again = void_interactions(Interaction.objects.filter(pk=third.pk), recorded_at=AT)

    assert (taken_back, again) == (1, 0)
    assert not effective().exists()
    assert Interaction.objects.count() == 4


def test_timeline_pages_newest_first_over_merged_customers() -> None:
    survivor, twin = ada(), ada()
    for number in range(6):
        record(fact(number, customer_id=(survivor if number % 2 else twin).pk))
    record(fact(9, customer_id=ada().pk))
    merge_customers(survivor_id=survivor.pk, absorbed_id=twin.pk, reason="", actor=SYSTEM, at=AT)

    page = timeline(survivor.pk, limit=4)
    rest = timeline(survivor.pk, before=(page[-1].happened_at, page[-1].pk), limit=4)

    assert [row.source_id for row in page + rest] == ["5", "4", "3", "2", "1", "0"]
    assert {owner for (owner,) in owned().values_list("owner_id")} >= {survivor.pk}
    assert [owner for (owner,) in owned().values_list("owner_id")].count(survivor.pk) == 6


def test_timeline_is_filtered_by_kind_and_time() -> None:
    who = ada().pk
    record(fact(1, customer_id=who))
    record(fact(2, customer_id=who, kind="commerce.ordered"))
    record(fact(3, customer_id=who, kind="commerce.returned"))

    assert len(timeline(who, kinds=["commerce."])) == 2
    assert len(timeline(who, kinds=["note.added"])) == 1
    assert len(timeline(who, since=AT + timedelta(minutes=3))) == 1


@pytest.mark.parametrize("count", [1, 3])
def test_timeline_costs_two_statements(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    who = ada().pk
    record_many([fact(number, customer_id=who) for number in range(count)])

    captured: CaptureQueriesContext
    with django_assert_num_queries(2) as captured:
        rows = timeline(who)
        assert [row.touchpoint for row in rows] == [None] * count
    assert len(captured) == 2
