from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.run.deals.models import CloseReason, Deal, Pipeline

pytestmark = pytest.mark.django_db
Make = Callable[..., Deal]
PAGES = ("/deals/", "/deals/list", "/deals/forecast", "/deals/outcomes")
FORMS = ("/deals/new", "/deals/settings")


@pytest.mark.parametrize("furnish", ["pipeline", "db"])
def test_ada_and_ben_may_look_and_cleo_may_not(
    furnish: str,
    ada_client: Client,
    ben_client: Client,
    cleo_client: Client,
    request: pytest.FixtureRequest,
) -> None:
    request.getfixturevalue(furnish)
    clients = (ada_client, ben_client, cleo_client)

    for address in PAGES:
        assert [client.get(address).status_code for client in clients] == [200, 200, 403], address


@pytest.mark.parametrize("address", FORMS)
def test_only_ada_may_open_and_set_up(
    address: str, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    clients = (ada_client, ben_client, cleo_client)

    assert [client.get(address).status_code for client in clients] == [200, 403, 403]


def test_single_pages_answer_by_role(
    deal: Make, buyer: Customer, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    ten = deal()
    clients = (ada_client, ben_client, cleo_client)
    expected = {
        f"/deals/{ten.pk}": [200, 200, 403],
        f"/deals/{ten.pk}/changes": [200, 403, 403],
        f"/deals/advice?deal={ten.pk}": [200, 200, 403],
        f"/deals/advice?customer={buyer.pk}": [200, 200, 403],
        "/deals/99999": [404, 404, 403],
        "/deals/advice": [404, 404, 403],
    }

    assert {
        path: [client.get(path).status_code for client in clients] for path in expected
    } == expected


def test_ben_may_change_nothing(deal: Make, pipeline: Pipeline, ben_client: Client) -> None:
    ten = deal()
    before = Interaction.objects.count()
    for path in (
        "moves", "win", "loss", "reopening", "work", "lines", "lines/1/removal", "changes",
    ):  # fmt: skip
        given = {"stage": "agreeing", "version": "1", "won-version": "1"}
        assert ben_client.post(f"/deals/{ten.pk}/{path}", given).status_code == 403, path
    for path in (
        "new", "reassignments", "settings/pipelines", f"settings/pipelines/{pipeline.pk}",
        "settings/reasons", "settings/reasons/1/retirement", "advice/records",
        "reassignments/00000000-0000-0000-0000-000000000000/undo",
    ):  # fmt: skip
        assert ben_client.post(f"/deals/{path}", {}).status_code == 403, path
    ten.refresh_from_db()
    assert (ten.version, Interaction.objects.count()) == (1, before)


def test_from_an_empty_house_to_a_won_deal(buyer: Customer, ada: User, ada_client: Client) -> None:
    assert "No pipeline yet" in ada_client.get("/deals/").content.decode()
    ada_client.post("/deals/settings/pipelines", {"new-name": "Sales", "new-hour": "60"})
    found = ada_client.get("/deals/new?q=pumps").content.decode()
    assert f"/deals/new?customer={buyer.pk}" in found
    given = {
        "title": "Ten pumps", "amount": "1000", "expected_close_on": "2030-11-30",
        "pipeline": Pipeline.objects.get().pk,
    }  # fmt: skip
    ada_client.post(f"/deals/new?customer={buyer.pk}", given)
    ten = Deal.objects.get()
    assert (ten.amount_minor, ten.owner) == (100_000, ada)
    assert "Ten pumps" in ada_client.get("/deals/").content.decode()
    move = {"stage": "offer-made", "version": "1", "from": "board", "minutes": "30"}
    moved = ada_client.post(f"/deals/{ten.pk}/moves", move)
    assert moved["Location"] == "/deals/?pipeline=sales"
    line = {"description": "Pump", "quantity": "10", "unit_price": "99", "discount": "90"}
    ada_client.post(f"/deals/{ten.pk}/lines", line)
    ada_client.post(f"/deals/{ten.pk}/work", {"what": "Visit", "minutes": "30"})
    shown = ada_client.get(f"/deals/{ten.pk}").content.decode()
    assert "$900" in shown
    assert "$60.00" in shown
    won = {"won-version": "4", "won-reason": "", "won-competitor": "Flow AG"}
    ada_client.post(f"/deals/{ten.pk}/win", won)
    ten.refresh_from_db()
    assert (ten.status, ten.competitor) == ("won", "Flow AG")
    assert "Flow AG" in ada_client.get("/deals/outcomes").content.decode()
    assert "1 won, 0 lost" in ada_client.get(f"/customers/{buyer.pk}").content.decode()
    ada_client.post(f"/deals/{ten.pk}/reopening")
    ten.refresh_from_db()
    assert ten.status == "open"


def test_a_loss_without_a_reason_is_refused_on_the_page(
    deal: Make, lost_for: CloseReason, ada_client: Client
) -> None:
    ten = deal()

    assert ada_client.post(f"/deals/{ten.pk}/loss", {"lost-version": "1"}).status_code == 422
    ada_client.post(f"/deals/{ten.pk}/loss", {"lost-version": "9", "lost-reason": lost_for.pk})
    ten.refresh_from_db()
    assert ten.status == "open"
    ada_client.post(f"/deals/{ten.pk}/loss", {"lost-version": "1", "lost-reason": lost_for.pk})
    ten.refresh_from_db()
    assert ten.status == "lost"
    assert "Open again" in ada_client.get(f"/deals/{ten.pk}").content.decode()


def test_a_change_over_somebody_elses_is_refused(deal: Make, ada_client: Client) -> None:
    ten = deal()
    ada_client.post(f"/deals/{ten.pk}/moves", {"stage": "agreeing", "version": "1"})
    given = {"title": "Twelve", "expected_close_on": "2026-12-01", "amount": "1000"}

    stale = ada_client.post(f"/deals/{ten.pk}/changes", given | {"version": "1"})

    assert stale.status_code == 422
    assert "meanwhile" in stale.content.decode()
    assert ada_client.post(f"/deals/{ten.pk}/changes", given | {"version": "2"}).status_code == 302
    ten.refresh_from_db()
    assert (ten.title, ten.expected_close_on) == ("Twelve", date(2026, 12, 1))


def test_the_list_filters_pages_and_gives_on(
    deal: Make, ben: User, ada_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("amity.run.deals.views.lists.PAGE_SIZE", 2)
    made = [deal(f"Pumps {n}", expected_close_on=date(2026, 12, 1 + n)) for n in range(3)]
    first = ada_client.get("/deals/list?q=pumps&status=open").content.decode()
    assert "Pumps 1" in first
    assert "Pumps 2" not in first
    cursor = first.split("after=")[1].split('"')[0]
    assert "Pumps 2" in ada_client.get(f"/deals/list?after={cursor}").content.decode()
    for odd in ("after=x", "owner=x", "until=soon", "customer=9" * 30, "status=maybe", "q=%00"):
        assert ada_client.get(f"/deals/list?{odd}").status_code == 200, odd

    ids = [one.pk for one in made[:2]]
    given = ada_client.post("/deals/reassignments", {"ids": ids, "owner": ben.pk}, follow=True)

    assert Deal.objects.filter(owner=ben).count() == 2
    undo = given.content.decode().split("/deals/reassignments/")[1].split("/undo")[0]
    ada_client.post(f"/deals/reassignments/{undo}/undo")
    assert not Deal.objects.filter(owner=ben).exists()
    ada_client.post("/deals/reassignments", {"ids": ["x"], "owner": ""})
    assert not Deal.objects.filter(owner=ben).exists()


def test_stages_are_saved_in_the_order_of_their_places(
    pipeline: Pipeline, ada_client: Client
) -> None:
    stages = list(pipeline.stages.filter(is_won=False, is_lost=False).order_by("position"))
    prefix = f"stage{pipeline.pk}"
    given: dict[str, Any] = {
        "name": "Pumps", "hour": "45.50",
        f"{prefix}-TOTAL_FORMS": 3, f"{prefix}-INITIAL_FORMS": 2,
    }  # fmt: skip
    rows = [(stages[0].pk, 2, "Hello", 10), (stages[1].pk, 1, "Needs", 20), ("", "", "Trial", 60)]
    for number, row in enumerate(rows):
        for name, value in zip(("pk", "place", "name", "percent"), row, strict=True):
            given[f"{prefix}-{number}-{name}"] = value

    ada_client.post(f"/deals/settings/pipelines/{pipeline.pk}", given)

    pipeline.refresh_from_db()
    assert (pipeline.name, pipeline.hour_minor) == ("Pumps", 4_550)
    shown = [(one.name, one.probability) for one in pipeline.stages.order_by("position")]
    assert shown == [
        ("Needs", 0.2), ("Hello", 0.1), ("Trial", 0.6), ("Won", 1.0), ("Lost", 0.0),
    ]  # fmt: skip
    given[f"{prefix}-0-percent"] = 200
    ada_client.post(f"/deals/settings/pipelines/{pipeline.pk}", given)
    assert pipeline.stages.get(name="Hello").probability == 0.1


def _orders(buyer: Customer) -> list[Product]:
    goods = [
        Product.objects.create(key=f"P{n}", name=f"Pump {n}", category="Pumps") for n in range(4)
    ]
    for number, basket in enumerate(((0,), (0, 1), (0, 1), (2,))):
        order = Order.objects.create(
            number=str(number), customer=buyer if number == 0 else None, currency="USD",
            ordered_on=now().date(), ordered_at=now(),
        )  # fmt: skip
        for position, which in enumerate(basket):
            OrderLine.objects.create(
                order=order, position=position, product=goods[which],
                unit_price_minor=1_000 * (which + 1),
            )  # fmt: skip
    return goods


def test_the_guided_choice_suggests_and_is_kept(
    deal: Make, buyer: Customer, ada_client: Client
) -> None:
    goods, ten = _orders(buyer), deal()
    address = f"?deal={ten.pk}&category=Pumps&most=25&pieces=3&familiar=new"

    page = ada_client.get(f"/deals/advice{address}").content.decode()

    assert "bought with their “Pump 0” in 2 orders" in page
    assert "Pump 2" not in page
    ada_client.post(f"/deals/advice/records{address}", {"taken": goods[1].pk, "minutes": "6"})
    ten.refresh_from_db()
    assert ten.amount_minor == 6_000
    row = Interaction.objects.get(kind="deals.advised")
    assert (row.outcome, row.staff_seconds, row.cost_minor) == ("taken", 360, 600)
    assert row.properties["answers"]["category"] == "Pumps"
    nothing = ada_client.get(f"/deals/advice?customer={buyer.pk}&word=zzz").content.decode()
    assert "Nothing fits all answers" in nothing
    assert ada_client.get(f"/deals/advice?customer={buyer.pk}&pieces=x").status_code == 422


def test_pages_ask_the_same_number_of_times_for_one_and_three(
    deal: Make, buyer: Customer, ada_client: Client
) -> None:
    _orders(buyer)
    first = deal()
    counts: dict[str, list[int]] = {}
    addresses = (
        *PAGES, f"/deals/{first.pk}", f"/deals/advice?deal={first.pk}", f"/customers/{buyer.pk}",
        "/deals/settings",
    )  # fmt: skip
    for _round in range(2):
        ada_client.get("/jobs")  # the counts beside places are kept for half a minute
        for address in addresses:
            with CaptureQueriesContext(connection) as queries:
                assert ada_client.get(address).status_code == 200
            counts.setdefault(address, []).append(len(queries))
        for number in range(2):
            deal(f"More {number}")
            line = {"description": f"Pump {number}", "quantity": "1", "unit_price": "9"}
            ada_client.post(f"/deals/{first.pk}/lines", line)

    assert {address: few == many for address, (few, many) in counts.items()} == dict.fromkeys(
        counts, True
    ), counts
