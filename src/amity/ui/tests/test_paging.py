import pytest

from amity.base.time import now
from amity.kernel.customers.models import Customer
from amity.ui.paging import CursorError, decode, encode, keyset_page

pytestmark = pytest.mark.django_db
ORDER = ["name_folded", "id"]


def _customers(*names: str) -> None:
    at = now()
    for name in names:
        Customer.objects.create(
            name=name, name_folded=name.casefold(), created_at=at, updated_at=at
        )


def _walk(order: list[str], size: int) -> list[str]:
    seen: list[str] = []
    cursor = ""
    while True:
        page = keyset_page(Customer.objects.all(), order=order, size=size, after=cursor)
        seen += [row.name for row in page.rows]
        if not page.next:
            return seen
        cursor = page.next


@pytest.mark.parametrize("order", [ORDER, ["-name_folded", "-id"]])
def test_walking_shows_every_row_once_in_order_even_with_ties(order: list[str]) -> None:
    _customers("Ada", "Ben", "Ben", "Ben", "Cleo", "Dora", "Ben")

    walked = _walk(order, size=2)

    assert walked == sorted(walked, reverse=order[0].startswith("-"))
    assert len(walked) == 7


def test_going_back_leads_to_the_page_before() -> None:
    _customers(*"ABCDEFG")
    first = keyset_page(Customer.objects.all(), order=ORDER, size=3)
    second = keyset_page(Customer.objects.all(), order=ORDER, size=3, after=first.next)

    back = keyset_page(Customer.objects.all(), order=ORDER, size=3, before=second.previous)

    assert [row.name for row in back.rows] == ["A", "B", "C"]
    assert first.previous == ""
    assert back.previous == ""
    assert back.next != ""


def test_a_page_is_one_statement(django_assert_num_queries: object) -> None:
    _customers("Ada", "Ben", "Cleo")

    with django_assert_num_queries(1):  # type: ignore[operator]  # pytest-django has no public type
        keyset_page(Customer.objects.all(), order=ORDER, size=2)


@pytest.mark.parametrize("cursor", ["x", "e30", encode([1]), encode([None, 1]), "é"])
def test_a_broken_cursor_is_refused(cursor: str) -> None:
    with pytest.raises(CursorError):
        decode(cursor, length=2)
