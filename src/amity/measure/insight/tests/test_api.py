"""Measurements and reports over REST."""

from datetime import date

import pytest
from django.test import Client

from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.models import Job
from amity.measure.insight.operations import measure
from amity.measure.insight.rules import Options
from amity.measure.insight.tests.conftest import AT

pytestmark = pytest.mark.django_db
URL = "/api/v1/insight"


def measured() -> int:
    options = Options(as_of=date(1997, 9, 30), holdout=273)
    return measure(options=options, at=AT, actor=SYSTEM).pk


def test_measurements_are_listed_and_read(cdnow: None, ada_api: Client) -> None:
    first, second = measured(), measured()

    listed = ada_api.get(f"{URL}/measurements?limit=1").json()
    rest = ada_api.get(f"{URL}/measurements?limit=1&cursor={listed['next_cursor']}").json()
    one = ada_api.get(f"{URL}/measurements/{first}").json()

    assert [row["id"] for row in (*listed["items"], *rest["items"])] == [second, first]
    assert rest["next_cursor"] is None
    assert (one["customers"], one["repeaters"], one["purchases"]) == (2357, 946, 2457)
    assert (one["actual"], round(one["forecast"], 1), one["unit"]) == (1882, 1653.4, "week")


def test_reports_are_read(cdnow: None, ada_api: Client) -> None:
    measured()

    for name in ("value", "rfm", "cohorts", "whale", "backtest"):
        report = ada_api.get(f"{URL}/reports/{name}").json()

        assert (report["report"], report["as_of"], report["grade"]) == (name, "1997-09-30", "B")


def test_what_is_not_there_is_404(ada_api: Client) -> None:
    assert ada_api.get(f"{URL}/measurements/9").status_code == 404
    assert ada_api.get(f"{URL}/reports/value").status_code == 404


def test_a_measurement_is_asked_for_once(ada_api: Client) -> None:
    body = {"margin": 0.4, "as_of": "2024-01-31"}

    begun = ada_api.post(f"{URL}/measurements", body, content_type="application/json")
    again = ada_api.post(f"{URL}/measurements", {}, content_type="application/json")

    assert (begun.status_code, again.status_code) == (202, 202)
    assert begun.json() == again.json() == {"job_id": Job.objects.get().pk, "status": "ready"}
    assert Job.objects.get().payload["margin"] == 0.4


def test_senseless_assumptions_are_refused(ada_api: Client) -> None:
    for body in ({"margin": 0}, {"discount": 1}, {"holdout": 0}, {"colour": "blue"}):
        refused = ada_api.post(f"{URL}/measurements", body, content_type="application/json")
        assert refused.status_code == 422

    assert not Job.objects.exists()


def test_without_the_right_there_is_no_answer(
    client: Client, ben_client: Client, cleo_client: Client
) -> None:
    assert client.get(f"{URL}/measurements").status_code == 401
    assert cleo_client.get(f"{URL}/measurements").status_code == 403
    assert ben_client.get(f"{URL}/measurements").status_code == 200
    refused = ben_client.post(f"{URL}/measurements", {}, content_type="application/json")
    assert refused.status_code == 403
    assert not Job.objects.exists()
