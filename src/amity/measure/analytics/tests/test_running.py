"""The running state equals a rebuild from the log, whatever order the orders come in."""

from pathlib import Path
from types import ModuleType

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from amity.measure.analytics import bgnbd, running
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.base import base_of, columns_of
from amity.measure.analytics.clv import Outlook, score, value_customers
from amity.measure.analytics.kernels import plain
from amity.measure.analytics.logs import customers_in, fold_parquet
from amity.measure.analytics.running import Running, empty, packed, rebuild, unpacked
from amity.measure.analytics.summary import Log, make_log, summarize
from amity.measure.analytics.verdict import fit_purchases, fit_spend
from amity.testing.populations import HEAVY, ODD, buyers

compiled = pytest.importorskip("amity.measure.analytics.kernels.compiled")
EPOCH = -1


def told(log: Log) -> tuple[Ints, Ints, Ints]:
    assert log.amount is not None
    return log.customer, log.day, np.nan_to_num(log.amount).astype(np.int64)


def folded(log: Log, customers: int, pieces: int, kernels: ModuleType) -> Running:
    """The log taken in by pieces; dirty customers are made anew after each."""
    state = empty(customers, EPOCH)
    for part in np.array_split(np.arange(len(log)), pieces):
        keep = np.zeros(len(log), dtype=np.bool_)
        keep[: int(part[-1]) + 1 if len(part) else 0] = True
        who, day, amount = (column[part] for column in told(log))
        dirty = kernels.fold(state.records, who, day, amount, EPOCH) if len(part) else part
        state.mend(dirty, log.select(keep))
    return state


@pytest.mark.parametrize("kernels", [plain, compiled])
@pytest.mark.parametrize("name", ODD)
def test_running_state_equals_a_rebuild(name: str, kernels: ModuleType) -> None:
    log = make_log(*ODD[name]())
    customers = int(log.customer.max()) + 1

    state = folded(log, customers, 7, kernels)

    assert (state.records == rebuild(log, EPOCH, customers)).all()


orders = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 12), st.sampled_from([0, 1, 5, 300, -5])),
    max_size=40,
)


@given(rows=orders, pieces=st.integers(1, 5))
@settings(max_examples=150, deadline=None)
def test_late_reordered_free_and_returned_orders_end_in_the_same_state(
    rows: list[tuple[int, int, int]], pieces: int
) -> None:
    who, day, amount = zip(*rows, strict=True) if rows else ((), (), ())
    log = make_log(who, day, amount)
    truth = rebuild(log, EPOCH, 4)

    for kernels in (plain, compiled):
        assert (folded(log, 4, pieces, kernels).records == truth).all()


def test_order_delivered_twice_counts_once() -> None:
    state = empty(2, EPOCH)
    once = np.array([0, 1]), np.array([3, 4]), np.array([100, 200])
    again = np.array([0, 0]), np.array([3, 9]), np.array([100, 300])

    state.fold(*once, numbers=np.array([10, 11]))
    state.fold(*again, numbers=np.array([10, 12]))

    assert (state.through, state.records["x"].tolist()) == (12, [1, 0])
    assert state.records["spent"].tolist() == [300, 0]


def test_customer_or_day_outside_of_the_state_is_refused() -> None:
    state, one = empty(2, 100), np.array([1])

    with pytest.raises(ValueError, match="no place for a customer"):
        state.fold(np.array([2]), np.array([101]), one)
    with pytest.raises(ValueError, match="outside of what the state can hold"):
        state.fold(one, np.array([100]), one)
    state.fold(one, np.array([105]), one)
    with pytest.raises(ValueError, match="tells of later days"):
        state.columns(104)
    assert state.columns(105).T.tolist() == [0]


def test_record_takes_sixteen_bytes() -> None:
    assert running.RECORD.itemsize == 16


def test_state_and_summary_give_the_same_fit_and_the_same_values() -> None:
    log = make_log(*buyers(3000, 8, HEAVY))
    state, summary = Running(EPOCH, rebuild(log, EPOCH, 3000)), summarize(log, 730)
    columns = state.columns(730)

    fit, spend = fit_purchases(state.base(730)), fit_spend(columns)
    there, there_spend = fit_purchases(summary), fit_spend(summary)

    assert spend is not None
    assert there_spend is not None
    assert fit.model.vector().tolist() == there.model.vector().tolist()
    assert spend.model.vector() == pytest.approx(there_spend.model.vector(), rel=1e-9)
    assert (fit.customers, fit.repeaters, fit.purchases) == (
        summary.customers, summary.repeaters, summary.purchases,
    )  # fmt: skip
    narrow = score(columns, fit.model, spend.model, Outlook(), dtype=np.float32)
    wide = value_customers(summary, there, there_spend, Outlook())
    assert narrow.clv.dtype == np.float32
    assert narrow.alive == pytest.approx(wide.alive, rel=2e-6)
    assert narrow.purchases == pytest.approx(wide.purchases, rel=2e-6)
    assert narrow.clv * wide.kept_share == pytest.approx(wide.clv, rel=2e-5)


def test_compiled_scores_equal_those_of_numpy() -> None:
    summary = summarize(make_log(*buyers(2000, 9, HEAVY)), 730)
    columns = columns_of(summary)
    model = bgnbd.BgNbd.at(bgnbd.fit(base_of(summary)).point)
    pairs = [kernels.pairs(columns.x, columns.T) for kernels in (compiled, plain)]
    assert all((fast == slow).all() for fast, slow in zip(*pairs, strict=True))
    place = plain.pairs(columns.x, columns.T)[2]
    rows = (columns.x, columns.t_x, columns.T, place, columns.spends, columns.spent)
    tables = model.silence(731, int(columns.x.max()) + 1)
    ahead = np.linspace(1.0, 2.0, int(place.max()) + 1)
    law = (*tables, ahead, ahead * 0.9, (10.0, 6.0, 2.7, 6.0), 0.8)

    found = np.empty((2, 4, len(columns)))
    plain.score(rows, law, found[0])
    compiled.score(rows, law, found[1])

    assert np.isfinite(found).all()
    assert found[1] == pytest.approx(found[0], rel=1e-10)


def test_pairs_too_many_for_a_table_are_sorted(monkeypatch: pytest.MonkeyPatch) -> None:
    x, T = np.array([3, 0, 3, 9]), np.array([5, 2, 5, 900])
    wide = plain.pairs(x, T)
    monkeypatch.setattr(plain, "DENSE", 10)

    narrow = plain.pairs(x, T)

    assert [list(column) for column in wide] == [list(column) for column in narrow]


def test_log_in_parquet_becomes_the_same_state(tmp_path: Path) -> None:
    log = make_log(*buyers(2000, 12))
    assert log.amount is not None
    file = tmp_path / "orders.parquet"
    columns = {
        "customer": log.customer.astype(np.uint32),
        "day": log.day.astype(np.int32),
        "amount": log.amount.astype(np.int64),
    }
    parquet.write_table(pa.table(columns), file, row_group_size=700)

    state = empty(customers_in(file), EPOCH)
    dirty = fold_parquet(file, state)

    assert len(state) == 2000
    assert dirty.tolist() == []
    assert (state.records == rebuild(log, EPOCH, 2000)).all()


def test_packed_entries_tell_the_whole_log_whatever_its_order() -> None:
    log = make_log(*buyers(500, 3, HEAVY))
    assert log.amount is not None
    log.amount[::7] = np.nan
    mixed = np.random.default_rng(1).permutation(len(log))
    shuffled = make_log(log.customer[mixed], log.day[mixed], log.amount[mixed])

    found, again = dict(packed(log)), dict(packed(shuffled))

    assert found == again
    back = unpacked(list(found), list(found.values()))
    for day in (200, 730):
        one, other = summarize(log, day), summarize(back, day)
        for name in ("customer", "first_day", "last_day", "x", "spend_mean", "total", "entries"):
            assert np.array_equal(getattr(one, name), getattr(other, name), equal_nan=True)
    assert len(unpacked([], [])) == 0
