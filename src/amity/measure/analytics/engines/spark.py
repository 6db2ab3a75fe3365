"""Apache Spark, in this process or on a cluster of any size."""

from types import TracebackType
from typing import Self

import pyarrow as pa
from pyspark.sql import SparkSession

from amity.measure.analytics.engines import Tables, normal
from amity.measure.analytics.engines.statements import statement

LOCAL = "local[2]"


class SparkEngine:
    """Temporary views over the Parquet files; every worker must see them under the same paths."""

    def __init__(self, tables: Tables, master: str = "") -> None:
        self.session = (
            SparkSession.builder.master(master or LOCAL)
            .appName("Amity")
            .config("spark.sql.session.timeZone", "UTC")
            .config("spark.sql.execution.arrow.pyspark.enabled", "true")
            .config("spark.ui.enabled", "false")
            .getOrCreate()
        )
        for name, paths in tables.items():
            frame = self.session.read.parquet(*(str(path) for path in paths))
            frame.createOrReplaceTempView(name)

    def ask(self, question: str, **parameters: float) -> pa.Table:
        """The answer to a question."""
        return normal(self.session.sql(statement(question, "spark", parameters)).toArrow())

    def keep(self, name: str, question: str, **parameters: float) -> None:
        """Keeps the answer to a question on the workers, each its part, as the table `name`."""
        self.session.sql(f"UNCACHE TABLE IF EXISTS {name}")
        self.session.sql(f"CACHE TABLE {name} AS {statement(question, 'spark', parameters)}")

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.session.stop()
