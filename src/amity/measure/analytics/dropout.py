"""What BG/NBD and MBG/NBD share: purchases at a gamma rate until a beta-distributed drop-out.

A customer buys at Poisson rate lambda ~ Gamma(r, alpha) and after a purchase leaves with
probability p ~ Beta(a, b). In BG/NBD the first purchase is never the end; in MBG/NBD it may be.
With s = 0 (BG/NBD) or 1 (MBG/NBD), a customer with x repeats, the last at t_x of T, contributes

    ln G(r+x) - ln G(r) + r ln alpha + ln B(a, b+x+s) - ln B(a, b) - (r+x) ln(alpha+T)
    + [x + s > 0] ln(1 + exp u),
    u = ln a - ln(b+x-1+s) + (r+x) (ln(alpha+T) - ln(alpha+t_x)).

Sources: Fader, Hardie, Lee, "Counting your customers the easy way", Marketing Science 24 (2005)
275-284; Batislam, Denizel, Filiztekin, Int. J. of Research in Marketing 24 (2007) 201-209.
"""

from functools import lru_cache

import numpy as np
from scipy.linalg import eigh_tridiagonal
from scipy.special import betaln, digamma, expit, gammaln

from amity.measure.analytics.arrays import Floats, added
from amity.measure.analytics.base import Base
from amity.measure.analytics.gammas import trigamma
from amity.measure.analytics.kernels import over
from amity.measure.analytics.newton import Likelihood, Optimum, best_of, maximize

NODES, FEWER, NEAR = 48, 24, 2.0
"""Nodes of the quadrature; within `NEAR` times alpha + T the fewer give all digits."""
SEEN_BY_LOG = 1e-5
SAMPLE = 25_000
"""Repeat buyers on whom the climb of a large base begins."""
SUMS = "p pQ pB pD q qQ qB qQQ qQB qBB ln(1+e^u)".split()
"""With p = e^u / (1+e^u), q = p (1-p), Q = ln(alpha+T) - ln(alpha+t_x), B = 1/(alpha+T) -
1/(alpha+t_x), D = 1/(alpha+t_x)^2 - 1/(alpha+T)^2: what a step needs of the rows of each x."""
ONE, K, KK, W, WK, WW = range(6)
"""The weights by which they are summed over x: products of k = r+x and w = 1/(b+x-1+s)."""


def likelihood(base: Base, s: int) -> Likelihood:
    """Log-likelihood of (r, alpha, a, b) in the unit of the base, gradient and Hessian.

    The rows enter by the sums of their parts alone, which add up.
    """

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        with np.errstate(all="ignore"):
            here = _alive_part(point, base, s)
            times = base.times()
            found = over(base.parts, lambda part: part.sums(point, s, times), base.rows)
            table = added([*found, _first_sums(point, base, s)])
            gone = _gone_part(point, table, s)
        return here[0] + gone[0], here[1] + gone[1], here[2] + gone[2]

    return evaluate


def _first_sums(point: Floats, base: Base, s: int) -> Floats:
    """The sums of one-time buyers, who may have left where s is 1; they need T alone."""
    found = np.zeros((1, len(SUMS)))
    if s == 0:
        return found
    r, alpha, a, b = point
    times, n = base.times(), base.once_by_age
    quiet = np.log(alpha + times) - np.log(alpha)
    here, there = 1.0 / (alpha + times), 1.0 / alpha
    u = np.log(a) - np.log(b) + r * quiet
    p = expit(u)
    q, bend = p * (1.0 - p), here - there
    both = n * p, n * q
    found[0] = [
        both[0].sum(), both[0] @ quiet, both[0] @ bend, both[0] @ (there**2 - here**2),
        both[1].sum(), both[1] @ quiet, both[1] @ bend,
        both[1] @ quiet**2, both[1] @ (quiet * bend), both[1] @ bend**2,
        n @ np.logaddexp(0.0, u),
    ]  # fmt: skip
    return found


def climb(base: Base, s: int, *, weakly_held: bool = False) -> Optimum:
    """Maximum likelihood of (r, alpha, a, b); a large base begins where a sample of it ends."""

    def target(of: Base) -> Likelihood:
        found = likelihood(of, s)
        return guarded(found) if weakly_held else found

    every = base.rows // SAMPLE
    if every < 2:
        return best_of(target(base), starts(base))
    sample = base.thinned(every)
    return maximize(target(base), best_of(target(sample), starts(sample)).point)


def silence_of(point: Floats, s: int, days: int, kinds: int) -> tuple[Floats, Floats, Floats]:
    """ln(alpha+t) of each day; by x, power and base of u, the log-odds of having left:
    u = base + power (ln(alpha+T) - ln(alpha+t_x))."""
    r, alpha, a, b = point
    x = np.arange(float(kinds))
    base = np.log(a) - np.log(np.maximum(b + x - 1.0 + s, 1e-300))
    if s == 0:
        base[0] = -np.inf
    return np.log(alpha + np.arange(float(days))), r + x, base


def guarded(likelihood: Likelihood) -> Likelihood:
    """The likelihood with a weak prior: ln r ~ N(0, 2), ln(a+b) ~ N(ln 3, 1).

    Where drop-out is plain but its spread over customers is not, the likelihood rises for ever
    towards equal customers; the prior, worth about one customer's word, sets the spread instead.
    """

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = likelihood(point)
        r, _, a, b = point
        both, log_r = a + b, float(np.log(r))
        away = float(np.log(both / 3.0))
        gradient, hessian = gradient.copy(), hessian.copy()
        gradient[0] -= log_r / 4.0 / r
        hessian[0, 0] -= (1.0 - log_r) / 4.0 / r**2
        gradient[2:] -= away / both
        hessian[2:, 2:] -= (1.0 - away) / both**2
        return value - log_r**2 / 8.0 - away**2 / 2.0, gradient, hessian

    return evaluate


def starts(base: Base) -> list[Floats]:
    """Where to begin the climb: the base's rate, with two guesses of the spreads."""
    rate = (base.purchases + 0.5) / (base.exposure + 180.0)
    return [np.array([r, r / rate, a, b]) for r, a, b in ((0.5, 0.5, 1.5), (2.0, 0.1, 3.0))]


def _alive_part(point: Floats, base: Base, s: int) -> tuple[float, Floats, Floats]:
    """The terms of a customer who is still there: counts by x and by T are all they need."""
    r, alpha, a, b = point
    kinds = np.flatnonzero(base.by_x)
    x, n = kinds.astype(np.float64), base.by_x[kinds]
    times, by_age, customers = base.times(), base.by_age, float(base.by_age.sum())
    left, share = np.log(alpha + times), 1.0 / (alpha + times)
    # A small fit is mostly calls, so a function is called once for all its arguments.
    tail = b + x + s
    arguments = np.concatenate((r + x, tail, a + tail, (r, b, a + b)))
    to_r, to_b, to_both = _over_ends(digamma(arguments)) @ n
    bend_r, bend_b, bend_both = _over_ends(trigamma(arguments)) @ n
    per_x = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, tail) - betaln(a, b)
    weight = r * by_age + base.bought_by_age
    gradient = np.array(
        [
            to_r + by_age @ (np.log(alpha) - left),
            customers * r / alpha - weight @ share,
            -to_both,
            to_b - to_both,
        ]
    )
    cross = by_age @ (1.0 / alpha - share)
    late = weight @ share**2 - customers * r / alpha**2
    hessian = np.array(
        [
            [bend_r, cross, 0.0, 0.0],
            [cross, late, 0.0, 0.0],
            [0.0, 0.0, -bend_both, -bend_both],
            [0.0, 0.0, -bend_both, bend_b - bend_both],
        ]
    )
    return float(n @ per_x - weight @ left), gradient, hessian


def _over_ends(values: Floats) -> Floats:
    """Three rows of values, less the three that stand behind them all."""
    return values[:-3].reshape(3, -1) - values[-3:, None]


def _gone_part(point: Floats, table: Floats, s: int) -> tuple[float, Floats, Floats]:
    """ln(1 + exp u): the chance of having left after the last purchase, against having stayed."""
    r, _, a, b = point
    some = np.flatnonzero(table[:, 10])
    k, w = r + some, 1.0 / (b + some - 1 + s)
    weights = np.array([np.ones(len(some)), k, k * k, w, w * k, w * w])
    p, pQ, pB, pD, q, qQ, qB, qQQ, qQB, qBB, value = (weights @ table[some]).T.tolist()
    ra, rb, ab = qQB[K] + pB[ONE], qQ[ONE] / a, qB[K] / a
    gradient = np.array([pQ[ONE], pB[K], p[ONE] / a, -p[W]])
    hessian = np.array(
        [
            [qQQ[ONE], ra, rb, -qQ[W]],
            [ra, qBB[KK] + pD[K], ab, -qB[WK]],
            [rb, ab, (q[ONE] - p[ONE]) / a**2, -q[W] / a],
            [-qQ[W], -qB[WK], -q[W] / a, q[WW] + p[WW]],
        ]
    )
    return value[ONE], gradient, hessian


def purchases_while_alive(
    r: Floats, alpha: Floats, a: float, b: Floats, horizons: Floats
) -> Floats:
    """Expected purchases of customers known to be alive, shape (customers, horizons).

    Each has her own Gamma(r, alpha) rate and Beta(a, b) drop-out (arrays r, alpha, b). The mean
    over p of (1 - (1 + p t / alpha)^-r) / p, taken by Gauss-Jacobi quadrature: unlike the paper's
    hypergeometric form it has no singularity at a = 1, loses no digits for large b and can never
    exceed r t / alpha, the purchases of a customer who does not leave.
    """
    found = np.empty((len(r), len(horizons)))
    tails, place = np.unique(b, return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.cumsum(np.bincount(place, minlength=len(tails)))
    for k, tail in enumerate(tails):
        rows = order[(ends[k - 1] if k else 0) : ends[k]]
        reach = horizons / alpha[rows, None]
        p, weight = beta_nodes(a, float(tail), NODES if reach.max(initial=0.0) > NEAR else FEWER)
        found[rows] = _gone_by(reach[..., None] * p, r[rows, None, None]) @ (weight / p)
    return found


def _gone_by(grown: Floats, r: Floats) -> Floats:
    """1 - (1 + g)^-r; NumPy's plain logarithm is far faster, and does where g is not tiny."""
    if grown.min(initial=1.0) < SEEN_BY_LOG:
        return np.asarray(-np.expm1(-r * np.log1p(grown)))
    return np.asarray(1.0 - np.exp(-r * np.log(1.0 + grown)))


@lru_cache(maxsize=8192)
def beta_nodes(a: float, b: float, nodes: int = NODES) -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and weights that integrate polynomials against Beta(a, b) exactly.

    Golub and Welsch, Math. Comp. 23 (1969): eigenvalues of the Jacobi matrix.
    """
    k = np.arange(1.0, nodes)
    A, B = b - 1.0, a - 1.0
    double = 2.0 * k + A + B
    diagonal = np.empty(nodes)
    diagonal[0] = (B - A) / (A + B + 2.0)
    diagonal[1:] = (B - A) * (B + A) / (double * (double + 2.0))
    square = np.empty(nodes - 1)
    square[0] = 4.0 * (1.0 + A) * (1.0 + B) / ((2.0 + A + B) ** 2 * (3.0 + A + B))
    k, double = k[1:], double[1:]
    square[1:] = 4.0 * k * (k + A) * (k + B) * (k + A + B)
    square[1:] /= double**2 * (double + 1.0) * (double - 1.0)
    off = np.sqrt(square)
    values, vectors = eigh_tridiagonal(diagonal, off)
    p = np.clip((1.0 + values) / 2.0, 1e-300, 1.0)
    return p, vectors[0] ** 2
