"""Descriptions of what was: made from the log, shown in every state, for three people."""

import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.test import Client
from pyarrow import parquet
from pytest_django import DjangoAssertNumQueries

from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.interactions.operations import record_interaction
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.analytics.attribution import Paths
from amity.measure.insight.descriptions import MAKERS, describe
from amity.measure.insight.making import cost
from amity.measure.insight.making.attribution import described
from amity.measure.insight.models import AcquisitionSpend, Description
from amity.measure.insight.tests.conftest import make_customers, make_order

pytestmark = pytest.mark.django_db
PAGES = [f"/insight/{name}/" for name in MAKERS]
SHARED = Path(__file__).parents[6] / "shared" / "data"
AT = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_lake(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"


@pytest.fixture
def points(db: None) -> dict[str, Touchpoint]:
    return {
        key: Touchpoint.objects.create(key=key, name=key.capitalize(), channel=key)
        for key in ("mailing", "phone")
    }


def told(customer_id: int, kind: str, days_ago: int, **more: Any) -> None:
    """A row of the log."""
    record_interaction(
        kind=kind,
        source="test",
        source_id=f"{customer_id}-{kind}-{days_ago}-{more.get('outcome', '')}",
        happened_at=AT - timedelta(days=days_ago),
        recorded_at=AT,
        relationship_type=more.pop("relationship_type", "personal_assistance"),
        stage=more.pop("stage", "support"),
        currency="USD",
        customer_id=customer_id,
        **more,
    )


def make(*names: str) -> dict[str, Any]:
    rows = describe(names=names or list(MAKERS), at=AT, progress=lambda *_: None)
    return {row.name: row.body for row in rows}


def text(client: Client, url: str) -> str:
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


# --- what is found -------------------------------------------------------------------------------


def test_cost_is_minutes_times_their_rate_and_unused_capacity_is_its_own_line(
    points: dict[str, Touchpoint], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cost, "capacity_hours", lambda: 10.0)
    ann, bob = make_customers(["Ann", "Bob"]).values()
    for who, minutes in ((ann, 120), (bob, 60)):
        told(
            who.pk,
            "inbox.replied",
            5,
            touchpoint_id=points["phone"].pk,
            direction="out",
            staff_seconds=minutes * 60,
            cost_minor=minutes * 50,
        )
    told(
        ann.pk,
        "campaigns.mailed",
        9,
        touchpoint_id=points["mailing"].pk,
        direction="out",
        cost_minor=75,
        relationship_type="automated_services",
        stage="advertise",
    )
    told(ann.pk, "commerce.ordered", 3, value_minor=90_000, relationship_type="self_service")

    found = make("cost")["cost"]

    # 10 hours at 30.00 cost 300.00; of 8 practical hours 3 are used, at 37.50 an hour.
    assert found["capacity"] == {
        "hours": 10,
        "practical_hours": 8,
        "used_hours": 3,
        "hourly": 3000,
        "rate": 62.5,
        "supplied": 30_000,
        "assigned": 11_250,
        "unused": 18_750,
        "used_share": 0.375,
    }
    lines = {line["key"]: line for line in found["relationship_type"]}
    assert [lines["personal_assistance"][name] for name in ("timed", "direct", "served")] == [
        11_250,
        0,
        11_250,
    ]
    assert lines["automated_services"]["served"] == 75
    assert lines["self_service"]["contribution"] == 90_000
    assert sum(line["served"] for line in found["touchpoint"]) == 11_325


def test_answers_have_intervals_and_the_silent_are_counted() -> None:
    people = list(make_customers([f"P{n}" for n in range(8)]).values())
    for number, who in enumerate(people):
        told(who.pk, "inbox.asked_to_rate", 6, direction="out")
        if number < 4:
            told(who.pk, "inbox.rated", 5, direction="in", outcome="25154"[number])
    told(people[0].pk, "inbox.rated", 5, direction="in", outcome="5")  # changed her mind

    (found,) = make("satisfaction")["satisfaction"]["measures"]

    assert (found["name"], found["answers"], found["asked"], found["value"]) == ("csat", 4, 8, 0.75)
    assert found["low"] < 0.75 < found["high"]
    assert (found["low_if_silent"], found["high_if_silent"]) == (0.375, 0.875)


def test_without_questions_in_the_log_nobody_says_who_was_asked() -> None:
    (ann,) = make_customers(["Ann"]).values()
    told(ann.pk, "surveys.recommended", 5, direction="in", outcome="9")
    told(ann.pk, "surveys.recommended", 8, direction="in", outcome="word")

    (found,) = make("satisfaction")["satisfaction"]["measures"]

    assert (found["name"], found["answers"], found["asked"], found["value"]) == (
        "nps",
        1,
        None,
        100,
    )


def test_a_path_ends_at_an_order_and_silent_ones_are_kept(points: dict[str, Touchpoint]) -> None:
    ann, bob = make_customers(["Ann", "Bob"]).values()
    mail, phone = points["mailing"].pk, points["phone"].pk
    told(ann.pk, "campaigns.mailed", 300, touchpoint_id=mail, direction="out")  # then silence
    told(ann.pk, "campaigns.mailed", 20, touchpoint_id=mail, direction="out")
    told(ann.pk, "inbox.received", 10, touchpoint_id=phone, direction="in")
    told(ann.pk, "commerce.ordered", 9, direction="in", touchpoint_id=phone)
    told(ann.pk, "commerce.ordered", 8, direction="in")
    told(bob.pk, "campaigns.mailed", 7, touchpoint_id=mail, direction="out")
    Order.objects.bulk_create([make_order(1, ann, AT.date(), 100)])

    found = make("attribution")["attribution"]

    assert (found["conversions"], found["nulls"], found["untouched"]) == (1, 2, 1)
    credit = {row["key"]: row for row in found["touchpoints"]}
    assert (credit["mailing"]["first"], credit["mailing"]["last"]) == (1, 0)
    assert (credit["phone"]["last"], credit["phone"]["linear"]) == (1, 0.5)
    assert sum(row["markov"] for row in found["touchpoints"]) == pytest.approx(1)


@pytest.mark.skipif(not SHARED.exists(), reason="the shared data is not beside the repository")
def test_ten_thousand_paths_reproduce_their_table() -> None:
    table = parquet.read_table(SHARED / "attribution_paths" / "paths.parquet")
    found = described(
        Paths(
            tuple(tuple(path.split(" > ")) for path in table["path"].to_pylist()),
            table["total_conversions"].to_numpy().astype(np.float64),
            table["total_null"].to_numpy().astype(np.float64),
        )
    )
    assert (found["conversions"], found["nulls"]) == (19_785, 68_602)
    alpha = next(row for row in found["touchpoints"] if row["key"] == "alpha")
    assert (alpha["first"], alpha["last"]) == (6_308, 8_447)
    assert alpha["linear"] == pytest.approx(7_574.72, abs=0.005)
    assert alpha["markov"] == pytest.approx(5_344.95, abs=0.005)


def baskets(times: int) -> None:
    """So many orders with tea and cake, as many with soap alone."""
    (ann,) = make_customers(["Ann"]).values()
    goods = Product.objects.bulk_create(
        Product(key=name, name=name, category="Food") for name in ("Tea", "Cake", "Soap")
    )
    orders = Order.objects.bulk_create(
        make_order(n, ann, AT.date() - timedelta(days=n), 100) for n in range(2 * times)
    )
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=place, product=good)
        for n, order in enumerate(orders)
        for place, good in enumerate(goods[:2] if n < times else goods[2:])
    )


def test_rules_need_ten_baskets_with_both() -> None:
    baskets(10)

    level = make("baskets")["baskets"]["levels"]["product"]

    assert (level["baskets"], level["least"]) == (20, 10)
    rules = {(tuple(rule["condition"]), rule["then"]): rule for rule in level["rules"]}
    assert set(rules) == {(("Tea",), "Cake"), (("Cake",), "Tea")}
    rule = rules[("Tea",), "Cake"]
    assert (rule["both"], rule["confidence"], rule["lift"]) == (10, 1, 2)
    assert 1 < rule["lift_low"] < 2


def test_nine_baskets_with_both_are_no_rule() -> None:
    baskets(9)

    assert make("baskets")["baskets"]["levels"]["product"]["rules"] == []


def shop(points: dict[str, Touchpoint], customers: int, *, touched: bool) -> None:
    """Customers won in June 2025 for 10.00 each, who bring 4.00 every month since."""
    people = make_customers([f"P{n}" for n in range(customers)])
    days = [date(2025, 6, 1) + timedelta(days=30 * n) for n in range(9)]
    Order.objects.bulk_create(
        make_order(f"{one.pk}-{day}", one, day, 400) for one in people.values() for day in days
    )
    if touched:
        for one in people.values():
            told(
                one.pk,
                "campaigns.mailed",
                (AT.date() - date(2025, 5, 20)).days,
                touchpoint_id=points["mailing"].pk,
                direction="out",
            )
    AcquisitionSpend.objects.bulk_create(
        AcquisitionSpend(
            month=date(2025, month, 1),
            touchpoint=points["mailing"],
            amount_minor=amount,
            entered_at=AT,
        )
        for month, amount in ((4, 0), (5, 1_000 * customers), (6, 0))
    )


def test_spend_falls_on_the_cohort_it_won_by_the_measured_delay(
    points: dict[str, Touchpoint],
) -> None:
    shop(points, 30, touched=True)

    found = make("acquisition")["acquisition"]

    assert found["delay_measured"]
    assert found["delay"][:3] == [0, 1, 0]
    june = next(row for row in found["cohorts"] if row["customers"])
    assert (june["customers"], june["cac"], june["months"]) == (30, 1_000, 3)
    assert june["earliest"] <= 3 <= june["latest"]
    assert june["ratio"] == pytest.approx(june["contribution"] / 1_000)
    (mailing,) = found["touchpoints"]
    assert (mailing["key"], mailing["customers"], mailing["cac"]) == ("mailing", 30, 1_000)


def test_without_touches_spend_works_in_its_own_month_as_an_assumption(
    points: dict[str, Touchpoint], ada_client: Client
) -> None:
    shop(points, 3, touched=False)

    found = make("acquisition")["acquisition"]

    assert not found["delay_measured"]
    june = next(row for row in found["cohorts"] if row["customers"])
    assert (june["spend"], june["months"]) == (0, None)
    assert "taken to work in its own month" in text(ada_client, "/insight/acquisition/")


# --- the pages -----------------------------------------------------------------------------------


@pytest.mark.parametrize("url", [*PAGES, "/insight/spend/", "/insight/describing/"])
def test_ada_and_ben_may_look_and_cleo_may_not(
    url: str, ada_client: Client, ben_client: Client, cleo_client: Client, client: Client
) -> None:
    assert ada_client.get(url).status_code == 200
    assert ben_client.get(url).status_code == 200
    assert cleo_client.get(url).status_code == 403
    assert client.get(url).status_code == 302


@pytest.mark.parametrize("url", PAGES)
def test_before_the_first_look_a_page_says_what_will_be_here(
    url: str, ada_client: Client, ben_client: Client
) -> None:
    assert "It is looked at every night" in text(ada_client, url)
    assert "Look now" not in text(ben_client, url)


@pytest.mark.parametrize("url", PAGES)
def test_an_empty_house_is_not_enough_data(url: str, ada_client: Client) -> None:
    make()

    assert "Not enough data yet" in text(ada_client, url)


def test_full_pages_have_charts_tables_and_files_and_ask_little(
    points: dict[str, Touchpoint],
    ada_client: Client,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    shop(points, 30, touched=True)
    baskets_of_the_shop()
    who = Order.objects.values_list("customer", flat=True)[0]
    assert who is not None
    told(who, "inbox.rated", 5, direction="in", outcome="5", touchpoint_id=points["phone"].pk)
    told(who, "inbox.received", 70, direction="in", touchpoint_id=points["phone"].pk)
    told(who, "commerce.ordered", 60, direction="in", value_minor=100)
    make()

    for name in MAKERS:
        with django_assert_max_num_queries(10):
            page = text(ada_client, f"/insight/{name}/")
        assert "data-chart-canvas" in page, name
        assert "Show as a table" in page, name
        assert "%%" not in page, name
        (file, *_others) = re.findall(rf'href="(/insight/{name}/[^"]+\.csv)', page)
        answer = ada_client.get(file)
        assert answer["Content-Type"].startswith("text/csv"), name
        assert len(answer.content.decode().splitlines()) > 1, name
    assert ada_client.get("/insight/cost/nothing.csv").status_code == 404


def baskets_of_the_shop() -> None:
    goods = [Product.objects.create(key=name, name=name) for name in ("Tea", "Cake", "Soap")]
    OrderLine.objects.bulk_create(
        OrderLine(order=order, position=place, product=good)
        for n, order in enumerate(Order.objects.order_by("pk")[:40])
        for place, good in enumerate(goods[:2] if n < 20 else goods[2:])
    )


def test_looking_again_is_a_job_of_who_may_measure(ada_client: Client, ben_client: Client) -> None:
    assert ben_client.post("/insight/descriptions/", {"name": "cost"}).status_code == 403
    assert ada_client.post("/insight/descriptions/", {"name": "gossip"}).status_code == 404
    assert Job.objects.count() == 0

    ada_client.post("/insight/descriptions/", {"name": "cost"})
    ada_client.post("/insight/descriptions/", {"name": "cost"})
    assert "Waiting for a worker" in text(ada_client, "/insight/describing/")
    run_until_idle()

    assert Job.objects.get().status == Job.Status.DONE
    assert list(Description.objects.values_list("name", flat=True)) == ["cost"]


def test_spend_is_entered_once_a_month_and_taken_out_by_who_may(
    points: dict[str, Touchpoint], ada_client: Client, ben_client: Client
) -> None:
    form = {"month": "2026-01", "touchpoint": "mailing", "amount": "120.50"}
    assert ben_client.post("/insight/spend/entries/", form).status_code == 403
    assert ada_client.post("/insight/spend/entries/", {**form, "amount": "-1"}).status_code == 422
    assert not AcquisitionSpend.objects.exists()

    ada_client.post("/insight/spend/entries/", form)
    ada_client.post("/insight/spend/entries/", {**form, "amount": "99"})

    row = AcquisitionSpend.objects.get()
    assert (row.month, row.amount_minor) == (date(2026, 1, 1), 9_900)
    assert "2026-01" in text(ben_client, "/insight/spend/")
    assert ben_client.post(f"/insight/spend/{row.pk}/deletion/").status_code == 403
    ada_client.post(f"/insight/spend/{row.pk}/deletion/")
    assert not AcquisitionSpend.objects.exists()


def test_spend_and_descriptions_over_rest(points: dict[str, Touchpoint], ada_api: Client) -> None:
    given = {"month": "2026-01-17", "touchpoint": "mailing", "amount_minor": 500}
    url = "/api/v1/insight"
    put = ada_api.put(f"{url}/spend", given, content_type="application/json")
    assert (put.status_code, put.json()["month"]) == (200, "2026-01-01")
    wrong = {**given, "touchpoint": "nowhere"}
    refused = ada_api.put(f"{url}/spend", wrong, content_type="application/json")
    assert (refused.status_code, AcquisitionSpend.objects.count()) == (404, 1)
    (row,) = ada_api.get(f"{url}/spend").json()["items"]
    assert ada_api.delete(f"{url}/spend/{row['id']}").status_code == 204

    assert ada_api.get(f"{url}/descriptions/cost").status_code == 404
    assert ada_api.post(f"{url}/descriptions/cost").status_code == 202
    run_until_idle()
    assert ada_api.get(f"{url}/descriptions/cost").json()["body"]["capacity"] is None
