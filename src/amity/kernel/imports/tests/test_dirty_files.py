"""Dirty and hostile files: what can be read is read, what cannot is named, memory stays bounded."""

import gzip
import io
import zipfile
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from amity.kernel.imports.analysis import MappingError, analyze, need_fields
from amity.kernel.imports.files.batches import Batch, FileError, TextOptions
from amity.kernel.imports.files.opening import open_table
from amity.kernel.imports.files.text import TextFile
from amity.kernel.imports.formats.dates import parse_clear_date
from amity.kernel.imports.order_staging import stage_orders
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.staging import Stage

HEADER = "order,customer,date,amount,description\n"
ENCODINGS = {
    "utf-8": "Müller Żółć Иванов 山田",
    "utf-8-sig": "Müller Żółć Иванов 山田",
    "utf-16": "Müller Żółć Иванов 山田",
    "utf-16-le": "Müller Café",
    "utf-32": "Müller Żółć",
    "cp1252": "Müller Café façade naïve œuvre “quoted”",
    "latin-1": "Müller Café façade naïve élève",
    "cp1250": "Zażółć gęślą jaźń. Příliš žluťoučký kůň úpěl ďábelské ódy",
    "cp1251": "Съешь же ещё этих мягких французских булок да выпей чаю",
    "koi8-r": "Съешь же ещё этих мягких французских булок да выпей чаю",
    "shift_jis": "いろはにほへと ちりぬるを 東京都港区の注文",
    "gb18030": "敏捷的棕色狐狸跳过懒狗和北京市的订单",
}


def whole(path: Path, rows: int = 50_000, **options: object) -> list[Batch]:
    """All batches of a file, with all columns."""
    file = open_table(path, TextOptions(**options))  # type: ignore[arg-type]  # options by name
    return list(file.batches(file.names, rows=rows))


def counts(batches: list[Batch]) -> tuple[int, list[tuple[int, str]]]:
    """Rows that could be read, and the number and reason of the others."""
    good = sum(len(batch.numbers) for batch in batches)
    return good, [(r.row, r.reason) for batch in batches for r in batch.rejects]


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_every_encoding_is_found(encoding: str, tmp_path: Path) -> None:
    text = ENCODINGS[encoding]
    lines = "".join(f"{n},K{n},2024-03-0{n % 9 + 1},1.50,{text}\r\n" for n in range(300))
    path = tmp_path / "orders.csv"
    path.write_bytes((HEADER + lines).encode(encoding))

    batches = whole(path)

    assert counts(batches) == (300, [])
    assert set(batches[0].columns["description"].to_pylist()) == {text}


def test_utf8_with_some_lines_of_windows_1252_is_mended(tmp_path: Path) -> None:
    path = tmp_path / "glued.csv"
    head = (HEADER + "1,K,2024-03-01,1,Müller\n" * 60_000).encode()
    path.write_bytes(head + "2,K,2024-03-01,1,Café\n".encode("cp1252"))

    batches = whole(path)

    assert counts(batches)[0] == 60_001
    assert batches[-1].columns["description"][-1].as_py() == "Café"


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("7,K,2024-03-01,1,a,extra", "too_many_columns"),
        ("7,K,2024-03-01", "too_few_columns"),
        ("7,K,2024-03-01,1,a\x00b", "nul_character"),
        ("7,K,2024-03-01,1," + "x" * 70_000, "field_too_long"),
        ("7,K,2024-03-01,1," + "x" * 1_500_000, "line_too_long"),
        ('7,K,2024-03-01,1,"never closed', "unclosed_quote"),
        ("7,K,2024-03-01,1" + ",x" * 600, "too_many_columns"),
    ],
)
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_a_bad_row_is_named_and_the_others_are_read(
    row: str, reason: str, newline: str, tmp_path: Path
) -> None:
    lines = [HEADER.strip(), *(f"{n},K,2024-03-01,1,a" for n in range(6)), row]
    lines += [f'{n},K,2024-03-01,1,"quoted, text"' for n in range(20)]
    path = tmp_path / "orders.csv"
    path.write_bytes(newline.join(lines).encode())

    batches = whole(path)

    assert counts(batches) == (26, [(7, reason)])


def test_quoted_newlines_and_mixed_newlines_are_read(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    body = '1,K,2024-03-01,1,"two\nlines"\r\n2,K,2024-03-01,1,b\n\n3,K,2024-03-01,1,""""\r'
    path.write_bytes((HEADER + body).encode())

    batches = whole(path)

    assert counts(batches) == (3, [])
    assert batches[0].columns["description"].to_pylist() == ["two\nlines", "b", '"']


def test_empty_cells_behind_the_header_do_not_matter(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "1,K,2024-03-01,1,a,,,\n2,K,2024-03-01,1,b\n")

    assert counts(whole(path)) == (2, [])


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"x" * 3_000_000, "1,000,000 characters"),
        (b"," * 3_000_000, "1,000,000 characters"),
        (b"a," * 600 + b"a\n", "601 columns"),
        (b"", "empty"),
        (b"\n\n\n", "empty"),
        (b"%PDF-1.7", "PDF"),
        (b"\xd0\xcf\x11\xe0old", "xlsx"),
        (b"PAR1 no parquet", "Parquet"),
        (b"PK\x03\x04 no zip", "zip"),
    ],
)
def test_what_is_no_table_is_refused_with_a_sentence(
    content: bytes, said: str, tmp_path: Path
) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)

    with pytest.raises(FileError, match=said):
        whole(path)


def test_a_file_of_open_quotes_is_given_up_soon(tmp_path: Path) -> None:
    path = tmp_path / "quotes.csv"
    path.write_text(HEADER + '1,K,2024-03-01,1,"x\n' * 5001)

    with pytest.raises(FileError, match="--quote none"):
        whole(path)
    assert counts(whole(path, quote="none")) == (5001, [])


def test_packed_files_are_read_and_bombs_refused(tmp_path: Path) -> None:
    text = HEADER + "1,K,2024-03-01,1,a\n" * 100
    (tmp_path / "a.csv.gz").write_bytes(gzip.compress(text.encode()))
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("__MACOSX/x", "")
        archive.writestr("../orders.csv", text)
    with zipfile.ZipFile(tmp_path / "two.zip", "w") as archive:
        archive.writestr("a.csv", text)
        archive.writestr("b.csv", text)
    bomb = gzip.compress(HEADER.encode() + b"1,K,2024-03-01,1,a\n" * 1_500_000)
    (tmp_path / "bomb.gz").write_bytes(gzip.compress(bomb * 1) if len(bomb) > 200_000 else bomb)

    assert counts(whole(tmp_path / "a.csv.gz")) == (100, [])
    assert counts(whole(tmp_path / "a.zip")) == (100, [])
    with pytest.raises(FileError, match="--member"):
        whole(tmp_path / "two.zip")
    assert counts(whole(tmp_path / "two.zip", member="b.csv")) == (100, [])
    assert sorted(path.name for path in tmp_path.parent.glob("orders.csv")) == []


def test_a_stream_that_unpacks_without_end_is_stopped(tmp_path: Path) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", compresslevel=9) as stream:
        stream.write(HEADER.encode())
        for _ in range(40):
            stream.write(b"x" * 1_000_000)

    with pytest.raises(FileError, match="unpacks"):
        whole(path)


def test_nothing_but_line_breaks_is_given_up_soon(tmp_path: Path) -> None:
    path = tmp_path / "blank.csv"
    path.write_text("\n" * 200_000 + HEADER)

    with pytest.raises(FileError, match="blank lines"):
        whole(path)


def workbook(path: Path, rows: list[list[object]]) -> Path:
    """A workbook with these rows."""
    book = Workbook()
    sheet = book.create_sheet(index=0)
    for row in rows:
        sheet.append(row)
    book.save(path)
    return path


def test_a_workbook_with_titles_dates_and_holes_is_read(tmp_path: Path) -> None:
    path = workbook(
        tmp_path / "orders.xlsx",
        [
            ["Sales of the year"],
            [],
            ["Order", "Customer", "Date", "Amount"],
            [1001, "K1", date(2024, 3, 31), 12.5],
            [],
            [1002, None, date(2024, 4, 1), 7],
        ],
    )

    file = open_table(path)
    batch = next(iter(file.batches(file.names)))

    assert file.names == ("Order", "Customer", "Date", "Amount")
    assert batch.columns["Order"].to_pylist() == ["1001", "1002"]
    assert batch.columns["Date"].to_pylist() == ["2024-03-31 00:00:00", "2024-04-01 00:00:00"]
    assert batch.columns["Amount"].to_pylist() == ["12.5", "7"]


def replaced(source: Path, target: Path, part: str, content: bytes) -> Path:
    """The workbook with one part replaced."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, content if name == part else old.read(name))
    return target


def test_a_workbook_that_unpacks_to_a_gigabyte_is_refused(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", [["Order", "Date"], [1, "2024-03-01"]])
    part = "xl/worksheets/sheet1.xml"
    target = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(good) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            if name != part:
                new.writestr(name, old.read(name))
        with new.open(part, "w", force_zip64=True) as stream:
            for _ in range(100):
                stream.write(b" " * 1_000_000)

    with pytest.raises(FileError, match="unpacks to 100 MB"):
        open_table(target)


def test_a_workbook_with_entities_is_refused(tmp_path: Path) -> None:
    good = workbook(tmp_path / "good.xlsx", [["Order", "Date"], [1, "2024-03-01"]])
    with zipfile.ZipFile(good) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    laughs = b'<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    body = sheet.replace(b"?>", b"?>" + laughs) if b"?>" in sheet else laughs + sheet
    bad = replaced(good, tmp_path / "bad.xlsx", "xl/worksheets/sheet1.xml", body)

    with pytest.raises(FileError, match="cannot be read"):
        open_table(bad)


def test_a_workbook_with_many_parts_is_refused(tmp_path: Path) -> None:
    path = workbook(tmp_path / "many.xlsx", [["Order", "Date"]])
    with zipfile.ZipFile(path, "a") as archive:
        for number in range(2_100):
            archive.writestr(f"xl/media/{number}", b"")

    with pytest.raises(FileError, match="parts"):
        open_table(path)


def test_parquet_of_any_type_is_read(tmp_path: Path) -> None:
    table = pa.table(
        {
            "customer": pa.array([1.0, 2.0, None]),
            "date": pa.array([date(2024, 3, 1)] * 3),
            "order": pa.array(["a", "b", "c"]).dictionary_encode(),
            "amount": pa.array(["1.10", "2.20", "3.30"]).cast(pa.decimal128(10, 2)),
            "nested": pa.array([[1], [2], [3]]),
        }
    )
    path = tmp_path / "orders.parquet"
    pq.write_table(table, path)

    staged = stage(path, tmp_path)

    assert staged.column("customer").to_pylist() == ["1", "2", None]
    assert staged.column("amount").to_pylist() == [1_100_000, 2_200_000, 3_300_000]


def stage(path: Path, folder: Path, **chosen: object) -> pa.Table:
    """The staged rows of a file of orders."""
    analysis = analyze(path, ImportSettings(kind="orders"), chosen=chosen)
    need_fields(analysis.settings, analysis.file.names)
    result = Stage(folder / "stage")
    stage_orders(analysis.file, analysis.settings, result, lambda *_: None)
    return result.part(0)


def test_a_late_31st_settles_what_the_sample_left_open(tmp_path: Path) -> None:
    early = "".join(f"{n},K,01/02/2024,1,a\n" for n in range(6_000))
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + early + "6001,K,31/03/2024,1,a\n")

    staged = stage(path, tmp_path)

    days = np.unique(staged.column("day").to_numpy())
    first = (date(2024, 2, 1) - date(1970, 1, 1)).days
    assert days.tolist() == [first, (date(2024, 3, 31) - date(1970, 1, 1)).days]


def test_a_late_comma_settles_the_decimal_sign(tmp_path: Path) -> None:
    header = "order;customer;date;amount\n"
    early = "".join(f"{n};K;2024-02-01;{n % 9}\n" for n in range(6_000))
    path = tmp_path / "orders.csv"
    path.write_text(header + early + "6001;K;2024-02-01;12,50\n")

    assert stage(path, tmp_path).column("amount").to_pylist()[-1] == 12_500_000


def test_what_the_person_chose_stands(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "1,K,01/02/2024,1,a\n2,K,31/03/2024,1,a\n")

    staged = stage(path, tmp_path, date_style="mdy")

    assert staged.num_rows == 1


def test_a_needed_field_without_a_column_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text("Kunde,Wort\nx,y\n")

    with pytest.raises(MappingError, match=r"--map date=COLUMN"):
        stage(path, tmp_path)


def test_a_column_that_is_not_there_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_text(HEADER + "1,K,2024-03-01,1,a\n")

    with pytest.raises(MappingError, match="Kunde"):
        analyze(path, ImportSettings(kind="orders"), chosen={"mapping": {"customer": "Kunde"}})


def test_rejects_and_accepted_rows_are_all_rows(tmp_path: Path) -> None:
    rng = np.random.default_rng(7)
    buffer = io.StringIO(HEADER)
    buffer.seek(0, io.SEEK_END)
    for number in range(2_000):
        row = [str(number // 3), f"K{number % 50}", "2024-03-01", "1.50", "text"]
        row[rng.integers(0, 5)] = str(rng.choice(["", "x", "-", '"', "1;2", "\x00", ",", "é"]))
        buffer.write(",".join(row) + "\n")
    path = tmp_path / "orders.csv"
    path.write_text(buffer.getvalue())
    analysis = analyze(path, ImportSettings(kind="orders"), chosen={})
    result = Stage(tmp_path / "stage")

    stage_orders(analysis.file, analysis.settings, result, lambda *_: None)

    notes = result.notes or {}
    assert result.part(0).num_rows + sum(notes["reasons"].values()) == notes["rows"]
    assert notes["rows"] > 1_800


def test_a_hostile_vcard_costs_no_time(tmp_path: Path) -> None:
    path = tmp_path / "hostile.vcf"
    path.write_text("BEGIN:VCARD\nTEL" + ';x="' * 20_000 + "\nFN:A\nEND:VCARD\n")

    assert counts(whole(path)) == (1, [])


LINES = {
    "plain": "A-1,K1,2024-03-01,1.50,Tea",
    "quoted comma": 'A-2,K1,2024-03-01,1.50,"Tea, green"',
    "doubled quote": 'A-3,K1,2024-03-01,1.50,"5"" pipe"',
    "quote inside": 'A-4,K1,2024-03-01,1.50,5" x 3" pipe',
    "empty cells": "A-5,,2024-03-01,,",
    "spaces": " A-6 , K1 ,2024-03-01, 1.50 , Tea ",
    "word for nothing": "A-7,NULL,2024-03-01,1.50,N/A",
    "beyond ASCII": "A-8,Müller,2024-03-01,1.50,東京",
    "broken over lines": 'A-9,K1,2024-03-01,1.50,"Tea\ngreen"',
    "open quote": 'A-10,K1,2024-03-01,1.50,"Tea',
    "too many": "A-11,K1,2024-03-01,1.50,Tea,green",
    "too few": "A-12,K1",
    "blank": "",
    "not UTF-8": "A-13,M\udcfcller,2024-03-01,1.50,Tea",
}


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_the_swift_reader_reads_what_the_careful_one_does(
    line: str, ending: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, after = [LINES["plain"]] * 700, [LINES["quoted comma"]] * 600
    text = HEADER.strip() + ending + "".join(row + ending for row in [*before, LINES[line], *after])
    path = tmp_path / "orders.csv"
    path.write_bytes(text.encode("utf-8", "surrogateescape"))

    swift = whole(path, rows=500)
    monkeypatch.setattr(TextFile, "_is_plain", lambda *_: False)
    careful = whole(path, rows=500)

    assert _cells(swift) == _cells(careful)
    assert counts(swift) == counts(careful)


def _cells(batches: list[Batch]) -> list[tuple[object, ...]]:
    return [
        (int(number), *cells)
        for batch in batches
        for number, *cells in zip(
            batch.numbers, *(column.to_pylist() for column in batch.columns.values()), strict=True
        )
    ]


def test_a_row_of_another_width_late_in_a_plain_file_is_named(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [f"A-{n},K{n % 50},2024-03-01,1.50,Tea" for n in range(300_000)]
    rows[250_000] = "A-x,K1"
    path.write_text(HEADER + "\n".join(rows) + "\n")

    batches = whole(path)

    assert counts(batches) == (299_999, [(250_001, "too_few_columns")])
    assert [int(number) for batch in batches for number in batch.numbers][-1] == 300_000


@pytest.mark.parametrize(
    ("cell", "day"),
    [
        ("2024-03-05", date(2024, 3, 5)),
        ("20240305", date(2024, 3, 5)),
        ("5. März 2024", date(2024, 3, 5)),
        ("5.3.2024", date(2024, 3, 5)),
        ("3/5/2024", None),
        ("2024-02-31", None),
        ("5", None),
    ],
)
def test_a_date_that_reads_in_one_way_only_is_clear(cell: str, day: date | None) -> None:
    moment = parse_clear_date(cell)

    assert (moment and moment.day) == (day and (day - date(1970, 1, 1)).days)


def test_a_column_of_mixed_dates_is_read_as_far_as_they_are_clear(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    dates = ["2024-03-01"] * 8 + ["5.3.2024", "6 March 2024", "3/4/2024"]
    rows = "".join(f"N{n},K{n},{day},1.50,Tea\n" for n, day in enumerate(dates))
    path.write_text(HEADER + rows)

    analysis = analyze(path, ImportSettings(kind="orders"), chosen={})
    stage = Stage(tmp_path / "stage")
    stage_orders(analysis.file, analysis.settings, stage, lambda *_: None)

    assert (stage.notes or {})["reasons"] == {"bad_date": 1}
    days = stage.part(0).column("day").to_pylist()
    assert [day - days[0] for day in days[-2:]] == [4, 5]
