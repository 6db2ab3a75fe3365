"""`amity value`, as typed: no test here may touch a database, and none does."""

import csv
import gzip
import json
import re
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook
from PIL import Image
from typer.testing import CliRunner, Result

from amity.base.results import AmityError
from amity.cli.main import app
from amity.measure.insight.tests.conftest import CDNOW
from amity.testing.populations import by_habit

ROOT = Path(__file__).parents[5]
CALIBRATION = ("--as-of", "1997-09-30", "--holdout", "273")


def run(*words: object, stdin: bytes | None = None) -> Result:
    return CliRunner().invoke(app, ["value", *map(str, words)], input=stdin)


def valued(*words: object, stdin: bytes | None = None) -> dict[str, Any]:
    result = run(*words, "--json", stdin=stdin)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def refused(*words: object) -> str:
    result = run(*words)
    assert isinstance(result.exception, AmityError), result.output
    return str(result.exception)


@pytest.fixture(scope="module")
def master(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample as the raw file has it: no headings, spaces, dates as 19970101."""
    path = tmp_path_factory.mktemp("cdnow") / "CDNOW_sample.txt"
    with CDNOW.open(newline="") as source:
        lines = [
            f" {int(row['customer']):05} {row['date'].replace('-', '')} {int(row['units']):2} "
            f"{float(row['amount']):7.2f}"
            for row in csv.DictReader(source)
        ]
    path.write_text("\n".join(lines) + "\n")
    return path


def test_the_raw_cdnow_file_gives_the_published_figures(master: Path) -> None:
    found = valued(master, *CALIBRATION)

    model, held, spend = found["model"], found["backtest"], found["spend"]
    assert {column["field"] for column in found["file"]["columns"]} >= {
        "customer",
        "date",
        "amount",
    }
    assert (found["read"]["rows"], found["read"]["rejected"]) == (6919, 0)
    assert (found["base"]["customers"], found["base"]["purchases"]) == (2357, 2457)
    assert model["verdict"] == "ok"
    assert model["parameters"] == pytest.approx(
        {"r": 0.2426, "alpha": 4.4136, "a": 0.7929, "b": 2.4259}, abs=5e-5
    )
    assert model["standard_errors"] == pytest.approx(
        {"r": 0.01256, "alpha": 0.3782, "a": 0.1857, "b": 0.7054}, rel=1e-3
    )
    assert model["log_likelihood"] == pytest.approx(-9582.4292, abs=5e-5)
    assert (held["actual"], round(held["forecast"], 1)) == (1882, 1653.4)
    assert held["wider"] == "backtest"
    assert held["low"] <= held["actual"] <= held["high"] + 1e-6
    assert spend["parameters"] == pytest.approx({"p": 6.2496, "q": 3.7442, "v": 15.4435}, abs=1e-4)
    value = found["forecast"]["value"]
    assert 0 < value["low"] < value["expected"] < value["high"]


def test_parameters_are_told_in_days_where_asked(master: Path) -> None:
    model = valued(master, *CALIBRATION, "--unit", "day")["model"]

    assert model["parameters"]["alpha"] == pytest.approx(7 * 4.413602, rel=1e-5)
    low, high = model["intervals"]["alpha"]
    assert low < model["parameters"]["alpha"] < high


def test_horizon_discount_and_margin_change_the_value(master: Path) -> None:
    usual = valued(master)["forecast"]
    half = valued(master, "--months", "6", "--margin", "0.5", "--discount", "0")["forecast"]

    assert half["months"] == 6
    assert half["purchases"]["expected"] < usual["purchases"]["expected"]
    assert half["value"]["expected"] < 0.5 * usual["value"]["expected"]


def test_buyers_by_habit_are_valued_by_the_model_of_habits(tmp_path: Path, master: Path) -> None:
    who, day, amount = by_habit(800, 4, 4, 700)
    path = tmp_path / "regulars.csv"
    lines = zip(who.tolist(), day.tolist(), amount.tolist(), strict=True)
    path.write_text(
        "customer,date,amount\n"
        + "\n".join(
            f"c{one},{date(2023, 1, 1) + timedelta(days=on)},{minor / 100:.2f}"
            for one, on, minor in lines
        )
    )

    found, plain = valued(path), valued(master)

    assert found["habits"]["used"] is True
    assert found["forecast"]["model"] == found["habits"]["model"] == "MBG/CNBD-4"
    assert found["forecast"]["purchases"]["expected"] == pytest.approx(
        found["habits"]["purchases"], abs=0.01
    )
    assert "By MBG/CNBD-4, which knows habits and missed the hold-out by less." in run(path).output
    assert (plain["habits"]["used"], plain["forecast"]["model"]) == (False, "BG/NBD")


DIRTY = """\
Rechnungsnr;Kundennr;Rechnungsdatum;Artikel;Bezeichnung;Menge;Einzelpreis
1001;K1;01.03.2024;A-1;Tee, grün;2;4,50 €
1001;K1;01.03.2024;A-2;Kanne;1;1.064,00 €
C1001;K1;09.03.2024;A-2;Kanne;-1;1.064,00 €
1002;K2;2024-03-05;A-1;Tee;1;4,50 €
1003;K2;17.03.2024;A-1;Tee;-1;4,50 €
1004;;05.04.2024;A-1;Barverkauf;3;4,50 €
Rechnungsnr;Kundennr;Rechnungsdatum;Artikel;Bezeichnung;Menge;Einzelpreis
1005;K3;6. April 2024;A-1;Tee;4;4,50 €
1006;K3;irgendwann;A-1;Tee;1;4,50 €
1007;K1;08.05.2024;A-1;Tee;zwei;4,50 €
1008;K1;13.05.2024;A-1;Tee;1;"4,50 €"
Summe;;;;;;1.150,50 €
"""


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    path = tmp_path / "rechnungen.csv"
    path.write_bytes(b"\xef\xbb\xbf" + DIRTY.replace("\n", "\r\n").encode())
    return path


def test_a_dirty_export_is_read_and_every_other_row_is_named(dirty: Path, tmp_path: Path) -> None:
    rejects = tmp_path / "rejects.csv"
    found = valued(dirty, "--rejects", rejects)

    read = found["read"]
    assert (found["file"]["currency"], found["file"]["decimal_sign"]) == ("EUR", ",")
    assert (read["rows"], read["accepted"], read["rejected"]) == (12, 8, 4)
    assert (read["orders"], read["returns"], read["anonymous_rows"]) == (7, 2, 1)
    assert read["customers"] == 3
    assert (read["gross"], read["refunds"]) == (1073.00 + 4.50 + 13.50 + 18.00 + 4.50, 1068.50)
    assert [(row["row"], row["field"], row["reason"]) for row in read["problems"]] == [
        (7, "date", "bad_date"),
        (9, "date", "bad_date"),
        (10, "quantity", "bad_number"),
        (12, "date", "missing_date"),
    ]
    assert all(row["remedy"] for row in read["problems"])
    with rejects.open(newline="") as file:
        assert [int(row["row"]) for row in csv.DictReader(file)] == [7, 9, 10, 12]
    assert found["base"]["customers"] == 3
    assert found["model"]["verdict"] == "not enough data"
    assert found["model"]["fallback"]


def test_words_say_what_was_read_and_how_to_choose_otherwise(dirty: Path) -> None:
    words = run(dirty).stdout

    assert "customer = Kundennr" in words
    assert "--customer, --date, --amount, --order" in words
    assert "12 rows: 7 orders of 3 customers, 2024-03-01 to 2024-05-13; 2 returns" in words
    assert "row 10: quantity 'zwei': bad number." in words
    assert "Not enough data yet: needs 30 repeat buyers" in words


def test_columns_are_chosen_by_name_and_by_number(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("who,when,payer,paid\nA,2024-01-02,X,3.00\nB,2024-02-03,X,4.00\n")

    found = valued(path, "--customer", "WHO", "--date", "2", "--amount", "paid")

    columns = {column["field"]: column["column"] for column in found["file"]["columns"]}
    assert columns == {"customer": "who", "date": "when", "amount": "paid"}
    assert [row["customer"] for row in found["customers"]] == ["B", "A"]


@pytest.mark.parametrize("kind", ["tsv", "xlsx", "parquet", "gz", "stdin"])
def test_every_format_gives_the_same(kind: str, dirty: Path, tmp_path: Path) -> None:
    rows = [("order", "customer", "date", "amount")]
    rows += [(f"N{n}", f"K{n % 3}", f"2024-0{n % 9 + 1}-11", f"{n}.50") for n in range(1, 30)]
    plain = "\n".join(",".join(row) for row in rows) + "\n"
    expected = tmp_path / "orders.csv"
    expected.write_text(plain)
    path = tmp_path / f"orders.{kind}"
    stdin = None
    if kind == "tsv":
        path.write_text(plain.replace(",", "\t"))
    elif kind == "gz":
        path.write_bytes(gzip.compress(plain.encode()))
    elif kind == "xlsx":
        book = Workbook()
        assert book.active is not None
        for row in rows:
            book.active.append(row)
        book.save(path)
    elif kind == "parquet":
        columns = list(zip(*rows[1:], strict=True))
        days = [date.fromisoformat(day) for day in columns[2]]
        table = {"order": columns[0], "customer": columns[1], "date": days}
        pq.write_table(pa.table({**table, "amount": [float(a) for a in columns[3]]}), path)
    else:
        path, stdin = Path("-"), plain.encode()

    found = valued(path, stdin=stdin)

    usual = valued(expected)
    assert found["base"] == usual["base"]
    assert found["forecast"] == usual["forecast"]
    assert found["customers"] == usual["customers"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "The file is empty."),
        (b"\x7fELF\x02\x01\x01" + bytes(range(256)) * 40 + bytes(3000), "binary data"),
        (b"customer,date,amount\n", "no order that counts"),
        (
            b"customer,date,amount\n,2024-01-01,3\n",
            "None of the 1 rows could be taken",
        ),
        (b"order,date,amount\n1,2024-01-01,3\n2,2024-01-02,3\n", "--customer"),
        (b"a,b\n1,2\n", "No column was found for the date."),
    ],
)
def test_what_cannot_be_valued_is_told_in_a_sentence(
    content: bytes, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)

    assert says in refused(path)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    assert "There is no file" in refused(tmp_path / "nowhere.csv")


@pytest.mark.parametrize(
    "text",
    [
        "customer,date,amount\nA,2024-01-01,3.00\n",
        "customer,date,amount\n" + "".join(f"A,2024-01-{d:02},3.00\n" for d in range(1, 29)),
        "customer,date,amount\n" + "".join(f"K{n},2024-01-01,3.00\n" for n in range(99)),
        "customer,date\nA,2024-01-01\nB,2024-01-05\nA,2024-02-01\n",
    ],
    ids=["one order", "one customer", "one day", "no amounts"],
)
def test_too_little_is_valued_with_its_verdict(text: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(text)

    found = valued(path, "--plot", tmp_path / "fit.svg", "--out", tmp_path / "all.csv")

    assert found["model"]["verdict"] == "not enough data"
    assert found["model"]["fallback"]
    assert found["forecast"]["purchases"]["expected"] is not None
    assert run(path, "--strict").exit_code == 3
    assert run(path).exit_code == 0


def test_options_that_make_no_sense_are_refused(dirty: Path, tmp_path: Path) -> None:
    assert "--holdout 13" in refused(dirty, "--as-of", "2024-04-30", "--holdout", "900")
    assert "begin on 2024-03-01" in refused(dirty, "--as-of", "2020-01-01")
    assert "There is no model" in refused(dirty, "--model", "Magic")
    assert "There is no column 'Kunde'" in refused(dirty, "--customer", "Kunde")
    assert "--unit is 'year'; use day or week." in refused(dirty, "--unit", "year")
    assert ".csv or .parquet" in refused(dirty, "--out", tmp_path / "all.doc")
    assert ".svg or .png" in refused(dirty, "--plot", tmp_path / "fit.bmp")
    assert "cannot be written" in refused(dirty, "--plot", tmp_path / "nowhere" / "fit.svg")
    assert run(dirty, "--months", "0").exit_code == 2


def test_all_customers_are_written_and_no_spreadsheet_takes_them_for_formulas(
    tmp_path: Path,
) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("customer,date,amount\n=1+1,2024-01-01,3.00\nB,2024-01-05,4.50\n")

    for kind in ("csv", "parquet"):
        assert run(path, "--out", tmp_path / f"all.{kind}").exit_code == 0

    table = pq.read_table(tmp_path / "all.parquet")
    assert table.column("customer").to_pylist() == ["=1+1", "B"]
    assert table.column("spent").to_pylist() == [3.0, 4.5]
    with (tmp_path / "all.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["customer"] for row in rows] == ["'=1+1", "B"]
    assert list(rows[0]) == table.column_names


def test_the_plot_is_a_drawing_in_both_formats(master: Path, tmp_path: Path) -> None:
    svg, png = tmp_path / "fit.svg", tmp_path / "fit.png"
    for path in (svg, png):
        assert run(master, *CALIBRATION, "--plot", path).exit_code == 0

    root = ET.fromstring(svg.read_text())  # noqa: S314 -- our own file
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert "CDNOW_sample.txt: BG/NBD, ok" in words
    assert "Purchases each in the 273 days unseen" in words
    assert {"made", "expected", "7+"} <= set(words)
    with Image.open(png) as picture:
        assert picture.size == (2000, 840)
        colors = picture.getcolors(1 << 20)
        assert colors is not None
        assert len(colors) > 50


def test_the_json_is_the_one_that_the_documentation_names(master: Path) -> None:
    page = (ROOT / "docs/using/value.md").read_text()
    table = page.split("## The JSON")[1]
    documented = set(re.findall(r"^\| `([^`]+)` \|", table, flags=re.MULTILINE))

    found = valued(master, *CALIBRATION)
    found["read"]["problems"] = [{"row": 1, "field": "", "reason": "", "value": "", "remedy": ""}]

    assert set(_paths(found)) == documented


NAMED_BY_FILE = {"reasons", "parameters", "standard_errors", "intervals"}


def _paths(value: Any, path: str = "") -> list[str]:
    name = path.rpartition(".")[2]
    if isinstance(value, dict) and name not in NAMED_BY_FILE:
        dot = f"{path}." if path else ""
        return [one for key, inner in value.items() for one in _paths(inner, f"{dot}{key}")]
    if isinstance(value, list) and value and isinstance(value[0], dict):
        return _paths(value[0], f"{path}[]")
    return [path]
