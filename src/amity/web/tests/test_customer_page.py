from datetime import date, timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Identity, Tag
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait

pytestmark = pytest.mark.django_db
AT = now()


def add(name: str = "Anna Berg") -> Customer:
    customer = Customer.objects.create(
        name=name, name_folded=fold(name), created_at=AT, updated_at=AT
    )
    Identity.objects.create(
        customer=customer,
        kind="email",
        value=f"{customer.pk}@example.com",
        shown=f"{customer.pk}@example.com",
        created_at=AT,
    )
    return customer


def live(customer: Customer, count: int) -> None:
    """Gives a customer `count` of everything."""
    for n in range(count):
        segment = Segment.objects.create(key=f"s{n}", name=f"Segment {n}", rule={}, created_at=AT)
        SegmentMembership.objects.create(segment=segment, customer=customer, since=AT)
        Trait.objects.create(customer=customer, name=f"trait{n}", number=n, as_of=AT, source="test")
        customer.tags.add(Tag.objects.create(name=f"tag {n}"))
        Order.objects.create(
            number=f"A-{n}",
            customer=customer,
            ordered_on=date(2026, 1, 1 + n),
            ordered_at=AT,
            currency="USD",
            net_minor=1000,
        )
        Interaction.objects.create(
            happened_at=AT - timedelta(days=n),
            recorded_at=AT,
            customer=customer,
            kind="commerce.ordered",
            relationship_type="self_service" if n % 2 == 0 else "communities",
            stage="transact",
            currency="USD",
            value_minor=1000,
            subject=f"Subject {n}",
            source="test",
            source_id=str(n),
        )


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("ben", 200), ("cleo", 403)])
def test_the_page_answers_by_role(who: str, status: int, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(f"{who}_client")

    assert client.get(f"/customers/{add().pk}").status_code == status


@pytest.mark.parametrize("count", [1, 3])
def test_the_page_asks_the_database_the_same_number_of_times(
    count: int, ada_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    company()
    customer = add()
    live(customer, count)

    # Eighteen of its own; the cards of accounts, deals and inbox ask the others.
    with django_assert_max_num_queries(25):
        ada_client.get(f"/customers/{customer.pk}")


def test_the_page_shows_who_it_is_and_what_passed(ada_client: Client) -> None:
    customer = add()
    live(customer, 3)

    page = ada_client.get(f"/customers/{customer.pk}").content.decode()

    for text in ("Anna Berg", "Segment 1", "tag 2", "A-0", "Subject 2", "$30.00", "No policy"):
        assert text in page


def test_the_timeline_can_be_narrowed_to_a_type(ada_client: Client) -> None:
    customer = add()
    live(customer, 3)

    page = ada_client.get(f"/customers/{customer.pk}?type=communities").content.decode()

    assert "Subject 1" in page
    assert "Subject 0" not in page


def test_older_parts_of_the_timeline_are_a_page_away(
    ada_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amity.web.customers.timeline.PAGE_SIZE", 2)
    customer = add()
    live(customer, 3)

    first = ada_client.get(f"/customers/{customer.pk}").content.decode()
    older = first.split("before=")[1].split("#")[0]
    second = ada_client.get(f"/customers/{customer.pk}?before={older}").content.decode()

    assert "Subject 1" in first
    assert "Subject 2" not in first
    assert "Subject 2" in second
    assert "Subject 1" not in second


def test_a_merged_customer_leads_to_the_survivor(ada_client: Client) -> None:
    survivor, gone = add("Anna"), add("Anna B.")
    gone.merged_into = survivor
    gone.save()

    assert ada_client.get(f"/customers/{gone.pk}").headers["Location"].endswith(f"/{survivor.pk}")


def test_an_unknown_customer_is_404(ada_client: Client) -> None:
    response = ada_client.get("/customers/999")

    assert response.status_code == 404
    assert "Look it up by name or number" in response.content.decode()


def test_adding_a_customer_by_hand(ada_client: Client) -> None:
    given = {"kind": "person", "name": "Bo Ek", "email": "bo@example.com", "country": "SE"}

    response = ada_client.post("/customers/new", given)

    customer = Customer.objects.get(name="Bo Ek")
    assert response.headers["Location"] == f"/customers/{customer.pk}"
    assert customer.identities.get().value == "bo@example.com"
    assert "Bo Ek is a customer now" in ada_client.get("/").content.decode()


def test_a_refused_form_says_where_and_changes_nothing(ada_client: Client) -> None:
    add()
    before = Customer.objects.count()
    given = {"kind": "person", "name": "Bo", "country": "ZZ"}

    response = ada_client.post("/customers/new", given)

    assert response.status_code == 422
    assert "There is no country ZZ" in response.content.decode()
    assert Customer.objects.count() == before


def test_ben_may_not_add_or_change(ben_client: Client) -> None:
    customer = add()
    for address in ("/customers/new", f"/customers/{customer.pk}/edit"):
        assert ben_client.post(address, {"kind": "person", "name": "X"}).status_code == 403
    assert ben_client.post(f"/customers/{customer.pk}/tags", {"tags": "x"}).status_code == 403

    customer.refresh_from_db()
    assert customer.name == "Anna Berg"
    assert not Tag.objects.exists()


def test_two_people_cannot_overwrite_each_other(ada_client: Client) -> None:
    customer = add()
    given = {"kind": "person", "name": "Anna Berger", "version": 1}
    first = ada_client.post(f"/customers/{customer.pk}/edit", given)

    second = ada_client.post(f"/customers/{customer.pk}/edit", {**given, "name": "Anna Bergmann"})

    assert first.status_code == 302
    assert second.status_code == 422
    assert "changed by somebody else" in second.content.decode()
    customer.refresh_from_db()
    assert customer.name == "Anna Berger"


def test_tags_are_words_with_commas(ada_client: Client) -> None:
    customer = add()

    ada_client.post(f"/customers/{customer.pk}/tags", {"tags": "vip,  press , "})

    assert sorted(tag.name for tag in customer.tags.all()) == ["press", "vip"]


def test_a_phone_number_is_pressed_to_call(ada_client: Client) -> None:
    customer = add()
    Identity.objects.create(
        customer=customer,
        kind="phone",
        value="+436601234567",
        shown="0660 123 45 67",
        created_at=AT,
    )

    page = ada_client.get(f"/customers/{customer.pk}").content.decode()

    assert '<a dir="ltr" href="tel:+436601234567">0660 123 45 67</a>' in page
