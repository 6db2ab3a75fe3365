"""Gamma-Gamma: what a customer spends on a purchase occasion, shrunk to the base.

Spend z on an occasion ~ Gamma(p, nu), nu ~ Gamma(q, v) over customers, independent of how often
they buy. Fader and Hardie, "The Gamma-Gamma model of monetary value" (note 025, 2013); Fader,
Hardie, Lee, "RFM and CLV", J. of Marketing Research 42 (2005) 415-430. The paper's gamma is `v`.
"""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
from scipy.special import digamma, gammaln, polygamma

from amity.measure.analytics.arrays import Column, Floats, floats
from amity.measure.analytics.newton import Likelihood, Optimum, best_of


@dataclass(frozen=True, slots=True)
class GammaGamma:
    """Fitted parameters; v is in the money unit of the means that the model was fitted on."""

    p: float
    q: float
    v: float

    name: ClassVar[str] = "Gamma-Gamma"
    parameters: ClassVar[tuple[str, ...]] = ("p", "q", "v")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.p, self.q, self.v])

    def moved(self, vector: Floats) -> "GammaGamma":
        """The same model at other parameters."""
        return GammaGamma(*(float(value) for value in vector))

    def scaled(self, factor: float) -> "GammaGamma":
        """The same model with money counted in units `factor` times smaller."""
        return replace(self, v=self.v * factor)

    def expected(self, count: Column, mean: Column) -> Floats:
        """E[M | mean spend over `count` occasions]; `mean` is ignored where count is 0."""
        count = floats(count)
        spent = np.where(count > 0, count * np.nan_to_num(floats(mean)), 0.0)
        return np.asarray(self.p * (self.v + spent) / (self.p * count + self.q - 1.0))


@dataclass(frozen=True, slots=True)
class ShrunkMean:
    """The fallback: a customer's mean spend pulled to the base by the weight of a few purchases."""

    mean: float
    weight: float = 2.0

    name: ClassVar[str] = "shrunk mean"
    parameters: ClassVar[tuple[str, ...]] = ("mean", "weight")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.mean, self.weight])

    def moved(self, vector: Floats) -> "ShrunkMean":
        """The same model at other parameters."""
        return ShrunkMean(float(vector[0]), float(vector[1]))

    def scaled(self, factor: float) -> "ShrunkMean":
        """The same model with money counted in units `factor` times smaller."""
        return replace(self, mean=self.mean * factor)

    def expected(self, count: Column, mean: Column) -> Floats:
        """(weight base + count mean) / (weight + count)."""
        count = floats(count)
        spent = np.where(count > 0, count * np.nan_to_num(floats(mean)), 0.0)
        return np.asarray((self.weight * self.mean + spent) / (self.weight + count))


def likelihood(count: Column, mean: Column) -> Likelihood:
    """Log-likelihood of (p, q, v) for customers with `count` > 0 spends of mean `mean` > 0.

    The special functions depend on the count alone, so they are taken once per distinct count.
    """
    n, z = floats(count), floats(mean)
    spent = n * z
    kinds, place = np.unique(n, return_inverse=True)
    customers = np.bincount(place, minlength=len(kinds)).astype(np.float64)
    logs = float(n @ np.log(z)), float(np.log(z).sum()), float(n @ np.log(n))

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = point
        pn, shape = p * kinds, p * kinds + q
        left = np.log(v + spent)
        share = 1.0 / (v + spent)
        # Sums over the customers of each count.
        left_by, share_by = (
            np.bincount(place, weights=w, minlength=len(kinds)) for w in (left, share)
        )
        square = float((shape[place] * share**2).sum())
        total = customers.sum()
        value = customers @ (gammaln(shape) - gammaln(pn)) + total * (q * np.log(v) - gammaln(q))
        value += p * logs[0] - logs[1] + p * logs[2] - shape @ left_by
        psi = digamma(shape)
        gradient = np.array(
            [
                customers @ (kinds * (psi - digamma(pn))) + logs[0] + logs[2] - kinds @ left_by,
                customers @ psi + total * (np.log(v) - digamma(q)) - left_by.sum(),
                total * q / v - shape @ share_by,
            ]
        )
        bend = polygamma(1, shape)
        pp = customers @ (kinds**2 * (bend - polygamma(1, pn)))
        pq, pv = customers @ (kinds * bend), -(kinds @ share_by)
        qq, qv = customers @ bend - total * polygamma(1, q), total / v - share_by.sum()
        vv = square - total * q / v**2
        hessian = np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]])
        return float(value), gradient, hessian

    return evaluate


def fit(count: Column, mean: Column) -> Optimum:
    """Maximum likelihood of (p, q, v), v in the unit of `mean`; needs positive means."""
    scale = float(np.mean(mean))
    starts = [np.array([p, q, 1.0]) for p, q in ((1.0, 2.0), (5.0, 4.0))]
    found = best_of(likelihood(count, floats(mean) / scale), starts)
    unit = np.array([1.0, 1.0, scale])
    return replace(
        found,
        point=found.point * unit,
        value=found.value - len(count) * float(np.log(scale)),
        hessian=found.hessian / np.outer(unit, unit),
    )
