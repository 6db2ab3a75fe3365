"""ClickHouse, embedded as chDB: keeps the dialect honest in the checks."""

from types import TracebackType
from typing import Self

import pyarrow as pa
from chdb.session import Session
from sqlglot import exp

from amity.measure.analytics.engines import Tables, normal
from amity.measure.analytics.engines.statements import statement


class ChdbEngine:
    """Views over the Parquet files in a session of its own."""

    def __init__(self, tables: Tables) -> None:
        self.session = Session()
        self.session.query("CREATE DATABASE amity ENGINE = Atomic")
        for name, paths in tables.items():
            parts = [
                exp.select("*").from_(exp.func("file", exp.convert(str(path)), exp.var("Parquet")))
                for path in paths
            ]
            rows = exp.union(*parts, distinct=False) if len(parts) > 1 else parts[0]
            self.session.query(f"CREATE VIEW amity.{name} AS {rows.sql(dialect='clickhouse')}")

    def ask(self, question: str, **parameters: float) -> pa.Table:
        """The answer to a question."""
        self.session.query("USE amity")
        return normal(
            self.session.query(statement(question, "clickhouse", parameters), "ArrowTable")
        )

    def keep(self, name: str, question: str, **parameters: float) -> None:
        """Keeps the answer to a question in memory, as the table `name`."""
        rows = statement(question, "clickhouse", parameters)
        self.session.query("USE amity")
        self.session.query(f"CREATE OR REPLACE TABLE {name} ENGINE = Memory AS {rows}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.close()
