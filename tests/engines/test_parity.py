"""Every question has the same answer on every engine, and the summary is that of the models."""

import importlib.util
import sys
from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from amity.measure.analytics.cohorts import cohorts
from amity.measure.analytics.engines import Engine, EngineError, Tables, open_engine
from amity.measure.analytics.engines.statements import questions, statement
from amity.measure.analytics.summary import make_log, summarize
from amity.testing.lakes import AS_OF, PARAMETERS, write_lake

OTHERS = [
    pytest.param(name, marks=pytest.mark.skipif(not there, reason=reason))
    for name, there, reason in (
        ("chdb", importlib.util.find_spec("chdb") is not None, "chDB has no wheel here"),
        ("spark", importlib.util.find_spec("pyspark") is not None, "the extra spark is not here"),
    )
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return write_lake(tmp_path_factory.mktemp("lake"))


@pytest.fixture(scope="module")
def duck(tables: Tables) -> Iterator[Engine]:
    with open_engine("duckdb", tables) as engine:
        yield engine


def test_the_parameters_of_every_question_are_tried() -> None:
    assert set(PARAMETERS) == set(questions())


@pytest.mark.parametrize("other", OTHERS)
def test_engines_agree_on_every_question(other: str, tables: Tables, duck: Engine) -> None:
    with open_engine(other, tables) as engine:
        for question, given in PARAMETERS.items():
            expected = duck.ask(question, **given)
            assert expected.num_rows > 0
            assert engine.ask(question, **given).to_pylist() == expected.to_pylist(), question


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
