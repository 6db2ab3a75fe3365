"""The page of an account's plan, and who may read and change what belongs to it."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.run.accounts.models import (
    AccountNote,
    Attendee,
    Goal,
)
from amity.run.accounts.operations.playbooks import (
    Step,
    save_playbook,
)
from amity.run.accounts.tests.conftest import Make, meeting, renewal

pytestmark = pytest.mark.django_db


PAGES = {
    "/accounts/renewals": (200, 200, 403),
    "/accounts/playbooks": (200, 200, 403),
    "/accounts/assignment": (200, 200, 403),
    "/accounts/handovers": (200, 403, 403),
    "/accounts/calendar": (200, 200, 403),
}


@pytest.mark.parametrize(("address", "answers"), PAGES.items())
def test_pages_answer_by_role(
    address: str,
    answers: tuple[int, int, int],
    ada_client: Client,
    ben_client: Client,
    cleo_client: Client,
) -> None:
    clients = (ada_client, ben_client, cleo_client)

    assert tuple(client.get(address).status_code for client in clients) == answers


def test_ben_may_change_none_of_it(account: Make, ada: User, ben_client: Client) -> None:
    pumps, at = account(), now()
    row, due = meeting(pumps, ada, at), renewal(pumps, at.date(), at)
    for address in (
        f"/accounts/{pumps.pk}/plan",
        f"/accounts/{pumps.pk}/goals",
        f"/accounts/{pumps.pk}/notes",
        f"/accounts/{pumps.pk}/renewals",
        f"/accounts/{pumps.pk}/meetings",
        f"/accounts/meetings/{row.pk}/change",
        "/accounts/guests/1/answer",
        "/accounts/goals/1/state",
        f"/accounts/renewals/{due.pk}/decision",
        f"/accounts/renewals/{due.pk}/reopening",
        "/accounts/playbooks/save",
        "/accounts/playbooks/1/plays",
        "/accounts/assignment/adoption",
        "/accounts/handovers/transfer",
        "/accounts/handovers/1/undo",
    ):
        assert ben_client.post(address, {"act": "cancel", "status": "lost"}).status_code == 403
    due.refresh_from_db()
    row.refresh_from_db()
    assert (due.status, row.status) == ("open", "planned")


def test_the_page_of_an_account_takes_plan_goals_notes_renewals_and_meetings(
    account: Make, ada_client: Client
) -> None:
    pumps = account()
    page = f"/accounts/{pumps.pk}"
    ada_client.post(f"{page}/plan", {"aim": "Double the pumps", "review_on": "2027-01-01"})
    ada_client.post(f"{page}/goals", {"title": "Second plant", "target": "2"})
    ada_client.post(f"{page}/notes", {"kind": "solution", "text": "A blue valve"})
    ada_client.post(
        f"{page}/renewals",
        {
            "name": "Care",
            "renews_on": "2027-03-01",
            "value": "5000",
            "notice_days": "90",
            "lead_days": "30",
        },
    )
    ada_client.post(
        f"{page}/meetings",
        {
            "title": "Review",
            "starts_at": "2027-01-01T10:00",
            "minutes": "45",
            "guests": "eve@example.com\nmax@example.com",
        },
    )
    goal = Goal.objects.get()
    ada_client.post(f"/accounts/goals/{goal.pk}/state", {"status": "met", "current": "2"})

    html = ada_client.get(page).content.decode()
    for words in ("Double the pumps", "Second plant", "A blue valve", "Care", "Review"):
        assert words in html
    goal.refresh_from_db()
    assert (goal.status, AccountNote.objects.get().kind) == ("met", "solution")
    assert Attendee.objects.count() == 2
    ada_client.post(f"{page}/goals", {"title": "", "due_on": "soon"})
    assert Goal.objects.count() == 1
    refused = ada_client.post(f"{page}/meetings", {"title": "x", "minutes": "1"})
    assert refused.status_code == 422


def test_lists_ask_the_same_number_of_times_for_one_and_three(
    account: Make, ada: User, pump_maker: list[Customer], ada_client: Client
) -> None:
    counts: dict[str, list[int]] = {}
    at = now()
    for number in range(3):
        pumps = account(f"Firm {number}")
        renewal(pumps, at.date() + timedelta(days=40), at)
        meeting(pumps, ada, at, f"eve{number}@example.com", f"max{number}@example.com")
        steps = [Step(f"Step {step}") for step in range(number + 1)]
        save_playbook(name=f"Book {number}", steps=steps, actor=SYSTEM, at=at)
        if number == 1:
            continue
        ada_client.get("/jobs")  # the counts beside places are kept for half a minute
        for name in ("renewals", "playbooks", "assignment", "calendar", "handovers"):
            with CaptureQueriesContext(connection) as queries:
                assert ada_client.get(f"/accounts/{name}").status_code == 200
            counts.setdefault(name, []).append(len(queries))

    assert {name: few for name, (few, _many) in counts.items()} == {
        name: many for name, (_few, many) in counts.items()
    }
