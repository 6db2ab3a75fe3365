"""The reports that a measurement stores, as plain JSON. Pure: numbers in, dictionaries out.

Money is in minor units. A number that is not known is null, never NaN (JSON has none).
"""

from typing import Any

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.backtest import wider
from amity.measure.analytics.clv import Values
from amity.measure.analytics.cohorts import Cohorts, Period, cohorts
from amity.measure.analytics.natures import Choice
from amity.measure.analytics.rfm import GROUPS, STAYED_OUT, Movement, Rfm, grid
from amity.measure.analytics.segments import SegmentFit
from amity.measure.analytics.shares import Share, still_there
from amity.measure.analytics.summary import Log
from amity.measure.analytics.valuation import Compared, Models
from amity.measure.analytics.verdict import PurchaseFit, SpendFit
from amity.measure.analytics.whale import whale

LAST: dict[Period, int] = {"month": 24, "week": 26}
BINS = 12
Json = dict[str, Any]


def number(value: float | None, digits: int = 6) -> float | None:
    """A finite number rounded for storage, else None."""
    if value is None or not np.isfinite(value):
        return None
    return round(float(value), digits)


def numbers(values: Floats, digits: int = 6) -> list[float | None]:
    """Finite numbers rounded for storage, None for the others."""
    return [number(value, digits) for value in values.tolist()]


def fit_report(fit: PurchaseFit) -> Json:
    """One purchase model: its verdict and parameters, in the fit's unit."""
    return {
        "asked": fit.asked,
        "model": fit.model.name,
        "verdict": fit.verdict.value,
        "reason": fit.reason,
        "fallback": fit.fallback,
        "unit": fit.unit,
        "parameters": fit.parameters(),
        "standard_errors": fit.standard_errors(),
        "log_likelihood": number(fit.log_likelihood),
    }


def spend_report(fit: SpendFit | None, minor_per_major: float) -> Json | None:
    """The spend model, its money parameter in whole units of the currency."""
    if fit is None:
        return None
    money = {"v", "mean"}

    def major(values: dict[str, float]) -> Json:
        return {k: v / minor_per_major if k in money else v for k, v in values.items()}

    return {
        "model": fit.model.name,
        "verdict": fit.verdict.value,
        "reason": fit.reason,
        "fallback": fit.fallback,
        "parameters": major(fit.parameters()),
        "standard_errors": major(fit.standard_errors()),
        "customers": fit.customers,
        "dropped": fit.dropped,
        "correlation": number(fit.correlation),
        "warning": fit.warning,
    }


def habits_report(models: Models) -> Json:
    """Whether customers buy by habit, and whether values are those of a model of habits."""
    beside, used = models.habitual, models.by_habit
    model = beside.fit.model if beside else None
    return {
        "k": number(models.habits.k),
        "model": model.name if model else None,
        "used": used is not None,
        "error": number(beside.held.error) if beside and beside.held else None,
        "usual_error": number(models.held.result.error) if models.held else None,
    }


def rfm_report(models: Models, rfm: Rfm, values: Values) -> Json:
    """Customers, mean value and mean spend so far by recency and frequency score, and by group."""
    summary, names = models.summary, np.array(rfm.group)
    rows = {name: np.flatnonzero(names == name) for name in GROUPS}
    there = still_there(values.alive, models.timed, models.teller, rows)
    return {
        "grid": grid(rfm).tolist(),
        "value": [
            [_mean(values.clv[(rfm.r == r) & (rfm.f == f)]) for f in range(1, 6)]
            for r in range(1, 6)
        ],
        "groups": [
            {
                "name": name,
                "meaning": words,
                **group_figures(summary.total, values, rows[name]),
                **share_report(there[name]),
            }
            for name, words in GROUPS.items()
        ],
    }


def movement_report(moved: Movement, before: str, after: str) -> Json:
    """Customers by the group they were in and are in, between two days (ISO)."""
    return {
        "before": before,
        "after": after,
        "groups": list(moved.groups),
        "customers": moved.customers.tolist(),
        "meanings": {STAYED_OUT: "had not bought by then", **GROUPS},
    }


def share_report(found: Share | None) -> Json:
    """The share that is still there, with its bounds; all null where no model can tell."""
    if found is None:
        return {"alive": None, "alive_low": None, "alive_high": None}
    return {
        "alive": number(found.share),
        "alive_low": number(found.low),
        "alive_high": number(found.high),
    }


def group_figures(spent: Floats, values: Values, rows: Ints) -> Json:
    """What some customers spent so far and are expected to do."""
    return {
        "customers": len(rows),
        "purchases": _mean(values.purchases[rows]),
        "alive": _mean(values.alive[rows]),
        "spent": _sum(spent[rows]),
        "value": _sum(values.clv[rows]),
        "value_low": _sum(values.clv_low[rows]),
        "value_high": _sum(values.clv_high[rows]),
    }


def segment_report(
    name: str, choice: Choice, caution: str, found: SegmentFit | None, figures: Json
) -> Json:
    """A segment of the canvas: its figures, the model its nature calls for, and its own fit."""
    own = found and found.fit.per("week")
    return {
        "name": name,
        "meaning": " ".join(part for part in (found and found.reason, caution) if part),
        **figures,
        "nature_model": choice.model.value,
        "nature_reason": choice.reason,
        "own_share": number(found.own_share, 4) if found else None,
        "parameters": own.parameters() if own else {},
        "standard_errors": own.standard_errors() if own else {},
        "unit": "week",
    }


def cohort_report(log: Log, as_of: int) -> Json:
    """Triangles by month and by week, the latest cohorts; cells not yet observed are null."""
    return {period: _triangle(cohorts(log, as_of, period, last)) for period, last in LAST.items()}


def _triangle(table: Cohorts) -> Json:
    return {
        "starts": [start.isoformat() for start in table.starts],
        "sizes": table.sizes.tolist(),
        "share": [numbers(row, 4) for row in table.share],
        "active": [numbers(row, 0) for row in table.active],
        "spend": [numbers(row, 0) for row in table.spend],
        "partial_age": list(table.partial_age),
        "left_out": table.left_out,
    }


def value_report(values: Values) -> Json:
    """How value is spread: a histogram, and tenths of the customers from the best to the worst."""
    return {
        "histogram": _histogram(values.clv),
        "tenths": _tenths(values),
        "alive": number(float(values.alive.sum())) if len(values.alive) else None,
        "kept_share": number(values.kept_share),
    }


def _histogram(value: Floats) -> list[Json]:
    """Bars of equal width up to the 95th percentile, the rest in the last one."""
    known = value[np.isfinite(value)]
    if len(known) == 0 or known.max() <= 0:
        return []
    top = float(np.quantile(known, 0.95)) or float(known.max())
    edges = np.linspace(0.0, _round_up(top), BINS + 1)
    counts: Ints = np.histogram(np.minimum(known, edges[-1]), edges)[0]
    beyond = int(np.count_nonzero(known > edges[-1]))
    counts[-1] -= beyond
    rows: list[Json] = [
        {"from": float(edges[k]), "to": float(edges[k + 1]), "customers": int(counts[k])}
        for k in range(BINS)
    ]
    rows.append({"from": float(edges[-1]), "to": None, "customers": beyond})
    return rows


def _round_up(value: float) -> float:
    """The next of 1.2, 2.4, 3.6, 6 or 12 times a power of ten, so that 12 bars end evenly."""
    power = 10.0 ** np.floor(np.log10(value))
    return float(next(step * power for step in (1.2, 2.4, 3.6, 6.0, 12.0) if step * power >= value))


def _tenths(values: Values) -> list[Json]:
    known = np.flatnonzero(np.isfinite(values.clv))
    order = known[np.argsort(-values.clv[known], kind="stable")]
    total = float(values.clv[known].sum())
    return [
        {
            "tenth": k + 1,
            "customers": len(part),
            "value": _sum(values.clv[part]),
            "share": number(float(values.clv[part].sum()) / total) if total > 0 else None,
            "purchases": _mean(values.purchases[part]),
        }
        for k, part in enumerate(np.array_split(order, 10))
        if len(part)
    ]


def whale_report(contribution: Floats) -> Json:
    """The whale curve of what customers brought so far."""
    found = whale(contribution)
    return {
        "customers": found.customers,
        "total": number(found.total, 0),
        "share": numbers(found.share, 4),
        "cumulative": numbers(found.cumulative, 0),
        "peak": number(found.peak, 0),
        "peak_share": number(found.peak_share, 4),
        "top_fifth": number(found.top_fifth),
        "losing": found.losing,
    }


def backtest_report(compared: Compared) -> Json:
    """The calibration's verdict and means by its frequencies."""
    held = compared.result
    return {
        "fit": {
            "model": compared.model,
            "verdict": compared.verdict.value,
            "reason": compared.reason,
        },
        "parameters": number(held.parameters),
        "wider": wider(held),
        "rows": [
            {
                "frequency": row.frequency,
                "customers": row.customers,
                "actual": number(row.actual_mean),
                "expected": number(row.expected_mean),
            }
            for row in held.by_frequency
        ],
    }


def left_out(anonymous: int, foreign: int, currency: str) -> list[str]:
    """What of the orders is outside of the figures, in words."""
    notes = []
    if anonymous:
        notes.append(f"{anonymous:,} sales without a customer are outside customer value.")
    if foreign:
        notes.append(
            f"{foreign:,} orders in another currency than {currency} count as purchases without "
            "an amount."
        )
    return notes


def contracts_left_out(foreign: int, currency: str) -> list[str]:
    """What of the contracts is outside of the figures, in words."""
    if not foreign:
        return []
    words = f"{foreign:,} contracts in another currency than {currency} count without a fee, so "
    return [f"{words}the value of their customers is not known."]


def cautions(models: Models) -> list[str]:
    """What is to be read with care, in words."""
    summary, spend, season = models.summary, models.spend, models.season
    notes = []
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
    if models.habits.warning:
        beside = models.habitual.in_words(models.held) if models.habitual else ""
        notes.append(f"{models.habits.warning} {beside}".strip())
    if season.known:
        notes.append(
            f"{season.reason} Time is counted by the season: a silence in a weak month weighs less "
            "than one in a strong month."
        )
    return notes


def _mean(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return number(float(known.mean())) if len(known) else None


def _sum(values: Floats) -> float | None:
    known = values[np.isfinite(values)]
    return number(float(known.sum()), 2) if len(known) else None
