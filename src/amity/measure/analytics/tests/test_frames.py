"""The wing as a library: frames of every kind, and not a line of Django."""

import csv
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

import amity.measure.analytics as wing
from amity.measure.analytics import (
    Question,
    Verdict,
    back_test,
    cohort_table,
    day_number,
    fit_purchases,
    public,
    read_orders,
    rfm_scores,
    summarize,
    track,
    value,
)
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.tests.conftest import CDNOW

CALIBRATION = day_number(date(1997, 9, 30))


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """The CDNOW sample as an Arrow table, customers as text."""
    with CDNOW.open(newline="") as file:
        rows = list(csv.DictReader(file))
    return pa.table(
        {
            "customer": [f"c{row['customer']}" for row in rows],
            "date": [date.fromisoformat(row["date"]) for row in rows],
            "amount": [float(row["amount"]) for row in rows],
        }
    )


def _pandas(table: pa.Table) -> Any:
    frame = table.to_pandas()
    return frame.assign(date=pd.to_datetime(frame["date"]))


FRAMES: dict[str, Callable[[pa.Table], Any]] = {
    "pandas": _pandas,
    "pandas with categories": lambda table: _pandas(table).astype({"customer": "category"}),
    "polars": pl.DataFrame,
    "Arrow": lambda table: table,
    "DuckDB": lambda table: duckdb.connect().from_arrow(table),
    "a mapping": lambda table: table.to_pydict(),
}


@pytest.mark.parametrize("kind", FRAMES)
def test_every_frame_gives_the_published_figures(kind: str, table: pa.Table) -> None:
    orders = read_orders(FRAMES[kind](table), amount="amount")

    found = value(orders.log, CALIBRATION, Question(holdout=273))

    fit, held = found.models.fit.per("week"), found.models.held
    assert fit.verdict is Verdict.OK
    assert fit.parameters() == pytest.approx(
        {"r": 0.242595, "alpha": 4.413602, "a": 0.792922, "b": 2.425907}, rel=1e-5
    )
    assert held is not None
    assert (held.result.actual, round(held.result.forecast, 1)) == (1882, 1653.4)
    names = orders.named(found.models.summary.customer).to_pylist()
    assert len(set(names)) == 2357
    assert names[int(np.argmax(found.values.clv))] == "c509"


def test_days_are_read_from_dates_instants_and_text() -> None:
    days = {
        "dates": [date(2024, 3, 1)],
        "instants": [datetime(2024, 3, 1, 23, 59, tzinfo=UTC)],
        "naive instants": [datetime(2024, 3, 1, 23, 59)],  # noqa: DTZ001 -- as notebooks have them
        "text": ["2024-03-01"],
        "text with a time": ["2024-03-01T23:59:00"],
    }
    for values in days.values():
        orders = read_orders({"customer": ["A"], "date": values})

        assert orders.last_day == day_number(date(2024, 3, 1))


def test_the_day_of_an_instant_is_that_of_its_own_wall_clock() -> None:
    late = pa.array([datetime(2024, 3, 1, 23, 30, tzinfo=UTC)]).cast(
        pa.timestamp("us", "Europe/Berlin")
    )

    orders = read_orders({"customer": ["A"], "date": late})

    assert orders.last_day == day_number(date(2024, 3, 2))


def test_rows_without_a_customer_are_counted_and_unknown_amounts_stay_unknown() -> None:
    orders = read_orders(
        {
            "customer": ["A", None, "B"],
            "date": ["2024-03-01"] * 3,
            "amount": [1.5, 2.0, None],
        },
        amount="amount",
    )

    assert orders.anonymous == 1
    assert orders.names.to_pylist() == ["A", "B"]
    assert orders.log.amount is not None
    assert np.isnan(orders.log.amount).tolist() == [False, True]


def test_lines_of_one_order_are_told_by_its_number() -> None:
    frame = {
        "customer": ["A", "A"],
        "date": ["2024-03-01"] * 2,
        "amount": [10.0, -2.0],
        "number": ["N1", "N1"],
    }

    apart = summarize(read_orders(frame, amount="amount").log, 20_000)
    together = summarize(read_orders(frame, amount="amount", order="number").log, 20_000)

    assert (apart.refund_entries, together.refund_entries) == (1, 0)
    assert together.total.tolist() == [8.0]


@pytest.mark.parametrize(
    ("frame", "says"),
    [
        ({"customer": ["A"]}, "There is no column 'date'. There are customer."),
        ({"customer": ["A"], "date": ["yesterday"]}, "date holds what is no date"),
        ({"customer": ["A"], "date": [None]}, "1 rows have no date."),
        ({"customer": [None], "date": ["2024-03-01"]}, "no order of a known customer"),
        (
            {"customer": ["A"], "date": ["2024-03-01"], "amount": ["much"]},
            "amount holds what is no number.",
        ),
    ],
)
def test_a_frame_that_cannot_be_read_says_why(frame: dict[str, list[Any]], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read_orders(frame, amount="amount" if "amount" in frame else None)


def test_what_is_no_frame_is_refused() -> None:
    with pytest.raises(TypeError, match="Collect it first"):
        read_orders(pl.LazyFrame({"customer": ["A"]}))
    with pytest.raises(TypeError, match="int has no __arrow_c_stream__"):
        read_orders(7)


def test_every_public_name_is_there_and_no_other() -> None:
    assert wing.__all__ == public.__all__
    for name in wing.__all__:
        assert getattr(wing, name) is not None
    assert set(wing.__all__) <= set(dir(wing))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        wing.nothing  # noqa: B018 -- the attribute is asked for


def test_the_public_names_load_without_django() -> None:
    code = (
        "import sys\n"
        "import amity.measure.analytics as wing\n"
        "assert 'numpy' not in sys.modules\n"
        "for name in wing.__all__: getattr(wing, name)\n"
        "wing.read_orders({'customer': ['A'], 'date': ['2024-03-01']})\n"
        "assert not [name for name in sys.modules if name.split('.')[0] == 'django']\n"
    )
    source = str(Path(wing.__file__).parents[3])

    done = subprocess.run(  # noqa: S603 -- our own interpreter and our own words
        [sys.executable, "-c", code], env={"PYTHONPATH": source}, capture_output=True, check=False
    )

    assert (done.returncode, done.stderr.decode()) == (0, "")


def test_tracking_follows_the_hold_out_of_the_published_base(
    calibration: Summary, table: pa.Table
) -> None:
    orders = read_orders(table)
    summary = summarize(orders.log, CALIBRATION)
    fit = fit_purchases(summary)
    followed = track(orders.log, summary, fit.model, CALIBRATION + 273)

    assert len(followed.day) == 78
    at_39 = int(np.flatnonzero(followed.day == CALIBRATION)[0])
    assert followed.actual[at_39] == 2457
    assert followed.actual[-1] == 2457 + 1882
    assert followed.expected[at_39] == pytest.approx(2493.7, abs=1.0)
    assert (np.diff(followed.expected) > 0).all()


def test_the_other_public_calls_answer(table: pa.Table) -> None:
    orders = read_orders(table, amount="amount")
    summary = summarize(orders.log, CALIBRATION)

    assert rfm_scores(summary).r.max() == 5
    assert cohort_table(orders.log, CALIBRATION).sizes.sum() == 2357
    assert back_test(orders.log, CALIBRATION, 273)[1].actual == 1882
