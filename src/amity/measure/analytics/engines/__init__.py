"""One set of questions in SQL, several engines that answer them alike.

The questions stand in `sql/`, one file each, in DuckDB's dialect; sqlglot writes them for the
others. The data is Parquet (`schema`), so that no engine owns it.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Protocol, Self

import pyarrow as pa

Tables = Mapping[str, Sequence[Path]]  # table name: its Parquet files
ENGINES = ("duckdb", "spark", "chdb")


class EngineError(Exception):
    """An engine is not known, not installed, or does not answer; the message says what to do."""


class Engine(Protocol):
    """Answers named questions on the tables that it was opened with."""

    def ask(self, question: str, **parameters: float) -> pa.Table:
        """The answer to `sql/<question>.sql`, its columns as the head of the file says."""
        ...

    def keep(self, name: str, question: str, **parameters: float) -> None:
        """Keeps the answer in the engine, as the table `name`, for what is asked next."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def open_engine(name: str, tables: Tables, *, master: str = "") -> Engine:
    """The engine `name` on these tables; `master` is the address of Spark's cluster.

    Raises:
        EngineError: it is not known or not installed.
    """
    if name not in ENGINES:
        raise EngineError(f"There is no engine {name}. Known: {', '.join(ENGINES)}.")
    try:
        return _open(name, tables, master)
    except ModuleNotFoundError as error:
        raise EngineError(f"The engine {name} needs the package {error.name}.") from error


def _open(name: str, tables: Tables, master: str) -> Engine:
    if name == "spark":
        from amity.measure.analytics.engines.spark import SparkEngine  # noqa: PLC0415 -- an extra

        return SparkEngine(tables, master)
    if name == "chdb":
        from amity.measure.analytics.engines.chdb import ChdbEngine  # noqa: PLC0415 -- for checks

        return ChdbEngine(tables)
    from amity.measure.analytics.engines.duck import DuckEngine  # noqa: PLC0415 -- slow to load

    return DuckEngine(tables)


def normal(answer: pa.Table) -> pa.Table:
    """The answer with whole numbers as int64 and text as string, whatever the engine called them.

    Sums of whole numbers come as decimals, unsigned or narrow integers.
    """
    fields = [pa.field(field.name, _normal(field.type)) for field in answer.schema]
    return answer.cast(pa.schema(fields))


def _normal(kind: pa.DataType) -> pa.DataType:
    if pa.types.is_integer(kind) or pa.types.is_decimal(kind):
        return pa.int64()
    if pa.types.is_binary(kind) or pa.types.is_large_string(kind):
        return pa.string()
    return kind
