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
from scipy.special import betaln, digamma, expit, gammaln, polygamma

from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.cells import Cells
from amity.measure.analytics.newton import Likelihood

NODES = 48


def likelihood(cells: Cells, s: int) -> Likelihood:
    """Log-likelihood of (r, alpha, a, b) in the unit of the cells, gradient and Hessian."""

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        with np.errstate(all="ignore"):
            base = _alive_part(point, cells, s)
            gone = _gone_part(point, cells, s)
        return base[0] + gone[0], base[1] + gone[1], base[2] + gone[2]

    return evaluate


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


def starts(cells: Cells) -> list[Floats]:
    """Where to begin the climb: the base's rate, with two guesses of the spreads."""
    rate = (cells.purchases + 0.5) / (cells.exposure + 180.0)
    return [np.array([r, r / rate, a, b]) for r, a, b in ((0.5, 0.5, 1.5), (2.0, 0.1, 3.0))]


def _alive_part(point: Floats, cells: Cells, s: int) -> tuple[float, Floats, Floats]:
    """The terms of a customer who is still there; counts of x carry the special functions."""
    r, alpha, a, b = point
    x, place = np.unique(cells.x, return_inverse=True)
    n = np.bincount(place, weights=cells.n, minlength=len(x))
    left = np.log(alpha + cells.T)
    per_x = gammaln(r + x) - gammaln(r) + r * np.log(alpha) + betaln(a, b + x + s) - betaln(a, b)
    value = float(n @ per_x - cells.n @ ((r + cells.x) * left))
    share = 1.0 / (alpha + cells.T)
    tail, both = b + x + s, a + b + x + s
    gradient = np.array(
        [
            n @ (digamma(r + x) - digamma(r)) + cells.n @ (np.log(alpha) - left),
            cells.n @ (r / alpha - (r + cells.x) * share),
            n @ (digamma(a + b) - digamma(both)),
            n @ (digamma(tail) - digamma(both) - digamma(b) + digamma(a + b)),
        ]
    )
    hessian = np.zeros((4, 4))
    hessian[0, 0] = n @ (polygamma(1, r + x) - polygamma(1, r))
    hessian[0, 1] = hessian[1, 0] = cells.n @ (1.0 / alpha - share)
    hessian[1, 1] = cells.n @ ((r + cells.x) * share**2 - r / alpha**2)
    cross = polygamma(1, a + b) - polygamma(1, both)
    hessian[2, 2] = hessian[2, 3] = hessian[3, 2] = n @ cross
    hessian[3, 3] = n @ (cross + polygamma(1, tail) - polygamma(1, b))
    return value, gradient, hessian


def _gone_part(point: Floats, cells: Cells, s: int) -> tuple[float, Floats, Floats]:
    """ln(1 + exp u): the chance of having left after the last purchase, against having stayed."""
    r, alpha, a, b = point
    may = (cells.x + s) > 0
    x, t, T, n = cells.x[may], cells.t_x[may], cells.T[may], cells.n[may]
    tail = b + x - 1 + s
    quiet = np.log(alpha + T) - np.log(alpha + t)
    bend = 1.0 / (alpha + T) - 1.0 / (alpha + t)
    u = np.log(a) - np.log(tail) + (r + x) * quiet
    p = expit(u)
    slopes = np.array([quiet, (r + x) * bend, np.full(len(x), 1.0 / a), -1.0 / tail])
    gradient = slopes @ (n * p)
    hessian = (slopes * (n * p * (1.0 - p))) @ slopes.T
    w = n * p
    hessian[0, 1] += w @ bend
    hessian[1, 0] += w @ bend
    hessian[1, 1] += w @ ((r + x) * (1.0 / (alpha + t) ** 2 - 1.0 / (alpha + T) ** 2))
    hessian[2, 2] -= w.sum() / a**2
    hessian[3, 3] += w @ (1.0 / tail**2)
    return float(n @ np.logaddexp(0.0, u)), gradient, hessian


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
        p, weight = beta_nodes(a, float(tail))
        for h, t in enumerate(horizons):
            log_stay = np.log1p(np.outer(t / alpha[rows], p))
            found[rows, h] = -np.expm1(-r[rows, None] * log_stay) @ (weight / p)
    return found


@lru_cache(maxsize=8192)
def beta_nodes(a: float, b: float) -> tuple[Floats, Floats]:
    """Nodes in (0, 1) and weights that integrate polynomials against Beta(a, b) exactly.

    Golub and Welsch, Math. Comp. 23 (1969): eigenvalues of the Jacobi matrix.
    """
    k = np.arange(1.0, NODES)
    A, B = b - 1.0, a - 1.0
    double = 2.0 * k + A + B
    diagonal = np.empty(NODES)
    diagonal[0] = (B - A) / (A + B + 2.0)
    diagonal[1:] = (B - A) * (B + A) / (double * (double + 2.0))
    square = np.empty(NODES - 1)
    square[0] = 4.0 * (1.0 + A) * (1.0 + B) / ((2.0 + A + B) ** 2 * (3.0 + A + B))
    k, double = k[1:], double[1:]
    square[1:] = 4.0 * k * (k + A) * (k + B) * (k + A + B)
    square[1:] /= double**2 * (double + 1.0) * (double - 1.0)
    off = np.sqrt(square)
    values, vectors = eigh_tridiagonal(diagonal, off)
    p = np.clip((1.0 + values) / 2.0, 1e-300, 1.0)
    return p, vectors[0] ** 2
