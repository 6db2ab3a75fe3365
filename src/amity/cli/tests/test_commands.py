"""The commands as a person or a script uses them."""

import csv
import json
from pathlib import Path

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from amity.testing.instances import Instance

CUSTOMER = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.customers.models import Customer
Customer.objects.create(name="=cmd|' /C calc'!A1", created_at=now(), updated_at=now())
"""
DEAD_LETTER = """
import django; django.setup()
from datetime import timedelta
from amity.base.time import now
from amity.kernel.jobs.models import Job
Job.objects.create(kind="x.y", status="running", run_at=now(), created_at=now(),
    lease_until=now() - timedelta(days=1))
"""


def test_init_twice_changes_only_what_is_named(instance: Instance) -> None:
    first = instance.amity(
        "init", "--name", "Harbor Books", "--currency", "eur", "--owner", "a@b.org", "--json"
    )
    again = instance.amity("init", "--time-zone", "Europe/Berlin", "--json")

    assert json.loads(first.stdout)["sign_in_link"].startswith("http://127.0.0.1:8000/sign-in/link")
    report = json.loads(again.stdout)
    assert (report["company"], report["currency"]) == ("Harbor Books", "EUR")
    assert report["time_zone"] == "Europe/Berlin"
    assert instance.query("SELECT count(*) FROM access_user") == [(1,)]


def test_a_wrong_value_is_one_sentence_and_exit_code_1(instance: Instance) -> None:
    refused = instance.amity("init", "--time-zone", "Europe/Atlantis", check=False)

    assert (refused.returncode, refused.stdout) == (1, "")
    assert refused.stderr == (
        "amity: There is no time zone Europe/Atlantis. Use a name such as Europe/Berlin.\n"
    )


def test_an_unknown_command_is_a_usage_error(instance: Instance) -> None:
    assert instance.amity("dance", check=False).returncode == 2


def test_a_token_is_shown_once_and_stored_as_a_digest(instance: Instance) -> None:
    instance.amity("user", "create", "ada@example.org", "--role", "owner")

    made = instance.amity(
        "token", "create", "ada@example.org", "export", "--scope", "read", "--json"
    )

    secret = json.loads(made.stdout)["token"]
    ((digest, prefix),) = instance.query("SELECT digest, prefix FROM access_apitoken")
    assert secret.startswith(prefix)
    assert secret not in digest


def test_a_weak_password_is_refused_and_nobody_is_added(instance: Instance) -> None:
    refused = instance.amity(
        "user", "create", "ada@example.org", "--password-stdin", input="1234\n", check=False
    )

    assert refused.returncode == 1
    assert "too short" in refused.stderr
    assert instance.query("SELECT count(*) FROM access_user") == [(0,)]


def test_check_says_what_is_broken_with_exit_code_1(instance: Instance) -> None:
    instance.run("-c", DEAD_LETTER)

    broken = instance.amity("check", "--json", check=False)

    assert broken.returncode == 1
    report = json.loads(broken.stdout)
    assert report["ok"] is False
    assert [finding["invariant"] for finding in report["findings"]] == ["I7"]


def test_migrate_on_a_current_database_does_nothing(instance: Instance) -> None:
    assert json.loads(instance.amity("migrate", "--json").stdout) == {"applied": []}


def test_an_export_holds_every_row_and_no_formula(instance: Instance, tmp_path: Path) -> None:
    instance.run("-c", CUSTOMER)
    folder = tmp_path / "export"

    report = json.loads(instance.amity("export", str(folder), "--json").stdout)

    assert report["rows"]["customers"] == 1
    with (folder / "customers.csv").open(encoding="utf-8", newline="") as file:
        (row,) = csv.DictReader(file)
    assert row["name"] == "'=cmd|' /C calc'!A1"
    again = instance.amity("export", str(folder), check=False)
    assert again.returncode == 1
    assert "not an empty folder" in again.stderr


def test_an_export_as_json_lines_keeps_texts_as_they_are(
    instance: Instance, tmp_path: Path
) -> None:
    instance.run("-c", CUSTOMER)
    folder = tmp_path / "export"

    instance.amity("export", str(folder), "--format", "jsonl", "--only", "customers")

    assert [file.name for file in folder.iterdir()] == ["customers.jsonl"]
    (line,) = (folder / "customers.jsonl").read_text(encoding="utf-8").splitlines()
    assert json.loads(line)["name"] == "=cmd|' /C calc'!A1"


def test_an_export_as_parquet_has_a_typed_table_for_each(
    instance: Instance, tmp_path: Path
) -> None:
    instance.amity("init", "--currency", "EUR", "--customers", "30", "--json")
    folder = tmp_path / "lake"

    report = instance.amity("export", str(folder), "--format", "parquet", "--json").stdout

    rows = json.loads(report)["rows"]
    files = {file.stem: pq.read_table(file) for file in folder.iterdir()}
    assert {name: table.num_rows for name, table in files.items()} == rows
    orders, log = files["orders"], files["interactions"]
    assert rows["customers"] == 30
    assert set(orders.column("currency").to_pylist()) == {"EUR"}
    assert str(orders.schema.field("net_minor").type) == "int64"
    assert str(orders.schema.field("ordered_on").type) == "date32[day]"
    assert str(log.schema.field("happened_at").type) == "timestamp[us, tz=UTC]"
    assert str(log.schema.field("customer_id").type) == "int64"
    assert log.column("properties")[0].as_py() == "{}"
    told = pc.filter(log, pc.equal(log.column("stage"), "transact")).column("value_minor")
    assert pc.sum(told) == pc.sum(orders.column("net_minor"))


def test_a_command_on_a_new_home_prepares_the_database_itself(
    instance: Instance, tmp_path: Path
) -> None:
    if instance.environment["AMITY_DATABASE_URL"]:
        pytest.skip("a server keeps its databases itself")
    instance.environment["AMITY_HOME"] = str(tmp_path / "new")

    made = instance.amity("user", "create", "ada@example.org", "--role", "owner")

    assert "Preparing the database" in made.stderr
    assert "may sign in as owner" in made.stdout
