"""MBG/CNBD-k: purchases by habit, each after k unseen steps, until somebody leaves after one.

Platzer and Reutterer, "Ticking away the moments: timing regularity helps to better predict
customer activity", Marketing Science 35 (2016) 779-799. Steps come at a rate ~ Gamma(r, alpha), a
purchase at every k-th, so gaps are Erlang-k; after each purchase, the first one as well, a customer
leaves with a probability ~ Beta(a, b). k is 1 for MBG/NBD. A customer contributes, but for what no
parameter enters, with n = r + kx,

    B(a, b+x+1)/B(a, b) sum over j < k of  G(n+j)/(G(r) j!) alpha^r (T-t_x)^j / (alpha+T)^(n+j)
    + B(a+1, b+x)/B(a, b)  G(n)/G(r) alpha^r / (alpha+t_x)^n

where j are the steps since the last purchase. Given j, the steps to come are negative binomial, so
the expectation is a sum of incomplete beta functions; the paper approximates it.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import betainc, betaln, digamma, gammaln, polygamma, xlogy

from amity.measure.analytics import mbgnbd
from amity.measure.analytics.arrays import Column, Floats, floats
from amity.measure.analytics.base import Base
from amity.measure.analytics.mixtures import beta_ratio, log_sum, log_sum_derivatives
from amity.measure.analytics.newton import Likelihood, Optimum, best_of
from amity.measure.analytics.pareto import PIECE, weighted_rows
from amity.measure.analytics.units import days_of

SMALL = 1e-10


@dataclass(frozen=True, slots=True)
class Habits:
    """Fitted parameters; `unit` is the unit of alpha and of every time passed to a method."""

    r: float
    alpha: float
    a: float
    b: float
    k: int
    unit: str = "day"

    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    @property
    def name(self) -> str:
        """As in the paper, with its k."""
        return f"MBG/CNBD-{self.k}"

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.r, self.alpha, self.a, self.b])

    @classmethod
    def at(cls, vector: Floats, k: int, unit: str = "day") -> "Habits":
        """A model at parameters in the order of `parameters`."""
        r, alpha, a, b = (float(value) for value in vector)
        return cls(r, alpha, a, b, k, unit)

    def moved(self, vector: Floats) -> "Habits":
        """The same model at other parameters."""
        return self.at(vector, self.k, self.unit)

    def per(self, unit: str) -> "Habits":
        """The same model with time counted in another unit."""
        return replace(self, alpha=self.alpha * days_of(self.unit) / days_of(unit), unit=unit)

    def alive(self, x: Column, t_x: Column, T: Column) -> Floats:
        """P(has not left after the last purchase | x, t_x, T)."""
        return np.asarray(self.since(x, t_x, T).sum(axis=1))

    def expected(self, x: Column, t_x: Column, T: Column, horizon: float) -> Floats:
        """E[purchases in (T, T+horizon] | x, t_x, T]."""
        ahead = self.ahead(x, T, np.array([horizon]))[:, :, 0]
        return np.asarray((self.since(x, t_x, T) * ahead.T).sum(axis=1))

    def since(self, x: Column, t_x: Column, T: Column) -> Floats:
        """Chances of being there with j steps since the last purchase, shape (customers, k)."""
        return np.asarray(self._weights(x, t_x, T)[:, : self.k])

    def ahead(self, x: Column, T: Column, horizons: Floats) -> Floats:
        """E[purchases in (T, T+t] | x, T, there, j steps], shape (k, customers, horizons).

        It depends on (x, T) alone, so give each pair that occurs once.
        """
        x, T = floats(x), floats(T)
        found = np.empty((self.k, len(x), len(horizons)))
        for column, horizon in enumerate(horizons.tolist()):
            z = horizon / (self.alpha + T + horizon)
            for j in range(self.k):
                found[j, :, column] = self._ahead(self.r + self.k * x + j, z, j, x + 1.0)
        return found

    def new_customer(self, times: Floats) -> Floats:
        """E[X(t)], repeat purchases of a new customer up to each time."""
        t = floats(times)
        nobody = np.zeros(len(t))
        stays = self.b / (self.a + self.b)
        return stays * self._ahead(nobody + self.r, t / (self.alpha + t), 0, nobody + 1.0)

    def _ahead(self, shape: Floats, z: Floats, j: int, stayed: Floats) -> Floats:
        """Purchases of somebody there, j steps after the last one, who stayed so often."""
        total, m = np.zeros(len(shape)), 0
        start = betaln(self.a, self.b + stayed)
        while True:
            m += 1
            stays = np.exp(betaln(self.a, self.b + stayed + m - 1.0) - start)
            more = betainc(self.k * m - j, shape, z) * stays
            total += more
            if not len(more) or float(more.max()) < SMALL:
                return total

    def _weights(self, x: Column, t_x: Column, T: Column) -> Floats:
        """Chances of j = 0, 1, ... steps since the last purchase, and of having left with it."""
        terms = _terms(self.vector(), self.k, floats(x), floats(t_x), floats(T))[0]
        return log_sum(terms)[1]


def log_likelihood(model: Habits, base: Base) -> float:
    """Log-likelihood at given parameters; the base must be in the model's unit."""
    return likelihood(base, model.k)(model.vector())[0]


def fit(base: Base, k: int) -> Optimum:
    """Maximum likelihood of (r, alpha, a, b), alpha in days."""
    plain = mbgnbd.fit(base).point * np.array([1.0, 1.0 / k, 1.0, 1.0])
    rate = (base.purchases + 0.5) / (base.exposure + 180.0)
    return best_of(likelihood(base, k), [plain, np.array([1.0, 1.0 / (k * rate), 0.5, 2.0])])


def likelihood(base: Base, k: int) -> Likelihood:
    """Log-likelihood of (r, alpha, a, b) in the unit of the base, gradient and Hessian."""
    x, t_x, T, n = weighted_rows(base)

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = 0.0, np.zeros(4), np.zeros((4, 4))
        for low in range(0, len(x), PIECE):
            piece = slice(low, low + PIECE)
            terms, slopes, bends = _terms(point, k, x[piece], t_x[piece], T[piece])
            sums, weights = log_sum(terms)
            slope, bend = log_sum_derivatives(weights, slopes, bends, n[piece])
            value += float(n[piece] @ sums)
            gradient, hessian = gradient + slope, hessian + bend
        return value, gradient, hessian

    return evaluate


def _terms(
    point: Floats, k: int, x: Floats, t_x: Floats, T: Floats
) -> tuple[Floats, Floats, Floats]:
    """Logarithms of the terms, alive after j steps first, then left; gradients and Hessians."""
    r, alpha, a, b = point
    steps = np.append(np.arange(float(k)), 0.0)
    n = (r + k * x)[:, None] + steps
    when = alpha + np.column_stack([np.broadcast_to(T[:, None], (len(T), k)), t_x])
    left = np.zeros_like(n)
    left[:, k] = 1.0
    stays = beta_ratio(np.array([a, b]), left, x[:, None] + 1.0 - left)
    logs = np.log(when)
    with np.errstate(divide="ignore"):
        terms = xlogy(steps, (T - t_x)[:, None]) - gammaln(steps + 1.0) + stays[0]
    terms = terms + gammaln(n) - gammaln(r) + r * np.log(alpha) - n * logs
    slopes = np.stack(
        [digamma(n) - digamma(r) + np.log(alpha) - logs, r / alpha - n / when, *stays[1]]
    )
    bends = np.zeros((4, 4, *n.shape))
    bends[0, 0] = polygamma(1, n) - polygamma(1, r)
    bends[0, 1] = bends[1, 0] = 1.0 / alpha - 1.0 / when
    bends[1, 1] = n / when**2 - r / alpha**2
    bends[2:, 2:] = stays[2]
    return terms, slopes, bends
