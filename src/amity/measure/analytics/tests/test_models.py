"""Closed forms, properties of the theory, and simulated truth."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import hyp2f1

from amity.measure.analytics import bgnbd, gamma_gamma, mbgnbd, nbd
from amity.measure.analytics.arrays import Floats, ints
from amity.measure.analytics.base import Base, make_base
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.dropout import beta_nodes, guarded, likelihood
from amity.measure.analytics.gamma_gamma import GammaGamma
from amity.measure.analytics.intervals import interval, log_variance
from amity.measure.analytics.mbgnbd import MbgNbd
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.newton import Likelihood

CDNOW = (0.243, 4.414, 0.793, 2.426)
positive = st.floats(0.05, 20)


def paper(model: BgNbd, x: float, t_x: float, T: float, t: float) -> float:
    """Eq. 10 of Fader, Hardie, Lee (2005) with its hypergeometric function."""
    r, alpha, a, b = model.vector()
    z = t / (alpha + T + t)
    form = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(r + x, b + x, a + b + x - 1, z)
    left = 1 + (x > 0) * a / (b + x - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    return float((a + b + x - 1) / (a - 1) * form / left)


@pytest.mark.parametrize(("x", "t_x", "T", "t"), [(0, 0, 40, 10), (3, 20, 40, 52), (30, 39, 40, 5)])
def test_quadrature_equals_the_hypergeometric_form(
    x: float, t_x: float, T: float, t: float
) -> None:
    model = BgNbd(*CDNOW)

    found = model.expected(np.array([x]), np.array([t_x]), np.array([T]), t)

    assert float(found[0]) == pytest.approx(paper(model, x, t_x, T, t), rel=1e-10)


def test_nodes_integrate_the_beta_distribution() -> None:
    for a, b in ((0.793, 2.426), (1.0, 1.0), (1e-4, 900.0), (3.0, 1e5)):
        p, weight = beta_nodes(a, b)

        assert weight.sum() == pytest.approx(1.0)
        assert weight @ p == pytest.approx(a / (a + b), rel=1e-8)


@given(r=positive, alpha=positive, a=positive, b=positive, x=st.integers(0, 60))
@settings(max_examples=60, deadline=None)
def test_nobody_is_expected_to_buy_more_than_without_drop_out(
    r: float, alpha: float, a: float, b: float, x: int
) -> None:
    here = np.array([float(x)]), np.array([0.8 * 50 if x else 0.0]), np.array([50.0])

    for model in (BgNbd(r, alpha, a, b), MbgNbd(r, alpha, a, b)):
        found = float(model.expected(*here, 30.0)[0])

        assert 0.0 <= found <= (r + x) / (alpha + 50.0) * 30.0 * (1 + 1e-9)


@given(r=positive, alpha=positive, a=positive, b=positive, x=st.integers(1, 40))
@settings(max_examples=60, deadline=None)
def test_expectation_rises_with_recency(r: float, alpha: float, a: float, b: float, x: int) -> None:
    t_x = np.array([0.0, 10.0, 25.0, 40.0])
    columns = np.full(4, float(x)), t_x, np.full(4, 40.0)

    for model in (BgNbd(r, alpha, a, b), MbgNbd(r, alpha, a, b)):
        assert (np.diff(model.expected(*columns, 26.0)) >= 0).all()
        assert (np.diff(model.alive(*columns)) >= 0).all()


def test_one_time_buyer_is_alive_in_bgnbd_and_doubtful_in_mbgnbd() -> None:
    once = np.array([0.0]), np.array([0.0]), np.array([40.0])

    assert BgNbd(*CDNOW).alive(*once).tolist() == [1.0]
    assert 0.0 < float(MbgNbd(*CDNOW).alive(*once)[0]) < 1.0


def test_purchase_of_today_leaves_only_the_chance_of_leaving_with_it() -> None:
    r, alpha, a, b = CDNOW
    today = np.array([3.0]), np.array([40.0]), np.array([40.0])

    assert float(BgNbd(*CDNOW).alive(*today)[0]) == pytest.approx(1 / (1 + a / (b + 2)))
    assert float(BgNbd(r, alpha, a, 1e9).alive(*today)[0]) == pytest.approx(1.0)


@pytest.mark.parametrize("model", [BgNbd(*CDNOW), MbgNbd(*CDNOW), Nbd(0.4, 12.0)])
def test_pmf_sums_to_one_and_its_mean_is_the_expectation(model: BgNbd | MbgNbd | Nbd) -> None:
    chance = np.array([model.pmf(x, 30.0) for x in range(400)])

    assert chance.sum() == pytest.approx(1.0, abs=1e-9)
    mean = float(model.new_customer(np.array([30.0]))[0])
    assert chance @ np.arange(400) == pytest.approx(mean, rel=1e-8)


def test_bgnbd_without_drop_out_is_nbd() -> None:
    x, t_x, T = np.array([0.0, 4.0]), np.array([0.0, 30.0]), np.array([40.0, 40.0])

    found = BgNbd(0.5, 10.0, 1e-9, 5.0).expected(x, t_x, T, 20.0)

    assert found == pytest.approx(Nbd(0.5, 10.0).expected(x, t_x, T, 20.0), rel=1e-6)


def test_rate_is_trusted_within_the_history_and_fades_beyond() -> None:
    model = Nbd(1.0, 10.0, reach=100.0)

    near, edge, far = model.new_customer(np.array([50.0, 100.0, 1000.0]))

    assert (near, edge) == (pytest.approx(5.0), pytest.approx(10.0))
    assert far == pytest.approx(10.0 * (1 + np.log(10.0)))
    assert model.per("week").new_customer(np.array([1000 / 7]))[0] == pytest.approx(far)


def some_base() -> Base:
    rng = np.random.default_rng(5)
    x, T = rng.integers(0, 8, 80), rng.integers(30, 300, 80)
    return make_base(x, np.where(x > 0, ints(T * rng.random(80)), 0), T)


@pytest.mark.parametrize(
    ("target", "point"),
    [
        (likelihood(some_base(), 0), [0.6, 30.0, 0.8, 2.5]),
        (likelihood(some_base(), 1), [0.6, 30.0, 0.8, 2.5]),
        (guarded(likelihood(some_base(), 0)), [0.6, 30.0, 0.8, 2.5]),
        (nbd.likelihood(some_base()), [0.6, 30.0]),
        (
            gamma_gamma.likelihood(
                gamma_gamma.make_spends(
                    np.arange(1, 30), np.arange(1, 30) * np.linspace(5.0, 90.0, 29)
                )
            ),
            [6.0, 3.7, 15.0],
        ),
    ],
)
def test_gradient_and_hessian_are_those_of_the_value(
    target: Likelihood, point: list[float]
) -> None:
    at = np.array(point)
    _, gradient, hessian = target(at)

    for k in range(len(at)):
        step = np.zeros(len(at))
        step[k] = 1e-5 * at[k]
        up, down = target(at + step), target(at - step)
        assert (up[0] - down[0]) / (2 * step[k]) == pytest.approx(gradient[k], rel=1e-5, abs=1e-6)
        slope = (up[1] - down[1]) / (2 * step[k])
        assert slope == pytest.approx(hessian[k], rel=1e-5, abs=1e-6)


def simulated(n: int, leaves_at_once: bool) -> tuple[Floats, Floats, Floats]:
    """Customers of the model itself, observed for 100 to 400 days."""
    rng = np.random.default_rng(3)
    T = rng.uniform(100, 400, n)
    rate, p = rng.gamma(0.8, 1 / 40.0, n), rng.beta(1.0, 3.0, n)
    x, t_x, time = np.zeros(n), np.zeros(n), np.zeros(n)
    here = rng.random(n) >= p if leaves_at_once else np.ones(n, dtype=np.bool_)
    while here.any():
        time = time + rng.exponential(1.0, n) / rate
        here &= time <= T
        x, t_x = x + here, np.where(here, time, t_x)
        here &= rng.random(n) >= p
    return x, t_x, T


@pytest.mark.parametrize("late", [True, False])
def test_truth_of_a_simulated_base_is_found_within_its_errors(late: bool) -> None:
    wing = bgnbd if late else mbgnbd

    x, t_x, T = simulated(20_000, leaves_at_once=not late)

    found = wing.fit(make_base(ints(x), ints(t_x * 100), ints(T * 100), step=0.01))

    covariance = found.covariance()
    assert covariance is not None
    away = (found.point - [0.8, 40.0, 1.0, 3.0]) / np.sqrt(np.diag(covariance))
    assert np.abs(away).max() < 3.0


def test_truth_of_simulated_spending_is_found_within_its_errors() -> None:
    rng = np.random.default_rng(4)
    count = rng.integers(1, 12, 8000).astype(np.float64)
    mean = rng.gamma(6.0 * count) / rng.gamma(4.0, 1 / 15.0, 8000) / count

    found = gamma_gamma.fit(count, mean)

    covariance = found.covariance()
    assert covariance is not None
    away = (found.point - [6.0, 4.0, 15.0]) / np.sqrt(np.diag(covariance))
    assert np.abs(away).max() < 3.0


def test_spend_is_shrunk_from_the_base_to_ones_own_mean() -> None:
    model = GammaGamma(6.25, 3.74, 15.44)
    base = 6.25 * 15.44 / 2.74

    found = model.expected(np.array([0, 1, 1000]), np.array([np.nan, 100.0, 100.0]))

    assert found[0] == pytest.approx(base)
    assert base < found[1] < 100.0
    assert found[2] == pytest.approx(100.0, rel=0.01)


def test_interval_grows_with_parameter_error_and_with_the_back_tests_miss() -> None:
    value = np.array([10.0])
    variance = log_variance(lambda point: point[:1] * 5, np.array([2.0]), np.array([[0.04]]))

    narrow = interval(value, variance, None)
    wide = interval(value, variance, 0.5)

    assert variance is not None
    assert variance[0] == pytest.approx(0.01, rel=1e-6)
    assert narrow[0][0] == pytest.approx(10 * np.exp(-1.96 * 0.1), rel=1e-4)
    assert wide[0][0] < narrow[0][0] < 10 < narrow[1][0] < wide[1][0]
    assert np.isnan(interval(value, None, None)).all()
