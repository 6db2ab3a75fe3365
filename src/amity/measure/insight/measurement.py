"""What a measurement found, and the row that keeps it."""

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import numpy as np

from amity.base.money import minor_digits
from amity.base.time import day_number, from_day_number
from amity.kernel.access.operations import company
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.clv import Values
from amity.measure.analytics.rfm import STAYED_OUT, Rfm, groups_on, movement
from amity.measure.analytics.segments import SegmentFit
from amity.measure.analytics.shares import Share
from amity.measure.analytics.summary import Log, Summary, occasions
from amity.measure.analytics.valuation import Compared, Models
from amity.measure.insight import reports
from amity.measure.insight.contracts import Contracted, words_of
from amity.measure.insight.contracts_report import contracts_report
from amity.measure.insight.log import OrderLog, cost_by_customer
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.parts import Part, choice_for
from amity.measure.insight.rules import MONTHS, WINDOWS, Options, end_of

UNIT = "week"
"""The published tables of these models count weeks; so do ours. Fits are made in days."""


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that was computed; fits are in days, money in minor units of `orders.currency`."""

    options: Options
    as_of: date
    orders: OrderLog
    models: Models
    values: Values  # of the customers of the summary
    customers: Ints  # those of the summary, and behind them those with a contract and no order
    everyone: Values  # of all these
    rfm: Rfm
    before: dict[int, tuple[str, ...]]  # days: RFM group of each customer so much earlier
    parts: tuple[Part, ...]
    segments: dict[str, SegmentFit]
    shares: dict[str, Share | None]  # of each segment that is still there, by purchases
    contracted: Contracted | None
    foreign_contracts: int


def run_of(found: Measurement) -> MeasureRun:
    """The row, not yet saved."""
    fit, values = found.models.fit.per(UNIT), found.everyone
    known = np.isfinite(values.clv)
    bounded = bool(known.any() and np.isfinite(values.clv_low[known]).all())
    return MeasureRun(
        as_of=found.as_of,
        customers=len(found.customers),
        repeaters=fit.repeaters,
        purchases=fit.purchases,
        model=fit.model.name,
        verdict=fit.verdict.value,
        reason=fit.reason,
        fallback=fit.fallback or "",
        unit=fit.unit,
        parameters=fit.parameters(),
        standard_errors=fit.standard_errors(),
        log_likelihood=reports.number(fit.log_likelihood, 9),
        currency=found.orders.currency,
        discount=found.options.discount,
        margin=found.options.margin,
        months=MONTHS,
        expected_purchases=float(values.purchases.sum()),
        value_minor=float(values.clv[known].sum()) if known.any() else None,
        value_low=float(values.clv_low[known].sum()) if bounded else None,
        value_high=float(values.clv_high[known].sum()) if bounded else None,
        notes=notes_of(found),
        reports=reports_of(found),
        **_held_columns(found.models.compared),
        band=found.models.band,
    )


def _held_columns(compared: Compared | None) -> dict[str, Any]:
    if compared is None:
        return {}
    result = compared.result
    return {
        "holdout_from": from_day_number(result.as_of),
        "holdout_days": result.days,
        "forecast": result.forecast,
        "actual": result.actual,
        "error": result.error,
        "band_low": result.low,
        "band_high": result.high,
    }


def reports_of(found: Measurement) -> dict[str, Any]:
    """The stored reports by name."""
    summary, compared = found.models.summary, found.models.compared
    costs = cost_by_customer(end_of(found.as_of, company().time_zone))
    cost = np.array([costs.get(customer, 0) for customer in summary.customer.tolist()])
    asked = {fit.asked: fit.per(UNIT) for fit in (found.models.fit, found.models.alive_fit)}
    whole = 10.0 ** minor_digits(found.orders.currency)
    return {
        "fits": [reports.fit_report(fit) for fit in asked.values()],
        "habits": reports.habits_report(found.models),
        "spend": reports.spend_report(found.models.spend, whole),
        "rfm": reports.rfm_report(found.models, found.rfm, found.values),
        "movement": {str(days): movement_of(found, days) for days in WINDOWS},
        "cohorts": reports.cohort_report(found.orders.log, day_number(found.as_of)),
        "value": reports.value_report(found.everyone),
        "whale": reports.whale_report(summary.total * found.options.margin - cost),
        "segments": [_segment(part, found) for part in found.parts],
        "contracts": found.contracted and contracts_report(found.contracted),
        "backtest": compared and reports.backtest_report(compared),
    }


def _segment(part: Part, found: Measurement) -> dict[str, Any]:
    """A segment's report; where contracts value all its customers, purchases tell nothing of it."""
    summary, contracted = found.models.summary, found.contracted
    spent = np.concatenate((summary.total, np.zeros(len(found.customers) - summary.customers)))
    mine = found.customers[part.rows]
    bound = np.isin(mine, contracted.values.customer) if contracted else np.zeros(len(mine), bool)
    figures = reports.group_figures(spent, found.everyone, part.rows)
    if not bound.any():
        figures |= reports.share_report(found.shares.get(part.key))
    return reports.segment_report(
        part.name,
        choice_for(part, summary),
        words_of(part, contracted),
        None if bound.all() else found.segments.get(part.key),
        figures,
    )


def movement_of(found: Measurement, days: int) -> dict[str, Any]:
    """Who moved between the groups in the last so many days."""
    customers = found.models.summary.customer.tolist()
    moved = movement(
        dict(zip(customers, found.before[days], strict=True)),
        dict(zip(customers, found.rfm.group, strict=True)),
    )
    then = found.as_of - timedelta(days=days)
    return reports.movement_report(moved, then.isoformat(), found.as_of.isoformat())


def groups_before(log: Log, summary: Summary) -> dict[int, tuple[str, ...]]:
    """By window in days, the RFM group of each customer of the summary so much earlier."""
    rows, customers = occasions(log), summary.customer.tolist()
    then = {days: groups_on(rows, summary.as_of - days) for days in WINDOWS}
    return {
        days: tuple(known.get(customer, STAYED_OUT) for customer in customers)
        for days, known in then.items()
    }


def notes_of(found: Measurement) -> list[str]:
    """What was left out or is to be read with care, in words."""
    return [
        *reports.left_out(found.orders.anonymous, found.orders.foreign, found.orders.currency),
        *reports.cautions(found.models),
        *reports.contracts_left_out(found.foreign_contracts, found.orders.currency),
    ]
