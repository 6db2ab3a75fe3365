"""What was spent comes in from a file, and can be taken back."""

from datetime import UTC, date, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from django.conf import LazySettings
from django.test import Client
from openpyxl import Workbook

from amity.kernel.access.rules import SYSTEM
from amity.kernel.imports.files.batches import Batch
from amity.kernel.imports.models import Import, ImportChange
from amity.kernel.imports.operations import ImportStateError
from amity.kernel.imports.row_import import Work
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.tests.helpers import AT, take_in
from amity.kernel.imports.undoing import undo_import
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.analytics.arrays import ints
from amity.measure.insight.models import AcquisitionSpend
from amity.measure.insight.spend_files import take
from amity.measure.insight.spending import enter_spend

pytestmark = pytest.mark.django_db
ADS = """Day,Channel,Amount spent (USD)
2025-01-03,search-ads,100.50
2025-01-20,Search ads,20
2025-02-01,search-ads,7
2025-01-31,fair,1000
2025-01-31,Radio,5
,fair,5
2025-02-30,fair,5
2025-02-03,fair,-5
2025-02-03,fair,
2026-04-01,fair,5
"""


@pytest.fixture(autouse=True)
def _house(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    for key, name in (("search-ads", "Search ads"), ("fair", "Trade fair")):
        Touchpoint.objects.create(key=key, name=name, channel=key)


def taken(folder: Path, text: str = ADS, name: str = "ads.csv") -> Import:
    path = folder / name
    path.write_text(text, "utf-8")
    return take_in(path, "spend")


def spent() -> dict[tuple[str, str], int]:
    rows = AcquisitionSpend.objects.values_list("month", "touchpoint__key", "amount_minor")
    return {(f"{month:%Y-%m}", key): amount for month, key, amount in rows}


def test_rows_of_a_month_and_touchpoint_are_added_up(tmp_path: Path) -> None:
    row = taken(tmp_path)

    assert spent() == {
        ("2025-01", "search-ads"): 12_050,
        ("2025-02", "search-ads"): 700,
        ("2025-01", "fair"): 100_000,
    }
    assert row.summary["created"] == row.summary["accepted"] == 4
    entered_by = AcquisitionSpend.objects.values_list("entered_by", flat=True)
    assert set(entered_by) == {f"Import {row.pk}"}


def test_rows_that_cannot_be_taken_are_named(tmp_path: Path) -> None:
    assert taken(tmp_path).summary["reasons"] == {
        "unknown_touchpoint": 1,
        "missing_date": 1,
        "bad_date": 1,
        "bad_number": 2,
        "yet_to_come": 1,
    }


def test_the_same_file_again_changes_nothing_and_a_newer_one_holds(tmp_path: Path) -> None:
    taken(tmp_path)

    again = taken(tmp_path)
    newer = taken(tmp_path, "month,touchpoint,spend\n01/2025,fair,900\n2025-02,fair,3\n")

    assert (again.summary["created"], again.summary["changed"]) == (0, 0)
    assert (newer.summary["created"], newer.summary["changed"]) == (1, 1)
    assert spent()["2025-01", "fair"] == 90_000
    assert spent()["2025-02", "fair"] == 300


def test_an_import_is_taken_back_but_for_what_somebody_entered_since(tmp_path: Path) -> None:
    enter(100, "fair")
    first = taken(tmp_path)
    enter(50, "search-ads")

    report = undo_import(first.pk, actor=SYSTEM, at=AT)

    assert spent() == {("2025-01", "fair"): 100, ("2025-01", "search-ads"): 50}
    told = (report["spend_restored"], report["spend_removed"], report["spend_kept"])
    assert told == (1, 1, 1)
    assert not ImportChange.objects.exists()


def enter(amount: int, touchpoint: str) -> None:
    enter_spend(
        month=date(2025, 1, 1), touchpoint=touchpoint, amount_minor=amount, actor=SYSTEM, at=AT
    )


def test_a_later_import_of_the_same_months_goes_back_first(tmp_path: Path) -> None:
    first = taken(tmp_path)
    taken(tmp_path, "month,touchpoint,spend\n2025-01,fair,900\n")

    with pytest.raises(ImportStateError, match="Take that one back first"):
        undo_import(first.pk, actor=SYSTEM, at=AT)

    assert spent()["2025-01", "fair"] == 90_000


def test_a_spreadsheet_with_days_as_days_is_read(tmp_path: Path) -> None:
    book = Workbook()
    assert book.active is not None
    book.active.append(["Month", "Touchpoint", "Cost"])
    book.active.append([datetime(2025, 3, 1), "Trade fair", 12.5])  # noqa: DTZ001 -- a cell has no zone
    path = tmp_path / "ads.xlsx"
    book.save(path)

    take_in(path, "spend")

    assert spent() == {("2025-03", "fair"): 1_250}


def test_amounts_in_another_currency_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "ads.csv"
    path.write_text("month,touchpoint,spend\n2025-01,fair,900\n", "utf-8")

    row = take_in(path, "spend", currency="EUR")

    assert row.summary["reasons"] == {"not_our_currency": 1}
    assert spent() == {}


def test_another_spelling_in_a_later_batch_of_one_import_is_added() -> None:
    settings = ImportSettings("spend", {"month": "d", "touchpoint": "t", "amount": "a"})
    for number, name in enumerate(("fair", "Trade fair")):
        columns = {
            "d": pa.array(["2025-01"]),
            "t": pa.array([name]),
            "a": pa.array([str(number + 1)]),
        }
        take(Batch(ints([1]), columns), Work(settings, 7, datetime(2026, 1, 1, tzinfo=UTC)))

    assert spent() == {("2025-01", "fair"): 300}


def test_the_wizard_offers_the_kind(ada_client: Client) -> None:
    page = ada_client.get("/imports/new").content.decode()
    assert 'value="spend"' in page
