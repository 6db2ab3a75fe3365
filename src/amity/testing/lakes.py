"""A small lake with everything that makes questions hard, and the parameters to ask with."""

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from amity.measure.analytics.engines import Tables, schema

AS_OF = 15_650
SINCE = 15_100
PARAMETERS: dict[str, dict[str, int]] = {
    "cohorts": {"as_of": AS_OF},
    "contribution": {"as_of": AS_OF},
    "cost_to_serve": {"since": SINCE, "as_of": AS_OF},
    "customer_summary": {"as_of": AS_OF},
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
            "kind": rng.choice(["commerce.ordered", "inbox.replied", "web.viewed"], n),
            "touchpoint": rng.choice(["", "mail", "phone"], n),
            "relationship_type": rng.choice(["self_service", "communities"], n),
            "stage": ["support"] * n,
            "direction": ["in"] * n,
            "actor": rng.choice(["human", "customer"], n),
            "staff_seconds": rng.integers(0, 900, n),
            "cost_minor": rng.integers(0, 900, n),
            "value_minor": pa.nulls(n, pa.int64()),
            "currency": ["EUR"] * n,
            "outcome": [""] * n,
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
