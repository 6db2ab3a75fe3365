"""Pareto/NBD: gamma-mixed Poisson purchases until a gamma-mixed exponential lifetime ends.

Schmittlein, Morrison, Colombo, "Counting your customers", Management Science 33 (1987) 1-24. It is
the cross-check of BG/NBD: a customer may leave at any moment, not only after a purchase. With
purchase rate ~ Gamma(r, alpha) and rate of leaving ~ Gamma(s, beta), a customer contributes

    G(r+x)/G(r) alpha^r beta^s [ (alpha+T)^-(r+x) (beta+T)^-s
        + s * integral from t_x to T of (alpha+u)^-(r+x) (beta+u)^-(s+1) du ].

The integral is taken by Gauss-Legendre quadrature in ln(min(alpha, beta) + u) instead of the usual
two hypergeometric functions, which lose all digits for many purchases; its derivatives come from
the same nodes.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln, hyperu, polygamma

from amity.measure.analytics.arrays import Column, Floats, floats
from amity.measure.analytics.base import Base
from amity.measure.analytics.mixtures import log_sum, log_sum_derivatives
from amity.measure.analytics.newton import Likelihood, Optimum, best_of
from amity.measure.analytics.units import days_of

NODES, WEIGHTS = (floats(column) for column in np.polynomial.legendre.leggauss(48))
FADED = 45.0
"""Where the integrand has fallen by this power of e, the rest is no longer seen."""
PIECE = 2048


@dataclass(frozen=True, slots=True)
class ParetoNbd:
    """Fitted parameters; `unit` is the unit of alpha, beta and of every time passed to a method."""

    r: float
    alpha: float
    s: float
    beta: float
    unit: str = "day"

    name: ClassVar[str] = "Pareto/NBD"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "s", "beta")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.r, self.alpha, self.s, self.beta])

    @classmethod
    def at(cls, vector: Floats, unit: str = "day") -> "ParetoNbd":
        """A model at parameters in the order of `parameters`."""
        r, alpha, s, beta = (float(value) for value in vector)
        return cls(r, alpha, s, beta, unit)

    def moved(self, vector: Floats) -> "ParetoNbd":
        """The same model at other parameters."""
        return self.at(vector, self.unit)

    def per(self, unit: str) -> "ParetoNbd":
        """The same model with time counted in another unit."""
        ratio = days_of(self.unit) / days_of(unit)
        return replace(self, alpha=self.alpha * ratio, beta=self.beta * ratio, unit=unit)

    def alive(self, x: Column, t_x: Column, T: Column) -> Floats:
        """P(alive at T | x, t_x, T): the weight of not having left."""
        terms = _moments(self.vector(), floats(x), floats(t_x), floats(T))[0]
        return log_sum(terms)[1][:, 0]

    def while_alive(self, x: Column, T: Column, horizons: Floats) -> Floats:
        """E[purchases in (T, T+t] | x, T, alive at T], shape (customers, horizons)."""
        rate = (self.r + floats(x)) / (self.alpha + floats(T))
        return rate[:, None] * self._time_left(floats(T)[:, None], floats(horizons))

    def expected(self, x: Column, t_x: Column, T: Column, horizon: float) -> Floats:
        """E[purchases in (T, T+horizon] | x, t_x, T]."""
        ahead = self.while_alive(x, T, np.array([horizon]))[:, 0]
        return np.asarray(self.alive(x, t_x, T) * ahead)

    def new_customer(self, times: Floats) -> Floats:
        """E[X(t)], repeat purchases of a new customer."""
        return np.asarray(self.r / self.alpha * self._time_left(np.zeros(1), floats(times)))

    def discounted_transactions(self, x: Column, t_x: Column, T: Column, rate: float) -> Floats:
        """DERT: expected purchases after T for ever, discounted by `rate` per unit of time.

        Fader, Hardie, Lee, "RFM and CLV", J. of Marketing Research 42 (2005) 415-430, as
        P(alive) (r+x)/(alpha+T) (beta+T) U(1, 2-s, rate (beta+T)). `rate` must be positive.
        """
        if rate <= 0:
            raise ValueError("Discounting for ever needs a positive rate.")
        left = self.beta + floats(T)
        ahead = (self.r + floats(x)) / (self.alpha + floats(T)) * left
        return np.asarray(self.alive(x, t_x, T) * ahead * hyperu(1.0, 2.0 - self.s, rate * left))

    def _time_left(self, T: Floats, t: Floats) -> Floats:
        """Expected time still alive within t of somebody alive at T."""
        left = self.beta + T
        past = np.log1p(t / left)
        power = 1.0 - self.s
        if abs(power) < 1e-9:
            return np.asarray(left * past)
        return np.asarray(left * np.expm1(power * past) / power)


def log_likelihood(model: ParetoNbd, base: Base) -> float:
    """Log-likelihood at given parameters; the base must be in the model's unit."""
    return likelihood(base)(model.vector())[0]


def fit(base: Base) -> Optimum:
    """Maximum likelihood of (r, alpha, s, beta), alpha and beta in days."""
    rate = (base.purchases + 0.5) / (base.exposure + 180.0)
    guesses = ((0.5, 0.5, 90.0), (1.0, 1.0, 300.0))
    return best_of(likelihood(base), [np.array([r, r / rate, s, beta]) for r, s, beta in guesses])


def likelihood(base: Base) -> Likelihood:
    """Log-likelihood of (r, alpha, s, beta) in the unit of the base, gradient and Hessian."""
    x, t_x, T, n = weighted_rows(base)

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = _outside(point, x, n)
        for low in range(0, len(x), PIECE):
            piece = slice(low, low + PIECE)
            terms, slopes, bends = _moments(point, x[piece], t_x[piece], T[piece])
            sums, weights = log_sum(terms)
            slope, bend = log_sum_derivatives(weights, slopes, bends, n[piece])
            value += float(n[piece] @ sums)
            gradient, hessian = gradient + slope, hessian + bend
        return value, gradient, hessian

    return evaluate


def weighted_rows(base: Base) -> tuple[Floats, Floats, Floats, Floats]:
    """Distinct (x, t_x, T), times in the unit of the base, and the customers of each."""
    ages = len(base.by_age)
    once = np.flatnonzero(base.once_by_age)
    keys, counts = [once], [base.once_by_age[once]]
    for part in (any_part.thinned(1) for any_part in base.parts):
        x = np.repeat(np.arange(len(part.starts) - 1), np.diff(part.starts))
        key, n = np.unique((x * ages + part.t_x) * ages + part.T, return_counts=True)
        keys.append(key)
        counts.append(n.astype(np.float64))
    key = np.concatenate(keys)
    front, T = np.divmod(key, ages)
    x, t_x = np.divmod(front, ages)
    return floats(x), base.step * t_x, base.step * T, np.concatenate(counts)


def _outside(point: Floats, x: Floats, n: Floats) -> tuple[float, Floats, Floats]:
    """What stands before the brackets."""
    r, alpha, s, beta = point
    all_n = n.sum()
    value = n @ (gammaln(r + x) - gammaln(r)) + all_n * (r * np.log(alpha) + s * np.log(beta))
    gradient = np.array(
        [
            n @ (digamma(r + x) - digamma(r)) + all_n * np.log(alpha),
            all_n * r / alpha,
            all_n * np.log(beta),
            all_n * s / beta,
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = n @ (polygamma(1, r + x) - polygamma(1, r))
    hessian[0, 1] = hessian[1, 0] = all_n / alpha
    hessian[1, 1] = -all_n * r / alpha**2
    hessian[2, 3] = hessian[3, 2] = all_n / beta
    hessian[3, 3] = -all_n * s / beta**2
    return float(value), gradient, hessian


def _moments(point: Floats, x: Floats, t_x: Floats, T: Floats) -> tuple[Floats, Floats, Floats]:
    """Logarithms of the terms in the brackets, alive first, with their gradients and Hessians."""
    r, alpha, s, beta = point
    low = min(alpha, beta)
    with np.errstate(over="ignore"):
        seen = np.minimum(T, (alpha + t_x) * np.exp(FADED / (r + x)) - alpha)
    reach = np.log((low + seen) / (low + t_x))
    v = np.log(low + t_x)[:, None] + reach[:, None] * (NODES + 1.0) / 2.0
    when = np.column_stack([T, np.exp(v) - low])
    buys, leaves = np.log(alpha + when), np.log(beta + when)
    k = (r + x)[:, None]
    gone = np.ones(when.shape[1])
    gone[0] = 0.0
    terms = -k * buys - (s + gone) * leaves
    with np.errstate(divide="ignore"):
        terms[:, 1:] += np.log(s) + v + np.log(WEIGHTS * reach[:, None] / 2.0)
    a, b = 1.0 / (alpha + when), 1.0 / (beta + when)
    slopes = np.array([-buys, -k * a, gone / s - leaves, -(s + gone) * b])
    bends = np.zeros((4, 4, *when.shape))
    bends[0, 1] = bends[1, 0] = -a
    bends[1, 1] = k * a**2
    bends[2, 2] = -gone / s**2
    bends[2, 3] = bends[3, 2] = -b
    bends[3, 3] = (s + gone) * b**2
    return terms, slopes, bends
