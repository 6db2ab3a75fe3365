"""A shop's own export, with its own columns, encoding and dirt, from file to promise by command."""

from pathlib import Path

import pytest
from house import House
from shop_export import Truth, write


@pytest.fixture(scope="module")
def export(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Truth]:
    path = tmp_path_factory.mktemp("export") / "bestellungen.csv"
    return path, write(path)


def test_the_file_becomes_a_published_policy(house: House, export: tuple[Path, Truth]) -> None:
    path, truth = export

    brought = house.answer("import", "orders", str(path))

    assert brought["rows"] == truth.rows
    assert brought["rejected"] == truth.unreadable
    assert brought["accepted"] + brought["rejected"] == brought["rows"]
    assert brought["duplicates"] == truth.duplicates
    assert brought["anonymous_rows"] == truth.anonymous_rows
    assert brought["orders"] == len(truth.orders)
    assert brought["returns"] == truth.cancellations
    assert brought["customers"] == len(truth.customers)

    again = house.answer("import", "orders", str(path))

    assert again["orders_created"] == 0

    measured = house.answer("measure", "--as-of", "2025-03-31", "--holdout", "90")

    assert measured["verdict"] in {"ok", "degenerate"}
    assert measured["forecast"] < 3 * measured["actual"]

    house.run("measure")
    draft = house.answer("canvas", "draft")
    house.run("canvas", "publish", str(draft["version"]), "--reason", "Our first design")
    advice = house.answer("advise", "--budget", "40000", "--hours", "front_line=1500")
    promise = house.answer("promise", "K1000")

    assert sum(draft["segments"].values()) == len(truth.customers)
    assert advice["net"] >= max(advice["greedy_net"], advice["tiers_net"])
    assert advice["proposal"] == draft["version"] + 1
    assert promise["version_number"] == draft["version"]
    assert promise["segment_key"] in draft["segments"]
    assert promise["relationships"]
    assert house.answer("check")["ok"]


def test_a_file_that_cannot_be_read_says_what_to_do(house: House, tmp_path: Path) -> None:
    path = tmp_path / "notes.csv"
    path.write_text("Dear team;\nplease find attached;\n")

    with pytest.raises(AssertionError) as refused:
        house.run("import", "orders", str(path))

    assert "--map" in str(refused.value)
