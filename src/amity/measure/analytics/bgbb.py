"""BG/BB: discrete opportunities to buy, such as donation years, seasons or events.

At each opportunity a customer who is still there buys with probability p ~ Beta(alpha, beta), and
before it leaves for good with probability theta ~ Beta(gamma, delta). Fader, Hardie, Shang,
"Customer-base analysis in a discrete-time noncontractual setting", Marketing Science 29 (2010)
1086-1108. Assumes that every opportunity is like every other.
"""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import betaln

from amity.measure.analytics.arrays import Column, Floats, floats
from amity.measure.analytics.mixtures import beta_ratio, log_sum, log_sum_derivatives
from amity.measure.analytics.newton import Likelihood, Optimum, best_of


@dataclass(frozen=True, slots=True)
class Opportunities:
    """`customers` who bought at x of n opportunities, the last time at the t_x-th (0: never)."""

    x: Floats
    t_x: Floats
    n: Floats
    customers: Floats


@dataclass(frozen=True, slots=True)
class BgBb:
    """Fitted parameters; time is counted in opportunities."""

    alpha: float
    beta: float
    gamma: float
    delta: float

    name: ClassVar[str] = "BG/BB"
    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta", "gamma", "delta")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.alpha, self.beta, self.gamma, self.delta])

    @classmethod
    def at(cls, vector: Floats) -> "BgBb":
        """A model at parameters in the order of `parameters`."""
        alpha, beta, gamma, delta = (float(value) for value in vector)
        return cls(alpha, beta, gamma, delta)

    def alive(self, x: Column, t_x: Column, n: Column) -> Floats:
        """P(still there at opportunity n + 1 | x, t_x, n)."""
        return np.exp(self._ahead(x, t_x, n, 0, 1))

    def expected(self, x: Column, t_x: Column, n: Column, opportunities: int) -> Floats:
        """E[purchases at the next `opportunities` | x, t_x, n]."""
        total = np.zeros(len(floats(x)))
        for k in range(1, opportunities + 1):
            total += np.exp(self._ahead(x, t_x, n, 1, k))
        return total

    def new_customer(self, opportunities: int) -> Floats:
        """E[purchases] of a new customer at each opportunity from the first on."""
        k = np.arange(1.0, opportunities + 1.0)
        stays = betaln(self.gamma, self.delta + k) - betaln(self.gamma, self.delta)
        return np.asarray(self.alpha / (self.alpha + self.beta) * np.exp(stays))

    def pmf(self, opportunities: int) -> Floats:
        """P(X(n) = x) for a new customer, x from 0 to n."""
        n = opportunities
        found = np.zeros(n + 1)
        base = betaln(self.alpha, self.beta), betaln(self.gamma, self.delta)
        for seen in range(n + 1):  # opportunities that she was there for
            leaves = betaln(self.gamma + (seen < n), self.delta + seen) - base[1]
            x = np.arange(seen + 1.0)
            choose = -betaln(x + 1.0, seen - x + 1.0) - np.log(seen + 1.0)
            found[: seen + 1] += np.exp(
                choose + betaln(self.alpha + x, self.beta + seen - x) - base[0] + leaves
            )
        return found

    def _ahead(self, x: Column, t_x: Column, n: Column, more: int, later: int) -> Floats:
        """ln P(there at n + later, and `more` purchases at a given one | x, t_x, n)."""
        x, n = floats(x), floats(n)
        rows = Opportunities(x, floats(t_x), n, np.ones(len(x)))
        whole = log_sum(_terms(self.vector(), rows)[0])[0]
        buys = betaln(self.alpha + x + more, self.beta + n - x) - betaln(self.alpha, self.beta)
        stays = betaln(self.gamma, self.delta + n + later) - betaln(self.gamma, self.delta)
        return np.asarray(buys + stays - whole)


def likelihood(rows: Opportunities) -> Likelihood:
    """Log-likelihood of (alpha, beta, gamma, delta), gradient and Hessian."""

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        terms, slopes, bends = _terms(point, rows)
        sums, weights = log_sum(terms)
        gradient, hessian = log_sum_derivatives(weights, slopes, bends, rows.customers)
        return float(rows.customers @ sums), gradient, hessian

    return evaluate


def fit(rows: Opportunities) -> Optimum:
    """Maximum likelihood of (alpha, beta, gamma, delta)."""
    starts = [np.array(start) for start in ((1.0, 1.0, 0.5, 3.0), (0.5, 2.0, 1.0, 10.0))]
    return best_of(likelihood(rows), starts)


def _terms(point: Floats, rows: Opportunities) -> tuple[Floats, Floats, Floats]:
    """The ways to be silent since t_x: still there first, then left before t_x + 1, t_x + 2, ..."""
    x, t_x, n = rows.x[:, None], rows.t_x[:, None], rows.n[:, None]
    later = np.arange(int((rows.n - rows.t_x).max(initial=0)))
    misses = np.hstack([n - x, t_x - x + later])
    left = np.hstack([np.zeros_like(n), np.ones_like(t_x + later)])
    stayed = np.hstack([n, t_x + later])
    buys = beta_ratio(point[:2], np.broadcast_to(x, misses.shape), misses)
    leaves = beta_ratio(point[2:], left, stayed)
    terms = buys[0] + leaves[0]
    terms[:, 1:][t_x + later >= n] = -np.inf
    slopes = np.concatenate([buys[1], leaves[1]])
    bends = np.zeros((4, 4, *misses.shape))
    bends[:2, :2], bends[2:, 2:] = buys[2], leaves[2]
    return terms, slopes, bends
