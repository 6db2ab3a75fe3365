"""How many of a group are still customers, with an interval.

The mean of P(alive) over a group, bounded by the delta method on its odds: 95 % of what the errors
of the parameters leave open. Bounds so stay between 0 and 1.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import expit, logit

from amity.measure.analytics.arrays import Column, Floats, Ints
from amity.measure.analytics.intervals import Z95, log_variance
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.valuation import Teller

CERTAIN = 1e-9


@dataclass(frozen=True, slots=True)
class Share:
    """Expected share of a group that is still there, from 0 to 1, with its 95 % bounds."""

    share: float
    low: float
    high: float


def still_there(
    alive: Floats, timed: Summary, teller: Teller | None, groups: Mapping[str, Ints]
) -> dict[str, Share | None]:
    """The share of each group; None where no model can tell who left, or nobody is in it.

    `alive` is P(alive) of each customer of `timed` (the summary that was fitted), `groups` name
    rows of it.
    """
    filled = {name: rows for name, rows in groups.items() if len(rows)}
    told: dict[str, Share | None] = dict.fromkeys(groups)
    if teller is None or not filled:
        return told

    def odds(point: Floats) -> Floats:
        there = teller.model.moved(point).alive(timed.x, timed.t_x, timed.T)
        shares = _means(there, filled)
        return np.asarray(shares / (1.0 - shares))

    variance = log_variance(odds, teller.model.vector(), teller.covariance)
    if variance is None:
        return told
    middle, half = logit(_means(alive, filled)), Z95 * np.sqrt(variance)
    columns = expit(middle), expit(middle - half), expit(middle + half)
    for name, *bounds in zip(filled, *(column.tolist() for column in columns), strict=True):
        told[name] = Share(*bounds)
    return told


def _means(alive: Column, groups: Mapping[str, Ints]) -> Floats:
    means = np.array([alive[rows].mean() for rows in groups.values()])
    return np.asarray(np.clip(means, CERTAIN, 1.0 - CERTAIN))
