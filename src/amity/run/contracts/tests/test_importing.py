"""Contracts come in from a file, are told to the log, change, and can be taken back."""

from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pytest
from django.conf import LazySettings
from django.test import Client

from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations.merging import merge_customers, undo_merge
from amity.kernel.hooks.checks import broken_invariants
from amity.kernel.imports.models import Import
from amity.kernel.imports.operations import ImportStateError
from amity.kernel.imports.tests.helpers import AT, take_in
from amity.kernel.imports.undoing import undo_import
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.queries import effective
from amity.run.contracts.checks import contracts_are_told

pytestmark = pytest.mark.django_db

TEXT = """Contract,Customer,Customer name,Started on,Period,Fee,Currency,Ended on,Reason
C1,ann@example.org,Ann Ito,2024-01-01,monthly,12.50,EUR,,
C2,77,Pumps Ltd,2023-05-15,annual,1200,USD,2025-05-14,price
C3,77,,2025-02-01,2 years,,,,
C4,,,2025-02-01,12,10,EUR,,
C5,78,,2025-02-01,fortnightly,10,EUR,,
C6,78,,2025-02-01,12,10,EUR,2025-01-31,
C7,78,,2025-02-01,12,-10,EUR,,
C8,78,,2025-02-01,12,10,Euro?,,
C9,78,,someday,12,10,EUR,,
"""


@pytest.fixture(autouse=True)
def _home(settings: LazySettings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"


def taken(folder: Path, text: str = TEXT) -> Import:
    path = folder / "contracts.csv"
    path.write_text(text, "utf-8")
    return take_in(path, "contracts", source="billing")


def contract(key: str) -> Contract:
    return Contract.objects.get(source="billing", key=key)


def told() -> list[tuple[str, str]]:
    """The effective rows of the log: kind and subject."""
    rows = effective().filter(kind__startswith="contracts.").order_by("subject", "kind")
    return [(row.kind, row.subject) for row in rows]


def test_contracts_stand_as_the_file_says_and_the_log_tells_of_them(tmp_path: Path) -> None:
    row = taken(tmp_path)

    one, two, three = contract("C1"), contract("C2"), contract("C3")
    assert (one.period_months, one.fee_minor, one.currency, one.ended_on) == (1, 1250, "EUR", None)
    assert (two.period_months, two.ended_on, two.end_reason) == (12, date(2025, 5, 14), "price")
    assert (three.period_months, three.fee_minor, three.customer) == (24, None, two.customer)
    assert (one.customer.name, two.customer.name) == ("Ann Ito", "Pumps Ltd")
    assert row.summary["reasons"] == {
        "missing_customer": 1,
        "bad_value": 1,
        "ends_before_it_begins": 1,
        "bad_number": 1,
        "bad_currency": 1,
        "bad_date": 1,
    }
    ended = effective().get(kind="contracts.ended")
    assert (ended.source, ended.source_id, ended.outcome) == ("billing", "C2:ended", "price")
    assert ended.happened_at == datetime(2025, 5, 14, tzinfo=UTC)
    assert effective().filter(kind="contracts.signed").count() == 3
    assert list(contracts_are_told()) == []


def test_a_workbook_is_read_as_well(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["Vertragsnummer", "Kundennummer", "Vertragsbeginn", "Laufzeit", "Preis", "Ende"])
    sheet.append(["V1", 4711, date(2024, 3, 1), "12 Monate", 99.9, date(2025, 2, 28)])
    book.save(tmp_path / "vertraege.xlsx")

    take_in(tmp_path / "vertraege.xlsx", "contracts", source="billing", currency="EUR")

    row = contract("V1")
    assert (row.started_on, row.ended_on) == (date(2024, 3, 1), date(2025, 2, 28))
    assert (row.period_months, row.fee_minor, row.currency) == (12, 9990, "EUR")


def test_the_same_file_again_changes_nothing(tmp_path: Path) -> None:
    taken(tmp_path)
    before = Interaction.objects.count()

    again = taken(tmp_path)

    assert (again.summary["created"], again.summary["changed"]) == (0, 0)
    assert Interaction.objects.count() == before


def test_a_late_end_is_told_and_a_correction_keeps_what_was_said(tmp_path: Path) -> None:
    taken(tmp_path)
    late = TEXT.replace("12.50,EUR,,", "13.00,EUR,2025-06-30,moved")

    newer = taken(tmp_path, late)

    assert newer.summary["changed"] == 1
    assert contract("C1").ended_on == date(2025, 6, 30)
    signed = Interaction.objects.filter(kind="contracts.signed", subject="C1").order_by("pk")
    assert [row.properties["fee_minor"] for row in signed] == [1250, 1300]
    assert [row.corrects for row in signed] == [None, signed[0].pk]
    assert told().count(("contracts.ended", "C1")) == 1
    assert list(contracts_are_told()) == []


def test_taking_a_newer_file_back_restores_contract_and_log(tmp_path: Path) -> None:
    first = taken(tmp_path)
    before = told()
    gone = TEXT.replace("12.50,EUR,,", "13.00,EUR,2025-06-30,moved").replace(
        "2025-05-14,price", ","
    )
    newer = taken(tmp_path, gone)
    assert ("contracts.ended", "C2") not in told()
    with pytest.raises(ImportStateError):
        undo_import(first.pk, actor=SYSTEM, at=AT)

    brought = undo_import(newer.pk, actor=SYSTEM, at=AT)

    assert (brought["contracts_restored"], brought["contracts_removed"]) == (2, 0)
    assert (contract("C1").ended_on, contract("C1").fee_minor) == (None, 1250)
    assert (contract("C2").ended_on, contract("C2").end_reason) == (date(2025, 5, 14), "price")
    assert told() == before
    assert list(contracts_are_told()) == []

    undo_import(first.pk, actor=SYSTEM, at=AT)
    assert (Contract.objects.count(), told()) == (0, [])

    taken(tmp_path)
    assert told() == before
    assert broken_invariants() == []


def test_contracts_move_with_a_merge_and_back(tmp_path: Path) -> None:
    taken(tmp_path)
    ann, pumps = contract("C1").customer, contract("C2").customer
    merge = merge_customers(
        survivor_id=ann.pk, absorbed_id=pumps.pk, reason="one", actor=SYSTEM, at=AT
    )
    assert Contract.objects.filter(customer=ann).count() == 3

    undo_merge(merge.pk, actor=SYSTEM, at=AT)

    assert Contract.objects.filter(customer=pumps).count() == 2


def test_the_customers_page_shows_contracts_to_those_who_may_look(
    ada_client: Client, ben_client: Client, cleo_client: Client, tmp_path: Path
) -> None:
    taken(tmp_path)
    page = f"/customers/{contract('C2').customer_id}"
    other = Customer.objects.create(name="Nobody", created_at=AT, updated_at=AT)

    for client in (ada_client, ben_client):
        text = client.get(page).content.decode()
        assert "Ended on" in text
        assert "every 24 months" in text
    assert cleo_client.get(page).status_code == 403
    assert "every 24 months" not in ada_client.get(f"/customers/{other.pk}").content.decode()
