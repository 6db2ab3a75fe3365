"""Summary, RFM and cohorts of 100 million orders on DuckDB, beside what reading them must cost.

The floor of a question is the bytes of the columns that it reads, as they lie in memory and as they
lie in the file, over the speed at which this machine sums and copies memory in the same run.
"""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from generate import LAST_DAY, write
from measured import Json, load, median_of, peak, rounded, timed

from amity.measure.analytics.engines import Tables, open_engine, schema

QUESTIONS = ("customer_summary", "rfm", "cohorts")
BORROWED = 3_800_000
"""Customers of the second base that fill the first up to 100 million orders."""
FILE_GROUPS = 5
COLUMNS = {
    "customer_summary": ("customer_id", "day", "is_sale", "net_minor"),
    "rfm": ("customer_id", "day", "is_sale", "net_minor"),
    "cohorts": ("customer_id", "day", "month", "is_sale", "net_minor"),
}
WIDTHS = {"customer_id": 8, "day": 4, "month": 4, "is_sale": 1, "net_minor": 8}


def reports(data: Path, times: int) -> Json:
    """Seconds of each question, its floors, and how many times the floor it takes."""
    tables = orders(data)
    rows = sum(pq.ParquetFile(path).metadata.num_rows for path in tables["orders"])
    speed = memory_speed()
    found = {
        name: {**asked(name, tables, times), **floors(name, tables, rows, speed)}
        for name in QUESTIONS
    }
    for row in found.values():
        row["times_the_floor"] = rounded(row["wall"] / row["floor_seconds"])
    return {
        "rows": rows,
        "memory_gigabytes_a_second": speed,
        "questions": found,
        "peak_megabytes": rounded(peak()),
        "load": load(),
    }


def asked(name: str, tables: Tables, times: int) -> Json:
    """Medians of a question whose answer stays in the engine, each in a fresh one."""
    runs = []
    for _ in range(times):
        with open_engine("duckdb", tables) as engine:
            runs.append(timed(lambda engine=engine: engine.keep("answer", name, as_of=LAST_DAY))[1])
    return median_of(runs)


def floors(name: str, tables: Tables, rows: int, speed: Json) -> Json:
    """Bytes that the question reads, and the seconds that memory alone takes for them."""
    columns = COLUMNS[name]
    in_memory = rows * sum(WIDTHS[column] for column in columns)
    return {
        "file_megabytes": rounded(sum(_sizes(tables, columns)) / 1e6),
        "memory_megabytes": rounded(in_memory / 1e6),
        "floor_seconds": rounded(in_memory / 1e9 / speed["sum"]),
    }


def _sizes(tables: Tables, columns: tuple[str, ...]) -> Iterator[int]:
    for path in tables["orders"]:
        data = pq.ParquetFile(path).metadata
        places = [data.schema.names.index(column) for column in columns]
        for group in map(data.row_group, range(data.num_row_groups)):
            yield sum(group.column(place).total_compressed_size for place in places)


def memory_speed() -> Json:
    """Gigabytes a second of reading (a sum) and of copying 800 MB, the best of five."""
    block = np.ones(100_000_000)
    target = np.empty_like(block)
    work = {"sum": block.sum, "copy": lambda: np.copyto(target, block)}
    return {name: rounded(_speed(block.nbytes, call)) for name, call in work.items()}


def _speed(size: int, call: Any) -> float:
    seconds = []
    for _ in range(5):
        began = time.perf_counter()
        call()
        seconds.append(time.perf_counter() - began)
    return size / 1e9 / min(seconds)


def orders(data: Path) -> Tables:
    """100 million orders as the lake writes them: those of `heavy`, and of customers of `10m`."""
    folder = data / "lake"
    if not folder.exists():
        unfinished = data / "lake.part"
        unfinished.mkdir(exist_ok=True)
        number = 1
        for k, groups in enumerate(_files(data)):
            with pq.ParquetWriter(
                unfinished / f"orders-{k:03d}.parquet", schema.ORDERS, compression="zstd"
            ) as writer:
                for customer, day, amount in groups:
                    writer.write_table(as_orders(number, customer, day, amount))
                    number += len(customer)
        unfinished.rename(folder)
    return {"orders": sorted(folder.glob("*.parquet"))}


def _files(data: Path) -> Iterator[list[tuple[Any, Any, Any]]]:
    some: list[tuple[Any, Any, Any]] = []
    for columns in _groups(data):
        some.append(columns)
        if len(some) == FILE_GROUPS:
            yield some
            some = []
    if some:
        yield some


def _groups(data: Path) -> Iterator[tuple[Any, Any, Any]]:
    for name, first, most in (("heavy", 1, 10_000_000), ("10m", 10_000_001, BORROWED)):
        for customer, day, amount in columns_in(write(name, data)):
            kept = customer < most
            yield customer[kept].astype(np.int64) + first, day[kept], amount[kept]


def columns_in(path: Path) -> Iterator[tuple[Any, Any, Any]]:
    """The columns of a file of `generate.py`, one row group after the other."""
    file = pq.ParquetFile(path)
    for group in range(file.metadata.num_row_groups):
        table = file.read_row_group(group)
        customer, day, amount = (np.from_dlpack(table[c].chunk(0)) for c in table.column_names)
        yield customer, day, amount


def as_orders(number: int, customer: Any, day: Any, amount: Any) -> pa.Table:
    """Sales with the columns of the lake, numbered from `number` on."""
    n = len(customer)
    constant = pa.DictionaryArray.from_arrays
    zeros = pa.array(np.zeros(n, np.int8))
    return pa.table(
        [
            np.arange(number, number + n),
            customer,
            day.astype(np.int32),
            day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int32),
            amount >= 0,
            amount.astype(np.int64),
            constant(zeros, pa.array(["EUR"])).cast(pa.string()),
            constant(zeros, pa.array(["web"])).cast(pa.string()),
        ],
        schema=schema.ORDERS,
    )
