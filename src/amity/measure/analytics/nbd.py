"""NBD: purchases at a gamma-distributed Poisson rate, nobody ever leaves.

Ehrenberg, Repeat-Buying (1959, 1988). It is what BG/NBD becomes when the log shows no drop-out,
and the fallback when that model cannot be fitted. A customer's expected rate is
(r + x) / (alpha + T): her own history shrunk to the base rate r / alpha.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln, xlogy

from amity.measure.analytics.arrays import Column, Floats, floats
from amity.measure.analytics.base import Base
from amity.measure.analytics.gammas import trigamma
from amity.measure.analytics.newton import Likelihood, Optimum, best_of
from amity.measure.analytics.units import days_of

PRIOR_PURCHASES = 0.5
PRIOR_DAYS = 182.5


@dataclass(frozen=True, slots=True)
class Nbd:
    """Fitted parameters; `unit` is the unit of alpha and of every time passed to a method.

    `reach` is how far ahead a rate may be trusted: the length of the history. Within it purchases
    grow with time, beyond it with the logarithm of time. None trusts it for ever.
    """

    r: float
    alpha: float
    unit: str = "day"
    reach: float | None = None

    name: ClassVar[str] = "NBD"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.r, self.alpha])

    @classmethod
    def at(cls, vector: Floats, unit: str = "day") -> "Nbd":
        """A model at parameters in the order of `parameters`."""
        return cls(float(vector[0]), float(vector[1]), unit)

    def moved(self, vector: Floats) -> "Nbd":
        """The same model at other parameters."""
        return replace(self, r=float(vector[0]), alpha=float(vector[1]))

    def per(self, unit: str) -> "Nbd":
        """The same model with time counted in another unit."""
        ratio = days_of(self.unit) / days_of(unit)
        reach = None if self.reach is None else self.reach * ratio
        return replace(self, alpha=self.alpha * ratio, unit=unit, reach=reach)

    def alive(self, x: Column, t_x: Column, T: Column) -> Floats:
        """1 for everyone: the model knows no drop-out."""
        return np.ones(len(floats(x)))

    def silence(self, days: int, kinds: int) -> tuple[Floats, Floats, Floats]:
        """The tables from which `clv.score` takes P(alive): nobody ever leaves."""
        return np.zeros(days), np.zeros(kinds), np.full(kinds, -np.inf)

    def while_alive(self, x: Column, T: Column, horizons: Floats) -> Floats:
        """(r + x) / (alpha + T) t for t within reach, shape (customers, horizons)."""
        rate = (self.r + floats(x)) / (self.alpha + floats(T))
        return np.outer(rate, self._trusted(floats(horizons)))

    def expected(self, x: Column, t_x: Column, T: Column, horizon: float) -> Floats:
        """E[purchases in (T, T+horizon] | x, T]."""
        return np.asarray(self.while_alive(x, T, np.array([horizon]))[:, 0])

    def new_customer(self, times: Floats) -> Floats:
        """E[X(t)] = r t / alpha for t within reach."""
        return np.asarray(self.r / self.alpha * self._trusted(floats(times)))

    def _trusted(self, times: Floats) -> Floats:
        """The time that counts: t within reach, reach (1 + ln(t / reach)) beyond."""
        if self.reach is None:
            return times
        return np.minimum(times, self.reach) + self.reach * np.log(
            np.maximum(times / self.reach, 1.0)
        )

    def pmf(self, x: int, t: float) -> float:
        """P(X(t) = x) for a new customer."""
        z = t / (self.alpha + t)
        count = gammaln(self.r + x) - gammaln(self.r) - gammaln(x + 1)
        return float(np.exp(count + self.r * np.log1p(-z) + xlogy(x, z)))


def likelihood(base: Base) -> Likelihood:
    """Log-likelihood of (r, alpha), with the x! and T^x terms, so it is the same in every unit."""
    x = np.arange(len(base.by_x))
    constant = float(xlogy(base.bought_by_age, base.times()).sum() - base.by_x @ gammaln(x + 1.0))

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = _timed(point, base)
        return value + constant, gradient, hessian

    return evaluate


def timing_log_likelihood(model: Nbd, base: Base) -> float:
    """The likelihood of the purchase times, comparable with BG/NBD's (its limit for a to 0)."""
    return _timed(model.vector(), base)[0]


def _timed(point: Floats, base: Base) -> tuple[float, Floats, Floats]:
    r, alpha = point
    x = np.flatnonzero(base.by_x).astype(np.float64)
    n, by_age = base.by_x[base.by_x > 0], base.by_age
    left, share = np.log(alpha + base.times()), 1.0 / (alpha + base.times())
    weight, customers = r * by_age + base.bought_by_age, by_age.sum()
    value = n @ (gammaln(r + x) - gammaln(r)) + customers * r * np.log(alpha) - weight @ left
    gradient = np.array(
        [
            n @ (digamma(r + x) - digamma(r)) + by_age @ (np.log(alpha) - left),
            customers * r / alpha - weight @ share,
        ]
    )
    cross = by_age @ (1.0 / alpha - share)
    hessian = np.array(
        [
            [n @ (trigamma(r + x) - trigamma(r)), cross],
            [cross, weight @ share**2 - customers * r / alpha**2],
        ]
    )
    return float(value), gradient, hessian


def _prior(point: Floats) -> tuple[float, Floats, Floats]:
    """A base that buys once a year, worth half a purchase in half a year; ln r ~ N(0, 1)."""
    r, alpha = point
    k, d, log_r = PRIOR_PURCHASES, PRIOR_DAYS, np.log(r)
    value = k * np.log(r / alpha) - d * r / alpha - 0.5 * log_r**2
    gradient = np.array([(k - log_r) / r - d / alpha, -k / alpha + d * r / alpha**2])
    cross = d / alpha**2
    hessian = np.array(
        [
            [(log_r - k - 1.0) / r**2, cross],
            [cross, k / alpha**2 - 2.0 * d * r / alpha**3],
        ]
    )
    return float(value), gradient, hessian


def fit(base: Base) -> Optimum:
    """Maximum likelihood of (r, alpha), alpha in days."""
    return best_of(likelihood(base), _starts(base))


def fit_shrunk(base: Base) -> Optimum:
    """As `fit`, with a weak prior that keeps tiny and odd bases sane; `value` includes the prior.

    Has an answer for every base, also for one without a single repeat purchase or customer.
    """
    counts = likelihood(base)

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        here, prior = counts(point), _prior(point)
        return here[0] + prior[0], here[1] + prior[1], here[2] + prior[2]

    return best_of(evaluate, _starts(base))


def _starts(base: Base) -> list[Floats]:
    rate = (base.purchases + PRIOR_PURCHASES) / (base.exposure + PRIOR_DAYS)
    return [np.array([r, r / rate]) for r in (0.5, 2.0)]
