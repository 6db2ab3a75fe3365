"""The analytic tables follow the database, block by block, and say when they do not."""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from amity.cli.main import app
from amity.kernel.commerce.models import Order
from amity.kernel.interactions.operations import correct_interaction, record_interaction
from amity.measure.insight import lake
from amity.measure.insight.models import LakeFile
from amity.measure.insight.tests.conftest import AT, make_customers, make_order

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _own_folder(settings: Any, tmp_path: Path) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"


@pytest.fixture
def shop() -> dict[str, Any]:
    """Two customers, three orders in dollars and one in euros, one conversation that cost 2.50."""
    people = make_customers(["Ann", "Bob"])
    Order.objects.bulk_create(
        [
            make_order(1, people["Ann"], date(2026, 1, 5), 1_000),
            make_order(2, people["Ann"], date(2026, 2, 5), 3_000),
            make_order(3, people["Bob"], date(2026, 2, 6), 500),
            make_order(4, people["Bob"], date(2026, 2, 7), 900, currency="EUR"),
        ]
    )
    touch(people["Ann"].pk, 1)
    return people


def touch(customer_id: int, number: int, cost: int = 250) -> int:
    row, _ = record_interaction(
        kind="inbox.replied",
        source="test",
        source_id=str(number),
        happened_at=AT - timedelta(days=20),
        recorded_at=AT,
        relationship_type="personal_assistance",
        stage="support",
        currency="USD",
        customer_id=customer_id,
        staff_seconds=300,
        cost_minor=cost,
    )
    return int(row.pk)


def test_a_second_refresh_writes_nothing(shop: dict[str, Any]) -> None:
    first = lake.refresh(at=AT)
    assert (first.written, first.rows) == (3, 7)
    assert lake.refresh(at=AT) == lake.Refreshed(written=0, kept=3, rows=7)


def test_an_edited_order_is_noticed_even_where_sums_stay(shop: dict[str, Any]) -> None:
    lake.refresh(at=AT)
    first, second = Order.objects.filter(number__in=["1", "2"]).order_by("number")
    first.net_minor, second.net_minor = second.net_minor, first.net_minor
    Order.objects.bulk_update([first, second], ["net_minor"])
    assert lake.refresh(at=AT).written == 1


def test_a_correction_replaces_what_it_corrects(shop: dict[str, Any]) -> None:
    wrong = touch(shop["Bob"].pk, 2, cost=9_999)
    lake.refresh(at=AT)
    correct_interaction(wrong, recorded_at=AT, cost_minor=100)
    assert lake.refresh(at=AT).written == 1
    rows = lake.ask("cost_to_serve", as_of=AT.date())
    assert [(row["interactions"], row["cost"], row["customers"]) for row in rows] == [(2, 350, 2)]


def test_money_of_another_currency_is_not_known(shop: dict[str, Any]) -> None:
    lake.refresh(at=AT)
    rows = lake.ask("contribution", as_of=AT.date())
    assert [(row["net"], row["cost"]) for row in rows] == [(4_000, 250), (500, 0)]


def test_a_damaged_file_is_found_and_made_again(shop: dict[str, Any]) -> None:
    lake.refresh(at=AT)
    file = LakeFile.objects.get(table="orders")
    path = lake._root() / file.path
    path.write_bytes(path.read_bytes()[:-1])
    assert [finding.invariant for finding in lake.files_are_as_written()] == ["I8"]
    lake.refresh(at=AT, rebuild=True)
    assert list(lake.files_are_as_written()) == []


def test_a_lost_folder_is_made_again(shop: dict[str, Any]) -> None:
    lake.refresh(at=AT)
    for path in lake._root().iterdir():
        path.unlink()
    with pytest.raises(lake.LakeError, match="amity lake refresh"):
        lake.tables()
    assert lake.refresh(at=AT).written == 3


def test_blocks_that_are_gone_leave_the_tables(shop: dict[str, Any], monkeypatch: Any) -> None:
    monkeypatch.setattr(lake, "BLOCK", 1)
    lake.refresh(at=AT)
    assert lake.ask("contribution", as_of=AT.date())[0]["net"] == 4_000
    Order.objects.filter(number="4").delete()
    lake.refresh(at=AT)
    assert LakeFile.objects.filter(table="orders").count() == 1 + 3


def test_an_empty_house_has_empty_tables() -> None:
    assert lake.refresh(at=AT).rows == 0
    with pytest.raises(lake.LakeError, match="no orders yet"):
        lake.ask("volumes")
    assert lake.ask("volumes", as_of=AT.date()) == []


def test_an_unknown_question_is_refused_with_the_known_ones(shop: dict[str, Any]) -> None:
    with pytest.raises(lake.LakeError, match="cohorts"):
        lake.ask("secrets")


def test_the_command_answers_in_text_and_json(shop: dict[str, Any]) -> None:
    assert "written: 3" in amity("lake", "refresh")
    printed = json.loads(amity("lake", "ask", "contribution", "--as-of", "2026-03-01", "--json"))
    assert [row["net"] for row in printed["rows"]] == [4_000, 500]
    text = amity("lake", "ask", "contribution", "--as-of", "2026-03-01")
    assert text.splitlines()[0].split("\t") == ["customer", "segment", "net", "cost"]
    assert "contribution" in amity("lake", "ask")


def test_models_are_fitted_where_the_tables_lie(shop: dict[str, Any]) -> None:
    amity("lake", "refresh")

    found = json.loads(amity("lake", "fit", "--as-of", "2026-03-01", "--json"))

    assert found["engine"] == "duckdb"
    assert found["purchases"]["customers"] == 2
    assert found["purchases"]["verdict"] == "not enough data"
    assert found["spend"]["customers"] == 1
    assert found["spend"]["parameters"]["mean"] == 3_000


def test_an_unknown_model_is_refused_by_name(shop: dict[str, Any]) -> None:
    with pytest.raises(lake.LakeError, match="no model Pareto"):
        lake.fit(model="Pareto")


def amity(*words: str) -> str:
    result = CliRunner().invoke(app, list(words), catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout
