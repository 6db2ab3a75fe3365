"""A small lake with everything that makes questions hard, and the parameters to ask with."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.engines import Tables, schema
from amity.measure.analytics.summary import Summary, make_log, summarize
from amity.measure.analytics.verdict import (
    PurchaseFit,
    SpendFit,
    fit_purchases,
    fit_spend,
)
from amity.testing.populations import buyers

AS_OF = 15_650
SINCE = 15_100
PARAMETERS: dict[str, dict[str, int]] = {
    "acquired": {"as_of": AS_OF},
    "answers": {"since": SINCE, "as_of": AS_OF},
    "brought": {"since": SINCE, "as_of": AS_OF},
    "cohorts": {"as_of": AS_OF},
    "contribution": {"as_of": AS_OF},
    "contribution_by_age": {"first": 498, "as_of": AS_OF},
    "cost_to_serve": {"since": SINCE, "as_of": AS_OF},
    "customer_summary": {"as_of": AS_OF},
    "rfm": {"as_of": AS_OF},
    "touches": {"since": SINCE, "as_of": AS_OF},
    "volumes": {"as_of": AS_OF},
}


def write_lake(folder: Path) -> Tables:
    """Parquet files of orders, interactions and customers, with their traps."""
    rng = np.random.default_rng(11)
    orders = some_orders(rng, 4_000)
    parquet.write_table(orders.slice(0, 1_500), folder / "orders-1.parquet")
    parquet.write_table(orders.slice(1_500), folder / "orders-2.parquet")
    parquet.write_table(some_interactions(rng, 3_000), folder / "it's interactions.parquet")
    parquet.write_table(some_customers(rng), folder / "customers.parquet")
    return {
        "orders": [folder / "orders-1.parquet", folder / "orders-2.parquet"],
        "interactions": [folder / "it's interactions.parquet"],
        "customers": [folder / "customers.parquet"],
    }


def write_buyers(folder: Path) -> Tables:
    """Three thousand customers whom the value models fit, their orders in two files."""
    return write_orders(folder, *buyers(3_000, 4))


def write_orders(folder: Path, who: Ints, day: Ints, amount: Ints) -> Tables:
    """The orders of a base that was drawn up to day 730, which is `AS_OF`; returns are negative."""
    n, days = len(who), (day + AS_OF - 730).astype(np.int32)
    orders = pa.table(
        {
            "id": np.arange(1, n + 1),
            "customer_id": who + 1,
            "day": days,
            "month": months(days),
            "is_sale": amount >= 0,
            "net_minor": amount,
            "currency": pa.array(["EUR"] * n, pa.string()),
            "channel": pa.array(["web"] * n, pa.string()),
        },
        schema=schema.ORDERS,
    )
    paths = [folder / "orders-1.parquet", folder / "orders-2.parquet"]
    parquet.write_table(orders.slice(0, n // 3), paths[0])
    parquet.write_table(orders.slice(n // 3), paths[1])
    return {"orders": paths}


def summary_of(tables: Tables) -> Summary:
    """The summary of the orders, made in this process."""
    orders = pa.concat_tables(parquet.read_table(path) for path in tables["orders"])
    columns = (orders[name].to_numpy() for name in ("customer_id", "day", "net_minor"))
    return summarize(make_log(*columns), AS_OF)


def single_fits(tables: Tables) -> tuple[PurchaseFit, SpendFit | None]:
    """Both fits in this process, all customers in one place."""
    summary = summary_of(tables)
    return fit_purchases(summary), fit_spend(summary)


def figures(fits: tuple[PurchaseFit, SpendFit | None]) -> dict[str, float]:
    """Parameters, standard errors, likelihood and customers of both fits, in one table."""
    purchases, spend = fits
    both: list[PurchaseFit | SpendFit] = [purchases, spend] if spend else [purchases]
    found: dict[str, float] = {}
    for fit in both:
        name = fit.model.name
        found |= fit.parameters()
        found |= {f"error of {key}": error for key, error in fit.standard_errors().items()}
        found[f"likelihood of {name}"] = fit.log_likelihood or 0.0
        found[f"customers of {name}"] = fit.customers
    return found


def some_orders(rng: np.random.Generator, n: int) -> pa.Table:
    """Sales and returns, some without an amount, some without a customer."""
    day = rng.integers(15_000, 15_700, n).astype(np.int32)
    net = rng.integers(-800, 5_000, n)
    return pa.table(
        {
            "id": np.arange(1, n + 1),
            "customer_id": pa.array(rng.integers(1, 400, n), mask=rng.random(n) < 0.05),
            "day": day,
            "month": months(day),
            "is_sale": rng.random(n) < 0.93,
            "net_minor": pa.array(net, mask=rng.random(n) < 0.02),
            "currency": ["EUR"] * n,
            "channel": rng.choice(["web", "shop"], n),
        },
        schema=schema.ORDERS,
    )


def some_interactions(rng: np.random.Generator, n: int) -> pa.Table:
    """A log in which late rows correct or take back early ones."""
    day = rng.integers(15_000, 15_700, n).astype(np.int32)
    corrects = [k - 2_000 if k % 17 == 0 and k > 2_000 else None for k in range(1, n + 1)]
    return pa.table(
        {
            "id": np.arange(1, n + 1),
            "customer_id": pa.array(rng.integers(1, 400, n), mask=rng.random(n) < 0.05),
            "day": day,
            "month": months(day),
            "happened_us": day.astype(np.int64) * 86_400_000_000 + rng.integers(0, 10**10, n),
            "kind": rng.choice(["commerce.ordered", "inbox.replied", "inbox.rated"], n),
            "touchpoint": rng.choice(["", "mail", "phone"], n),
            "relationship_type": rng.choice(["self_service", "communities"], n),
            "stage": ["support"] * n,
            "direction": rng.choice(["in", "none"], n),
            "actor": rng.choice(["human", "customer"], n),
            "staff_seconds": rng.integers(0, 900, n),
            "cost_minor": rng.integers(0, 900, n),
            "value_minor": pa.array(rng.integers(0, 900, n), mask=rng.random(n) < 0.5),
            "currency": ["EUR"] * n,
            "outcome": rng.choice(["", "3", "5"], n),
            "corrects": pa.array(corrects, pa.int64()),
            "is_void": [bool(k and k % 2) for k in corrects],
        },
        schema=schema.INTERACTIONS,
    )


def some_customers(rng: np.random.Generator) -> pa.Table:
    """Every second customer was merged into its neighbor."""
    number = np.arange(1, 400)
    segment = rng.choice(["", "key", "small"], 399)
    return pa.table(
        {"id": number, "owner_id": number | 1, "segment": segment}, schema=schema.CUSTOMERS
    )


def months(day: Any) -> Any:
    return day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32)
