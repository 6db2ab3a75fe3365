"""Seeded order logs as Parquet: customer, day (since 1970-01-01) and amount (cents), by day.

    PYTHONPATH=src python benchmarks/value/generate.py FOLDER [1m 10m heavy]

`1m` and `10m` buy like the CDNOW sample (2.8 rows a customer), `heavy` are 10 million with
about 8.9 rows each. A year of acquisition, two years observed. The same seed gives the same file.
"""

import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from amity.testing.populations import CDNOW, HEAVY, buyers

FIRST_DAY = 19_358  # 2023-01-01
LAST_DAY = FIRST_DAY + 730
PIECE = 250_000
GROUP = 1 << 20
BASES = {"1m": (1_000_000, CDNOW), "10m": (10_000_000, CDNOW), "heavy": (10_000_000, HEAVY)}


def write(name: str, folder: Path) -> Path:
    """The log of a base; one that is there already is kept."""
    path = folder / f"{name}.parquet"
    if path.exists():
        return path
    customers, habits = BASES[name]
    pieces = []
    for start in range(0, customers, PIECE):
        who, day, amount = buyers(min(PIECE, customers - start), 1000 + start, habits)
        pieces.append(
            ((who + start).astype(np.uint32), day.astype(np.uint16), amount.astype(np.int32))
        )
    who, day, amount = (np.concatenate(column) for column in zip(*pieces, strict=True))
    del pieces
    order = np.argsort(day, kind="stable")
    schema = pa.schema([("customer", pa.uint32()), ("day", pa.int32()), ("amount", pa.int32())])
    unfinished = path.with_suffix(".part")
    with pq.ParquetWriter(unfinished, schema, compression="zstd") as writer:
        for start in range(0, len(order), GROUP):
            rows = order[start : start + GROUP]
            columns = [who[rows], day[rows].astype(np.int32) + FIRST_DAY, amount[rows]]
            writer.write_table(pa.table(columns, schema=schema))
    unfinished.rename(path)
    return path


def main(arguments: list[str]) -> None:
    """Writes the bases that are named, or all."""
    folder = Path(arguments[0])
    folder.mkdir(parents=True, exist_ok=True)
    for name in arguments[1:] or BASES:
        path = write(name, folder)
        found = pq.ParquetFile(path).metadata
        print(f"{path}: {found.num_rows:,} rows, {path.stat().st_size / 1e6:,.0f} MB")


if __name__ == "__main__":
    main(sys.argv[1:])
