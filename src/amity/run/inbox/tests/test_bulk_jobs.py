"""A change of very many conversations: a job in parts, that can be stopped and taken back."""

from typing import Any

import pytest
from django.test import Client

from amity.kernel.access.models import User
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import run_until_idle
from amity.run.inbox.models import BulkChange, Channel, Conversation
from amity.run.inbox.operations import bulk_jobs
from amity.run.inbox.rules.bulk import ACTIONS
from amity.run.inbox.tests.company import MONDAY
from amity.run.inbox.views import lists
from amity.run.inbox.views.bulk import WORDS

pytestmark = pytest.mark.django_db
COUNT = 31  # one more than is changed at once here


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lists, "MOST_AT_ONCE", COUNT - 1)
    monkeypatch.setattr(bulk_jobs, "PART", 10)


@pytest.fixture
def many(db: None) -> list[Conversation]:
    channel = Channel.objects.create(key="help", name="Help", kind="phone", created_at=MONDAY)
    return Conversation.objects.bulk_create(
        Conversation(
            number=number,
            channel=channel,
            opened_at=MONDAY,
            last_message_at=MONDAY,
            created_at=MONDAY,
            updated_at=MONDAY,
        )
        for number in range(1, COUNT + 1)
    )


def test_every_change_has_its_words() -> None:
    assert set(WORDS) == ACTIONS


def asked(client: Client) -> BulkChange:
    answer = client.post("/inbox/bulk/", {"everything": "1", "act": "close", "list": "view=queue"})
    change = BulkChange.objects.get(part_of=None)
    assert answer.headers["Location"] == f"/inbox/bulk/{change.pk}/"
    return change


def closed() -> int:
    return Conversation.objects.filter(status="closed").count()


def test_very_many_are_changed_by_a_job_and_taken_back(
    many: list[Conversation], ada_client: Client
) -> None:
    change = asked(ada_client)
    page = ada_client.get(f"/inbox/bulk/{change.pk}/").content.decode()
    assert "Cancel" in page
    assert closed() == 0

    run_until_idle()
    assert closed() == COUNT
    assert change.parts.count() == -(-COUNT // bulk_jobs.PART)
    page = ada_client.get(f"/inbox/bulk/{change.pk}/").content.decode()
    assert "It is done." in page

    ada_client.post(f"/inbox/bulk/{change.pk}/return/")
    run_until_idle()
    assert closed() == 0
    assert "It is taken back." in ada_client.get(f"/inbox/bulk/{change.pk}/").content.decode()


def test_a_canceled_one_keeps_what_is_done_and_gives_that_back(
    many: list[Conversation], ada_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = asked(ada_client)
    done = bulk_jobs._do_part
    monkeypatch.setattr("amity.kernel.jobs.context.WRITE_EVERY", 0)

    def then_cancel(*given: Any) -> dict[str, int]:
        counts = done(*given)
        if counts["done"] == 2 * bulk_jobs.PART:
            ada_client.post(f"/inbox/bulk/{change.pk}/cancellation/")
        return counts

    monkeypatch.setattr(bulk_jobs, "_do_part", then_cancel)
    run_until_idle()
    assert closed() == 2 * bulk_jobs.PART
    assert Job.objects.get(kind=bulk_jobs.CHANGE_JOB).status == Job.Status.CANCELED

    ada_client.post(f"/inbox/bulk/{change.pk}/return/")
    run_until_idle()
    assert closed() == 0


def test_one_that_is_gone_is_passed_over(many: list[Conversation], ada_client: Client) -> None:
    change = asked(ada_client)
    many[3].delete()

    run_until_idle()

    assert closed() == COUNT - 1
    result = Job.objects.get(kind=bulk_jobs.CHANGE_JOB).result or {}
    assert (result["changed"], result["passed_over"]) == (COUNT - 1, 1)
    assert change.parts.count() > COUNT // bulk_jobs.PART


def test_it_is_shown_to_whoever_asked_for_it_alone(
    many: list[Conversation], ada: User, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    change = asked(ada_client)

    assert ben_client.get(f"/inbox/bulk/{change.pk}/").status_code == 403
    assert cleo_client.post(f"/inbox/bulk/{change.pk}/cancellation/").status_code == 403
    BulkChange.objects.update(user=User.objects.exclude(pk=ada.pk).first())
    assert ada_client.get(f"/inbox/bulk/{change.pk}/").status_code == 404
    assert ada_client.post(f"/inbox/bulk/{change.pk}/return/").status_code == 302
    assert closed() == 0
