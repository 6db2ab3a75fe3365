"""Orders, imports, jobs, mails, settings, people, tokens over REST."""

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from amity.base.time import now
from amity.kernel.access.models import AuditEntry, Company, IdempotencyRecord, User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import create_customer
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import enqueue_mail
from amity.kernel.traits.models import Trait

API = "/api/v1"
AT = datetime(2026, 5, 1, 12, tzinfo=UTC)
LOG = b"""order,day,customer,item,amount
1,2026-01-05,ada,tea,10.00
1,2026-01-05,ada,pot,30.00
2,2026-02-07,bob,tea,10.00
3,not a day,bob,tea,10.00
"""


def post(client: Client, url: str, body: object) -> Any:
    return client.post(f"{API}{url}", body, content_type="application/json")


def patch(client: Client, url: str, body: object) -> Any:
    return client.patch(f"{API}{url}", body, content_type="application/json")


def a_customer() -> Customer:
    return create_customer(name="Ada", actor=SYSTEM, at=AT)


def an_order(customer: Customer | None, number: int) -> Order:
    order = Order.objects.create(
        number=str(number),
        customer=customer,
        ordered_on=date(2026, 1, number),
        ordered_at=AT,
        currency="USD",
        net_minor=500,
    )
    product, _ = Product.objects.get_or_create(key="tea", name="Tea")
    OrderLine.objects.create(order=order, position=1, product=product, amount_minor=500)
    return order


def test_orders_are_listed_by_day_and_shown_with_lines(ben_api: Client) -> None:
    ada = a_customer()
    orders = [an_order(ada if number < 4 else None, number) for number in range(1, 6)]

    first = ben_api.get(f"{API}/orders", {"limit": 3}).json()
    rest = ben_api.get(f"{API}/orders", {"limit": 3, "cursor": first["next_cursor"]}).json()
    hers = ben_api.get(f"{API}/orders?customer_id={ada.pk}&since=2026-01-02").json()
    one = ben_api.get(f"{API}/orders/{orders[0].pk}").json()

    assert [row["number"] for row in first["items"] + rest["items"]] == ["5", "4", "3", "2", "1"]
    assert [row["number"] for row in hers["items"]] == ["3", "2"]
    assert one["lines"][0]["amount_minor"] == 500
    assert ben_api.get(f"{API}/orders/9999").status_code == 404
    product = ben_api.get(f"{API}/products").json()["items"][0]
    assert ben_api.get(f"{API}/products/{product['id']}").json() == product


@pytest.mark.parametrize("path", ["orders", "products", "jobs", "outbox", "imports", "audit"])
@pytest.mark.parametrize("count", [1, 3])
def test_lists_cost_the_same_statements_for_one_and_three(
    path: str, count: int, ada_api: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for number in range(1, count + 1):
        an_order(a_customer(), number)
        Product.objects.create(key=str(number), name="Tea")
        enqueue("jobs.prune", {}, at=AT)
        enqueue_mail(key=str(number), to="a@b.co", subject="s", text="t", at=AT)
    ada_api.get(f"{API}/{path}")

    with django_assert_num_queries(2):  # the token, the rows
        assert ada_api.get(f"{API}/{path}").status_code == 200


def test_file_is_uploaded_mapped_imported_and_taken_back(
    ada_api: Client, settings: Settings, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("log.csv", LOG, "text/csv")

    made = ada_api.post(f"{API}/imports", {"file": file, "kind": "orders"})
    row = made.json()
    mapped = ada_api.put(
        f"{API}/imports/{row['id']}/mapping",
        {"mapping": {"description": "item"}},
        content_type="application/json",
    )
    started = post(ada_api, f"/imports/{row['id']}/start", {})
    run_until_idle()
    done = ada_api.get(f"{API}/imports/{row['id']}").json()
    rejects = ada_api.get(f"{API}/imports/{row['id']}/rejects")
    undo = post(ada_api, f"/imports/{row['id']}/undo", {})
    again = post(ada_api, f"/imports/{row['id']}/undo", {})
    orders_before = Order.objects.count()
    run_until_idle()
    job = ada_api.get(f"{API}/jobs/{undo.json()['id']}").json()
    undone = ada_api.get(f"{API}/imports/{row['id']}").json()

    assert (made.status_code, row["status"]) == (201, "uploaded")
    assert row["mapping"]["customer"] == "customer"
    assert mapped.json()["mapping"]["description"] == "item"
    assert started.json()["status"] == "running"
    assert (done["status"], done["summary"]["accepted"]) == ("done", 3)
    assert (done["has_rejects"], rejects.status_code) == (True, 200)
    assert b"not a day" in rejects.getvalue()
    assert (undo.status_code, undo.json()["kind"]) == (202, "imports.undo")
    assert again.json()["id"] == undo.json()["id"]
    assert orders_before == 2
    assert (job["status"], job["result"]["orders_removed"]) == ("done", 2)
    assert undone["status"] == "undone"
    assert post(ada_api, f"/imports/{row['id']}/undo", {}).status_code == 422
    assert not Order.objects.exists()
    assert post(ada_api, f"/imports/{row['id']}/start", {}).status_code == 422


def test_upload_under_one_key_is_taken_once(
    ada_api: Client, settings: Settings, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path

    def send(content: bytes) -> Any:
        file = SimpleUploadedFile("log.csv", content, "text/csv")
        body = {"file": file, "kind": "orders"}
        return ada_api.post(f"{API}/imports", body, headers={"Idempotency-Key": "u1"})

    first, again, other = send(LOG), send(LOG), send(LOG + b"4,2026-03-01,cy,tea,1.00\n")

    assert (first.status_code, again.json(), other.status_code) == (201, first.json(), 422)


def test_file_that_cannot_be_read_says_so_and_leaves_nothing(
    ada_api: Client, settings: Settings, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    file = SimpleUploadedFile("log.xlsx", b"PK\x03\x04 broken", "text/csv")

    answer = ada_api.post(f"{API}/imports", {"file": file, "kind": "orders"})

    assert answer.status_code == 422
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_jobs_are_seen_canceled_and_tried_again(ada_api: Client, ben_api: Client) -> None:
    job = enqueue("jobs.prune", {}, at=AT)

    assert ben_api.get(f"{API}/jobs/{job.pk}").json()["status"] == "ready"
    assert post(ben_api, f"/jobs/{job.pk}/cancel", {}).status_code == 403
    assert post(ada_api, f"/jobs/{job.pk}/cancel", {}).json()["status"] == "canceled"
    assert post(ada_api, f"/jobs/{job.pk}/cancel", {}).status_code == 422
    assert post(ada_api, f"/jobs/{job.pk}/retry", {}).json()["status"] == "ready"
    assert ada_api.get(f"{API}/jobs", {"status": "done"}).json()["items"] == []
    assert ada_api.get(f"{API}/jobs/999").status_code == 404


def test_trace_of_a_failed_job_stays_in_the_house(ada_api: Client) -> None:
    job = enqueue("jobs.prune", {}, at=AT)
    Job.objects.update(error='Traceback\n  File "/secret/path.py"\nValueError: no')

    assert ada_api.get(f"{API}/jobs/{job.pk}").json()["error"] == "ValueError: no"


def test_mail_in_doubt_is_decided(ada_api: Client) -> None:
    mail, _ = enqueue_mail(key="k", to="a@b.co", subject="s", text="canary", at=AT)
    OutboxMessage.objects.update(status="in_doubt")

    listed = ada_api.get(f"{API}/outbox", {"status": "in_doubt"})
    decided = post(ada_api, f"/outbox/{mail.pk}/decision", {"resend": False})

    assert b"canary" not in listed.content
    assert decided.json()["status"] == "sent"
    assert post(ada_api, f"/outbox/{mail.pk}/decision", {"resend": True}).status_code == 409


def test_company_is_changed_by_its_owner_alone(ada_api: Client, ben_api: Client) -> None:
    assert patch(ben_api, "/company", {"name": "Mine"}).status_code == 403
    assert patch(ada_api, "/company", {"is_demonstration": True}).status_code == 422
    assert patch(ada_api, "/company", {"currency": "QQQ"}).status_code == 422

    changed = patch(ada_api, "/company", {"name": "Acme", "currency": "EUR"})

    assert (changed.json()["name"], Company.objects.get().currency) == ("Acme", "EUR")
    assert ben_api.get(f"{API}/company").json() == changed.json()


def test_people_are_added_and_changed_by_the_owner_alone(
    ada_api: Client, ben_api: Client, ben: User
) -> None:
    body = {"email": "dora@example.org", "name": "Dora", "role": "agent"}

    assert post(ben_api, "/people", body).status_code == 403
    assert patch(ben_api, f"/people/{ben.pk}", {"role": "owner"}).status_code == 403
    made = post(ada_api, "/people", body)
    changed = patch(ada_api, f"/people/{made.json()['id']}", {"role": "marketer"})

    assert (made.status_code, changed.json()["role"]) == (201, "marketer")
    assert post(ada_api, "/people", body).status_code == 422
    assert len(ada_api.get(f"{API}/people").json()["items"]) == 3
    ben.refresh_from_db()
    assert ben.role == "analyst"


def test_token_is_made_shown_once_and_ended(ada_api: Client, ben_api: Client) -> None:
    made = ada_api.post(
        f"{API}/tokens",
        {"name": "script", "scopes": ["customers.view"]},
        content_type="application/json",
        headers={"Idempotency-Key": "t1"},
    )
    secret = made.json()["secret"]
    again = ada_api.post(
        f"{API}/tokens",
        {"name": "script", "scopes": ["customers.view"]},
        content_type="application/json",
        headers={"Idempotency-Key": "t1"},
    )
    script = Client(headers={"authorization": f"Bearer {secret}"})

    assert made.status_code == 201
    assert again.status_code == 409
    assert secret not in str(IdempotencyRecord.objects.values_list("body", "headers"))
    assert secret.encode() not in ada_api.get(f"{API}/tokens").content
    assert script.get(f"{API}/customers").status_code == 200
    assert script.get(f"{API}/jobs").status_code == 403
    assert ben_api.delete(f"{API}/tokens/{made.json()['id']}").status_code == 404
    assert ada_api.delete(f"{API}/tokens/{made.json()['id']}").status_code == 204
    assert script.get(f"{API}/customers").status_code == 401
    assert post(ada_api, "/tokens", {"name": "x", "scopes": ["fly"]}).status_code == 422


def test_write_key_is_made_and_ended(ada_api: Client, ben_api: Client) -> None:
    assert post(ben_api, "/write-keys", {"name": "shop"}).status_code == 403

    made = post(ada_api, "/write-keys", {"name": "shop", "touchpoint": "web"}).json()

    assert ada_api.delete(f"{API}/write-keys/{made['id']}").status_code == 204
    assert ada_api.get(f"{API}/write-keys").json()[0]["revoked_at"] is not None


def test_every_change_stands_in_the_trail(ada_api: Client, ben_api: Client) -> None:
    patch(ada_api, "/company", {"name": "Acme"})

    entries = ada_api.get(f"{API}/audit", {"object_type": "company"}).json()["items"]

    assert [(entry["action"], entry["actor_kind"]) for entry in entries] == [
        ("company.changed", "token")
    ]
    assert AuditEntry.objects.filter(action="company.changed").count() == 1
    assert ben_api.get(f"{API}/audit").status_code == 403


def test_traits_and_promise_of_a_customer_are_read(ben_api: Client) -> None:
    ada = a_customer()
    Trait.objects.create(
        customer=ada, name="value", number=5.0, low=3, high=8, as_of=now(), source="insight"
    )

    traits = ben_api.get(f"{API}/customers/{ada.pk}/traits").json()
    promise = ben_api.get(f"{API}/customers/{ada.pk}/promise").json()

    assert [(row["name"], row["low"], row["high"], row["grade"]) for row in traits] == [
        ("value", 3, 8, "B")
    ]
    assert (promise["version_number"], promise["relationships"]) == (None, [])
    assert ben_api.get(f"{API}/customers/999/promise").status_code == 404
