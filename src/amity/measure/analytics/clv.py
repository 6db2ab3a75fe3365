"""Customer lifetime value over a horizon: expected purchases x expected spend, discounted.

Fader, Hardie, Lee, "RFM and CLV: using iso-value curves for customer base analysis", J. of
Marketing Research 42 (2005) 415-430. Purchases of a month are discounted from its middle.
"""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics.arrays import Floats, floats
from amity.measure.analytics.intervals import interval, log_variance
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.verdict import Model, PurchaseFit, SpendFit

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
    summary: Summary, fit: PurchaseFit, spend: SpendFit | None, outlook: Outlook
) -> Values:
    """Expected purchases and value of every customer; `fit` must be in days."""
    ends = floats(DAYS_A_MONTH * np.arange(1, outlook.months + 1))
    x, T = floats(summary.x), summary.T
    alive = fit.model.alive(x, summary.t_x, T)
    ahead = _ahead(fit.model, x, T, ends)
    purchases = alive * ahead[:, -1]
    years = (np.arange(outlook.months) + 0.5) / 12.0
    monthly = np.diff(ahead, axis=1, prepend=0.0)
    discounted = alive * (monthly @ (1.0 + outlook.discount) ** -years)

    def forecast(point: Floats) -> Floats:
        model = fit.model.moved(point)
        return floats(model.alive(x, summary.t_x, T) * _ahead(model, x, T, ends[-1:])[:, 0])

    variance = log_variance(forecast, fit.model.vector(), fit.covariance)
    low, high = interval(purchases, variance, outlook.band)
    kept = kept_share(summary)
    each, spend_variance = _spend(summary, spend)
    clv = discounted * each * kept * outlook.margin
    both = _sum(variance, spend_variance)
    clv_low, clv_high = interval(clv, both, outlook.band)
    ceiling = np.full(len(x), ends[-1])
    return Values(
        alive, purchases, low, np.minimum(high, ceiling), each * kept, clv, clv_low, clv_high, kept
    )


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


def _ahead(model: Model, x: Floats, T: Floats, ends: Floats) -> Floats:
    """Purchases while alive up to each end, shape (customers, ends).

    They depend on (x, T) alone, so each distinct pair is computed once. An occasion is a day, so
    nobody can have more of them than there are days.
    """
    pairs, place = np.unique(np.column_stack([x, T]), axis=0, return_inverse=True)
    table = np.minimum(model.while_alive(pairs[:, 0], pairs[:, 1], ends), ends)
    return table[place.reshape(-1)]


def _spend(summary: Summary, spend: SpendFit | None) -> tuple[Floats, Floats | None]:
    """Expected spend of an occasion and the variance of its logarithm."""
    if spend is None:
        return np.full(summary.customers, np.nan), None
    count, mean = summary.spend_count.astype(np.float64), summary.spend_mean

    def forecast(point: Floats) -> Floats:
        return spend.model.moved(point).expected(count, mean)

    point = spend.model.vector()
    return floats(forecast(point)), log_variance(forecast, point, spend.covariance)


def _sum(left: Floats | None, right: Floats | None) -> Floats | None:
    if left is None or right is None:
        return right if left is None else left
    return left + right
