"""Imports in the browser: upload, columns, preview, progress, result, and who may."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amity.kernel.commerce.models import Order
from amity.kernel.imports.models import Import
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import Worker, run_until_idle
from amity.kernel.traits.models import Trait

if TYPE_CHECKING:
    from django.test.client import _MonkeyPatchedWSGIResponse as Answer

pytestmark = pytest.mark.django_db

TEXT = """Bestellnummer;Kundennummer;Datum;Artikel;Menge;Betrag
1;K1;31.03.2024;Tee;2;1.234,50
2;K2;01.04.2024;Tasse;1;12,00
3;K2;kaputt;Tasse;1;<script>alert(1)</script>
"""


@pytest.fixture(autouse=True)
def _home(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def upload(client: Client, text: str = TEXT, kind: str = "orders") -> "Answer":
    file = SimpleUploadedFile("orders.csv", text.encode())
    return client.post("/imports/new", {"kind": kind, "file": file})


def test_a_heading_names_the_currency_and_the_page_says_so(ada_client: Client) -> None:
    upload(ada_client, TEXT.replace("Betrag", "Betrag (€)"))
    row = Import.objects.get()

    columns = ada_client.get(f"/imports/{row.pk}/mapping").content.decode()
    form = {"map_customer": "Kundennummer", "map_date": "Datum", "map_amount": "Betrag (€)"}
    ada_client.post(f"/imports/{row.pk}/mapping", {**form, "currency": "chf"})

    assert row.options["currency"] == "EUR"
    assert "The columns of the amounts say EUR." in columns
    row.refresh_from_db()
    assert row.options["currency"] == "CHF"


def imported(client: Client) -> Import:
    """The file, uploaded, with its columns confirmed, and imported."""
    upload(client)
    row = Import.objects.get()
    client.post(f"/imports/{row.pk}/start")
    run_until_idle()
    row.refresh_from_db()
    return row


def test_a_file_goes_from_upload_to_result(ada_client: Client) -> None:
    answer = upload(ada_client)
    row = Import.objects.get()
    assert answer.headers["Location"] == f"/imports/{row.pk}/mapping"
    assert Path(row.file_path).read_text() == TEXT

    columns = ada_client.get(f"/imports/{row.pk}/mapping").content.decode()
    assert '<option selected value="Kundennummer">' in columns
    assert "31.03.2024" in columns
    assert "Read as CSV in UTF-8, separated by semicolons, headings in row 1, decimal" in columns

    form = {
        "map_customer": "Kundennummer",
        "map_order": "Bestellnummer",
        "map_date": "Datum",
        "map_product": "Artikel",
        "map_quantity": "Menge",
        "map_amount": "Betrag",
        "currency": "eur",
        "decimal": ",",
        "date_style": "dmy",
        "amounts": "major",
    }
    answer = ada_client.post(f"/imports/{row.pk}/mapping", form)
    assert answer.headers["Location"] == f"/imports/{row.pk}/preview"

    seen = ada_client.get(f"/imports/{row.pk}/preview").content.decode()
    assert "2024-03-31" in seen
    assert "1234.5" in seen
    assert "bad date" in seen
    assert not Order.objects.exists()

    ada_client.post(f"/imports/{row.pk}/start")
    running = ada_client.get(f"/imports/{row.pk}").content.decode()
    assert "every 1s" in running
    assert '<noscript><meta http-equiv="refresh"' in running
    run_until_idle()

    result = ada_client.get(f"/imports/{row.pk}").content.decode()
    assert "every 1s" not in result
    assert "1,246.50 EUR" in result
    assert Order.objects.get(number="1").net_minor == 123450
    rejects = ada_client.get(f"/imports/{row.pk}/rejects.csv")
    assert b"3,date,bad_date,kaputt" in rejects.getvalue()


def test_what_a_file_says_is_never_taken_for_markup(ada_client: Client) -> None:
    upload(ada_client, TEXT.replace("Betrag", "<b>Betrag</b>"))
    row = Import.objects.get()

    for step in ("mapping", "preview"):
        page = ada_client.get(f"/imports/{row.pk}/{step}").content.decode()
        assert "<script>alert" not in page
        assert "<b>Betrag" not in page


def test_undo_takes_the_import_back(ada_client: Client) -> None:
    row = imported(ada_client)
    assert Order.objects.count() == 2

    ada_client.post(f"/imports/{row.pk}/undo")
    run_until_idle()

    assert Order.objects.count() == 0
    assert "Taken back" in ada_client.get(f"/imports/{row.pk}").content.decode()


def test_orders_that_came_in_are_measured_by_themselves(ada_client: Client) -> None:
    upload(ada_client)
    row = Import.objects.get()
    ada_client.post(f"/imports/{row.pk}/start")
    Worker().run_one()

    waiting = ada_client.get(f"/imports/{row.pk}").content.decode()
    measure = Job.objects.get(kind="insight.measure")
    assert "Measure customers" in waiting
    assert "every 1s" in waiting
    assert f'href="/jobs/{measure.pk}"' in waiting

    run_until_idle()
    done = ada_client.get(f"/imports/{row.pk}").content.decode()
    assert "Measure customers: done." in done
    assert "every 1s" not in done
    assert Trait.objects.filter(name="orders").exists()


def test_many_imports_cause_one_measurement(ada_client: Client) -> None:
    upload(ada_client)
    upload(ada_client, TEXT.replace("1;K1", "7;K7"))
    for row in Import.objects.all():
        ada_client.post(f"/imports/{row.pk}/start")

    run_until_idle()

    assert set(Import.objects.values_list("status", flat=True)) == {"done"}
    assert Job.objects.filter(kind="insight.measure").count() == 1


def test_nothing_is_measured_where_the_company_does_not_want_it(
    ada_client: Client, settings: LazySettings
) -> None:
    settings.MEASURE_AFTER_IMPORT = False

    row = imported(ada_client)

    assert row.status == "done"
    assert not Job.objects.filter(kind="insight.measure").exists()


def test_the_result_says_where_the_measurement_failed(ada_client: Client) -> None:
    row = imported(ada_client)
    Job.objects.filter(kind="insight.measure").update(status="failed")

    page = ada_client.get(f"/imports/{row.pk}").content.decode()

    assert "Measure customers did not end well." in page
    assert "The import is complete and safe" in page


def test_a_missing_field_is_asked_for(ada_client: Client) -> None:
    upload(ada_client, "Kunde;Wort\nx;y\nz;w\n")
    row = Import.objects.get()

    answer = ada_client.post(f"/imports/{row.pk}/mapping", {"map_customer": "Kunde"})

    assert answer.status_code == 422
    assert "No column was found for the date" in answer.content.decode()
    assert ada_client.get(f"/imports/{row.pk}/preview").status_code == 422


@pytest.mark.parametrize("content", ["", "%PDF-1.7 …"])
def test_a_file_that_is_no_table_is_refused_and_not_kept(
    ada_client: Client, content: str, settings: LazySettings
) -> None:
    answer = upload(ada_client, content)

    assert answer.status_code == 422
    assert not Import.objects.exists()
    uploads = Path(settings.MEDIA_ROOT) / "uploads"
    assert not uploads.exists() or not list(uploads.iterdir())


def test_a_file_that_is_too_large_is_refused(ada_client: Client, settings: LazySettings) -> None:
    settings.MAX_UPLOAD_BYTES = 50

    answer = upload(ada_client)

    assert answer.status_code == 413
    assert not Import.objects.exists()


def test_an_upload_needs_its_token(ada: object) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(ada, backend="django.contrib.auth.backends.ModelBackend")  # type: ignore[arg-type]  # a User

    assert upload(strict).status_code == 403
    assert not Import.objects.exists()


def test_a_file_that_was_not_imported_can_be_forgotten(ada_client: Client) -> None:
    upload(ada_client)
    row = Import.objects.get()

    ada_client.post(f"/imports/{row.pk}/deletion")

    assert not Import.objects.exists()


@pytest.mark.parametrize(
    ("who", "look", "change"), [("ada", 200, 302), ("ben", 200, 403), ("cleo", 403, 403)]
)
def test_imports_answer_by_role(
    who: str, look: int, change: int, request: pytest.FixtureRequest, ada_client: Client
) -> None:
    row = imported(ada_client)
    client: Client = request.getfixturevalue(f"{who}_client")

    for address in ("", f"/{row.pk}", f"/{row.pk}/rejects.csv"):
        answer = client.get(f"/imports{address}")
        assert answer.status_code == look
        if look == 403:
            assert b"kaputt" not in answer.getvalue()
        answer.getvalue()  # reads a stream to its end, which closes the file
    assert client.post(f"/imports/{row.pk}/undo").status_code == change
    assert client.get(f"/imports/{row.pk}/mapping").status_code == change


def test_a_stranger_is_sent_to_sign_in(ada_client: Client) -> None:
    row = imported(ada_client)

    answer = Client().get(f"/imports/{row.pk}/rejects.csv")

    assert answer.status_code == 302
    assert answer.headers["Location"].startswith("/sign-in")


def test_the_list_asks_as_much_for_one_import_as_for_three(ada_client: Client) -> None:
    counts = []
    for wanted in (1, 3):
        while Import.objects.count() < wanted:
            upload(ada_client)
        ada_client.get("/imports")
        with CaptureQueriesContext(connection) as queries:
            assert ada_client.get("/imports").status_code == 200
        counts.append(len(queries))

    assert counts[0] == counts[1] <= 10
