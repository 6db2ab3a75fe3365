"""Customer value and its kin as a library: pure functions on columns, without Django.

    from amity.measure.analytics import read_orders, value

    orders = read_orders(frame, customer="customer_id", date="date", amount="amount")
    found = value(orders.log, orders.last_day)

The names below are the public ones; the modules hold more: `attribution`, `acquisition`,
`baskets`, `bgbb`, `cohorts`, `contracts`, `costing`, `hybrid`, `pareto`, `retention`, `rfm`,
`scores`, `season`, `survival`, `whale`. docs/using/library.md walks through them. Names load on
first use, since NumPy and SciPy take a while.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from amity.measure.analytics.public import (
        Backtest,
        BgBb,
        BgNbd,
        GammaGamma,
        Log,
        MbgNbd,
        Models,
        Nbd,
        Orders,
        Outlook,
        ParetoNbd,
        PurchaseFit,
        Question,
        SpendFit,
        Summary,
        Tracking,
        Valuation,
        Values,
        Verdict,
        back_test,
        base_of,
        cohort_table,
        day_number,
        fit_models,
        fit_purchases,
        fit_segments,
        fit_spend,
        from_day_number,
        make_log,
        read_orders,
        rfm_scores,
        summarize,
        track,
        value,
        value_customers,
        value_segments,
    )

__all__ = [
    "Backtest",
    "BgBb",
    "BgNbd",
    "GammaGamma",
    "Log",
    "MbgNbd",
    "Models",
    "Nbd",
    "Orders",
    "Outlook",
    "ParetoNbd",
    "PurchaseFit",
    "Question",
    "SpendFit",
    "Summary",
    "Tracking",
    "Valuation",
    "Values",
    "Verdict",
    "back_test",
    "base_of",
    "cohort_table",
    "day_number",
    "fit_models",
    "fit_purchases",
    "fit_segments",
    "fit_spend",
    "from_day_number",
    "make_log",
    "read_orders",
    "rfm_scores",
    "summarize",
    "track",
    "value",
    "value_customers",
    "value_segments",
]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from amity.measure.analytics import public  # noqa: PLC0415 -- SciPy takes a while to load

    return getattr(public, name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
