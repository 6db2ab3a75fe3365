"""Contracts that a program sends."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from amity.kernel.access.models import AuditEntry
from amity.kernel.access.rules import SYSTEM
from amity.kernel.commerce.models import Contract
from amity.kernel.imports.tests.helpers import AT, take_in
from amity.kernel.imports.undoing import undo_import
from amity.kernel.interactions.queries import effective

PATH = "/api/v1/contracts/"
GIVEN: dict[str, Any] = {
    "source": "billing",
    "key": "C1",
    "customer": "Ada@Example.org",
    "started_on": "2025-01-01",
    "period_months": 12,
    "fee_minor": 12_000,
    "currency": "EUR",
}


def post(client: Client, given: dict[str, Any], path: str = PATH) -> Any:
    return client.post(path, given, content_type="application/json")


def test_a_contract_is_added_read_and_listed(ada_api: Client) -> None:
    answer = post(ada_api, GIVEN)
    row = answer.json()

    assert answer.status_code == 201
    assert ada_api.get(f"{PATH}{row['id']}").json() == row
    assert (row["key"], row["fee_minor"], row["ended_on"]) == ("C1", 12_000, None)
    whose = {"customer_id": row["customer_id"], "is_running": "true"}
    assert ada_api.get(PATH, whose).json()["items"] == [row]
    assert ada_api.get(PATH, {"is_running": "false"}).json()["items"] == []
    assert ada_api.get(f"{PATH}{row['id'] + 1}").status_code == 404
    assert effective().get().kind == "contracts.signed"
    assert AuditEntry.objects.filter(action="contracts.recorded").count() == 1


def test_told_again_changes_nothing_and_told_otherwise_is_rewritten(ada_api: Client) -> None:
    first = post(ada_api, GIVEN).json()
    again = post(ada_api, GIVEN)
    ended = post(ada_api, {**GIVEN, "ended_on": "2025-12-31", "end_reason": "price"})

    assert (again.status_code, again.json()) == (200, first)
    assert (ended.status_code, ended.json()["end_reason"]) == (200, "price")
    assert [row.kind for row in effective().order_by("pk")] == [
        "contracts.signed",
        "contracts.ended",
    ]


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"ended_on": "2024-12-31"}, "ended_on"),
        ({"customer": ""}, "customer"),
        ({"customer_id": 1}, "customer"),
        ({"customer": "", "customer_id": 999}, "customer_id"),
        ({"period_months": 0}, "period_months"),
        ({"fee_minor": -1}, "fee_minor"),
        ({"currency": "euro"}, "currency"),
        ({"source": "amity"}, "source"),
        ({"signed_log_id": 1}, "signed_log_id"),
    ],
)
def test_what_cannot_be_is_refused_and_nothing_is_written(
    ada_api: Client, fields: dict[str, Any], wrong: str
) -> None:
    answer = post(ada_api, {**GIVEN, **fields})

    assert answer.status_code == 422
    named = {error["field"].removeprefix("body.given.") for error in answer.json()["errors"]}
    assert named == {wrong}
    assert not Contract.objects.exists()


def test_a_batch_is_taken_whole_or_not_at_all(ada_api: Client) -> None:
    item = {name: value for name, value in GIVEN.items() if name != "source"}
    batch = {"source": "billing", "items": [item, {**item, "key": "C2"}]}

    twice = post(ada_api, {**batch, "items": [item, item]}, f"{PATH}batch")
    taken = post(ada_api, batch, f"{PATH}batch").json()
    again = post(ada_api, batch, f"{PATH}batch").json()

    assert twice.status_code == 422
    assert (taken["created"], taken["unchanged"]) == (2, 0)
    assert again == {"created": 0, "changed": 0, "unchanged": 2, "ids": taken["ids"]}


def test_those_who_may_look_may_not_record(ben_api: Client) -> None:
    assert ben_api.get(PATH).status_code == 200
    assert post(ben_api, GIVEN).status_code == 403
    assert not Contract.objects.exists()


def test_what_a_program_changed_stays_when_its_import_is_taken_back(
    ada_api: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    path = tmp_path / "contracts.csv"
    path.write_text("contract,customer,start date,period\nC1,7,2025-01-01,12\nC2,7,2025-01-01,12\n")
    row = take_in(path, "contracts", source="billing")
    post(ada_api, {**GIVEN, "customer": "7", "ended_on": "2025-12-31"})

    brought = undo_import(row.pk, actor=SYSTEM, at=AT)

    assert brought["contracts_removed"] == 1
    assert list(Contract.objects.values_list("key", flat=True)) == ["C1"]
    assert {row.subject for row in effective()} == {"C1"}
