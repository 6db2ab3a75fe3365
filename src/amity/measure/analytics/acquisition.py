"""What winning a customer costs, and when they have paid it back.

Spend falls on the cohort that it won, through the measured delay between being reached and the
first order (a convolution, not a shift by one month). Attributed cost alone is counted here;
incremental cost needs a hold-out and never stands in the same column.
"""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints, floats, ints
from amity.measure.analytics.intervals import Z95

COVERED = 0.95  # of the delays must lie within the spend that is known
FEW = 30  # customers, below which no payback is told


def delays(lead: Ints, first_order: Ints, as_of: int, longest: int) -> Floats:
    """Share of the customers won whose first order came 0 .. `longest` periods after the lead.

    Leads younger than `longest` periods at `as_of` are left out, since their late customers are
    not seen yet; so are those who never ordered (any negative `first_order`).

    Returns:
        Shape (longest + 1,), sums to 1; all NaN where no lead is old enough.

    Raises:
        ValueError: an order lies before its lead.
    """
    begun, ordered = ints(lead), ints(first_order)
    won = (ordered >= 0) & (begun + longest <= as_of)
    passed = (ordered - begun)[won]
    if len(passed) and passed.min() < 0:
        raise ValueError("A first order lies before its lead.")
    counts = np.bincount(passed[passed <= longest], minlength=longest + 1)
    if not counts.sum():
        return np.full(longest + 1, np.nan)
    return floats(counts / counts.sum())


@dataclass(frozen=True, slots=True)
class CohortCosts:
    """By acquisition cohort: spend that falls on it, customers won, cost of each.

    `cac` is NaN where nobody was won or where less than 95 % of the delays lie within the spend
    that is known; `covered` says how much does.
    """

    spend: Floats
    customers: Ints
    cac: Floats
    covered: Floats


def cohort_costs(spend: Floats, delay: Floats, customers: Ints) -> CohortCosts:
    """The cost of each cohort by the spend of its and earlier periods.

    Args:
        spend: money by period, of one channel or of all, shape (periods,).
        delay: from `delays`.
        customers: customers won by period, shape (periods,).

    Raises:
        ValueError: the shapes differ or the delays are not shares that sum to 1.
    """
    money, won, shares = floats(spend), ints(customers), floats(delay)
    if len(money) != len(won):
        raise ValueError("Spend and customers are given for the same periods.")
    if not (np.isfinite(shares).all() and (shares >= 0).all() and abs(shares.sum() - 1) < 1e-9):
        raise ValueError("The delays are shares that sum to 1.")
    falling = np.convolve(money, shares)[: len(money)]
    reach = np.cumsum(shares)[np.minimum(np.arange(len(money)), len(shares) - 1)]
    known = (won > 0) & (reach >= COVERED)
    cac = np.where(known, falling / np.maximum(won, 1), np.nan)
    return CohortCosts(falling, won, cac, reach)


@dataclass(frozen=True, slots=True)
class Payback:
    """When a cohort's contribution has covered its cost: months from the first order.

    `months` by the mean customer; `earliest` and `latest` by the 95 % bounds of the mean; None is
    "not within the months seen". `ratio` is contribution so far over cost, told only where the
    whole interval lies within what was seen. `reason` says why nothing is told.
    """

    customers: int
    observed: int
    months: int | None
    earliest: int | None
    latest: int | None
    ratio: float | None
    reason: str = ""


def payback(cac: float, contribution: Floats) -> Payback:
    """Payback of one cohort.

    Args:
        cac: cost of winning one of its customers.
        contribution: margin less cost to serve by customer and month of age, shape
            (customers, months), in the money of `cac`; only whole months that all have lived.
    """
    rows = floats(contribution)
    n, observed = rows.shape
    if n < FEW:
        reason = f"Not enough data yet: needs {FEW} customers, has {n}."
        return Payback(n, observed, None, None, None, None, reason)
    if not np.isfinite(cac) or cac <= 0:
        reason = "The cost of winning these customers is not known."
        return Payback(n, observed, None, None, None, None, reason)
    running = np.cumsum(rows, axis=1)
    mean = running.mean(axis=0)
    half = Z95 * running.std(axis=0, ddof=1) / np.sqrt(n)
    months = _reached(mean, cac)
    earliest, latest = _reached(mean + half, cac), _reached(mean - half, cac)
    ratio = float(mean[-1] / cac) if latest is not None else None
    reason = "" if latest is not None else f"Not surely paid back within {observed} months."
    return Payback(n, observed, months, earliest, latest, ratio, reason)


def _reached(running: Floats, goal: float) -> int | None:
    """The month (from 1) from which the running sum stays at or above the goal."""
    below = np.flatnonzero(running < goal)
    month = int(below[-1]) + 2 if len(below) else 1
    return month if month <= len(running) else None
