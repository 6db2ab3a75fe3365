from datetime import UTC, datetime

import pytest

from amity.base.results import Grade
from amity.base.time import now
from amity.kernel.customers.models import Customer
from amity.kernel.traits.models import Trait
from amity.kernel.traits.operations import Finding, drop_stale_traits, write_traits

pytestmark = pytest.mark.django_db
MONDAY = datetime(2026, 3, 2, 23, 59, tzinfo=UTC)
TUESDAY = datetime(2026, 3, 3, 23, 59, tzinfo=UTC)


def customer(name: str) -> int:
    return Customer.objects.create(name=name, created_at=now(), updated_at=now()).pk


def write(findings: list[Finding], at: datetime = MONDAY) -> list[int]:
    return list(write_traits(findings=findings, source="test", as_of=at, grade=Grade.B))


def test_findings_are_written_with_interval_grade_and_time() -> None:
    one = customer("One")

    written = write(
        [Finding(one, "p_alive", 0.5, low=0.4, high=0.6), Finding(one, "rfm", text="5")]
    )

    assert written == [2]
    stored = Trait.objects.get(customer_id=one, name="p_alive")
    assert (stored.number, stored.low, stored.high, stored.text) == (0.5, 0.4, 0.6, "")
    assert (stored.grade, stored.as_of, stored.source) == ("B", MONDAY, "test")
    assert Trait.objects.get(name="rfm").number is None


def test_writing_again_replaces_and_does_not_double() -> None:
    one = customer("One")
    write([Finding(one, "orders", 3)])

    write([Finding(one, "orders", 4)], TUESDAY)

    assert list(Trait.objects.values_list("number", "as_of")) == [(4.0, TUESDAY)]


def test_what_was_not_found_again_is_dropped() -> None:
    one, two = customer("One"), customer("Two")
    write([Finding(one, "orders", 3), Finding(two, "orders", 1)])
    Trait.objects.create(customer_id=two, name="mood", as_of=MONDAY, source="elsewhere")
    write([Finding(one, "orders", 4)], TUESDAY)

    dropped = drop_stale_traits(source="test", as_of=TUESDAY)

    assert dropped == 1
    left = Trait.objects.order_by("name").values_list("customer_id", "name")
    assert list(left) == [(two, "mood"), (one, "orders")]


def test_nothing_found_writes_nothing() -> None:
    assert write([]) == []


def test_only_what_says_something_else_is_written_but_all_gets_the_new_time() -> None:
    one = customer("One")
    write([Finding(one, "orders", 3), Finding(one, "rfm", text="5"), Finding(one, "mood", None)])
    before = dict(Trait.objects.values_list("name", "pk"))

    write([Finding(one, "orders", 4), Finding(one, "rfm", text="5")], TUESDAY)

    after = {row.name: row for row in Trait.objects.all()}
    assert {name: row.pk for name, row in after.items()} == before
    assert [after[name].as_of for name in ("orders", "rfm", "mood")] == [TUESDAY, TUESDAY, MONDAY]
    assert (after["orders"].number, after["rfm"].text) == (4.0, "5")


def test_a_bound_a_grade_or_another_source_counts_as_news() -> None:
    one = customer("One")
    write([Finding(one, "clv", 10.0, low=8.0, high=12.0)])

    write([Finding(one, "clv", 10.0, low=9.0, high=12.0)])
    assert Trait.objects.get().low == 9.0
    list(
        write_traits(
            findings=[Finding(one, "clv", 10.0, low=9.0, high=12.0)],
            source="other",
            as_of=MONDAY,
            grade=Grade.A,
        )
    )
    stored = Trait.objects.get()
    assert (stored.grade, stored.source) == ("A", "other")
