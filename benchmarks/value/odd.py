"""Seeded bases on which a value model has no right to an easy answer, and what Amity answers.

Drawn by `amity.testing.populations`: hardly any repeats, everyone regular, one huge buyer, two days
of history, mixtures that no model fits, and more. Each is fitted and valued, and fitted again
without its last third, whose purchases are then compared with the forecast.
"""

from collections.abc import Iterable

import numpy as np
from measured import Json, load, rounded, timed

from amity.measure.analytics.backtest import backtest, choose_holdout
from amity.measure.analytics.clv import Outlook, Values, value_customers
from amity.measure.analytics.summary import Log, make_log, summarize
from amity.measure.analytics.verdict import Verdict, fit_purchases, fit_spend
from amity.testing.populations import ODD

LAST_DAYS = {"two days": 1, "everyone daily": 90}
COLUMNS = ("alive", "purchases", "purchases_low", "purchases_high", "clv", "clv_low", "clv_high")
FAR = 0.25
"""A forecast that misses the purchases made by a larger share must not come with an `ok`."""


def odd() -> Json:
    """What every base is answered, and how many answers are none."""
    bases = {name: _answered(make_log(*draw()), name) for name, draw in ODD.items()}
    rows = bases.values()
    return {
        "bases": bases,
        "exceptions": _count("exception" in row for row in rows),
        "not_numbers": _count(not row.get("finite", False) for row in rows),
        "silently_wrong": _count(row.get("silently_wrong", False) for row in rows),
        "load": load(),
    }


def _answered(log: Log, name: str) -> Json:
    try:
        found, seconds = timed(lambda: _answer(log, LAST_DAYS.get(name, 730)))
    except Exception as error:  # noqa: BLE001 -- that there is none is what is measured
        return {"exception": repr(error)}
    return {**found, "cpu": rounded(seconds["cpu"])}


def _answer(log: Log, last_day: int) -> Json:
    summary = summarize(log, last_day)
    fit, spend = fit_purchases(summary), fit_spend(summary)
    values = value_customers(summary, fit, spend, Outlook(band=0.3))
    days = choose_holdout(summary)
    held_fit, held = backtest(log, last_day - days, days)
    error, band = held.error, held.band
    return {
        "customers": summary.customers,
        "repeaters": summary.repeaters,
        "verdict": fit.verdict.value,
        "reason": fit.reason,
        "spend": spend.verdict.value if spend else "no money",
        "spend_reason": spend.reason if spend else "",
        "finite": _finite(values, fit.parameters().values()),
        "back_test": {
            "days": days,
            "verdict": held_fit.verdict.value,
            "forecast": rounded(held.forecast),
            "actual": held.actual,
            "error": None if error is None else rounded(error),
            "band": None if band is None else rounded(band),
        },
        "silently_wrong": held_fit.verdict is Verdict.OK and abs(error or 0.0) > FAR,
    }


def _finite(values: Values, parameters: Iterable[float]) -> bool:
    columns = all(np.isfinite(getattr(values, name)).all() for name in COLUMNS)
    return bool(columns and np.isfinite(list(parameters)).all())


def _count(truths: Iterable[bool]) -> int:
    return sum(map(bool, truths))
