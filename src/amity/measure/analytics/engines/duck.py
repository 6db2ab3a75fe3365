"""DuckDB, in the process: the default."""

from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from amity.measure.analytics.engines import Tables, normal
from amity.measure.analytics.engines.statements import statement


class DuckEngine:
    """Views over the Parquet files in a database of its own in memory."""

    def __init__(self, tables: Tables) -> None:
        self.connection = duckdb.connect(":memory:", config={"autoinstall_known_extensions": False})
        for name, paths in tables.items():
            self.connection.read_parquet([str(path) for path in paths]).create_view(name)
        self.connection.execute("SET enable_progress_bar = false")

    def ask(self, question: str, **parameters: float) -> pa.Table:
        """The answer to a question."""
        return normal(
            self.connection.sql(statement(question, "duckdb", parameters)).to_arrow_table()
        )

    def keep(self, name: str, question: str, **parameters: float) -> None:
        """Keeps the answer to a question in memory, as the table `name`."""
        rows = statement(question, "duckdb", parameters)
        self.connection.execute(f"CREATE OR REPLACE TABLE {name} AS {rows}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.connection.close()
