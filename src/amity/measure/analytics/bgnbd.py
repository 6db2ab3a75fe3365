"""BG/NBD: beta-geometric drop-out after a repeat purchase, gamma-mixed Poisson purchases.

Fader, Hardie, Lee, "Counting your customers the easy way: an alternative to the Pareto/NBD
model", Marketing Science 24 (2005) 275-284. Equation numbers below are the paper's.
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
class BgNbd:
    """Fitted parameters; `unit` is the unit of alpha and of every time passed to a method."""

    r: float
    alpha: float
    a: float
    b: float
    unit: str = "day"

    name: ClassVar[str] = "BG/NBD"
    parameters: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.r, self.alpha, self.a, self.b])

    @classmethod
    def at(cls, vector: Floats, unit: str = "day") -> "BgNbd":
        """A model at parameters in the order of `parameters`."""
        r, alpha, a, b = (float(value) for value in vector)
        return cls(r, alpha, a, b, unit)

    def moved(self, vector: Floats) -> "BgNbd":
        """The same model at other parameters."""
        return self.at(vector, self.unit)

    def per(self, unit: str) -> "BgNbd":
        """The same model with time counted in another unit."""
        return replace(self, alpha=self.alpha * days_of(self.unit) / days_of(unit), unit=unit)

    def alive(self, x: Column, t_x: Column, T: Column) -> Floats:
        """P(alive at T | x, t_x, T); 1 for x = 0, since nobody leaves before a repeat purchase."""
        x, t_x, T = floats(x), floats(t_x), floats(T)
        quiet = np.log(self.alpha + T) - np.log(self.alpha + t_x)
        u = np.log(self.a) - np.log(self.b + np.maximum(x, 1.0) - 1.0) + (self.r + x) * quiet
        return np.where(x > 0, expit(-u), 1.0)

    def silence(self, days: int, kinds: int) -> tuple[Floats, Floats, Floats]:
        """The tables from which `clv.score` takes P(alive); the model must be in days."""
        return silence_of(self.vector(), 0, days, kinds)

    def while_alive(self, x: Column, T: Column, horizons: Floats) -> Floats:
        """E[purchases in (T, T+t] | x, T, alive at T], shape (customers, horizons)."""
        x, T = floats(x), floats(T)
        return purchases_while_alive(
            self.r + x, self.alpha + T, self.a, self.b + x, floats(horizons)
        )

    def expected(self, x: Column, t_x: Column, T: Column, horizon: float) -> Floats:
        """E[purchases in (T, T+horizon] | x, t_x, T], eq. 10."""
        ahead = self.while_alive(x, T, np.array([horizon]))[:, 0]
        return np.asarray(self.alive(x, t_x, T) * ahead)

    def new_customer(self, times: Floats) -> Floats:
        """E[X(t)], repeat purchases of a new customer up to each time, eq. 9."""
        return np.asarray(self.while_alive(np.zeros(1), np.zeros(1), floats(times))[0])

    def pmf(self, x: int, t: float) -> float:
        """P(X(t) = x) for a new customer, eq. 8."""
        z = t / (self.alpha + t)
        count = gammaln(self.r + x) - gammaln(self.r) - gammaln(x + 1)
        count += self.r * np.log1p(-z) + x * np.log(z)
        stays = np.exp(betaln(self.a, self.b + x) - betaln(self.a, self.b) + count)
        if x == 0:
            return float(stays)
        leaves = np.exp(betaln(self.a + 1, self.b + x - 1) - betaln(self.a, self.b))
        return float(stays + leaves * betainc(x, self.r, z))


def log_likelihood(model: BgNbd, base: Base) -> float:
    """Eq. 6 at given parameters; the base must be in the model's unit."""
    return likelihood(base, 0)(model.vector())[0]


def fit(base: Base) -> Optimum:
    """Maximum likelihood of (r, alpha, a, b), alpha in days."""
    return climb(base, 0)


def fit_guarded(base: Base) -> Optimum:
    """As `fit`, with a weak prior on the spreads; `value` includes it."""
    return climb(base, 0, weakly_held=True)
