"""Kaplan-Meier: the share still there after a time, without any model; shown beside every model.

Kaplan and Meier, J. of the American Statistical Association 53 (1958) 457-481; standard errors by
Greenwood (1926); intervals on the log(-log) scale, so that they stay between 0 and 1.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amity.measure.analytics.arrays import Floats, floats
from amity.measure.analytics.intervals import Z95


@dataclass(frozen=True, slots=True)
class Survival:
    """At each time with a departure: those at risk just before, departures, S, its error, bounds.

    `low` and `high` are 95 %; where nobody is left at the end, S and its error are 0.
    """

    time: Floats
    at_risk: Floats
    left: Floats
    share: Floats
    error: Floats
    low: Floats
    high: Floats


def kaplan_meier(duration: npt.ArrayLike, left: npt.ArrayLike) -> Survival:
    """From how long each customer was seen, and whether she left then (else: still there).

    Raises:
        ValueError: the columns differ in length, or a duration is negative or not a number.
    """
    seen, gone = floats(duration), np.asarray(left, dtype=np.bool_)
    if len(seen) != len(gone):
        raise ValueError("Each customer needs a duration and whether she left.")
    if not (np.isfinite(seen) & (seen >= 0)).all():
        raise ValueError("A duration is a number from 0.")
    time, departures = np.unique(seen[gone], return_counts=True)
    at_risk = len(seen) - np.searchsorted(np.sort(seen), time, side="left")
    left_at, risk = departures.astype(np.float64), at_risk.astype(np.float64)
    share = floats(np.cumprod(1.0 - left_at / risk))
    stay = risk - left_at
    terms = np.divide(left_at, risk * stay, out=np.zeros(len(time)), where=stay > 0)
    root = np.sqrt(np.cumsum(terms))
    inner = (share > 0) & (share < 1)
    log_s = np.log(np.where(inner, share, 0.5))
    spread = np.exp(Z95 * root / np.abs(log_s))
    low = np.where(inner, np.exp(log_s * spread), share)
    high = np.where(inner, np.exp(log_s / spread), share)
    return Survival(time, risk, left_at, share, share * root, low, high)
