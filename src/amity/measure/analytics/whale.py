"""The whale curve: who pays for whom, customers from the best to the worst.

Kaplan and Narayanan, "Measuring and managing customer profitability", J. of Cost Management 15
(2001): cumulative contribution rises above the total as long as customers pay, and falls back to
it through those who cost more than they bring.
"""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, floats


@dataclass(frozen=True, slots=True)
class Whale:
    """Points of the curve: share of customers (0 to 1) and cumulative contribution.

    Money in the unit of the input. `peak` is the highest point, `peak_share` where it stands;
    `top_fifth` is the share of the total that the best fifth brings (None when the total is not
    positive); `losing` counts customers with a negative contribution.
    """

    customers: int
    total: float
    share: Floats
    cumulative: Floats
    peak: float
    peak_share: float
    top_fifth: float | None
    losing: int


def whale(contribution: Floats, points: int = 100) -> Whale:
    """The curve through at most `points` + 1 points; customers without a known value are left out.

    The peak is that of all customers, not of the points drawn.
    """
    value = floats(contribution)
    value = np.sort(value[np.isfinite(value)])[::-1]
    n = len(value)
    running = np.concatenate(([0.0], np.cumsum(value)))
    best = int(np.argmax(running))
    at = np.unique(np.linspace(0, n, min(points, n) + 1).round().astype(np.int64))
    total = float(running[-1])
    fifth = float(running[int(np.ceil(n / 5))])
    return Whale(
        customers=n,
        total=total,
        share=at / max(n, 1),
        cumulative=running[at],
        peak=float(running[best]),
        peak_share=best / max(n, 1),
        top_fifth=fifth / total if total > 0 else None,
        losing=int(np.count_nonzero(value < 0)),
    )
