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
    """Log-likelihood of (p, q, v) for customers with `count` > 0 spends of mean `mean` > 0."""
    n, z = floats(count), floats(mean)
    log_z, log_n = np.log(z), np.log(n)

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = point
        shape, share = p * n + q, 1.0 / (v + n * z)
        left = np.log(v + n * z)
        value = np.sum(
            gammaln(shape) - gammaln(p * n) - gammaln(q) + q * np.log(v) - shape * left
            + (p * n - 1.0) * log_z + p * n * log_n
        )  # fmt: skip
        gradient = np.array(
            [
                np.sum(n * (digamma(shape) - digamma(p * n) + log_z + log_n - left)),
                np.sum(digamma(shape) - digamma(q) + np.log(v) - left),
                np.sum(q / v - shape * share),
            ]
        )
        bend = polygamma(1, shape)
        pq, pv, qv = np.sum(n * bend), -np.sum(n * share), np.sum(1.0 / v - share)
        hessian = np.array(
            [
                [np.sum(n**2 * (bend - polygamma(1, p * n))), pq, pv],
                [pq, np.sum(bend - polygamma(1, q)), qv],
                [pv, qv, np.sum(shape * share**2 - q / v**2)],
            ]
        )
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
