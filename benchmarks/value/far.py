"""The fits of a base in this process, and of the same base where it lies, in DuckDB."""

import tempfile
from pathlib import Path

import pyarrow.parquet as pq
from measured import Json, load, rounded, timed
from reports import as_orders, columns_in

from amity.measure.analytics.engines import open_engine, schema
from amity.measure.analytics.engines.fitting import fit_in
from amity.measure.analytics.summary import make_log, summarize
from amity.measure.analytics.verdict import PurchaseFit, SpendFit, fit_purchases, fit_spend

Fits = tuple[PurchaseFit, SpendFit | None]


def engines(path: Path, as_of: int) -> Json:
    """Seconds of both from the orders on, once, and the largest difference of a parameter."""
    here, single = timed(lambda: _single(path, as_of))
    with tempfile.TemporaryDirectory() as folder:
        orders = Path(folder) / "orders.parquet"
        with pq.ParquetWriter(orders, schema.ORDERS, compression="zstd") as writer:
            for customer, day, amount in columns_in(path):
                writer.write_table(as_orders(1, customer, day, amount))
        with open_engine("duckdb", {"orders": [orders]}) as engine:
            there, far = timed(lambda: fit_in(engine, as_of))
    left, right = _parameters(here), _parameters(there)
    return {
        "in_process": {**_rounded(single), "parameters": left},
        "where_they_lie": {**_rounded(far), "parameters": right},
        "largest_relative_difference": max(abs(right[name] / left[name] - 1) for name in left),
        "runs": 1,
        "load": load(),
    }


def _single(path: Path, as_of: int) -> Fits:
    table = pq.read_table(path)
    columns = (table[name].to_numpy() for name in ("customer", "day", "amount"))
    summary = summarize(make_log(*columns), as_of)
    return fit_purchases(summary), fit_spend(summary)


def _parameters(fits: Fits) -> dict[str, float]:
    purchases, spend = fits
    return purchases.parameters() | (spend.parameters() if spend else {})


def _rounded(seconds: Json) -> Json:
    return {name: rounded(value) for name, value in seconds.items()}
