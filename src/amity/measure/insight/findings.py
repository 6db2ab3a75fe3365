"""The traits that a measurement finds of each customer."""

from collections.abc import Iterator

import numpy as np

from amity.base.time import from_day_number
from amity.kernel.traits.operations import Finding
from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.clv import Values
from amity.measure.analytics.rfm import Rfm
from amity.measure.analytics.summary import Summary
from amity.measure.insight.rules import MONTHS

SOURCE = "insight.measure"
PER_CUSTOMER = 18
CLV, PURCHASES = f"clv_{MONTHS}m", f"expected_purchases_{MONTHS}m"


def findings(summary: Summary, rfm: Rfm, values: Values) -> Iterator[Finding]:
    """All traits of all customers of the summary; what is not known is left out."""
    mean_spend = _mean_spend(summary)
    for k, customer in enumerate(summary.customer.tolist()):
        yield from _dates(customer, int(summary.first_day[k]), int(summary.last_day[k]), summary)
        plain = {
            "orders": summary.entries[k],
            "frequency": summary.x[k],
            "tenure_days": summary.T[k],
            "spend_total": np.round(summary.total[k]),
            "monetary": np.round(mean_spend[k]),
            "expected_spend": np.round(values.spend[k]),
            "p_alive": values.alive[k],
            "rfm_r": rfm.r[k],
            "rfm_f": rfm.f[k],
            "rfm_m": rfm.m[k] or np.nan,
        }
        for name, value in plain.items():
            if np.isfinite(value):
                yield Finding(customer, name, float(value))
        yield Finding(customer, "rfm", text=f"{rfm.r[k]}{rfm.f[k]}{rfm.m[k] or ''}")
        yield Finding(customer, "rfm_group", text=rfm.group[k])
        bounds = values.purchases_low[k], values.purchases_high[k]
        yield _bounded(customer, PURCHASES, values.purchases[k], bounds)
        if np.isfinite(values.clv[k]):
            yield _bounded(customer, CLV, values.clv[k], (values.clv_low[k], values.clv_high[k]))


def _dates(customer: int, first: int, last: int, summary: Summary) -> Iterator[Finding]:
    for name, day in (("first_order_on", first), ("last_order_on", last)):
        yield Finding(customer, name, float(day), from_day_number(day).isoformat())
    yield Finding(customer, "recency_days", float(summary.as_of - last))


def _bounded(customer: int, name: str, value: float, bounds: tuple[float, float]) -> Finding:
    low, high = (float(bound) if np.isfinite(bound) else None for bound in bounds)
    return Finding(customer, name, float(value), low=low, high=high)


def _mean_spend(summary: Summary) -> Floats:
    """Mean of the positive nets of a customer's purchase days; NaN where there is none."""
    first = np.where(summary.first_spend > 0, summary.first_spend, 0.0)
    repeats = np.where(summary.spend_count > 0, summary.spend_count * summary.spend_mean, 0.0)
    count = summary.spend_count + (summary.first_spend > 0)
    unknown = np.full(summary.customers, np.nan)
    return np.asarray(np.divide(first + repeats, count, out=unknown, where=count > 0))
