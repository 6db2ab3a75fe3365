"""The pages of Insight, in every state, for each of the three people."""

import re
from datetime import date
from urllib.parse import quote

import pytest
from django.db.models import Sum
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.jobs.models import Job
from amity.kernel.traits.models import Trait
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.operations import measure
from amity.measure.insight.queries import moves as moves_of
from amity.measure.insight.rules import Options
from amity.measure.insight.tests.conftest import make_customers, make_order
from amity.measure.insight.tests.test_contracts import sign

pytestmark = pytest.mark.django_db
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
NAMES = ("rfm", "movement", "cohorts", "contracts", "whale", "backtest")
PAGES = ["/insight/", *(f"/insight/{name}/" for name in NAMES)]


def measured(as_of: date | None = date(1997, 9, 30)) -> MeasureRun:
    return measure(options=Options(as_of=as_of), at=now(), actor=SYSTEM)


def text(client: Client, url: str) -> str:
    """The page without its random tokens, which may hold any letters."""
    answer = client.get(url)
    assert answer.status_code == 200
    return TOKEN.sub("", answer.content.decode())


@pytest.mark.parametrize("url", [*PAGES, "/insight/measuring/"])
def test_ada_and_ben_may_look_and_cleo_may_not(
    url: str, ada_client: Client, ben_client: Client, cleo_client: Client, client: Client
) -> None:
    assert ada_client.get(url).status_code == 200
    assert ben_client.get(url).status_code == 200
    assert cleo_client.get(url).status_code == 403
    assert client.get(url).status_code == 302


def test_only_who_may_measure_can_ask_for_it(ada_client: Client, ben_client: Client) -> None:
    refused = ben_client.post("/insight/measurements/")
    assert (refused.status_code, Job.objects.count()) == (403, 0)
    assert ben_client.get("/insight/measurements/new/").status_code == 403

    begun = ada_client.post("/insight/measurements/")

    assert (begun.status_code, begun["Location"]) == (302, "/insight/")
    job = Job.objects.get()
    assert (job.kind, job.payload["margin"]) == ("insight.measure", 1.0)
    assert "Measure now" not in text(ada_client, "/insight/")
    assert "Waiting for a worker" in text(ada_client, "/insight/measuring/")


def test_asking_twice_makes_one_job(ada_client: Client) -> None:
    ada_client.post("/insight/measurements/")
    ada_client.post("/insight/measurements/")

    assert Job.objects.count() == 1


def test_other_assumptions_are_taken_or_refused(ada_client: Client) -> None:
    form = {"as_of": "", "holdout": "", "model": "MBG/NBD", "margin": "35", "discount": "12"}
    wrong = ada_client.post("/insight/measurements/", {**form, "margin": "0"})
    assert (wrong.status_code, Job.objects.count()) == (422, 0)

    ada_client.post("/insight/measurements/", form)

    payload = Job.objects.get().payload
    assert (payload["model"], payload["margin"], payload["discount"]) == ("MBG/NBD", 0.35, 0.12)


@pytest.mark.parametrize("url", PAGES)
def test_before_the_first_measurement_a_page_says_what_will_be_here(
    url: str, ada_client: Client, ben_client: Client
) -> None:
    assert "Here you will see what customers are worth" in text(ada_client, url)
    assert "Measure now" not in text(ben_client, url)


@pytest.mark.parametrize("url", PAGES)
def test_a_base_without_purchases_is_not_enough_data(url: str, ada_client: Client) -> None:
    measured(None)

    assert "Not enough data yet" in text(ada_client, url)


@pytest.mark.parametrize("url", ["/insight/", "/insight/rfm/", "/insight/backtest/"])
def test_a_tiny_base_shows_the_reason(url: str, ada_client: Client) -> None:
    people = make_customers(["Ann", "Bob"])
    Order.objects.bulk_create(
        [
            make_order(1, people["Ann"], date(2024, 5, 1), 5000),
            make_order(2, people["Bob"], date(2024, 5, 9), None),
        ]
    )
    measured(None)

    assert "needs 30 repeat buyers, has 0" in text(ada_client, url)


@pytest.mark.parametrize("url", PAGES)
def test_a_base_without_amounts_has_pages(url: str, ada_client: Client) -> None:
    people = make_customers(["Ann"])
    days = [date(2024, month, 1) for month in range(1, 7)]
    Order.objects.bulk_create(
        [make_order(k, people["Ann"], day, None) for k, day in enumerate(days)]
    )
    measured(None)

    assert "The orders have no amounts" in text(ada_client, url)


def test_the_value_page_shows_figures_with_time_interval_and_grade(
    cdnow: None, ada_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    run = measured()

    with django_assert_max_num_queries(10):
        page = text(ada_client, "/insight/")

    assert "2,357 customers, 946 came back" in page
    assert "as of Sep 30, 1997" in page
    assert "The model fits" in page
    assert "What is a customer worth?" in page
    assert 'aria-label="Evidence grade B' in page
    assert run.value_minor is not None
    assert "Value to come, 12 months" in page
    assert " to $" in page
    assert "Champions" in page
    assert "0.243 ± 0.013" in page


def test_every_report_has_its_chart_and_its_table(
    cdnow: None, ada_client: Client, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    sign(Customer.objects.all()[:3], [None] * 3, started_on=date(1997, 1, 1))
    measured()

    for url in (*PAGES[1:], "/insight/cohorts/?by=week"):
        with django_assert_max_num_queries(10):
            page = text(ada_client, url)

        assert "data-chart-canvas" in page, url
        assert "Show as a table" in page, url
        assert "NaN" not in page, url


def test_cohort_cells_that_are_not_observed_are_empty(cdnow: None, ada_client: Client) -> None:
    measured()

    page = text(ada_client, "/insight/cohorts/")

    assert "Cells that are not yet observed are empty." in page
    assert '<td class="num">\N{EN DASH}</td>' in page


def test_movement_leads_to_the_customers_who_moved(cdnow: None, ada_client: Client) -> None:
    run = measured()
    moves = moves_of(run, 90)
    assert moves is not None
    flow = moves.flows[0]
    assert moves.rose + moves.fell + moves.stayed + moves.came == 2357
    assert (moves.came, flow.customers > 0) == (0, True)

    page = text(ada_client, "/insight/movement/")
    assert f"?where={quote(flow.where)}" in page
    listed = text(ada_client, f"/customers?where={quote(flow.where)}")

    assert f"{flow.customers} " in listed
    first = ada_client.get("/insight/movement/?format=csv").content.decode().splitlines()[1]
    assert first == f"{flow.before},{flow.after},{flow.customers}"


def test_movement_is_told_over_the_window_that_is_asked_for(
    cdnow: None, ada_client: Client, ada_api: Client
) -> None:
    run = measured()
    for days in (30, 90, 180, 365):
        moves = moves_of(run, days)
        assert moves is not None
        assert moves.rose + moves.fell + moves.stayed + moves.came == 2357
        flow = moves.flows[0]
        page = text(ada_client, f"/insight/movement/?days={days}")
        assert f"In a worse RFM group than {days} days before." in page
        listed = text(ada_client, f"/customers?where={quote(flow.where)}")
        assert f"{flow.customers:,} " in listed
        file = ada_client.get(f"/insight/movement/?days={days}&format=csv").content.decode()
        assert file.splitlines()[1] == f"{flow.before},{flow.after},{flow.customers}"
        told = ada_api.get(f"/api/v1/insight/reports/movement?days={days}").json()
        before = date.fromisoformat(told["before"])
        assert (told["days"], (run.as_of - before).days) == (days, days)

    assert 'aria-current="true">90 days' in text(ada_client, "/insight/movement/?days=7")
    refused = ada_api.get("/api/v1/insight/reports/movement?days=7")
    assert refused.status_code == 404
    assert "There are: 30, 90, 180, 365." in refused.content.decode()


def test_groups_show_who_is_still_there_by_the_model(cdnow: None, ada_client: Client) -> None:
    run = measured()
    groups = [row for row in run.reports["rfm"]["groups"] if row["customers"]]
    assert all(row["alive_low"] < row["alive"] < row["alive_high"] for row in groups)

    page = text(ada_client, "/insight/rfm/")

    quiet = next(row for row in groups if row["name"] == "hibernating")
    assert f"{quiet['alive_low']:.0%} to {quiet['alive_high']:.0%}" in page
    assert "somebody always bought longest ago, even where nobody left" in page


def test_groups_of_a_base_without_a_model_do_not_say_who_is_still_there(
    ada_client: Client,
) -> None:
    ann = make_customers(["Ann"])["Ann"]
    make_order(1, ann, date(2024, 5, 1), 500).save()
    run = measured()

    assert {row["alive"] for row in run.reports["rfm"]["groups"]} == {None}
    assert "Not enough data" in text(ada_client, "/insight/rfm/")


def test_values_of_buyers_by_habit_are_those_of_the_model_of_habits(
    regulars: None, ada_client: Client, ada_api: Client
) -> None:
    run = measured(None)
    habits = run.reports["habits"]
    assert habits["used"] is True
    assert abs(habits["error"]) < abs(habits["usual_error"])
    assert f"the values are those of {habits['model']}." in " ".join(run.notes)
    alive = Trait.objects.filter(name="p_alive").aggregate(sum=Sum("number"))["sum"]
    assert alive == pytest.approx(run.reports["value"]["alive"])

    page = text(ada_client, "/insight/")

    assert f"are those of {habits['model']}, which knows habits" in page
    assert run.error == pytest.approx(habits["error"], abs=1e-6)
    held_out = text(ada_client, "/insight/backtest/")
    assert f"Repeat purchases that {habits['model']} expected" in held_out
    told = ada_api.get("/api/v1/insight/reports/value").json()
    assert told["habits"] == habits


def test_movement_of_an_older_measurement_asks_for_a_new_one(
    cdnow: None, ada_client: Client
) -> None:
    run = measured()
    del run.reports["movement"]
    run.save()

    assert "made before movement was looked at" in text(ada_client, "/insight/movement/")


def test_a_failed_measurement_is_told(ada_client: Client) -> None:
    ada_client.post("/insight/measurements/")
    Job.objects.update(status=Job.Status.FAILED, message="The disk is full")

    page = text(ada_client, "/insight/")
    assert "The last measurement failed." in page
    assert "The disk is full What was measured before stays as it is." in page
