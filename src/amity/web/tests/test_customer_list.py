from collections.abc import Callable
from datetime import timedelta
from typing import Any

import lxml.html
import pytest
from django.test import Client

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.access.operations import company
from amity.kernel.customers.models import Customer, Identity, Tag
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait
from amity.web.customers.columns import Column, all_columns
from amity.web.customers.queries import address_after
from amity.web.customers.rules import DEFAULT_COLUMNS, Listing, read_listing

pytestmark = pytest.mark.django_db
AT = now()


@pytest.fixture(autouse=True)
def _fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    columns = {
        **all_columns(),
        "orders": Column("orders", "Orders", "number"),
        "clv_12m": Column("clv_12m", "Value in 12 months", "money"),
    }
    monkeypatch.setattr("amity.web.customers.views.all_columns", lambda: columns)


def add(name: str, *, age: int = 0, orders: float | None = None, **fields: str) -> Customer:
    customer = Customer.objects.create(
        name=name,
        name_folded=fold(name),
        created_at=AT,
        updated_at=AT - timedelta(minutes=age),
        **fields,
    )
    email = f"{fold(name).replace(' ', '.')}.{customer.pk}@example.com"
    Identity.objects.create(
        customer=customer, kind="email", value=email, shown=email, created_at=AT
    )
    if orders is not None:
        Trait.objects.create(
            customer=customer, name="orders", number=orders, as_of=AT, source="test"
        )
    return customer


def tree(response: Any) -> Any:
    return lxml.html.fromstring(response.content.decode())


def shown(client: Client, address: str) -> list[str]:
    response = client.get(address)
    assert response.status_code == 200
    return [link.text_content() for link in tree(response).xpath("//*[@class='who-text']/*[1]")]


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("ben", 200), ("cleo", 403)])
def test_the_list_answers_by_role(who: str, status: int, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(f"{who}_client")

    assert client.get("/customers").status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_asks_the_database_the_same_number_of_times(
    count: int, ada_client: Client, django_assert_num_queries: Callable[[int], object]
) -> None:
    segment = Segment.objects.create(key="loyal", name="Loyal", rule={}, created_at=AT)
    company()
    for n in range(count):
        customer = add(f"Person {n}", orders=n)
        SegmentMembership.objects.create(segment=segment, customer=customer, since=AT)
        customer.tags.add(Tag.objects.get_or_create(name=f"tag {n}")[0])

    with django_assert_num_queries(11):  # type: ignore[attr-defined]  # pytest-django has no type
        ada_client.get("/customers?columns=segment,tags,orders&where=name+is+known")


def test_the_newest_change_comes_first_and_merged_customers_do_not_come() -> None:
    survivor = add("Old", age=10)
    add("New")
    add("Gone", merged_into=survivor)  # type: ignore[arg-type]  # a customer, not a text

    client = Client()
    from amity.testing.people import ada

    client.force_login(ada(), backend="django.contrib.auth.backends.ModelBackend")
    assert shown(client, "/customers") == ["New", "Old"]


def test_searching_sorting_and_filtering(ada_client: Client) -> None:
    add("Anna Berg", orders=2, country="AT")
    add("Bernd Hanna", orders=9, kind="organization")
    loyal = add("Carla", orders=5)
    segment = Segment.objects.create(key="loyal", name="Loyal", rule={}, created_at=AT)
    SegmentMembership.objects.create(segment=segment, customer=loyal, since=AT)
    loyal.tags.add(Tag.objects.create(name="vip"))

    assert shown(ada_client, "/customers?q=anna&sort=name") == ["Anna Berg", "Bernd Hanna"]
    assert shown(ada_client, "/customers?sort=-orders") == ["Bernd Hanna", "Carla", "Anna Berg"]
    assert shown(ada_client, "/customers?sort=orders") == ["Anna Berg", "Carla", "Bernd Hanna"]
    assert shown(ada_client, "/customers?segment=loyal") == ["Carla"]
    assert shown(ada_client, "/customers?tag=vip") == ["Carla"]
    assert shown(ada_client, "/customers?kind=organization") == ["Bernd Hanna"]
    assert shown(ada_client, "/customers?country=at") == ["Anna Berg"]


@pytest.mark.parametrize("sort", ["recent", "name", "-name", "orders", "-orders"])
def test_walking_the_pages_shows_everybody_once(
    sort: str, ada_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amity.web.customers.queries.PAGE_SIZE", 2)
    for n in range(5):
        add(f"Person {n % 2}", age=n % 3, orders=n % 2)
    seen: list[int] = []
    address = f"/customers?sort={sort}"
    while address:
        response = ada_client.get(address)
        page = tree(response)
        seen += [int(box.get("value")) for box in page.xpath("//input[@name='ids']")]
        following = page.xpath("//a[@rel='next']")
        address = following[0].get("href") if following else ""

    assert len(seen) == len(set(seen)) == 5


def test_a_page_can_begin_after_any_customer(ada_client: Client) -> None:
    people = [add(f"Person {n}", age=n) for n in range(3)]

    assert shown(ada_client, address_after(people[0])) == ["Person 1", "Person 2"]


def test_a_broken_page_address_says_what_to_do(ada_client: Client) -> None:
    response = ada_client.get("/customers?after=nonsense")

    assert response.status_code == 422
    assert "Begin again at the first page" in response.content.decode()


def test_empty_and_nobody_fits_differ(ada_client: Client) -> None:
    assert "No customers yet" in ada_client.get("/customers").content.decode()
    add("Anna")
    assert "Nobody fits" in ada_client.get("/customers?q=zzz").content.decode()


def test_names_cannot_write_html(ada_client: Client) -> None:
    add("<script>alert(1)</script>")

    page = ada_client.get("/customers").content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_what_an_address_does_not_know_is_left_out() -> None:
    listing = read_listing({"sort": "drop", "columns": "x,orders"}, ["orders"])

    assert listing == Listing(columns=("orders",)) or listing.columns == DEFAULT_COLUMNS
    assert listing.sort == "recent"
