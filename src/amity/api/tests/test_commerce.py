"""Orders and products that a program sends."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from pytest_django import Settings

from amity.kernel.access.models import AuditEntry, Company
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.interactions.queries import effective
from amity.kernel.jobs.worker import run_until_idle
from amity.testing.fixtures import with_token

API = "/api/v1"
TEA = {
    "product": "tea",
    "description": "Green tea",
    "quantity_milli": 2000,
    "unit_price_minor": 450,
}
ORDER: dict[str, Any] = {
    "number": "1001",
    "ordered_at": "2026-03-01T23:30:00Z",
    "customer": "ada@example.org",
    "customer_name": "Ada Okafor",
    "currency": "EUR",
    "lines": [TEA, {"product": "pot", "unit_price_minor": 3000, "discount_minor": 500}],
}


def post(client: Client, path: str, body: object, key: str = "") -> Any:
    headers = {"Idempotency-Key": key} if key else {}
    return client.post(f"{API}/{path}", body, content_type="application/json", headers=headers)


def changed(**fields: Any) -> dict[str, Any]:
    return {**ORDER, **fields}


def fields_of(answer: Any) -> set[str]:
    assert answer.status_code == 422
    assert answer["Content-Type"].startswith("application/problem+json")
    return {error["field"].removeprefix("body.given.") for error in answer.json()["errors"]}


def test_order_is_added_with_lines_customer_products_and_a_row_of_the_log(ada_api: Client) -> None:
    Company.objects.update_or_create(defaults={"currency": "USD", "time_zone": "Europe/Berlin"})

    answer = post(ada_api, "orders", ORDER)
    row = answer.json()

    assert answer.status_code == 201
    assert (row["gross_minor"], row["discount_minor"], row["net_minor"]) == (3900, 500, 3400)
    assert (row["kind"], row["currency"], row["line_count"]) == ("sale", "EUR", 2)
    assert row["ordered_on"] == "2026-03-02"  # it was past midnight in Berlin
    assert [line["amount_minor"] for line in row["lines"]] == [900, 2500]
    assert Identity.objects.get(value="ada@example.org").customer_id == row["customer_id"]
    assert Customer.objects.get().name == "Ada Okafor"
    assert set(Product.objects.values_list("key", "name")) == {("tea", "Green tea"), ("pot", "pot")}
    told = effective().get()
    assert (told.kind, told.source_id, told.value_minor) == ("commerce.ordered", "1001", 3400)
    assert AuditEntry.objects.filter(action="orders.recorded", object_id=str(row["id"])).exists()


def test_order_told_again_changes_nothing_and_told_otherwise_is_rewritten(ada_api: Client) -> None:
    first = post(ada_api, "orders", ORDER).json()
    again = post(ada_api, "orders", ORDER)
    other = post(ada_api, "orders", changed(lines=[TEA]))
    back = post(ada_api, "orders", ORDER).json()

    assert (again.status_code, again.json()) == (200, first)
    assert (other.status_code, other.json()["net_minor"]) == (200, 900)
    assert back["id"] == first["id"]
    assert OrderLine.objects.count() == 2
    assert [row.value_minor for row in effective()] == [3400]


@pytest.mark.parametrize(
    ("fields", "kind", "net"),
    [
        ({"lines": [{**TEA, "quantity_milli": -1000}]}, "return", -450),
        ({"lines": [TEA, {"product": "pot", "amount_minor": -3000}]}, "sale", -2100),
        ({"refund_minor": 400}, "sale", 3000),
        ({"is_canceled": True}, "cancellation", 0),
        ({"lines": [], "total_minor": 1250}, "sale", 1250),
        ({"lines": [], "total_minor": -1250}, "return", -1250),
        ({"lines": []}, "sale", None),
        ({"lines": [], "total_minor": 1250, "currency": "JPY"}, "sale", 1250),
    ],
)
def test_order_is_read_by_the_rules_of_a_file(
    fields: dict[str, Any], kind: str, net: int | None, ada_api: Client
) -> None:
    row = post(ada_api, "orders", changed(**fields)).json()

    assert (row["kind"], row["net_minor"]) == (kind, net)


def test_order_that_a_file_brought_is_the_same_one(
    ada_api: Client, settings: Settings, tmp_path: Any
) -> None:
    settings.MEDIA_ROOT = tmp_path
    text = b"order,date,customer,product,amount\n1001,2026-03-01T09:00:00Z,c7,tea,9.00\n"
    sent = {
        "number": "1001",
        "ordered_at": "2026-03-01T09:00:00Z",
        "customer": "c7",
        "lines": [{"product": "tea", "amount_minor": 900}],
    }
    file = SimpleUploadedFile("log.csv", text, "text/csv")
    row = ada_api.post(f"{API}/imports", {"file": file, "kind": "orders", "start": True}).json()
    run_until_idle()
    known = Order.objects.get().import_id

    same = post(ada_api, "orders/batch", {"items": [sent]}).json()
    still = Order.objects.get().import_id
    other = post(ada_api, "orders/batch", {"items": [{**sent, "refund_minor": 100}]}).json()
    post(ada_api, f"imports/{row['id']}/undo", {})
    run_until_idle()

    assert (same["unchanged"], known, still) == (1, row["id"], row["id"])
    assert (other["changed"], other["ids"]) == (1, same["ids"])
    assert Order.objects.get().net_minor == 800  # what was told since the import stays
    assert [row.value_minor for row in effective()] == [800]


def test_customer_may_be_named_by_number_and_the_survivor_of_a_merge_has_the_order(
    ada_api: Client,
) -> None:
    ids = [post(ada_api, "customers", {"name": name}).json()["id"] for name in ("Ada", "A. Okafor")]
    post(ada_api, f"customers/{ids[0]}/merges", {"absorbed_id": ids[1]})

    named = post(ada_api, "orders", {**changed(customer_id=ids[1]), "customer": ""}).json()
    both = post(ada_api, "orders", changed(customer_id=ids[0], number="2"))
    unknown = post(
        ada_api,
        "orders/batch",
        {"items": [changed(number="3"), {**changed(number="4", customer_id=99), "customer": ""}]},
    )

    assert named["customer_id"] == ids[0]
    assert fields_of(both) == {"customer_id"}
    assert fields_of(unknown) == {"items.1.customer_id"}
    assert not Order.objects.filter(number="3").exists()


def test_batch_is_written_whole_in_the_same_statements_whatever_its_size(ada_api: Client) -> None:
    post(ada_api, "orders/batch", {"source": "shop", "items": [ORDER]})
    statements = []
    for start, count in ((2000, 1), (3000, 3)):
        items = [
            changed(number=str(start + step), customer=f"c{start + step}") for step in range(count)
        ]
        with CaptureQueriesContext(
            connection,
        ) as asked:
            answer = post(ada_api, "orders/batch", {"source": "shop", "items": items}).json()
        statements.append(len(asked))
        assert (answer["created"], len(answer["ids"])) == (count, count)

    assert statements[0] == statements[1]
    assert Order.objects.filter(source="shop").count() == 5


@pytest.mark.parametrize(
    ("fields", "named"),
    [
        ({"ordered_at": "2026-03-01T10:00:00"}, "ordered_at"),
        ({"ordered_at": 1_700_000_000}, "ordered_at"),
        ({"number": ""}, "number"),
        ({"currency": "euro"}, "currency"),
        ({"total_minor": 10**13}, "total_minor"),
        ({"lines": [{**TEA, "quantity_milli": "two"}]}, "lines.0.quantity_milli"),
        ({"source": "tracking"}, "source"),
        ({"net_minor": 5}, "net_minor"),
        ({"customer": "a\x1f7"}, "customer"),
    ],
)
def test_wrong_input_names_its_field(fields: dict[str, Any], named: str, ada_api: Client) -> None:
    answer = post(ada_api, "orders", changed(**fields))

    assert answer.status_code == 422
    assert answer.json()["detail"].startswith(named) or fields_of(answer) == {named}
    assert not Order.objects.exists()


def test_number_that_stands_twice_in_a_batch_is_refused(ada_api: Client) -> None:
    orders = post(ada_api, "orders/batch", {"items": [ORDER, changed(customer="b")]})
    products = post(ada_api, "products/batch", {"items": [{"key": "tea"}, {"key": "tea"}]})

    assert fields_of(orders) == {"items.1.number"}
    assert fields_of(products) == {"items.1.key"}


@pytest.mark.parametrize(
    ("path", "body", "other"),
    [
        ("orders", ORDER, changed(number="1002")),
        ("orders/batch", {"items": [ORDER]}, {"items": [changed(number="1002")]}),
        ("products", {"key": "tea"}, {"key": "pot"}),
        ("products/batch", {"items": [{"key": "tea"}]}, {"items": [{"key": "pot"}]}),
    ],
)
def test_one_key_is_one_change(path: str, body: object, other: object, ada_api: Client) -> None:
    first = post(ada_api, path, body, key="k1")
    again = post(ada_api, path, body, key="k1")
    refused = post(ada_api, path, other, key="k1")

    assert first.status_code in (200, 201)
    assert (again.status_code, again.content) == (first.status_code, first.content)
    assert again["Idempotent-Replayed"] == "true"
    assert refused.status_code == 422
    assert Product.objects.filter(key="pot").count() == (0 if "products" in path else 1)
    assert not Order.objects.filter(number="1002").exists()


def test_product_is_added_and_changed_by_its_key(ada_api: Client) -> None:
    made = post(ada_api, "products", {"key": "p1", "name": "Teapot", "brand": "Harbor"})
    moved = post(ada_api, "products", {"key": "p1", "category": "Kitchen"})
    apart = post(ada_api, "products", {"key": "p1", "source": "erp"})
    batch = post(
        ada_api,
        "products/batch",
        {"items": [{"key": "p1", "category": "Kitchen"}, {"key": "p2", "name": "Shipping"}]},
    )

    assert (made.status_code, moved.status_code, apart.status_code) == (201, 200, 201)
    assert moved.json() == {**made.json(), "category": "Kitchen"}
    assert apart.json()["name"] == "p1"
    assert (batch.json()["created"], batch.json()["unchanged"]) == (1, 1)
    assert Product.objects.get(key="p2").kind == "postage"


@pytest.mark.parametrize("path", ["orders", "products", "orders/batch", "products/batch"])
def test_who_may_record(
    path: str, ada: Any, ada_api: Client, ben_api: Client, cleo_api: Client
) -> None:
    one = ORDER if path.startswith("orders") else {"key": "tea"}
    body = {"items": [one]} if path.endswith("batch") else one

    assert post(ben_api, path, body).status_code == 403
    assert post(cleo_api, path, body).status_code == 403
    assert post(with_token(ada, "read"), path, body).status_code == 403
    assert post(Client(), path, body).status_code == 401
    assert not Product.objects.exists()
    assert post(with_token(ada, "commerce.record"), path, body).status_code in (200, 201)
