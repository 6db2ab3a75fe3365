"""Deals of another system come in with their history, and can be taken back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from django.conf import LazySettings
from django.test import Client

from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Product
from amity.kernel.customers.models import Customer
from amity.kernel.imports.models import Import
from amity.kernel.imports.tests.helpers import AT, take_in
from amity.kernel.imports.undoing import undo_import
from amity.kernel.interactions.models import Interaction
from amity.run.deals.models import CloseReason, Deal, Pipeline
from amity.run.deals.operations.deals import edit_deal
from amity.run.deals.queries.forecasts import outcomes_of

pytestmark = pytest.mark.django_db

SHARED = Path(__file__).parents[5].parent / "shared" / "data" / "crm_sales_pipeline"
EVER = datetime(1900, 1, 1, tzinfo=UTC)
TEXT = """opportunity_id,sales_agent,product,account,deal_stage,engage_date,close_date,close_value
D1,Moses Frase,GTX Pro,Cancity,Won,2017-10-20,2017-11-01,1054
D2,Ada,GTXPro,Cancity,Lost,2017-10-25,2017-12-11,0
D3,Moses Frase,MG Special,Isdom,Engaging,2017-10-25,,
D4,Moses Frase,MG Special,,Prospecting,,,
D5,Moses Frase,MG Special,Isdom,Won,2017-10-25,,59
D6,Moses Frase,MG Special,Isdom,Won,2017-10-25,2017-10-01,59
D7,Moses Frase,MG Special,Isdom,Won,2017-10-25,2017-11-01,much
"""


@pytest.fixture(autouse=True)
def _home(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def taken(folder: Path, text: str = TEXT, name: str = "deals.csv") -> Import:
    path = folder / name
    path.write_text(text, "utf-8")
    return take_in(path, "deals", source="crm")


def deal(key: str) -> Deal:
    return Deal.objects.get(imported__key=key)


def test_deals_stand_where_the_file_says_with_their_history(tmp_path: Path) -> None:
    taken(tmp_path)

    won, lost, still = deal("D1"), deal("D2"), deal("D3")
    assert (won.status, won.amount_minor, won.customer.kind) == ("won", 105_400, "organization")
    assert won.closed_at == datetime(2017, 11, 1, tzinfo=UTC)
    assert str(lost.reason) == "Not said"
    assert (still.stage.name, still.expected_close_on) == ("Engaging", date(2018, 1, 23))
    facts = Interaction.objects.filter(properties__deal=won.pk).order_by("happened_at")
    assert [(fact.kind, fact.value_minor) for fact in facts] == [
        ("deals.opened", None),
        ("deals.won", 105_400),
    ]


def test_two_spellings_are_one_product_and_a_known_one_is_used(tmp_path: Path) -> None:
    known = Product.objects.create(key="77", name="MG Special")

    taken(tmp_path)

    assert deal("D1").lines.get().product == deal("D2").lines.get().product
    assert deal("D3").lines.get().product == known
    assert set(Product.objects.values_list("name", flat=True)) == {"MG Special", "GTX Pro"}


def test_rows_that_cannot_be_taken_are_named(tmp_path: Path) -> None:
    row = taken(tmp_path)

    assert row.summary["reasons"] == {
        "missing_customer": 1,
        "missing_date": 1,
        "ends_before_it_begins": 1,
        "bad_number": 1,
    }
    assert Deal.objects.count() == row.summary["created"] == 3


def test_the_same_file_again_changes_nothing_and_a_newer_one_what_went_on(tmp_path: Path) -> None:
    taken(tmp_path)
    again = taken(tmp_path)
    assert (again.summary["created"], again.summary["changed"]) == (0, 0)

    won = "D3,Moses Frase,MG Special,Isdom,Won,2017-10-25,2017-12-01,60"
    newer = taken(
        tmp_path, TEXT.replace("D3,Moses Frase,MG Special,Isdom,Engaging,2017-10-25,,", won)
    )
    assert newer.summary["changed"] == 1
    assert deal("D3").status == "won"

    undo_import(newer.pk, actor=SYSTEM, at=AT)
    assert (deal("D3").status, deal("D3").events.count()) == ("open", 1)


def test_undo_takes_everything_back_but_what_was_worked_on(tmp_path: Path) -> None:
    row = taken(tmp_path)
    mine = deal("D3")
    edit_deal(mine.pk, changes={"title": "Pumps"}, version=mine.version, actor=SYSTEM, at=AT)

    brought = undo_import(row.pk, actor=SYSTEM, at=AT)

    assert (brought["deals_removed"], brought["deals_kept"]) == (2, 1)
    assert list(Deal.objects.values_list("title", flat=True)) == ["Pumps"]
    assert Pipeline.objects.count() == 1
    assert list(Product.objects.values_list("name", flat=True)) == ["MG Special"]


def test_whoever_has_no_account_is_named_as_the_file_named_them(
    tmp_path: Path, ben_client: Client, cleo_client: Client
) -> None:
    taken(tmp_path)
    pipeline = Pipeline.objects.get()

    found = outcomes_of(pipeline, AT, since=EVER)
    assert [(one.name, one.won, one.lost) for one in found.owners] == [
        ("Moses Frase", 1, 0),
        ("Ada", 0, 1),
    ]
    assert [(one.name, one.won, one.lost) for one in found.products] == [("GTX Pro", 1, 1)]
    page = ben_client.get(f"/deals/outcomes?pipeline={pipeline.key}&span=ever")
    assert "Moses Frase" in page.content.decode()
    assert cleo_client.get("/deals/outcomes?span=ever").status_code == 403


@pytest.mark.skipif(not SHARED.exists(), reason="the sales pipeline is not on this machine")
def test_a_published_pipeline_keeps_its_win_rates() -> None:
    file = pq.read_table(SHARED / "sales_pipeline.parquet")
    take_in(SHARED / "products.parquet", "products", mapping={"product": "product"})

    summary = take_in(SHARED / "sales_pipeline.parquet", "deals", currency="USD").summary

    ownerless = pc.sum(pc.is_null(file["account"])).as_py()
    assert (summary["rows"], summary["created"]) == (8_800, 8_800 - ownerless)
    assert summary["reasons"] == {"missing_customer": ownerless}
    assert Customer.objects.filter(kind="organization").count() == 85
    assert CloseReason.objects.count() == 1
    found = outcomes_of(Pipeline.objects.get(), AT, since=EVER)
    assert sum(one.won for one in found.owners) == 4_238
    assert sum(one.lost for one in found.owners) == 2_473
    assert sum(one.won_minor for one in found.owners) == 1_000_553_400
    assert {one.name: (one.won, one.lost) for one in found.owners} == counted(file, "sales_agent")
    assert {one.name: (one.won, one.lost) for one in found.products} == {
        name.replace("GTXPro", "GTX Pro"): both for name, both in counted(file, "product").items()
    }


def counted(file: pa.Table, column: str) -> dict[str, tuple[int, int]]:
    """Won and lost by a column of the file, counted without the importing code."""
    found: dict[str, list[int]] = {}
    for name, stage in zip(file[column].to_pylist(), file["deal_stage"].to_pylist(), strict=True):
        if stage in {"Won", "Lost"}:
            found.setdefault(name, [0, 0])[stage == "Lost"] += 1
    return {name: (won, lost) for name, (won, lost) in found.items()}
