"""MBG/NBD: as BG/NBD, but a customer may also leave right after the first purchase.

Batislam, Denizel, Filiztekin, "Empirical validation and comparison of models for customer base
analysis", Int. J. of Research in Marketing 24 (2007) 201-209. One-time buyers get a P(alive)
below 1, which reads better where most customers buy once.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import betainc, betaln, expit, gammaln

from amity.measure.analytics.arrays import Column, Floats, floats
from amity.measure.analytics.base import Base
from amity.measure.analytics.dropout import climb, likelihood, purchases_while_alive, silence_of
from amity.measure.analytics.newton import Optimum
from amity.measure.analytics.units import days_of


@dataclass(frozen=True, slots=True)
class MbgNbd:
    """Fitted parameters; `unit` is the unit of alpha and of every time passed to a method."""

    r: float
    alpha: float
    a: float
    b: float
    unit: str = "day"

    name: ClassVar[str] = "MBG/NBD"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.r, self.alpha, self.a, self.b])

    @classmethod
    def at(cls, vector: Floats, unit: str = "day") -> "MbgNbd":
        """A model at parameters in the order of `parameters`."""
        r, alpha, a, b = (float(value) for value in vector)
        return cls(r, alpha, a, b, unit)

    def moved(self, vector: Floats) -> "MbgNbd":
        """The same model at other parameters."""
        return self.at(vector, self.unit)

    def per(self, unit: str) -> "MbgNbd":
        """The same model with time counted in another unit."""
        return replace(self, alpha=self.alpha * days_of(self.unit) / days_of(unit), unit=unit)

    def alive(self, x: Column, t_x: Column, T: Column) -> Floats:
        """P(alive at T | x, t_x, T) = 1 / (1 + a/(b+x) ((alpha+T)/(alpha+t_x))^(r+x))."""
        x, t_x, T = floats(x), floats(t_x), floats(T)
        quiet = np.log(self.alpha + T) - np.log(self.alpha + t_x)
        u = np.log(self.a) - np.log(self.b + x) + (self.r + x) * quiet
        return np.asarray(expit(-u))

    def silence(self, days: int, kinds: int) -> tuple[Floats, Floats, Floats]:
        """The tables from which `clv.score` takes P(alive); the model must be in days."""
        return silence_of(self.vector(), 1, days, kinds)

    def while_alive(self, x: Column, T: Column, horizons: Floats) -> Floats:
        """E[purchases in (T, T+t] | x, T, alive at T], shape (customers, horizons)."""
        x, T = floats(x), floats(T)
        return purchases_while_alive(
            self.r + x, self.alpha + T, self.a, self.b + x + 1.0, floats(horizons)
        )

    def expected(self, x: Column, t_x: Column, T: Column, horizon: float) -> Floats:
        """E[purchases in (T, T+horizon] | x, t_x, T]."""
        ahead = self.while_alive(x, T, np.array([horizon]))[:, 0]
        return np.asarray(self.alive(x, t_x, T) * ahead)

    def new_customer(self, times: Floats) -> Floats:
        """E[X(t)], repeat purchases of a new customer, who may leave after the first purchase."""
        stays = self.b / (self.a + self.b)
        return np.asarray(stays * self.while_alive(np.zeros(1), np.zeros(1), floats(times))[0])

    def pmf(self, x: int, t: float) -> float:
        """P(X(t) = x) for a new customer."""
        z = t / (self.alpha + t)
        count = gammaln(self.r + x) - gammaln(self.r) - gammaln(x + 1)
        count += self.r * np.log1p(-z) + x * np.log(z)
        base = betaln(self.a, self.b)
        stays = np.exp(betaln(self.a, self.b + x + 1) - base + count)
        leaves = np.exp(betaln(self.a + 1, self.b + x) - base)
        return float(stays + leaves * (betainc(x, self.r, z) if x else 1.0))


def log_likelihood(model: MbgNbd, base: Base) -> float:
    """Log-likelihood at given parameters; the base must be in the model's unit."""
    return likelihood(base, 1)(model.vector())[0]


def fit(base: Base) -> Optimum:
    """Maximum likelihood of (r, alpha, a, b), alpha in days."""
    return climb(base, 1)


def fit_guarded(base: Base) -> Optimum:
    """As `fit`, with a weak prior on the spreads; `value` includes it."""
    return climb(base, 1, weakly_held=True)
