"""Every question has the same answer on every engine, and the summary is that of the models."""

import importlib.util
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from amity.measure.analytics.cohorts import cohorts
from amity.measure.analytics.engines import Engine, EngineError, Tables, open_engine, schema
from amity.measure.analytics.engines.statements import questions, statement
from amity.measure.analytics.summary import make_log, summarize

AS_OF = 15_650
SINCE = 15_100
PARAMETERS: dict[str, dict[str, int]] = {
    "cohorts": {"as_of": AS_OF},
    "contribution": {"as_of": AS_OF},
    "cost_to_serve": {"since": SINCE, "as_of": AS_OF},
    "customer_summary": {"as_of": AS_OF},
    "touches": {"since": SINCE, "as_of": AS_OF},
    "volumes": {"as_of": AS_OF},
}
OTHERS = [
    pytest.param(name, marks=pytest.mark.skipif(not there, reason=reason))
    for name, there, reason in (
        ("chdb", importlib.util.find_spec("chdb") is not None, "chDB has no wheel here"),
        ("spark", importlib.util.find_spec("pyspark") is not None, "the extra spark is not here"),
    )
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    folder = tmp_path_factory.mktemp("lake")
    rng = np.random.default_rng(11)
    orders = some_orders(rng, 4_000)
    parquet.write_table(orders.slice(0, 1_500), folder / "orders-1.parquet")
    parquet.write_table(orders.slice(1_500), folder / "orders-2.parquet")
    parquet.write_table(some_interactions(rng, 3_000), folder / "it's interactions.parquet")
    parquet.write_table(some_customers(rng), folder / "customers.parquet")
    return {
        "orders": [folder / "orders-1.parquet", folder / "orders-2.parquet"],
        "interactions": [folder / "it's interactions.parquet"],
        "customers": [folder / "customers.parquet"],
    }


@pytest.fixture(scope="module")
def duck(tables: Tables) -> Iterator[Engine]:
    with open_engine("duckdb", tables) as engine:
        yield engine


def some_orders(rng: np.random.Generator, n: int) -> pa.Table:
    """Sales and returns, some without an amount, some without a customer."""
    day = rng.integers(15_000, 15_700, n).astype(np.int32)
    net = rng.integers(-800, 5_000, n)
    return pa.table(
        {
            "id": np.arange(1, n + 1),
            "customer_id": pa.array(rng.integers(1, 400, n), mask=rng.random(n) < 0.05),
            "day": day,
            "month": months(day),
            "is_sale": rng.random(n) < 0.93,
            "net_minor": pa.array(net, mask=rng.random(n) < 0.02),
            "currency": ["EUR"] * n,
            "channel": rng.choice(["web", "shop"], n),
        },
        schema=schema.ORDERS,
    )


def some_interactions(rng: np.random.Generator, n: int) -> pa.Table:
    """A log in which late rows correct or take back early ones."""
    day = rng.integers(15_000, 15_700, n).astype(np.int32)
    corrects = [k - 2_000 if k % 17 == 0 and k > 2_000 else None for k in range(1, n + 1)]
    return pa.table(
        {
            "id": np.arange(1, n + 1),
            "customer_id": pa.array(rng.integers(1, 400, n), mask=rng.random(n) < 0.05),
            "day": day,
            "month": months(day),
            "happened_us": day.astype(np.int64) * 86_400_000_000 + rng.integers(0, 10**10, n),
            "kind": rng.choice(["commerce.ordered", "inbox.replied", "web.viewed"], n),
            "touchpoint": rng.choice(["", "mail", "phone"], n),
            "relationship_type": rng.choice(["self_service", "communities"], n),
            "stage": ["support"] * n,
            "direction": ["in"] * n,
            "actor": rng.choice(["human", "customer"], n),
            "staff_seconds": rng.integers(0, 900, n),
            "cost_minor": rng.integers(0, 900, n),
            "value_minor": pa.nulls(n, pa.int64()),
            "currency": ["EUR"] * n,
            "outcome": [""] * n,
            "corrects": pa.array(corrects, pa.int64()),
            "is_void": [bool(k and k % 2) for k in corrects],
        },
        schema=schema.INTERACTIONS,
    )


def some_customers(rng: np.random.Generator) -> pa.Table:
    """Every second customer was merged into its neighbor."""
    number = np.arange(1, 400)
    segment = rng.choice(["", "key", "small"], 399)
    return pa.table(
        {"id": number, "owner_id": number | 1, "segment": segment}, schema=schema.CUSTOMERS
    )


def months(day: Any) -> Any:
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)


def test_the_parameters_of_every_question_are_tried() -> None:
    assert set(PARAMETERS) == set(questions())


@pytest.mark.parametrize("other", OTHERS)
def test_engines_agree_on_every_question(other: str, tables: Tables, duck: Engine) -> None:
    with open_engine(other, tables) as engine:
        for question, parameters in PARAMETERS.items():
            expected = duck.ask(question, **parameters)
            assert expected.num_rows > 0
            assert engine.ask(question, **parameters).to_pylist() == expected.to_pylist(), question


def test_the_summary_is_that_of_the_models(tables: Tables, duck: Engine) -> None:
    orders = pa.concat_tables(parquet.read_table(path) for path in tables["orders"])
    rows = [
        (row["customer_id"], row["day"], row["net_minor"])
        for row in orders.to_pylist()
        if row["customer_id"] and (row["is_sale"] or (row["net_minor"] or 0) < 0)
    ]
    who, day, net = zip(*rows, strict=True)
    log = make_log(who, day, [np.nan if amount is None else amount for amount in net])
    wanted = summarize(log, AS_OF)
    got = duck.ask("customer_summary", as_of=AS_OF)
    for column in ("customer", "first_day", "last_day", "x", "t_x", "T", "spend_count"):
        assert got[column].to_numpy().tolist() == getattr(wanted, column).tolist(), column
    assert got["total"].to_pylist() == wanted.total.tolist()
    triangle = cohorts(log, AS_OF)
    answer = duck.ask("cohorts", as_of=AS_OF)
    assert sum(answer["active"].to_pylist()) == np.nansum(triangle.active)
    assert sum(filter(None, answer["spend"].to_pylist())) == np.nansum(triangle.spend)


def test_corrected_and_voided_rows_do_not_count(tables: Tables, duck: Engine) -> None:
    log = parquet.read_table(tables["interactions"][0]).to_pylist()
    gone = {row["corrects"] for row in log}
    counted = [
        row for row in log if row["id"] not in gone and not row["is_void"] and row["day"] <= AS_OF
    ]
    volumes = duck.ask("volumes", as_of=AS_OF)
    assert sum(volumes["interactions"].to_pylist()) == len(counted)
    assert sum(volumes["cost"].to_pylist()) == sum(row["cost_minor"] for row in counted)


def test_a_question_without_its_parameter_is_refused() -> None:
    with pytest.raises(ValueError, match=r"asks for \['as_of'\], not \[\]"):
        statement("volumes", "duckdb", {})


def test_a_question_that_does_not_stand_in_the_package_is_refused() -> None:
    with pytest.raises(KeyError):
        statement("../../secret", "duckdb", {})


def test_an_unknown_engine_is_refused_by_name(tables: Tables) -> None:
    with pytest.raises(EngineError, match="no engine sqlite"):
        open_engine("sqlite", tables)


def test_a_missing_package_is_named(tables: Tables, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "chdb.session", None)
    monkeypatch.delitem(sys.modules, "amity.measure.analytics.engines.chdb", raising=False)
    with pytest.raises(EngineError, match="needs the package chdb"):
        open_engine("chdb", tables)
