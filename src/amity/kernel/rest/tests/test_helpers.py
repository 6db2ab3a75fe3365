from datetime import UTC, datetime, timedelta

import pytest
from django.http import HttpRequest
from hypothesis import given
from hypothesis import strategies as st

from amity.kernel.customers.models import Customer
from amity.kernel.rest.limits import RateLimit
from amity.kernel.rest.paging import CursorError, page
from amity.kernel.rest.problems import ProblemError
from amity.kernel.rest.versions import expected_version, not_modified

AT = datetime(2026, 5, 1, 12, tzinfo=UTC)


def customers(count: int) -> None:
    Customer.objects.bulk_create(
        Customer(
            name=f"C{number}",
            name_folded=f"c{number % 3}",
            created_at=AT,
            updated_at=AT + timedelta(minutes=number // 2),
        )
        for number in range(count)
    )


@pytest.mark.django_db
@pytest.mark.parametrize("order", ["-updated_at", "updated_at", "name_folded", "id", "-id"])
@pytest.mark.parametrize("limit", [1, 3, 10])
def test_pages_join_to_the_whole_list_without_gap_or_repeat(order: str, limit: int) -> None:
    customers(10)
    seen: list[int] = []
    cursor: str | None = None
    while True:
        found = page(Customer.objects.all(), order=order, cursor=cursor, limit=limit)
        seen += [row.pk for row in found.items]
        cursor = found.next_cursor
        if cursor is None:
            break

    tie = "-pk" if order.startswith("-") else "pk"
    assert seen == list(Customer.objects.order_by(order, tie).values_list("pk", flat=True))


@pytest.mark.django_db
@given(st.text(max_size=60))
def test_made_up_cursor_is_refused(cursor: str) -> None:
    if cursor == "":
        return
    with pytest.raises(CursorError):
        page(Customer.objects.all(), order="-updated_at", cursor=cursor, limit=3)


@pytest.mark.django_db
def test_cursor_of_another_order_is_refused() -> None:
    customers(5)
    cursor = page(Customer.objects.all(), order="id", cursor=None, limit=2).next_cursor

    with pytest.raises(CursorError):
        page(Customer.objects.all(), order="-id", cursor=cursor, limit=2)


def request(**headers: str) -> HttpRequest:
    made = HttpRequest()
    made.META = {f"HTTP_{name.upper()}": value for name, value in headers.items()}
    return made


def test_if_match_gives_the_version_that_was_read() -> None:
    assert expected_version(request(if_match='"v7"')) == 7
    assert expected_version(request(if_match="*")) is None


@pytest.mark.parametrize(
    ("header", "status"), [(None, 428), ('"7"', 412), ('W/"v7"', 412), ("v7", 412), ('"v²"', 412)]
)
def test_missing_or_foreign_if_match_is_refused(header: str | None, status: int) -> None:
    with pytest.raises(ProblemError) as refused:
        expected_version(request(**({"if_match": header} if header else {})))

    assert refused.value.status == status


def test_known_version_is_not_sent_again() -> None:
    assert not_modified(request(if_none_match='W/"v3"'), 3) is not None
    assert not_modified(request(if_none_match='"v2"'), 3) is None
    assert not_modified(request(), 3) is None


def test_bucket_empties_refills_and_is_each_callers_own() -> None:
    limit = RateLimit(rate=2, burst=3)

    waits = [limit.wait("ada", now=100.0) for _ in range(4)]

    assert waits == [0, 0, 0, 0.5]
    assert limit.wait("ben", now=100.0) == 0
    assert limit.wait("ada", now=100.5) == 0
    assert limit.wait("ada", now=100.5) == 0.5
