from datetime import timedelta

import pytest
from django.test import Client

from amity.base.time import now
from amity.kernel.jobs.models import Job

pytestmark = pytest.mark.django_db
AT = now()


def job(status: str, **fields: object) -> Job:
    values: dict[str, object] = {"run_at": AT, "created_at": AT, "kind": "jobs.prune"}
    return Job.objects.create(status=status, **values | fields)


@pytest.mark.parametrize(("who", "status"), [("ada", 200), ("ben", 200), ("cleo", 403)])
def test_jobs_answer_by_role(who: str, status: int, request: pytest.FixtureRequest) -> None:
    client: Client = request.getfixturevalue(f"{who}_client")
    address = f"/jobs/{job('done').pk}"

    assert client.get("/jobs").status_code == status
    assert client.get(address).status_code == status


def test_a_running_job_shows_how_far_it_is_and_the_page_renews_itself(ada_client: Client) -> None:
    job("running", progress_done=40, progress_total=100, message="40 of 100")

    page = ada_client.get("/jobs").content.decode()

    assert 'value="0.4"' in page
    assert "every 2s" in page


def test_a_page_where_nothing_moves_does_not_renew_itself(ada_client: Client) -> None:
    job("done", started_at=AT - timedelta(seconds=90), finished_at=AT)

    page = ada_client.get("/jobs").content.decode()

    assert "every 2s" not in page
    assert "2 min" in page


def test_the_list_can_be_narrowed(ada_client: Client) -> None:
    job("done")
    failed = job("failed", error="ValueError: it broke")

    page = ada_client.get("/jobs?view=failed").content.decode()

    assert page.count("cell-main") == 1
    assert f"/jobs/{failed.pk}" in page
    assert "it broke" in ada_client.get(f"/jobs/{failed.pk}").content.decode()


def test_a_waiting_job_is_canceled_at_once(ada_client: Client) -> None:
    waiting = job("ready")

    ada_client.post(f"/jobs/{waiting.pk}/cancellation")

    waiting.refresh_from_db()
    assert waiting.status == Job.Status.CANCELED


def test_a_failed_job_goes_again(ada_client: Client) -> None:
    failed = job("failed", attempts=5)

    ada_client.post(f"/jobs/{failed.pk}/retry")

    failed.refresh_from_db()
    assert (failed.status, failed.attempts) == (Job.Status.READY, 0)


def test_ben_may_look_but_not_cancel(ben_client: Client) -> None:
    waiting = job("ready")

    assert ben_client.post(f"/jobs/{waiting.pk}/cancellation").status_code == 403
    waiting.refresh_from_db()
    assert waiting.status == Job.Status.READY


def test_what_has_ended_cannot_be_canceled(ada_client: Client) -> None:
    done = job("done")

    response = ada_client.post(f"/jobs/{done.pk}/cancellation")

    assert response.status_code in {409, 422}
    assert "has ended" in response.content.decode()
