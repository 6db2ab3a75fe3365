from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.touchpoints.operations import create_touchpoint
from amity.kernel.touchpoints.rules import TouchpointFields

pytestmark = pytest.mark.django_db

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)
SHOP = TouchpointFields(
    key="web-shop",
    name="Web shop",
    channel="web",
    stages=("transact",),
    relationship_types=("self_service",),
    is_guess=True,
)
FORM = {
    "name": "Phone line",
    "channel": "phone",
    "stages": ["support", "transact"],
    "relationship_types": ["personal_assistance"],
    "owner": "own",
    "control": "direct",
    "status": "live",
    "unit_cost": "4.20",
    "languages": "en, de",
    "version": "0",
}


def shop(**changes: object) -> Touchpoint:
    return create_touchpoint(fields=replace(SHOP, **changes), actor=SYSTEM, at=AT)  # type: ignore[arg-type]  # any field


def customer(name: str) -> Customer:
    return Customer.objects.create(name=name, created_at=AT, updated_at=AT)


def met(touchpoint: Touchpoint, who: Customer, number: int, cost: int = 15) -> None:
    Interaction.objects.create(
        happened_at=AT - timedelta(days=number),
        recorded_at=AT,
        customer=who,
        kind="commerce.ordered",
        touchpoint=touchpoint,
        relationship_type=RelationshipType.SELF_SERVICE,
        stage=Stage.TRANSACT,
        cost_minor=cost,
        currency="USD",
        source="test",
        source_id=f"{touchpoint.key}-{number}",
    )


def test_ada_and_ben_see_the_registry_and_cleo_does_not(
    ada_client: Client, ben_client: Client, cleo_client: Client, client: Client
) -> None:
    shop()

    for path in ("/touchpoints/", "/touchpoints/web-shop/"):
        assert "Web shop" in ada_client.get(path).content.decode()
        assert ben_client.get(path).status_code == 200
        assert cleo_client.get(path).status_code == 403
        assert client.get(path).status_code == 302


@pytest.mark.parametrize("path", ["new/", "web-shop/edit/", "web-shop/confirmation/"])
def test_ben_and_cleo_change_nothing(path: str, ben_client: Client, cleo_client: Client) -> None:
    shop()

    for client in (ben_client, cleo_client):
        assert client.post(f"/touchpoints/{path}", FORM).status_code == 403

    stored = Touchpoint.objects.get()
    assert (stored.version, stored.is_guess) == (1, True)


def test_an_empty_registry_says_what_will_be_here(ada_client: Client) -> None:
    assert "No touchpoint yet" in ada_client.get("/touchpoints/").content.decode()


def test_the_list_needs_as_many_statements_for_four_as_for_two(
    ada_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    ann = customer("Ann")
    met(shop(), ann, 1)
    met(shop(key="form", name="Form"), ann, 9)
    ada_client.get("/touchpoints/")  # the session and the content of the registry are loaded once
    cache.clear()
    with django_assert_max_num_queries(9) as two:
        ada_client.get("/touchpoints/")
    for number, key in enumerate(("mail", "phone"), start=2):
        met(shop(key=key, name=key), ann, number)
    cache.clear()

    with django_assert_max_num_queries(9) as four:
        ada_client.get("/touchpoints/")

    assert len(two.captured_queries) == len(four.captured_queries)
    with django_assert_max_num_queries(7):
        ada_client.get("/touchpoints/")


def test_the_load_of_the_log_and_overlaps_are_shown(ada_client: Client) -> None:
    web, phone = shop(), shop(key="phone", name="Phone line")
    for number in range(12):
        who = customer(f"Person {number}")
        met(web, who, number)
        if number < 11:
            met(phone, who, number, cost=400)

    page = ada_client.get("/touchpoints/").content.decode()

    assert "Phone line + Web shop" in page
    assert "92%" in page
    assert "Phone line reaches hardly anybody alone" in page
    detail = ada_client.get("/touchpoints/phone/").content.decode()
    assert "$44.00" in detail


def test_a_channel_of_orders_without_a_touchpoint_is_offered(ada_client: Client) -> None:
    shop()
    for number, channel in enumerate(["Market stall", "Market stall", "web"]):
        Order.objects.create(
            source="t",
            number=str(number),
            ordered_on=AT.date(),
            ordered_at=AT,
            currency="USD",
            channel=channel,
        )

    page = ada_client.get("/touchpoints/").content.decode()

    assert "Add Market stall" in page
    assert "Add web" not in page
    form = ada_client.get("/touchpoints/new/?channel=Market stall").content.decode()
    assert 'value="Market stall"' in form


def test_a_new_touchpoint_is_saved_with_money_in_minor_units(ada_client: Client) -> None:
    answer = ada_client.post("/touchpoints/new/", FORM)

    assert answer.status_code == 302
    stored = Touchpoint.objects.get()
    assert (stored.key, stored.unit_cost_minor) == ("phone-line", 420)
    assert stored.languages == ["en", "de"]
    assert stored.stages == ["support", "transact"]


def test_a_wrong_field_answers_422_at_the_field_and_stores_nothing(ada_client: Client) -> None:
    answer = ada_client.post("/touchpoints/new/", {**FORM, "owner": "partner", "stages": []})

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "Name the partner it is run with." in page
    assert "Choose at least one stage" in page
    assert Touchpoint.objects.count() == 0


def test_one_more_in_a_full_stage_asks_first_and_may_be_saved_anyway(ada_client: Client) -> None:
    for key in ("a", "b", "c"):
        shop(key=key, name=key.upper())

    asked = ada_client.post("/touchpoints/new/", FORM)

    assert asked.status_code == 422
    assert "Transact already has 3 touchpoints (A, B, C)" in asked.content.decode()
    assert Touchpoint.objects.count() == 3
    assert ada_client.post("/touchpoints/new/", {**FORM, "anyway": "1"}).status_code == 302
    assert Touchpoint.objects.count() == 4


def test_editing_confirms_a_guess_and_keeps_the_key(ada_client: Client) -> None:
    shop()

    answer = ada_client.post("/touchpoints/web-shop/edit/", {**FORM, "version": "1"})

    assert answer.status_code == 302
    stored = Touchpoint.objects.get()
    assert (stored.key, stored.name, stored.is_guess) == ("web-shop", "Phone line", False)


def test_the_second_editor_sees_what_is_stored_now(ada_client: Client) -> None:
    shop()
    ada_client.post("/touchpoints/web-shop/edit/", {**FORM, "version": "1"})

    answer = ada_client.post(
        "/touchpoints/web-shop/edit/", {**FORM, "name": "Mine", "version": "1"}
    )

    assert answer.status_code == 409
    assert "stored now: Phone line" in answer.content.decode()
    assert Touchpoint.objects.get().name == "Phone line"


def test_one_button_confirms_a_guess(ada_client: Client) -> None:
    shop()

    assert ada_client.get("/touchpoints/web-shop/confirmation/").status_code == 405
    ada_client.post("/touchpoints/web-shop/confirmation/")

    assert Touchpoint.objects.get().is_guess is False


def test_a_touchpoint_that_is_not_there_is_a_404(ada_client: Client) -> None:
    assert ada_client.get("/touchpoints/moon/").status_code == 404
