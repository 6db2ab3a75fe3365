"""Orders as they really are, end to end on the test database."""

import csv
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings
from django.db.models import Count, ProtectedError, Sum

from amity.kernel import bulk
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.checks import lines_belong_to_orders_and_products
from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.imports.models import Import, ImportChange
from amity.kernel.imports.operations import ImportStateError
from amity.kernel.imports.summary import KEYS
from amity.kernel.imports.undoing import undo_import
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import effective

from .helpers import AT, DATA, orders_file, take_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _home(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


RETAIL = """InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country
536365,85123A,WHITE HANGING HEART,6,12/1/2010 8:26,2.55,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850.0,United Kingdom
536365,71053,WHITE METAL LANTERN,6,12/1/2010 8:26,3.39,17850.0,United Kingdom
536366,22633,HAND WARMER,6,12/1/2010 8:28,1.85,17850.0,United Kingdom
C536379,D,Discount,-1,12/1/2010 9:41,27.50,14527.0,United Kingdom
536414,22139,,56,12/1/2010 11:52,0.0,,United Kingdom
536415,POST,POSTAGE,3,12/13/2010 8:45,18.00,12583.0,France
536416,22633,HAND WARMER,x,12/13/2010 8:50,1.85,12583.0,France
536417,22633,HAND WARMER,1,13/13/2010 8:50,1.85,12583.0,France
,22633,HAND WARMER,1,12/13/2010 8:50,1.85,,France
"""


def told_value() -> int:
    """What the log says that all orders were worth, in minor units."""
    return int(effective().aggregate(value=Sum("value_minor"))["value"])


def test_a_dirty_shop_log_is_understood(tmp_path: Path) -> None:
    row = take_in(orders_file(tmp_path, RETAIL), currency="GBP")

    assert row.status == Import.Status.DONE, row.error
    assert set(row.summary) == set(KEYS)
    assert {k: v for k, v in row.summary.items() if k not in {"seconds", "import_id"}} == {
        "rows": 10,
        "accepted": 7,
        "rejected": 3,
        "reasons": {"bad_number": 1, "bad_date": 1, "missing_customer_and_order": 1},
        "orders": 5,
        "orders_created": 5,
        "returns": 1,
        "anonymous_rows": 1,
        "duplicates": 1,
        "customers": 3,
        "products": 6,
        "first_day": "2010-12-01",
        "last_day": "2010-12-13",
        "gross": 121.08,
        "refunds": 27.5,
        "net": 93.58,
        "currency": "GBP",
    }
    assert set(Identity.objects.values_list("value", flat=True)) == {"17850", "14527", "12583"}
    assert Order.objects.get(number="C536379").kind == Order.Kind.CANCELLATION
    assert Order.objects.get(number="536414").customer is None
    assert Product.objects.get(key="POST").kind == Product.Kind.POSTAGE
    assert Customer.objects.get(identities__value="12583").country == "FR"


def test_rejects_name_row_field_reason_and_remedy(tmp_path: Path) -> None:
    row = take_in(orders_file(tmp_path, RETAIL.replace(",x,", ",=1+1,")), currency="GBP")

    with Path(row.rejects_path).open(encoding="utf-8", newline="") as stream:
        rejects = list(csv.DictReader(stream))

    assert [(r["row"], r["field"], r["reason"], r["value"]) for r in rejects] == [
        ("8", "quantity", "bad_number", "'=1+1"),
        ("9", "date", "bad_date", "13/13/2010 8:50"),
        ("10", "customer", "missing_customer_and_order", ""),
    ]
    assert all(r["remedy"] for r in rejects)


def test_duplicates_are_dropped_on_request_only(tmp_path: Path) -> None:
    row = take_in(orders_file(tmp_path, RETAIL), currency="GBP", drop_duplicates=True)

    assert row.summary["reasons"]["duplicate_line"] == 1
    assert row.summary["accepted"] + row.summary["rejected"] == row.summary["rows"]
    assert Order.objects.get(number="536365").line_count == 2
    assert row.summary["net"] == 73.24


def test_each_order_is_told_to_the_log(tmp_path: Path) -> None:
    row = take_in(orders_file(tmp_path, RETAIL), currency="GBP")

    told = Interaction.objects.get(source_id="536365")

    assert (told.kind, told.source, told.value_minor) == ("commerce.ordered", "orders", 5598)
    assert (told.relationship_type, told.stage) == ("self_service", "transact")
    assert told.import_id == row.pk
    assert Interaction.objects.get(source_id="C536379").kind == "commerce.canceled"
    assert Interaction.objects.count() == 5


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    path = orders_file(tmp_path, RETAIL)
    take_in(path, currency="GBP")
    before = [list(model.objects.order_by("pk").values()) for model in (Order, OrderLine, Customer)]

    second = take_in(path, currency="GBP")

    after = [list(model.objects.order_by("pk").values()) for model in (Order, OrderLine, Customer)]
    assert after == before
    assert second.summary["orders_created"] == 0
    assert Interaction.objects.count() == 5
    assert not ImportChange.objects.exists()


def test_a_changed_file_updates_and_undo_restores(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, RETAIL), currency="GBP")
    before = list(Order.objects.order_by("pk").values())
    lines = list(OrderLine.objects.order_by("pk").values())
    told = told_value()

    changed = RETAIL.replace("22633,HAND WARMER,6", "22633,HAND WARMER,60")
    second = take_in(orders_file(tmp_path, changed), currency="GBP")

    assert Order.objects.get(number="536366").net_minor == 60 * 185
    assert told_value() == told + 54 * 185
    report = undo_import(second.pk, actor=SYSTEM, at=AT)
    assert report["orders_restored"] == 1
    strip = {"interaction_id"}
    assert [
        {k: v for k, v in order.items() if k not in strip}
        for order in Order.objects.order_by("pk").values()
    ] == [{k: v for k, v in order.items() if k not in strip} for order in before]
    assert list(OrderLine.objects.order_by("pk").values()) == lines
    assert told_value() == told


def test_undo_takes_back_and_the_file_can_come_again(tmp_path: Path) -> None:
    path = orders_file(tmp_path, RETAIL)
    first = take_in(path, currency="GBP")

    report = undo_import(first.pk, actor=SYSTEM, at=AT)

    assert report["orders_removed"] == 5
    assert (Order.objects.count(), OrderLine.objects.count(), Product.objects.count()) == (0, 0, 0)
    assert effective().count() == 0
    again = take_in(path, currency="GBP")
    assert again.summary["orders_created"] == 5
    assert effective().count() == 5


def test_two_imports_of_an_order_are_taken_back_one_after_the_other(tmp_path: Path) -> None:
    path = orders_file(tmp_path, RETAIL)
    first = take_in(path, currency="GBP")
    for pieces in ("60", "61"):
        changed = RETAIL.replace("22633,HAND WARMER,6", f"22633,HAND WARMER,{pieces}")
        later = take_in(orders_file(tmp_path, changed, f"{pieces}.csv"), currency="GBP")
        undo_import(later.pk, actor=SYSTEM, at=AT)

    undo_import(first.pk, actor=SYSTEM, at=AT)

    assert Order.objects.count() == 0
    assert effective().count() == 0
    take_in(path, currency="GBP")
    assert effective().count() == 5


def test_an_import_that_a_later_one_changed_is_not_taken_back(tmp_path: Path) -> None:
    first = take_in(orders_file(tmp_path, RETAIL), currency="GBP")
    second = take_in(
        orders_file(tmp_path, RETAIL.replace("HAND WARMER,6,", "HAND WARMER,7,")), currency="GBP"
    )

    with pytest.raises(ImportStateError, match=f"import undo {second.pk}"):
        undo_import(first.pk, actor=SYSTEM, at=AT)

    assert Order.objects.count() == 5


def test_cdnow_has_its_published_figures() -> None:
    row = take_in(DATA / "cdnow.parquet")

    assert row.summary["rows"] == row.summary["accepted"] == 6919
    assert row.summary["customers"] == 2357
    assert (row.summary["first_day"], row.summary["last_day"]) == ("1997-01-01", "1998-06-30")
    assert row.summary["net"] == 244091.94
    calibration = Order.objects.filter(ordered_on__lte="1997-09-30")
    frequencies = calibration.values("customer").annotate(days=Count("ordered_on", distinct=True))
    assert sum(row["days"] - 1 for row in frequencies) == 2457


def test_cdnow_as_text_without_a_header(tmp_path: Path) -> None:
    rows = pq.read_table(DATA / "cdnow.parquet").to_pylist()
    text = "".join(
        f"{r['customer_id']:05d} {r['sample_id']:04d} {r['date']:%Y%m%d} {r['cds']:2d}"
        f" {r['amount']:6.2f}\n"
        for r in rows
    )

    row = take_in(orders_file(tmp_path, text, "CDNOW_sample.txt"))

    assert row.summary["accepted"] == 6919
    assert row.summary["customers"] == 2357
    assert row.summary["net"] == 244091.94
    assert row.summary["orders"] == 6696


def test_shopify_has_the_figures_of_the_truth() -> None:
    truth = json.loads((DATA / "truth.json").read_text("utf-8"))["orders"]

    row = take_in(DATA / "shopify_orders.csv")

    assert row.options["preset"] == "shopify"
    assert row.summary["orders"] == truth["orders"]
    assert row.summary["rows"] == row.summary["accepted"] == truth["lines"]
    assert row.summary["returns"] == truth["cancelled"]
    assert row.summary["gross"] == truth["gross_cents_without_cancelled"] / 100
    assert row.summary["refunds"] == truth["refunded_cents"] / 100
    assert Order.objects.filter(customer=None).count() == truth["orders_without_email"]
    nets = Order.objects.filter(customer__isnull=False).aggregate(net=Sum("net_minor"))["net"]
    people = truth["per_person_orders_and_net_cents"].values()
    assert nets <= sum(net for _, net in people)


def test_a_line_whose_order_or_product_is_gone_is_found(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, RETAIL), currency="GBP")
    assert list(lines_belong_to_orders_and_products()) == []

    order = OrderLine.objects.order_by("pk").values_list("order_id", flat=True)[0]
    bulk.delete(Order, key="id", keys=[order])
    bulk.delete(Product, key="key", keys=["POST"])

    found = list(lines_belong_to_orders_and_products())
    assert [finding.invariant for finding in found] == ["I1", "I1"]
    assert found[0].message == "3 lines name an order that is gone."
    assert found[1].message == "1 lines name a product that is gone."


def test_a_product_that_a_line_names_is_not_removed(tmp_path: Path) -> None:
    take_in(orders_file(tmp_path, RETAIL), currency="GBP")

    with pytest.raises(ProtectedError):
        Product.objects.get(key="POST").delete()

    assert Product.objects.filter(key="POST").exists()
