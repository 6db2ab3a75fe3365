"""Customer lifetime value over a horizon: expected purchases x expected spend, discounted.

Fader, Hardie, Lee, "RFM and CLV: using iso-value curves for customer base analysis", J. of
Marketing Research 42 (2005) 415-430. Purchases of a month are discounted from its middle.
"""

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from amity.measure.analytics.arrays import AnyFloats, Floats, Int32s, floats
from amity.measure.analytics.base import Columns, columns_of
from amity.measure.analytics.intervals import interval, log_variance
from amity.measure.analytics.kernels import kernels_for, over, threads
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.verdict import Model, PurchaseFit, SpendFit, SpendModel

DAYS_A_MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Outlook:
    """What the value is computed for.

    `months` of horizon, `discount` a year (.1 is 10 %), `margin` the share of spend that is
    contribution, `band` the relative half-width that the back-test found (None: not known).
    """

    months: int = 12
    discount: float = 0.1
    margin: float = 1.0
    band: float | None = None


@dataclass(frozen=True, slots=True)
class Values:
    """Per customer of the summary, in its order; money in the summary's unit (NaN: no money).

    `purchases` are expected over the horizon, undiscounted; `spend` is the expected net spend of
    one purchase occasion; `clv` the discounted contribution. Bounds are 95 % intervals of the
    expectation (parameters and back-test), not the range of what one customer may do.
    """

    alive: Floats
    purchases: Floats
    purchases_low: Floats
    purchases_high: Floats
    spend: Floats
    clv: Floats
    clv_low: Floats
    clv_high: Floats
    kept_share: float


def value_customers(
    summary: Summary,
    fit: PurchaseFit,
    spend: SpendFit | None,
    outlook: Outlook,
    kept: float | None = None,
) -> Values:
    """Expected purchases and value of every customer; `fit` must be in days.

    `kept` is the share of spend that stays, where it is not to be taken from this summary alone.
    """
    columns = columns_of(summary)
    grid = grid_of(columns)
    kept = kept_share(summary) if kept is None else kept
    found = score(columns, fit.model, spend.model if spend else None, outlook, kept=kept, grid=grid)
    ends = ends_of(outlook)[-1:]

    def forecast(point: Floats) -> Floats:
        model = fit.model.moved(point)
        alive = model.alive(summary.x, summary.t_x, summary.T)
        return floats(alive * _ahead(model, grid, ends)[grid.place, 0])

    variance = log_variance(forecast, fit.model.vector(), fit.covariance)
    return bounded(summary, found, variance, spend, outlook, kept=kept)


def bounded(
    summary: Summary,
    found: "Scores",
    variance: Floats | None,
    spend: SpendFit | None,
    outlook: Outlook,
    *,
    kept: float,
) -> Values:
    """Expectations with their bounds; `variance` is that of the logarithm of the purchases."""
    purchases, clv = floats(found.purchases), floats(found.clv)
    low, high = interval(purchases, variance, outlook.band)
    both = _sum(variance, _spend_variance(summary, spend))
    clv_low, clv_high = interval(clv, both, outlook.band)
    ceiling = np.full(len(purchases), ends_of(outlook)[-1])
    return Values(
        alive=floats(found.alive),
        purchases=purchases,
        purchases_low=low,
        purchases_high=np.minimum(high, ceiling),
        spend=floats(found.spend) * kept,
        clv=clv,
        clv_low=clv_low,
        clv_high=clv_high,
        kept_share=kept,
    )


@dataclass(frozen=True, slots=True)
class Grid:
    """The distinct (x, T) of a base, and each customer's place among them.

    What a customer who is still there will buy depends on them alone, so it is computed once for
    each: some ten thousand for ten million customers.
    """

    x: Floats
    T: Floats
    place: Int32s


@dataclass(frozen=True, slots=True)
class Scores:
    """Per customer, in the order of the columns; `spend` is that of one occasion before returns."""

    alive: AnyFloats
    purchases: AnyFloats
    spend: AnyFloats
    clv: AnyFloats


def grid_of(columns: Columns) -> Grid:
    """The grid of a base of customers."""
    x, T, place = kernels_for(len(columns)).pairs(columns.x, columns.T)
    return Grid(floats(x), floats(T), place)


def score(
    columns: Columns,
    model: Model,
    spend: SpendModel | None,
    outlook: Outlook,
    *,
    kept: float = 1.0,
    grid: Grid | None = None,
    dtype: type[np.floating[Any]] = np.float64,
) -> Scores:
    """The expectations alone, without intervals; `kept` is the share of spend that stays.

    With `dtype` float32 ten million customers need 160 MB, and six digits are kept.
    """
    grid = grid_of(columns) if grid is None else grid
    table = _ahead(model, grid, ends_of(outlook))
    monthly = discounted(table, outlook)
    days, kinds = int(columns.T.max(initial=0)) + 1, int(columns.x.max(initial=0)) + 1
    logs, power, base = model.silence(days, kinds)
    fraction = (np.nan, 0.0, 1.0, 0.0) if spend is None else spend.fraction()
    law = logs, power, base, table[:, -1].copy(), monthly, fraction, kept * outlook.margin
    found = np.empty((4, len(columns)), dtype=dtype)
    kernels = kernels_for(len(columns))

    def work(piece: slice) -> None:
        timing = columns.x[piece], columns.t_x[piece], columns.T[piece], grid.place[piece]
        rows = (*timing, columns.spends[piece], columns.spent[piece])
        kernels.score(rows, law, found[:, piece])

    edges = np.linspace(0, len(columns), threads() + 1).astype(np.int64)
    over([slice(low, high) for low, high in pairwise(edges)], work, len(columns))
    return Scores(*found)


def kept_share(summary: Summary) -> float:
    """Net money per occasion over the mean positive spend: what returns and free days leave.

    Between 0 and 1; 1 when every occasion has a positive net and nothing comes back later.
    """
    first, repeats = summary.first_spend, summary.spend_count > 0
    positive = float(first[first > 0].sum())
    positive += float((summary.spend_count * summary.spend_mean)[repeats].sum())
    spends = int(np.count_nonzero(first > 0)) + int(summary.spend_count.sum())
    occasions = summary.customers + summary.purchases
    total = float(np.nansum(summary.total))
    if spends == 0 or positive <= 0:
        return 1.0
    return float(np.clip((total / occasions) / (positive / spends), 0.0, 1.0))


def discounted(table: Floats, outlook: Outlook) -> Floats:
    """The sum over the months of purchases up to the end of each, later ones counting less."""
    years = (np.arange(outlook.months) + 0.5) / 12.0
    return floats(np.diff(table, axis=-1, prepend=0.0) @ (1.0 + outlook.discount) ** -years)


def ends_of(outlook: Outlook) -> Floats:
    """The ends of the months of the horizon, in days from now."""
    return floats(DAYS_A_MONTH * np.arange(1, outlook.months + 1))


def _ahead(model: Model, grid: Grid, ends: Floats) -> Floats:
    """Purchases while alive up to each end, shape (pairs, ends).

    An occasion is a day, so nobody can have more of them than there are days.
    """
    return np.minimum(model.while_alive(grid.x, grid.T, ends), ends)


def _spend_variance(summary: Summary, spend: SpendFit | None) -> Floats | None:
    """The variance of the logarithm of the expected spend of an occasion."""
    if spend is None:
        return None
    count, mean = summary.spend_count.astype(np.float64), summary.spend_mean
    return log_variance(
        lambda point: spend.model.moved(point).expected(count, mean),
        spend.model.vector(),
        spend.covariance,
    )


def _sum(left: Floats | None, right: Floats | None) -> Floats | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right
