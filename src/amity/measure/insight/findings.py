"""The traits that a measurement finds of each customer."""

from collections.abc import Iterator, Mapping

import numpy as np

from amity.base.time import from_day_number
from amity.kernel.traits.operations import Finding
from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.clv import Values
from amity.measure.analytics.rfm import Rfm
from amity.measure.analytics.summary import Summary
from amity.measure.insight.rules import MONTHS, WINDOWS

SOURCE = "insight.measure"
PER_CUSTOMER = 17 + len(WINDOWS)
CLV, PURCHASES = f"clv_{MONTHS}m", f"expected_purchases_{MONTHS}m"
CHUNK = 1000  # customers at a time: their rows lie together in the table


def findings(
    summary: Summary, rfm: Rfm, values: Values, before: Mapping[int, tuple[str, ...]]
) -> Iterator[Finding]:
    """All traits of all customers of the summary; what is not known is left out.

    `before` is each customer's RFM group so many days earlier.
    """
    numbers = _numbers(summary, rfm, values)
    bounded = {
        PURCHASES: (values.purchases, values.purchases_low, values.purchases_high),
        CLV: (values.clv, values.clv_low, values.clv_high),
    }
    for start in range(0, summary.customers, CHUNK):
        part = slice(start, start + CHUNK)
        who = summary.customer[part].tolist()
        for name, column in numbers.items():
            yield from _plain(who, name, column[part])
        for name, (value, low, high) in bounded.items():
            yield from _bounded(who, name, value[part], low[part], high[part])
        yield from _days(who, "first_order_on", summary.first_day[part])
        yield from _days(who, "last_order_on", summary.last_day[part])
        yield from _words(who, rfm, part)
        for days, groups in before.items():
            for customer, group in zip(who, groups[part], strict=True):
                yield Finding(customer, f"rfm_group_{days}d", None, group)


def contract_findings(who: list[int], values: Values, part: slice) -> Iterator[Finding]:
    """The traits of customers who have a contract and never ordered: rows `part` of the values."""
    yield from _plain(who, "p_alive", values.alive[part])
    bounds = values.purchases_low[part], values.purchases_high[part]
    yield from _bounded(who, PURCHASES, values.purchases[part], *bounds)
    yield from _bounded(who, CLV, values.clv[part], values.clv_low[part], values.clv_high[part])


def _numbers(summary: Summary, rfm: Rfm, values: Values) -> dict[str, Floats]:
    """Figures without an interval, by trait; NaN where not known. Money in whole minor units."""
    columns = {
        "orders": summary.entries,
        "frequency": summary.x,
        "recency_days": summary.as_of - summary.last_day,
        "tenure_days": summary.T,
        "spend_total": np.round(summary.total),
        "monetary": np.round(_mean_spend(summary)),
        "expected_spend": np.round(values.spend),
        "p_alive": values.alive,
        "rfm_r": rfm.r,
        "rfm_f": rfm.f,
        "rfm_m": np.where(rfm.m > 0, rfm.m, np.nan),
    }
    return {name: np.asarray(column, dtype=np.float64) for name, column in columns.items()}


def _plain(who: list[int], name: str, column: Floats) -> Iterator[Finding]:
    for customer, value in zip(who, column.tolist(), strict=True):
        if value == value:  # noqa: PLR0124 -- NaN alone differs from itself
            yield Finding(customer, name, value)


def _bounded(
    who: list[int], name: str, value: Floats, low: Floats, high: Floats
) -> Iterator[Finding]:
    columns = (_known(value), _known(low), _known(high))
    for customer, number, lower, upper in zip(who, *columns, strict=True):
        if number is not None:
            yield Finding(customer, name, number, "", lower, upper)


def _days(who: list[int], name: str, days: Ints) -> Iterator[Finding]:
    for customer, day in zip(who, days.tolist(), strict=True):
        yield Finding(customer, name, float(day), from_day_number(day).isoformat())


def _words(who: list[int], rfm: Rfm, part: slice) -> Iterator[Finding]:
    scores = zip(rfm.r[part].tolist(), rfm.f[part].tolist(), rfm.m[part].tolist(), strict=True)
    for customer, (r, f, m), group in zip(who, scores, rfm.group[part], strict=True):
        yield Finding(customer, "rfm", None, f"{r}{f}{m or ''}")
        yield Finding(customer, "rfm_group", None, group)


def _known(column: Floats) -> list[float | None]:
    """The column as a list, None for NaN."""
    if np.isfinite(column).all():
        return list(column.tolist())
    return [value if np.isfinite(value) else None for value in column.tolist()]


def _mean_spend(summary: Summary) -> Floats:
    """Mean of the positive nets of a customer's purchase days; NaN where there is none."""
    first = np.where(summary.first_spend > 0, summary.first_spend, 0.0)
    repeats = np.where(summary.spend_count > 0, summary.spend_count * summary.spend_mean, 0.0)
    count = summary.spend_count + (summary.first_spend > 0)
    unknown = np.full(summary.customers, np.nan)
    return np.asarray(np.divide(first + repeats, count, out=unknown, where=count > 0))
