"""The currency that a file tells without a column for it, and how the file is read, in words."""

from pathlib import Path

import pytest
from django.conf import LazySettings

from amity.kernel.commerce.models import Order
from amity.kernel.imports.analysis import Analysis, analyze
from amity.kernel.imports.formats.currencies import currency_of_cells, currency_of_name
from amity.kernel.imports.formats.fields import without_unit
from amity.kernel.imports.reading import encoding_name, reading_in_words
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.tests.helpers import orders_file, take_in


@pytest.mark.parametrize(
    ("name", "own", "code", "rest"),
    [
        ("Einzelpreis (€)", "USD", "EUR", "einzelpreis"),
        ("Amount USD", "EUR", "USD", "amount"),
        ("Total £", "USD", "GBP", "total"),
        ("Price [EUR]", "USD", "EUR", "price"),
        ("price_chf", "USD", "CHF", "price"),
        ("EUR Betrag", "USD", "EUR", "betrag"),
        ("Betrag in EUR", "USD", "EUR", "betrag"),
        ("Montant en euros", "USD", "EUR", "montant"),
        ("Cena (zł)", "USD", "PLN", "cena"),
        ("Amount ($)", "EUR", "USD", "amount"),
        ("Amount ($)", "CAD", "CAD", "amount"),
        ("Amount (US$)", "CAD", "USD", "amount"),
        ("Valor R$", "USD", "BRL", "valor"),
        ("Belopp (kr)", "SEK", "SEK", "belopp"),
        ("Belopp (kr)", "EUR", "", "belopp"),
        ("Price (net)", "EUR", "", "price net"),
        ("Total all", "EUR", "", "total all"),
        ("Amount (EUR) in cents", "USD", "EUR", "amount"),
        ("EUR", "USD", "EUR", "eur"),
        ("€", "USD", "EUR", ""),
        ("Europe sales", "USD", "", "europe sales"),
        ("amount", "USD", "", "amount"),
    ],
)
def test_a_heading_tells_its_currency(name: str, own: str, code: str, rest: str) -> None:
    assert currency_of_name(name, own=own) == code
    assert without_unit(name) == rest


def test_cells_tell_their_currency_where_nearly_all_do() -> None:
    assert currency_of_cells(["12,50 €", "€ 3", "", "4,00€"], own="USD") == "EUR"
    assert currency_of_cells(["CHF 12.50", "CHF 1"], own="USD") == "CHF"
    assert currency_of_cells(["12.50", "€ 3"], own="USD") == ""
    assert currency_of_cells(["€ 3", "£ 3"], own="USD") == ""
    assert currency_of_cells([], own="USD") == ""


def analyzed(
    folder: Path, header: str, row: str = "K1,2024-03-31,12.50", **chosen: str
) -> Analysis:
    """A file of one line as it is understood by a company that counts in dollars."""
    path = orders_file(folder, f"{header}\n{row}\n")
    return analyze(path, ImportSettings(kind="orders", currency="USD"), chosen=chosen)


def test_a_heading_proposes_the_currency_of_the_import(tmp_path: Path) -> None:
    found = analyzed(tmp_path, "Kunde,Datum,Betrag (€)")

    assert found.settings.mapping["amount"] == "Betrag (€)"
    assert found.settings.currency == "EUR"


def test_cells_propose_it_where_the_heading_says_nothing(tmp_path: Path) -> None:
    found = analyzed(tmp_path, "customer,date,amount", "K1,2024-03-31,£12.50")

    assert found.settings.currency == "GBP"


def test_the_person_overrules_the_proposed_currency(tmp_path: Path) -> None:
    found = analyzed(tmp_path, "customer,date,amount EUR", currency="CHF")

    assert found.settings.currency == "CHF"
    assert found.proposal.currency == "EUR"


def test_headings_that_contradict_each_other_propose_nothing(tmp_path: Path) -> None:
    header = "customer,date,unit price USD,amount EUR"
    found = analyzed(tmp_path, header, "K1,2024-03-31,12.50,12.50")

    assert found.settings.currency == "USD"
    assert found.proposal.currency == ""


@pytest.mark.django_db
def test_orders_are_kept_in_the_currency_of_the_heading(
    settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"

    row = take_in(orders_file(tmp_path, "order,customer,date,total ¥\n1,K1,2024-03-31,1250\n"))

    order = Order.objects.get()
    assert (order.currency, order.net_minor) == ("JPY", 1250)
    assert row.summary["currency"] == "JPY"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (
            "Kunde;Datum;Gr\xf6\xdfe;Betrag\nM\xfcller;31.03.2024;\xfc;1.234,50\n".encode("cp1252"),
            "Windows-1252, separated by semicolons, headings in row 1, decimal comma",
        ),
        (
            b"Orders of March\n\ncustomer,date,amount\nann,2024-03-31,1234.50\n",
            "UTF-8, separated by commas, headings below a row of titles, decimal point",
        ),
        (
            b"7\t2024-03-31\t12.50\n8\t2024-04-01\t13.50\n",
            "UTF-8, separated by tabs, without headings, decimal point",
        ),
    ],
)
def test_how_a_file_is_read_is_said_in_words(content: bytes, words: str, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(content)
    found = analyze(path, ImportSettings(kind="orders"), chosen={})

    assert reading_in_words(found.file, found.settings) == f"Read as CSV in {words}"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("cp1252", "Windows-1252"),
        ("utf-8-sig", "UTF-8"),
        ("utf-16-le", "UTF-16-LE"),
        ("iso8859_15", "ISO 8859-15"),
        ("cp850", "code page 850"),
        ("shift_jis", "Shift JIS"),
        ("mac_roman", "Mac Roman"),
        ("koi8_r", "KOI8-R"),
        ("nonsense", "nonsense"),
    ],
)
def test_encodings_have_the_names_that_people_know(encoding: str, name: str) -> None:
    assert encoding_name(encoding) == name
