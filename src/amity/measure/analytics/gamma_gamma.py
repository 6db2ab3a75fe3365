"""Gamma-Gamma: what a customer spends on a purchase occasion, shrunk to the base.

Spend z on an occasion ~ Gamma(p, nu), nu ~ Gamma(q, v) over customers, independent of how often
they buy. Fader and Hardie, "The Gamma-Gamma model of monetary value" (note 025, 2013); Fader,
Hardie, Lee, "RFM and CLV", J. of Marketing Research 42 (2005) 415-430. The paper's gamma is `v`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import ClassVar, Protocol

import numpy as np
from scipy.special import digamma, gammaln

from amity.measure.analytics.arrays import AnyInts, Column, Floats, Ints, added, floats
from amity.measure.analytics.gammas import trigamma
from amity.measure.analytics.kernels import kernels_for, over, pieces
from amity.measure.analytics.newton import Likelihood, Optimum, best_of, maximize


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

    def fraction(self) -> tuple[float, float, float, float]:
        """(a, b, c, d) of the expected spend (a + b S) / (c + d n) after n spends of S in all."""
        return self.p * self.v, self.p, self.q - 1.0, self.p

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

    def fraction(self) -> tuple[float, float, float, float]:
        """(a, b, c, d) of the expected spend (a + b S) / (c + d n) after n spends of S in all."""
        return self.weight * self.mean, 1.0, self.weight, 1.0

    def expected(self, count: Column, mean: Column) -> Floats:
        """(weight base + count mean) / (weight + count)."""
        count = floats(count)
        spent = np.where(count > 0, count * np.nan_to_num(floats(mean)), 0.0)
        return np.asarray((self.weight * self.mean + spent) / (self.weight + count))


SAMPLE = 25_000


class SpendPart(Protocol):
    """Repeat buyers' spends, wherever they lie: in this process, in an engine, elsewhere."""

    @property
    def by_count(self) -> Floats:
        """Customers by number of spends."""
        ...

    def sums(self, v: float) -> Floats:
        """The map of a step: per number of spends the sums of ln(S + v), 1/(S + v) and
        1/(S + v)^2, S being what each spent in all; shape (spends, 3)."""
        ...

    def thinned(self, every: int) -> "SpendRows":
        """Every so-many-th customer, here."""
        ...


@dataclass(frozen=True, slots=True)
class SpendRows:
    """Spends in this process: those with n spends are starts[n] to starts[n+1] of `spent`."""

    starts: Ints
    spent: Floats

    @property
    def by_count(self) -> Floats:
        """Customers by number of spends."""
        return floats(np.diff(self.starts))

    def sums(self, v: float) -> Floats:
        """Per number of spends the sums of ln(S + v), 1/(S + v) and 1/(S + v)^2."""
        return kernels_for(len(self.spent)).spend_sums(self.starts, self.spent, v)

    def thinned(self, every: int) -> "SpendRows":
        """Every so-many-th customer in the order of spends."""
        return SpendRows(-(-self.starts // every), self.spent[::every])


@dataclass(frozen=True, slots=True)
class Spends:
    """What a fit needs of repeat buyers' spends, in parts.

    `logs` are the sums of n ln(mean), of ln(mean) and of n ln(n), n being the number of spends.
    """

    by_count: Floats
    parts: tuple[SpendPart, ...]
    logs: tuple[float, float, float]

    @property
    def customers(self) -> int:
        """Repeat buyers with a positive spend."""
        return int(self.by_count.sum())

    def thinned(self, every: int) -> "Spends":
        """Every so-many-th customer in that order."""
        return gathered([part.thinned(every) for part in self.parts])


def make_spends(count: AnyInts, spent: AnyInts | Floats, factor: float = 1.0) -> Spends:
    """Spends of customers with `count` spends of `spent` > 0 in all (times `factor`).

    Those with a count of 0 are left out.
    """
    by_count = np.bincount(count, minlength=2)
    by_count[0] = 0
    starts = np.concatenate(([0], np.cumsum(by_count))).astype(np.int64)
    ordered = kernels_for(len(count)).spent_by_count(count, starts, spent, factor)
    edges = np.linspace(0, len(ordered), pieces(len(ordered)) + 1).astype(np.int64)
    return gathered(
        [
            SpendRows(np.clip(starts, low, high) - low, ordered[low:high])
            for low, high in pairwise(edges)
        ]
    )


def gathered(parts: Sequence[SpendPart]) -> Spends:
    """Spends that lie in several parts; they stay where they are."""
    by_count = added([part.by_count for part in parts])
    logs_spent = added([part.sums(0.0)[:, 0] for part in parts])
    n = np.arange(len(by_count), dtype=np.float64)
    log_n = np.log(np.maximum(n, 1.0))
    of_mean = logs_spent - by_count * log_n
    logs = float(n @ of_mean), float(of_mean.sum()), float(by_count @ (n * log_n))
    return Spends(by_count, tuple(parts), logs)


def likelihood(spends: Spends) -> Likelihood:
    """Log-likelihood of (p, q, v), gradient and Hessian; the customers enter by sums per count."""
    kinds = np.flatnonzero(spends.by_count)
    n, customers = kinds.astype(np.float64), spends.by_count[kinds]
    rows, logs = spends.customers, spends.logs

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        p, q, v = point
        found = over(spends.parts, lambda part: part.sums(float(v)), rows)
        left_by, share_by, square_by = added(found)[kinds].T
        pn, shape, total = p * n, p * n + q, customers.sum()
        value = customers @ (gammaln(shape) - gammaln(pn)) + total * (q * np.log(v) - gammaln(q))
        value += p * logs[0] - logs[1] + p * logs[2] - shape @ left_by
        psi = digamma(shape)
        gradient = np.array(
            [
                customers @ (n * (psi - digamma(pn))) + logs[0] + logs[2] - n @ left_by,
                customers @ psi + total * (np.log(v) - digamma(q)) - left_by.sum(),
                total * q / v - shape @ share_by,
            ]
        )
        bend = trigamma(shape)
        pp = customers @ (n**2 * (bend - trigamma(pn)))
        pq, pv = customers @ (n * bend), -(n @ share_by)
        qq, qv = customers @ bend - total * trigamma(q), total / v - share_by.sum()
        vv = shape @ square_by - total * q / v**2
        hessian = np.array([[pp, pq, pv], [pq, qq, qv], [pv, qv, vv]])
        return float(value), gradient, hessian

    return evaluate


def fit(count: Column, mean: Column) -> Optimum:
    """Maximum likelihood of (p, q, v), v in the unit of `mean`; needs positive means."""
    return fit_spent(np.asarray(count).astype(np.int64), floats(count) * floats(mean))


def fit_spent(count: AnyInts, spent: AnyInts | Floats) -> Optimum:
    """As `fit`, from what each customer spent in all her `count` spends; 0 spends are left out."""
    scale = float(spent.sum() / count.sum(dtype=np.int64))
    return climb(make_spends(count, spent, 1.0 / scale), scale)


def climb(spends: Spends, scale: float) -> Optimum:
    """Maximum likelihood of spends in units of `scale`; v and the value are without it.

    A large base begins where a sample of it ends.
    """
    starts = [np.array([p, q, 1.0]) for p, q in ((1.0, 2.0), (5.0, 4.0))]
    every = spends.customers // SAMPLE
    if every < 2:
        found = best_of(likelihood(spends), starts)
    else:
        sample = best_of(likelihood(spends.thinned(every)), starts)
        found = maximize(likelihood(spends), sample.point)
    unit = np.array([1.0, 1.0, scale])
    return replace(
        found,
        point=found.point * unit,
        value=found.value - spends.customers * float(np.log(scale)),
        hessian=found.hessian / np.outer(unit, unit),
    )
