import pytest
from django.db import OperationalError, connection
from django.test import Client
from pytest_django import Settings

from amity.base.time import now
from amity.kernel.jobs.operations import enqueue

pytestmark = pytest.mark.django_db


def test_own_machine_reads_the_figures(client: Client) -> None:
    enqueue("jobs.prune", {}, at=now())
    client.get("/healthz")

    answer = client.get("/metrics")

    lines = answer.content.decode().splitlines()
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    assert 'amity_jobs{status="ready"} 1' in lines
    assert any(line.startswith("amity_http_requests_total{") for line in lines)
    assert all(line.startswith("#") or len(line.rsplit(" ", 1)) == 2 for line in lines)


def test_others_need_the_token(client: Client, settings: Settings) -> None:
    assert client.get("/metrics", REMOTE_ADDR="10.0.0.9").status_code == 403
    assert client.get("/metrics", headers={"X-Forwarded-For": "127.0.0.1"}).status_code == 403

    settings.METRICS_TOKEN = "figures"

    assert client.get("/metrics").status_code == 403
    bearer = {"Authorization": "Bearer figures"}
    assert client.get("/metrics", headers=bearer, REMOTE_ADDR="10.0.0.9").status_code == 200


def test_figures_are_not_counted_by_scanning(client: Client, ada: object) -> None:
    with connection.execute_wrapper(_refuse_scans):
        assert client.get("/metrics").status_code == 200


def _refuse_scans(execute: object, sql: str, params: object, many: bool, context: object) -> object:
    assert "COUNT" not in sql or "interactions_interaction" not in sql
    return execute(sql, params, many, context)  # type: ignore[operator]  # Django's own callable


@pytest.mark.parametrize("path", ["/", "/readyz", "/api/v1/customers", "/v1/batch"])
def test_database_that_does_not_answer_is_503_everywhere(
    path: str, ada_client: Client, ada_api: Client
) -> None:
    def away(*_args: object) -> None:
        raise OperationalError("connection failed: the server is not there")

    client = ada_client if path == "/" else ada_api
    client.raise_request_exception = False
    with connection.execute_wrapper(away):
        if path == "/v1/batch":
            answer = client.post(path, {"writeKey": "k", "batch": []}, "application/json")
        else:
            answer = client.get(path)

    assert answer.status_code == 503
    assert int(answer["Retry-After"]) > 0
