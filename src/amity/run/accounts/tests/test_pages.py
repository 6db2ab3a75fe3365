from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amity.base.time import now
from amity.kernel.access.models import CostRate, User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import merge_customers, undo_merge
from amity.kernel.interactions.models import Interaction
from amity.run.accounts.models import Account, Capacity, HelpLevel, Plan, Task
from amity.run.accounts.tests.conftest import Make
from amity.testing import canvases

pytestmark = pytest.mark.django_db
PAGES = ("/accounts/", "/accounts/tasks", "/accounts/tasks?whose=all", "/accounts/terms")


@pytest.mark.parametrize("address", PAGES)
def test_ada_and_ben_may_look_and_cleo_may_not(
    address: str, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    clients = (ada_client, ben_client, cleo_client)

    assert [client.get(address).status_code for client in clients] == [200, 200, 403]


def test_account_and_book_answer_by_role(
    account: Make, ada: User, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    pumps = account()
    for address in (f"/accounts/{pumps.pk}", f"/accounts/books/{ada.pk}"):
        clients = (ada_client, ben_client, cleo_client)
        assert [client.get(address).status_code for client in clients] == [200, 200, 403]


def test_ben_may_change_nothing(account: Make, ben: User, ben_client: Client) -> None:
    pumps = account()
    task = Task.objects.create(
        title="Call", due_on=now().date(), starts_on=now().date(), created_at=now()
    )
    for address in (
        "/accounts/tasks/new", f"/accounts/tasks/{task.pk}",
        f"/accounts/tasks/{task.pk}/completion", f"/accounts/tasks/{task.pk}/reopening",
        f"/accounts/{pumps.pk}/hours", f"/accounts/{pumps.pk}/terms", "/accounts/terms",
        "/accounts/terms/levels/1/removal",
    ):  # fmt: skip
        given = {"title": "x", "minutes": "5", "what": "x", "which": "rate", "whose": "any"}
        assert ben_client.post(address, given).status_code == 403, address
    task.refresh_from_db()
    assert (task.title, task.done_at) == ("Call", None)
    assert not Interaction.objects.exists()
    assert not CostRate.objects.exists()


def test_a_task_is_noted_done_and_taken_back(account: Make, ada: User, ada_client: Client) -> None:
    pumps = account()
    given = {"title": "Call Eve", "due_on": "2026-11-30", "assignee": ada.pk, "customer": pumps.pk}

    assert ada_client.post("/accounts/tasks/new", given | {"from": "account"}).status_code == 302
    task = Task.objects.get()
    assert "Call Eve" in ada_client.get(f"/accounts/{pumps.pk}").content.decode()
    assert "Call Eve" in ada_client.get(f"/customers/{pumps.pk}").content.decode()
    ada_client.post(f"/accounts/tasks/{task.pk}/completion")
    task.refresh_from_db()
    assert task.done_at is not None
    assert "Done in the last week" in ada_client.get("/accounts/tasks").content.decode()
    ada_client.post(f"/accounts/tasks/{task.pk}/reopening")
    ada_client.post(f"/accounts/tasks/{task.pk}", given | {"title": "Write Eve"})
    assert Task.objects.filter(title="Write Eve", done_at=None).exists()


def test_a_refused_task_says_why(ada_client: Client) -> None:
    response = ada_client.post("/accounts/tasks/new", {"title": "", "due_on": "soon"})

    assert response.status_code == 422
    assert not Task.objects.exists()


def test_hours_are_booked_in_three_fields_and_taken_back(
    account: Make, ada: User, ada_client: Client
) -> None:
    pumps = account()
    ada_client.post("/accounts/terms", {"which": "rate", "whose": f"user:{ada.pk}", "amount": "55"})
    ada_client.post(f"/accounts/{pumps.pk}/hours", {"minutes": "25", "what": "Reply"})

    row = Interaction.objects.get()
    assert row.cost_minor == 2_292
    assert "22.92" in ada_client.get(f"/accounts/{pumps.pk}").content.decode()
    ada_client.post(f"/accounts/{pumps.pk}/hours/{row.pk}/undo")
    assert "22.92" not in ada_client.get(f"/accounts/{pumps.pk}").content.decode()
    refused = ada_client.post(f"/accounts/{pumps.pk}/hours", {"minutes": "0", "what": "Reply"})
    assert refused.status_code == 422


def test_hours_rates_and_levels_are_set_and_taken_away(ada: User, ada_client: Client) -> None:
    canvases.segment("key")
    post = {"which": "capacity", "user": ada.pk, "hours_a_year": "1400"}
    level = {
        "which": "level", "segment_key": "key", "name": "full", "hours_a_year": "120",
        "retention_without": "92", "retention_with": "97", "margin": "60000", "grade": "C",
    }  # fmt: skip
    ada_client.post("/accounts/terms", post)
    ada_client.post("/accounts/terms", level)
    ada_client.post("/accounts/terms", {"which": "rate", "whose": "role:agent", "amount": "40"})

    assert Capacity.objects.get().hours_a_year == 1_400
    saved = HelpLevel.objects.get()
    assert (saved.retention_with, saved.margin_minor) == (0.97, 6_000_000)
    assert CostRate.objects.get().role == "agent"
    assert "$40.00" in ada_client.get("/accounts/terms").content.decode()
    assert ada_client.post("/accounts/terms", level | {"hours_a_year": "0"}).status_code == 422
    ada_client.post(f"/accounts/terms/levels/{saved.pk}/removal")
    ada_client.post("/accounts/terms", post | {"hours_a_year": ""})
    assert not HelpLevel.objects.exists()
    assert not Capacity.objects.exists()


def test_what_is_agreed_stands_over_the_policy(account: Make, ada_client: Client) -> None:
    pumps = account()

    ada_client.post(f"/accounts/{pumps.pk}/terms", {"cadence_days": "30", "hours_a_year": ""})

    assert Account.objects.get().cadence_days == 30
    assert "every 30 days" in ada_client.get(f"/accounts/{pumps.pk}").content.decode()
    assert ada_client.post(f"/accounts/{pumps.pk}/terms", {"cadence_days": "0"}).status_code == 422


def test_an_organization_with_few_people_is_warned_of(account: Make, ada_client: Client) -> None:
    pumps = account()

    assert "get to know three" in ada_client.get(f"/accounts/{pumps.pk}").content.decode()


def test_pages_ask_the_same_number_of_times_for_one_and_three(
    account: Make, ada: User, ada_client: Client
) -> None:
    counts: dict[str, list[int]] = {}
    first: Customer | None = None
    for number in range(3):
        pumps = account(f"Firm {number}")
        first = first or pumps
        for part in range(2):
            Task.objects.create(
                title=f"Call {part}", customer=pumps, assignee=ada, created_at=now(),
                due_on=now().date() - timedelta(days=1), starts_on=now().date(),
            )  # fmt: skip
        if number == 1:
            continue
        ada_client.get("/jobs")  # the counts beside places are kept for half a minute
        for address in ("/accounts/", f"/accounts/books/{ada.pk}", "/accounts/tasks",
                        f"/accounts/{first.pk}"):  # fmt: skip
            with CaptureQueriesContext(connection) as queries:
                assert ada_client.get(address).status_code == 200
            counts.setdefault(address, []).append(len(queries))

    assert {address: few == many for address, (few, many) in counts.items()} == dict.fromkeys(
        counts, True
    ), counts


def test_what_belongs_to_an_account_moves_with_a_merge_and_comes_back(
    account: Make, ada: User, ada_client: Client
) -> None:
    pumps, twin = account(), account("Pumps Limited")
    day = now().date()
    for title, customer in (("Call", twin), ("Write", pumps)):
        Task.objects.create(
            title=title, customer=customer, due_on=day, starts_on=day, created_at=now()
        )
    for customer in (pumps, twin):
        Plan.objects.create(customer=customer, aim=customer.name, updated_at=now())

    merge = merge_customers(
        survivor_id=pumps.pk, absorbed_id=twin.pk, reason="one", actor=SYSTEM, at=now()
    )

    page = ada_client.get(f"/accounts/{twin.pk}", follow=True).content.decode()
    assert "Call" in page
    assert "Write" in page
    assert Plan.objects.get(customer=pumps).aim == "Pumps Ltd"
    assert "Pumps Limited" not in ada_client.get(f"/accounts/books/{ada.pk}").content.decode()
    undo_merge(merge.pk, actor=SYSTEM, at=now())
    assert Task.objects.get(title="Call").customer_id == twin.pk
    assert Plan.objects.get(customer=twin).aim == "Pumps Limited"
