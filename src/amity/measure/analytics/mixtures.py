"""Sums of exponentials: ln(e^l1 + e^l2 + ...) with its gradient and Hessian.

A customer who fell silent left at one of many moments, or has not left; the likelihood adds up the
moments. With the weights w_k = e^l_k / sum, the gradient is the mean of the terms' gradients, the
Hessian the mean of their Hessians and outer products less the outer product of the mean.
"""

import numpy as np
from scipy.special import betaln, digamma, polygamma

from amity.measure.analytics.arrays import Floats


def log_sum(terms: Floats) -> tuple[Floats, Floats]:
    """ln of the sum of exponentials of each row, and the terms' weights; shape (rows, terms)."""
    highest = terms.max(axis=1, keepdims=True)
    grown = np.exp(terms - highest)
    whole = grown.sum(axis=1, keepdims=True)
    return (highest + np.log(whole))[:, 0], grown / whole


def log_sum_derivatives(
    weights: Floats, slopes: Floats, bends: Floats, n: Floats
) -> tuple[Floats, Floats]:
    """Gradient and Hessian of sum n ln(sum e^l).

    `slopes` are the terms' gradients, shape (parameters, rows, terms); `bends` their Hessians,
    shape (parameters, parameters, rows, terms); `n` how many customers each row stands for.
    """
    mean = np.einsum("irk,rk->ir", slopes, weights)
    curve = np.einsum("ijrk,rk->ijr", bends, weights)
    curve += np.einsum("irk,jrk,rk->ijr", slopes, slopes, weights, optimize=True)
    curve -= mean[:, None] * mean[None, :]
    return mean @ n, curve @ n


def beta_ratio(point: Floats, more: Floats, less: Floats) -> tuple[Floats, Floats, Floats]:
    """ln B(a + more, b + less) - ln B(a, b), its gradient and Hessian in (a, b)."""
    a, b = point
    both = digamma(a + b) - digamma(a + b + more + less)
    bend = polygamma(1, a + b) - polygamma(1, a + b + more + less)
    slopes = np.array(
        [digamma(a + more) - digamma(a) + both, digamma(b + less) - digamma(b) + both]
    )
    bends = np.array(
        [
            [polygamma(1, a + more) - polygamma(1, a) + bend, bend],
            [bend, polygamma(1, b + less) - polygamma(1, b) + bend],
        ]
    )
    return np.asarray(betaln(a + more, b + less) - betaln(a, b)), slopes, bends
