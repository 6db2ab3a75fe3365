"""Every question has the same answer on every engine, and the summary is that of the models."""

import importlib.util
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from amity.measure.analytics import dropout, gamma_gamma, rfm
from amity.measure.analytics.base import columns_of
from amity.measure.analytics.cohorts import cohorts
from amity.measure.analytics.engines import Engine, EngineError, Tables, open_engine
from amity.measure.analytics.engines.fitting import fit_in
from amity.measure.analytics.engines.statements import questions, statement
from amity.measure.analytics.summary import Log, make_log, summarize
from amity.measure.analytics.verdict import Verdict, fit_purchases, fit_spend
from amity.testing.lakes import (
    AS_OF,
    PARAMETERS,
    figures,
    single_fits,
    summary_of,
    write_buyers,
    write_lake,
    write_orders,
)
from amity.testing.populations import ODD

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


@pytest.fixture(scope="module")
def buying(tmp_path_factory: pytest.TempPathFactory) -> Tables:
    return write_buyers(tmp_path_factory.mktemp("buyers"))


@pytest.mark.parametrize("other", ["duckdb", *OTHERS])
def test_a_fit_where_the_customers_lie_is_the_single_fit(other: str, buying: Tables) -> None:
    with open_engine(other, buying) as engine:
        found = figures(fit_in(engine, AS_OF))

    assert found == pytest.approx(figures(single_fits(buying)), rel=1e-8)
    assert len(found) == 18


def test_the_other_drop_out_is_fitted_there_too(buying: Tables) -> None:
    wanted = fit_purchases(summary_of(buying), "MBG/NBD")

    with open_engine("duckdb", buying) as engine:
        found, _ = fit_in(engine, AS_OF, "MBG/NBD")

    assert found.verdict is Verdict.OK
    assert found.parameters() == pytest.approx(wanted.parameters(), rel=1e-8)


def test_a_large_base_sends_a_sample_and_ends_at_the_same_top(
    buying: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = single_fits(buying)
    monkeypatch.setattr(dropout, "SAMPLE", 200)
    monkeypatch.setattr(gamma_gamma, "SAMPLE", 200)

    with open_engine("duckdb", buying) as engine:
        assert figures(fit_in(engine, AS_OF)) == pytest.approx(figures(wanted), rel=1e-8)


def test_a_step_answers_with_a_row_for_each_number_of_purchases(buying: Tables) -> None:
    with open_engine("duckdb", buying) as engine:
        fit_in(engine, AS_OF)
        answer = engine.ask("fits/purchase_sums", r=0.5, alpha=30.0, a=0.5, b=2.0, s=0)

    wanted = summary_of(buying)
    assert answer["x"].to_pylist() == np.unique(wanted.x[wanted.x > 0]).tolist()


@pytest.mark.parametrize("name", ["hardly any repeats", "all refunded"])
def test_odd_bases_get_the_verdict_of_the_single_fit(name: str, tmp_path: Path) -> None:
    tables = write_orders(tmp_path, *ODD[name]())

    with open_engine("duckdb", tables) as engine:
        purchases, spend = fit_in(engine, AS_OF)

    wanted = fit_purchases(summary_of(tables)), fit_spend(columns_of(summary_of(tables)))
    assert (purchases.verdict, purchases.fallback) == (wanted[0].verdict, wanted[0].fallback)
    assert purchases.parameters() == pytest.approx(wanted[0].parameters(), rel=1e-6)
    assert (spend and spend.verdict) == (wanted[1] and wanted[1].verdict)


def test_nobody_bought_yet(tmp_path: Path) -> None:
    none = np.zeros(0, dtype=np.int64)

    with open_engine("duckdb", write_orders(tmp_path, none, none, none)) as engine:
        purchases, spend = fit_in(engine, AS_OF)

    assert purchases.verdict is Verdict.NOT_ENOUGH_DATA
    assert spend is None


def log_of(tables: Tables) -> Log:
    orders = pa.concat_tables(parquet.read_table(path) for path in tables["orders"])
    rows = [
        (row["customer_id"], row["day"], row["net_minor"])
        for row in orders.to_pylist()
        if row["customer_id"] and (row["is_sale"] or (row["net_minor"] or 0) < 0)
    ]
    who, day, net = zip(*rows, strict=True)
    return make_log(who, day, [np.nan if amount is None else amount for amount in net])


def test_the_scores_are_those_of_the_wing(tables: Tables, duck: Engine) -> None:
    summary = summarize(log_of(tables), AS_OF)
    scored = rfm.score(summary)
    wanted = Counter(zip(scored.r.tolist(), scored.f.tolist(), scored.m.tolist(), strict=True))

    rows = duck.ask("rfm", as_of=AS_OF).to_pylist()

    assert {(row["r"], row["f"], row["m"]): row["customers"] for row in rows} == wanted
    assert sum(row["net"] for row in rows) == np.nansum(summary.total)


def test_the_summary_is_that_of_the_models(tables: Tables, duck: Engine) -> None:
    log = log_of(tables)
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
