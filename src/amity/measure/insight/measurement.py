"""What a measurement found, and the row that keeps it."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np

from amity.base.money import minor_digits
from amity.base.time import day_number, from_day_number
from amity.measure.analytics.backtest import Backtest
from amity.measure.analytics.clv import Values
from amity.measure.analytics.regularity import Regularity
from amity.measure.analytics.rfm import Rfm
from amity.measure.analytics.season import Season
from amity.measure.analytics.segments import SegmentFit
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.verdict import PurchaseFit, SpendFit
from amity.measure.insight import reports
from amity.measure.insight.log import OrderLog, cost_by_customer
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.parts import Part, caution_of, choice_for
from amity.measure.insight.rules import MONTHS, Options

UNIT = "week"
"""The published tables of these models count weeks; so do ours. Fits are made in days."""


@dataclass(frozen=True, slots=True)
class Held:
    """A back-test with the fit that made it (in days)."""

    fit: PurchaseFit
    result: Backtest


@dataclass(frozen=True, slots=True)
class Measurement:
    """All that was computed; fits are in days, money in minor units of `orders.currency`."""

    options: Options
    as_of: date
    orders: OrderLog
    summary: Summary
    fit: PurchaseFit
    alive_fit: PurchaseFit
    spend: SpendFit | None
    held: Held | None
    values: Values
    rfm: Rfm
    habits: Regularity
    season: Season
    parts: tuple[Part, ...]
    segments: dict[str, SegmentFit]


def run_of(found: Measurement) -> MeasureRun:
    """The row, not yet saved."""
    fit, values = found.fit.per(UNIT), found.values
    known = np.isfinite(values.clv)
    bounded = bool(known.any() and np.isfinite(values.clv_low[known]).all())
    return MeasureRun(
        as_of=found.as_of,
        customers=fit.customers,
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
        **_held_columns(found.held),
    )


def _held_columns(held: Held | None) -> dict[str, Any]:
    if held is None:
        return {}
    result = held.result
    return {
        "holdout_from": from_day_number(result.as_of),
        "holdout_days": result.days,
        "forecast": result.forecast,
        "actual": result.actual,
        "error": result.error,
        "band_low": result.low,
        "band_high": result.high,
        "band": result.band,
    }


def reports_of(found: Measurement) -> dict[str, Any]:
    """The stored reports by name."""
    summary, held = found.summary, found.held
    costs = cost_by_customer(found.as_of)
    cost = np.array([costs.get(customer, 0) for customer in summary.customer.tolist()])
    asked = {fit.asked: fit.per(UNIT) for fit in (found.fit, found.alive_fit)}
    whole = 10.0 ** minor_digits(found.orders.currency)
    return {
        "fits": [reports.fit_report(fit) for fit in asked.values()],
        "spend": reports.spend_report(found.spend, whole),
        "rfm": reports.rfm_report(summary, found.rfm, found.values),
        "cohorts": reports.cohort_report(found.orders.log, day_number(found.as_of)),
        "value": reports.value_report(summary, found.values),
        "whale": reports.whale_report(summary.total * found.options.margin - cost),
        "segments": [
            reports.segment_report(
                part.name,
                choice_for(part, summary),
                caution_of(choice_for(part, summary)),
                found.segments.get(part.key),
                reports.group_figures(summary, found.values, part.rows),
            )
            for part in found.parts
        ],
        "backtest": held and reports.backtest_report(held.fit.per(UNIT), held.result),
    }


def notes_of(found: Measurement) -> list[str]:
    """What was left out or is to be read with care, in words."""
    orders, summary, spend = found.orders, found.summary, found.spend
    notes = []
    if orders.anonymous:
        notes.append(f"{orders.anonymous:,} sales without a customer are outside customer value.")
    if orders.foreign:
        notes.append(
            f"{orders.foreign:,} orders in another currency than {orders.currency} count as "
            "purchases without an amount."
        )
    if summary.refund_entries:
        notes.append(f"{summary.refund_entries:,} returns reduce the money and are no purchases.")
    if summary.nonpositive_days:
        notes.append(
            f"{summary.nonpositive_days:,} purchase days brought nothing (free, or all returned); "
            "they count as purchases without a spend."
        )
    if summary.customers and not summary.has_money:
        notes.append("The orders have no amounts, so purchases are forecast and value is not.")
    if spend is not None and spend.dropped:
        notes.append(f"{spend.dropped:,} repeat buyers without positive spend were left out.")
    if spend is not None and spend.warning:
        notes.append(spend.warning)
    if found.habits.warning:
        notes.append(found.habits.warning)
    if found.season.known:
        notes.append(
            f"{found.season.reason} Time is counted by the season: a silence in a weak month "
            "weighs less than one in a strong month."
        )
    return notes
