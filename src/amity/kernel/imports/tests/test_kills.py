"""Real processes, killed for real in the middle of an import."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from amity.testing.instances import Instance, instance_from

DATA = Path(__file__).parent / "data"
DRIVER = str(Path(__file__).with_name("driver.py"))
TABLES = {
    "customers_customer": "name",
    "customers_identity": "value",
    "commerce_order": "number, kind, gross_minor, net_minor, line_count, content_hash",
    "commerce_orderline": "position, quantity_milli, amount_minor",
    "interactions_interaction": "source_id, kind, value_minor",
}


def contents(instance: Instance) -> dict[str, list[tuple[object, ...]]]:
    """The rows of all tables that an import writes, without ids and instants."""
    return {
        table: sorted(instance.query(f"SELECT {columns} FROM {table}"), key=repr)
        for table, columns in TABLES.items()
    }


@pytest.fixture
def untouched(
    instance_template: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Instance]:
    """An instance whose import is not interrupted, to compare with."""
    with instance_from(instance_template, tmp_path_factory.mktemp("untouched")) as started:
        yield started


def test_killed_imports_of_orders_go_on_and_nothing_is_twice_or_missing(
    instance: Instance, untouched: Instance
) -> None:
    file = str(DATA / "cdnow.parquet")
    untouched.run(DRIVER, file, "-1")

    for part in (0, 3, 5):
        killed = instance.run(DRIVER, file, str(part), check=False)
        assert killed.returncode == -9, killed.stderr
    done = instance.run(DRIVER, file, "-1")

    summary = json.loads(done.stdout)
    assert (summary["rows"], summary["accepted"], summary["customers"]) == (6919, 6919, 2357)
    assert summary["orders_created"] == 6696
    assert instance.query("SELECT count(*) FROM imports_import") == [(1,)]
    assert contents(instance) == contents(untouched)


def test_a_killed_import_of_customers_goes_on(instance: Instance, untouched: Instance) -> None:
    file = str(DATA / "hubspot_contacts.csv")
    untouched.run(DRIVER, file, "-1")

    assert instance.run(DRIVER, file, "2", check=False).returncode == -9
    done = instance.run(DRIVER, file, "-1")

    assert json.loads(done.stdout)["rows"] == 100
    assert contents(instance) == contents(untouched)
