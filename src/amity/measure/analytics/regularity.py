"""Do customers buy more regularly than chance? The purchase models assume that they do not.

Of two successive gaps between purchases, the first one's share of both is Beta(k, k) over
customers, whatever their rates, where gaps are Gamma of shape k: 1 for purchases at random, more
for habits. Wheat and Morrison, "Estimating purchase regularity with two interpurchase times", J.
of Marketing Research 27 (1990) 87-93. The share does not depend on how long both gaps are, so pairs
of short ones, which whole days distort, are left out without bias.
"""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import floats
from amity.measure.analytics.intervals import Z95
from amity.measure.analytics.summary import Occasions

SHORTEST = 14
NEEDED_PAIRS = 50
NOTABLE = 1.5
MOST = 50.0


@dataclass(frozen=True, slots=True)
class Regularity:
    """Shape k of the gaps with 95 % bounds (None: too few `pairs` to tell), and what it means.

    `erlang` is the whole number that a model of regular purchases would take, 1 for chance.
    """

    pairs: int
    k: float | None
    low: float | None
    high: float | None
    erlang: int
    warning: str


def regularity(rows: Occasions) -> Regularity:
    """From the purchase occasions of a log; the last two gaps of each customer who has them."""
    ends = np.append(np.flatnonzero(np.diff(rows.customer)), len(rows.customer) - 1)
    last = ends[ends >= 2]
    last = last[rows.customer[last - 2] == rows.customer[last]] if len(last) else last
    late = floats(rows.day[last] - rows.day[last - 1])
    both = floats(rows.day[last] - rows.day[last - 2])
    long = both >= SHORTEST
    share = late[long] / both[long]
    if len(share) < NEEDED_PAIRS:
        return Regularity(len(share), None, None, None, 1, "")
    square = (share - 0.5) ** 2
    variance = float(square.mean())
    error = Z95 * float(square.std()) / np.sqrt(len(share))
    k, low, high = (_shape(value) for value in (variance, variance + error, variance - error))
    erlang = max(1, round(k)) if low > 1.0 else 1
    return Regularity(len(share), k, low, high, erlang, _warning(k, low))


def _shape(variance: float) -> float:
    """k of a Beta(k, k) with this variance, 1 / (4 (2k + 1))."""
    if variance <= 1.0 / (4.0 * (2.0 * MOST + 1.0)):
        return MOST
    return (1.0 - 4.0 * variance) / (8.0 * variance)


def _warning(k: float, low: float) -> str:
    if low < NOTABLE:
        return ""
    return (
        f"Customers buy more regularly than by chance (gaps like an Erlang-{max(2, round(k))}): a "
        "silence tells more than the model believes, so it sees departures late."
    )
