"""What `amity value` found in a file of orders, as plain JSON. Pure.

Its shape is a promise: docs/reference/value.md names every field, and a test holds the two equal.
Money is in whole units of the file's currency; what is not known is null.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from math import exp
from typing import Any

import numpy as np
import pyarrow as pa

from amity.base.money import minor_digits
from amity.base.time import from_day_number
from amity.kernel.imports.files.batches import Reject
from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.backtest import Backtest, wider
from amity.measure.analytics.intervals import Z95
from amity.measure.analytics.rfm import score
from amity.measure.analytics.valuation import Models, Valuation
from amity.measure.analytics.verdict import named
from amity.measure.insight import reports
from amity.measure.insight.files.orders import OrderFile

SCHEMA = "amity.value/1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class ValuedFile:
    """A file, what its orders are worth, and the first rows that were not taken."""

    name: str
    orders: OrderFile
    valuation: Valuation
    problems: Sequence[Reject]
    unit: str = "week"

    @property
    def as_of(self) -> date:
        """The last day that counts."""
        return from_day_number(self.valuation.models.summary.as_of)

    @property
    def minor(self) -> float:
        """Minor units in a whole one."""
        return 10.0 ** minor_digits(self.orders.currency)


def report(found: ValuedFile, *, top: int) -> Json:
    """All that was found; `top` is how many customers are listed."""
    return {
        "schema": SCHEMA,
        "file": _file(found),
        "read": _read(found),
        "options": _options(found),
        "base": _base(found),
        "model": _model(found),
        "spend": _spend(found),
        "backtest": _backtest(found),
        "habits": _habits(found),
        "forecast": _forecast(found),
        "customers": _best(found, top),
        "notes": [
            *reports.left_out(found.orders.anonymous, found.orders.foreign, found.orders.currency),
            *reports.cautions(found.valuation.models),
        ],
    }


def _file(found: ValuedFile) -> Json:
    settings, shape = found.orders.settings, found.orders.analysis.file.describe()
    sure = found.orders.analysis.proposal.confidence
    return {
        "name": found.name,
        "format": shape["format"],
        "encoding": shape.get("encoding"),
        "delimiter": shape.get("delimiter"),
        "header": shape.get("header"),
        "sheet": shape.get("sheet"),
        "date_style": settings.date_style,
        "decimal_sign": settings.decimal_sign,
        "amounts_in_minor": settings.amounts_in_minor,
        "cancellation_prefix": settings.cancellation_prefix,
        "currency": found.orders.currency,
        "columns": [
            {"field": name, "column": column, "confidence": round(sure.get(name, 0.0), 2)}
            for name, column in settings.mapping.items()
        ],
        "unused_columns": [
            name
            for name in found.orders.analysis.file.names
            if name not in settings.mapping.values()
        ],
    }


def _read(found: ValuedFile) -> Json:
    figures = found.orders.figures
    kept = (
        "rows",
        "accepted",
        "rejected",
        "reasons",
        "orders",
        "returns",
        "anonymous_rows",
        "duplicates",
        "customers",
        "gross",
        "refunds",
        "net",
    )
    return {
        **{name: figures[name] for name in kept},
        "first_day": found.orders.first_day.isoformat(),
        "last_day": found.orders.last_day.isoformat(),
        "problems": [
            {
                "row": problem.row,
                "field": problem.field,
                "reason": problem.reason,
                "value": problem.value,
                "remedy": problem.remedy,
            }
            for problem in found.problems
        ],
    }


def _options(found: ValuedFile) -> Json:
    question = found.valuation.question
    return {
        "as_of": found.as_of.isoformat(),
        "model": question.asked,
        "months": question.months,
        "discount": question.discount,
        "margin": question.margin,
        "holdout": question.holdout,
        "unit": found.unit,
    }


def _base(found: ValuedFile) -> Json:
    summary = found.valuation.models.summary
    return {
        "customers": summary.customers,
        "repeaters": summary.repeaters,
        "purchases": summary.purchases,
        "once_share": 1.0 - summary.repeaters / summary.customers,
        "spent": reports.number(float(np.nansum(summary.total)) / found.minor, 2)
        if summary.has_money
        else None,
    }


def _model(found: ValuedFile) -> Json:
    fit = found.valuation.models.fit.per(found.unit)
    told = reports.fit_report(fit)
    return {**told, "intervals": _intervals(told["parameters"], told["standard_errors"])}


def _intervals(values: dict[str, float], errors: dict[str, float]) -> dict[str, list[float]]:
    """95 % intervals of positive parameters: of their logarithms, so none reaches below zero."""
    return {
        name: [value * exp(-Z95 * part), value * exp(Z95 * part)]
        for name, value in values.items()
        if name in errors and value > 0 and (part := errors[name] / value) < 100
    }


def _spend(found: ValuedFile) -> Json | None:
    told = reports.spend_report(found.valuation.models.spend, found.minor)
    if told is None:
        return None
    return {**told, "intervals": _intervals(told["parameters"], told["standard_errors"])}


def _backtest(found: ValuedFile) -> Json | None:
    compared = found.valuation.models.compared
    if compared is None:
        return None
    held = compared.result
    return {
        "fitted_to": from_day_number(held.as_of).isoformat(),
        "days": held.days,
        "forecast": reports.number(held.forecast),
        "actual": held.actual,
        "error": reports.number(held.error),
        "low": reports.number(held.low),
        "high": reports.number(held.high),
        "band": reports.number(held.band),
        "parameter_band": reports.number(held.parameters),
        "wider": _which_is_wider(held),
        "in_words": wider(held),
        "model": compared.model,
        "verdict": compared.verdict.value,
        "by_frequency": reports.backtest_report(compared)["rows"],
    }


def _which_is_wider(held: Backtest) -> str | None:
    band, parameters = held.band, held.parameters
    if band is None or parameters is None:
        return None
    return "backtest" if band > parameters else "parameters"


def _habits(found: ValuedFile) -> Json:
    """Whether customers buy more regularly than by chance, and what a model of habits says then."""
    habits, beside = found.valuation.models.habits, found.valuation.models.habitual
    model = beside.fit.model if beside else None
    return {
        "k": reports.number(habits.k),
        "low": reports.number(habits.low),
        "high": reports.number(habits.high),
        "pairs": habits.pairs,
        "model": model.name if model else None,
        "verdict": beside.fit.verdict.value if beside else None,
        "parameters": named(model.per(found.unit)) if model else {},
        "purchases": reports.number(beside.purchases) if beside else None,
        "backtest_error": reports.number(beside.held.error) if beside and beside.held else None,
        "used": found.valuation.models.by_habit is not None,
    }


def _forecast(found: ValuedFile) -> Json:
    values, question = found.valuation.values, found.valuation.question
    return {
        "from": found.as_of.isoformat(),
        "model": _valued_by(found.valuation.models),
        "months": question.months,
        "alive": reports.number(float(values.alive.sum())),
        "purchases": _three(values.purchases, values.purchases_low, values.purchases_high, 1.0),
        "value": _three(values.clv, values.clv_low, values.clv_high, found.minor),
        "kept_share": reports.number(values.kept_share),
    }


def _valued_by(models: Models) -> str:
    """The name of the model that the expected purchases are of."""
    habits = models.by_habit
    model = habits.fit.model if habits else None
    return model.name if model else models.fit.model.name


def _three(value: Floats, low: Floats, high: Floats, unit: float) -> Json:
    """Sums over the base. All customers share the model's error, so their bounds are added too."""
    known = np.isfinite(value)
    sums = [float(column[known].sum()) / unit for column in (value, low, high)]
    names = ("expected", "low", "high")
    if not known.any():
        return dict.fromkeys(names)
    return {name: reports.number(total, 2) for name, total in zip(names, sums, strict=True)}


def _best(found: ValuedFile, top: int) -> list[Json]:
    """The customers of most value; of most purchases to come where there is no money."""
    values = found.valuation.values
    rank = values.clv if np.isfinite(values.clv).any() else values.purchases
    order = np.argsort(-np.nan_to_num(rank), kind="stable")[:top]
    rows: list[Json] = per_customer(found).take(pa.array(order)).to_pylist()
    return [
        {name: cell.isoformat() if isinstance(cell, date) else cell for name, cell in row.items()}
        for row in rows
    ]


def per_customer(found: ValuedFile) -> Any:
    """An Arrow table with a row for each customer, in the order of the file's first purchase."""
    summary, values = found.valuation.models.summary, found.valuation.values
    rfm = score(summary)
    names = pa.array(found.orders.customers)

    def money(column: Floats) -> Any:
        return _column(np.round(column / found.minor, 2))

    return pa.table(
        {
            "customer": names.take(pa.array(summary.customer)),
            "first_purchase_on": pa.array(summary.first_day.astype("datetime64[D]")),
            "last_purchase_on": pa.array(summary.last_day.astype("datetime64[D]")),
            "purchases": pa.array(summary.x + 1),
            "frequency": pa.array(summary.x),
            "recency_days": _column(summary.t_x),
            "age_days": _column(summary.T),
            "spent": money(summary.total),
            "rfm": pa.array([f"{r}{f}{m}" for r, f, m in zip(rfm.r, rfm.f, rfm.m, strict=True)]),
            "rfm_group": pa.array(rfm.group),
            "p_alive": _column(values.alive),
            "expected_purchases": _column(values.purchases),
            "expected_purchases_low": _column(values.purchases_low),
            "expected_purchases_high": _column(values.purchases_high),
            "expected_spend": money(values.spend),
            "clv": money(values.clv),
            "clv_low": money(values.clv_low),
            "clv_high": money(values.clv_high),
        }
    )


def _column(values: Floats) -> Any:
    """Numbers to six digits behind the point; what is not known is null."""
    return pa.array(np.round(values, 6), mask=~np.isfinite(values))
