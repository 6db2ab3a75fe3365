"""Values of buyers by habit: expected purchases of MBG/CNBD-k, all else as for all others.

What somebody will buy who is still there depends on (x, T) and on the steps since the last
purchase, so it is computed once for each pair that occurs and each number of steps.
"""

import numpy as np

from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.base import columns_of
from amity.measure.analytics.clv import (
    Outlook,
    Scores,
    Values,
    bounded,
    discounted,
    ends_of,
    grid_of,
    kept_share,
)
from amity.measure.analytics.erlang import Habits
from amity.measure.analytics.intervals import log_variance
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.verdict import SpendFit


def value_habitual(
    summary: Summary,
    model: Habits,
    covariance: Floats | None,
    spend: SpendFit | None,
    outlook: Outlook,
) -> Values:
    """Expected purchases and value of every customer by a model of habits, which is in days."""
    grid, ends = grid_of(columns_of(summary)), ends_of(outlook)
    since = model.since(summary.x, summary.t_x, summary.T)

    def of_each(table: Floats) -> Floats:
        """Of a table by steps and pair, each customer's mean over the steps since her last."""
        return np.asarray((since * table[:, grid.place].T).sum(axis=1))

    def forecast(point: Floats) -> Floats:
        moved = model.moved(point)
        ahead = np.minimum(moved.ahead(grid.x, grid.T, ends[-1:])[:, :, 0], ends[-1])
        there = moved.since(summary.x, summary.t_x, summary.T)
        return np.asarray((there * ahead[:, grid.place].T).sum(axis=1))

    table = np.minimum(model.ahead(grid.x, grid.T, ends), ends)
    each = _spend(summary, spend)
    kept = kept_share(summary)
    found = Scores(
        alive=since.sum(axis=1),
        purchases=of_each(table[:, :, -1]),
        spend=each,
        clv=of_each(discounted(table, outlook)) * each * kept * outlook.margin,
    )
    variance = log_variance(forecast, model.vector(), covariance)
    return bounded(summary, found, variance, spend, outlook, kept=kept)


def _spend(summary: Summary, spend: SpendFit | None) -> Floats:
    """Expected spend of one occasion, before returns; NaN where the log has no money."""
    if spend is None:
        return np.full(summary.customers, np.nan)
    return spend.model.expected(summary.spend_count, summary.spend_mean)
