"""The compiled passes and NumPy's give the same; parts of a base add up to the whole."""

import numpy as np
import pytest

from amity.measure.analytics import dropout, gamma_gamma
from amity.measure.analytics.arrays import Floats, ints
from amity.measure.analytics.base import Base, Rows, base_of, join, make_base
from amity.measure.analytics.dropout import likelihood
from amity.measure.analytics.kernels import kernels_for, plain
from amity.measure.analytics.newton import best_of
from amity.measure.analytics.summary import Summary, make_log, summarize
from amity.testing.populations import HEAVY, ODD, buyers

compiled = pytest.importorskip("amity.measure.analytics.kernels.compiled")
NAMES = ["one huge buyer", "mixture", "everyone daily", "hardly any repeats", "two days"]
POINT = np.array([0.6, 30.0, 0.8, 2.5])


@pytest.fixture(scope="module")
def heavy() -> Summary:
    return summarize(make_log(*buyers(6000, 3, HEAVY)), 730)


def tables(base: Base) -> tuple[Floats, Floats]:
    return np.log(30.0 + base.times()), 1.0 / (30.0 + base.times())


@pytest.mark.parametrize("name", NAMES)
def test_compiled_sums_equal_those_of_numpy(name: str) -> None:
    base = base_of(summarize(make_log(*ODD[name]()), 730))
    (part,) = base.parts
    assert isinstance(part, Rows)
    x = np.arange(len(part.starts) - 1, dtype=np.float64)
    power, constant = 0.6 + x, np.log(0.8) - np.log(np.maximum(1.5 + x, 1e-9))
    rows = part.starts, part.t_x, part.T

    fast = compiled.gone_sums(rows, tables(base), power, constant)
    slow = plain.gone_sums(rows, tables(base), power, constant)

    assert np.isfinite(slow).all()
    assert fast == pytest.approx(slow, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", NAMES)
def test_compiled_counts_and_order_equal_those_of_numpy(name: str) -> None:
    summary = summarize(make_log(*ODD[name]()), 730)
    x, t_x, T = summary.x, ints(summary.t_x), ints(summary.T)

    for fast, slow in zip(compiled.tally(x, T), plain.tally(x, T), strict=True):
        assert fast.tolist() == slow.tolist()
    starts = base_of(summary).parts[0].thinned(1).starts
    ordered = compiled.by_count(x, starts, t_x, T), plain.by_count(x, starts, t_x, T)
    assert ordered[0][0].tolist() == ordered[1][0].tolist()
    assert ordered[0][1].tolist() == ordered[1][1].tolist()


@pytest.mark.parametrize("scale", [1.0, 1e6, 1e-6])
def test_compiled_sums_of_spends_equal_those_of_numpy(heavy: Summary, scale: float) -> None:
    some = heavy.spend_count > 0
    spent = (heavy.spend_count * heavy.spend_mean)[some] * scale
    spends = gamma_gamma.make_spends(heavy.spend_count[some], spent)

    for rows in (part.thinned(1) for part in spends.parts):
        fast, slow = (
            kernels.spend_sums(rows.starts, rows.spent, 15.0) for kernels in (compiled, plain)
        )
        assert fast == pytest.approx(slow, rel=1e-9)


def test_two_halves_joined_fit_like_the_whole(heavy: Summary) -> None:
    x, t_x, T = heavy.x, ints(heavy.t_x), ints(heavy.T)
    odd = np.arange(len(x)) % 2 == 1
    halves = [make_base(x[half], t_x[half], T[half]) for half in (odd, ~odd)]
    whole = base_of(heavy)

    for s in (0, 1):
        apart, together = likelihood(join(halves), s)(POINT), likelihood(whole, s)(POINT)
        for here, there in zip(apart, together, strict=True):
            assert here == pytest.approx(there, rel=1e-10)
    found = best_of(likelihood(join(halves), 0), dropout.starts(whole))
    assert found.point == pytest.approx(dropout.climb(whole, 0).point, rel=1e-7)


def test_bases_of_unequal_ticks_are_not_joined(heavy: Summary) -> None:
    days = base_of(heavy)
    weeks = make_base(heavy.x, ints(heavy.t_x), ints(heavy.T), step=1 / 7)

    with pytest.raises(ValueError, match="ticks of different length"):
        join([days, weeks])


def test_climb_that_begins_on_a_sample_ends_at_the_same_top(
    heavy: Summary, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = heavy.spend_count > 0
    spends = heavy.spend_count[some], heavy.spend_mean[some]
    slow = dropout.climb(base_of(heavy), 1), gamma_gamma.fit(*spends)
    monkeypatch.setattr(dropout, "SAMPLE", 1000)
    monkeypatch.setattr(gamma_gamma, "SAMPLE", 1000)

    fast = dropout.climb(base_of(heavy), 1), gamma_gamma.fit(*spends)

    for here, there in zip(fast, slow, strict=True):
        assert here.point == pytest.approx(there.point, rel=1e-7)
        assert here.value == pytest.approx(there.value, rel=1e-12)


def test_small_bases_do_not_wait_for_the_compiler() -> None:
    assert kernels_for(1000) is plain
