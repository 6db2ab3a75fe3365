"""Insert, look up, change and delete many rows, with a twin for each database."""

import io
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv
from django.db import connection, models
from numpy.typing import NDArray

PIECE = 20_000  # rows or keys in one statement: bounds the memory of the parameters


def insert(model: type[models.Model], table: pa.Table) -> int:
    """Adds the rows of `table`, whose column names are those of the database; their number.

    Instants are `timestamp[us, UTC]`, days `date32`, JSON is text.

    Raises:
        django.db.IntegrityError: a constraint of the database is broken; nothing is kept then,
            because the caller's transaction is lost.
    """
    if not table.num_rows:
        return 0
    name = connection.ops.quote_name(model._meta.db_table)
    columns = ", ".join(connection.ops.quote_name(column) for column in table.column_names)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            _copy(cursor, f"COPY {name} ({columns}) FROM STDIN WITH (FORMAT csv)", table)
        else:
            marks = ", ".join(["%s"] * table.num_columns)
            sql = f"INSERT INTO {name} ({columns}) VALUES ({marks})"  # noqa: S608 -- own names
            for start in range(0, table.num_rows, PIECE):
                piece = table.slice(start, PIECE)
                cursor.executemany(sql, list(zip(*map(_python_values, piece.columns), strict=True)))
    return int(table.num_rows)


def _copy(cursor: Any, sql: str, table: pa.Table) -> None:
    options = pa_csv.WriteOptions(include_header=False)
    with cursor.copy(sql) as copy:
        for start in range(0, table.num_rows, PIECE):
            buffer = io.BytesIO()
            pa_csv.write_csv(table.slice(start, PIECE), buffer, options)
            copy.write(buffer.getbuffer())


def _python_values(column: pa.ChunkedArray) -> list[Any]:
    """The values as SQLite stores them (Django's forms of instants and days)."""
    if pa.types.is_timestamp(column.type):
        text = pc.strftime(column, format="%Y-%m-%d %H:%M:%S")
        column = pc.replace_substring_regex(text, r"\.000000$", "")
    elif pa.types.is_date(column.type):
        column = column.cast(pa.string())
    elif pa.types.is_boolean(column.type):
        column = column.cast(pa.int8())
    if column.null_count == 0 and pa.types.is_integer(column.type):
        return list(column.to_numpy().tolist())
    return list(column.to_pylist())


def lookup(
    model: type[models.Model],
    *,
    key: str,
    keys: Sequence[Any],
    values: Sequence[str],
    **fixed: Any,
) -> list[tuple[Any, ...]]:
    """The columns `values` of all rows whose column `key` is one of `keys`, as stored.

    `fixed` are further columns that must equal a value.
    """
    quote = connection.ops.quote_name
    chosen = ", ".join(quote(value) for value in values)
    others = "".join(f" AND {quote(column)} = %s" for column in fixed)
    test = _one_of()
    sql = f"SELECT {chosen} FROM {quote(model._meta.db_table)} WHERE {quote(key)} {test}{others}"  # noqa: S608 -- own names
    found: list[tuple[Any, ...]] = []
    with connection.cursor() as cursor:
        for piece in _pieces(keys):
            cursor.execute(sql, [_as_parameter(piece), *fixed.values()])
            found.extend(cursor.fetchall())
    return found


def delete(model: type[models.Model], *, key: str, keys: Sequence[Any]) -> int:
    """Removes all rows whose column `key` is one of `keys`; their number. Nothing cascades."""
    quote = connection.ops.quote_name
    test = _one_of()
    sql = f"DELETE FROM {quote(model._meta.db_table)} WHERE {quote(key)} {test}"  # noqa: S608 -- own names
    removed = 0
    with connection.cursor() as cursor:
        for piece in _pieces(keys):
            cursor.execute(sql, [_as_parameter(piece)])
            removed += cursor.rowcount
    return removed


def update(model: type[models.Model], *, key: str, keys: Sequence[Any], **given: Any) -> int:
    """Sets columns of all rows whose column `key` is one of `keys`; their number."""
    quote = connection.ops.quote_name
    test = _one_of()
    new = ", ".join(f"{quote(column)} = %s" for column in given)
    sql = f"UPDATE {quote(model._meta.db_table)} SET {new} WHERE {quote(key)} {test}"  # noqa: S608 -- own names
    changed = 0
    with connection.cursor() as cursor:
        for piece in _pieces(keys):
            cursor.execute(sql, [*given.values(), _as_parameter(piece)])
            changed += cursor.rowcount
    return changed


def _pieces(keys: Sequence[Any]) -> Iterable[list[Any]]:
    for start in range(0, len(keys), PIECE):
        yield list(keys[start : start + PIECE])


def _one_of() -> str:
    is_postgresql = connection.vendor == "postgresql"
    return "= ANY(%s)" if is_postgresql else "IN (SELECT value FROM json_each(%s))"


def _as_parameter(keys: list[Any]) -> Any:
    return keys if connection.vendor == "postgresql" else json.dumps(keys)


def reserve_ids(model: type[models.Model], count: int) -> NDArray[np.int64]:
    """`count` ids that nobody else gets, ascending; call it inside the transaction that uses them.

    On SQLite the transaction has the only writer, so the ids follow the largest one ever given.
    """
    table = model._meta.db_table
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(
                "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
                [table, count],
            )
            return np.array([row[0] for row in cursor.fetchall()], dtype=np.int64)
        cursor.execute("SELECT seq FROM sqlite_sequence WHERE name = %s", [table])
        row = cursor.fetchone()
        first = (row[0] if row else 0) + 1
        return np.arange(first, first + count, dtype=np.int64)


def hold(model: type[models.Model], *, alone: bool) -> None:
    """Until the transaction ends, keeps those who remove rows of `model` from those who use them.

    Several may hold it to use rows; `alone`, to remove some, waits for all others. On SQLite the
    transaction has the only writer.
    """
    if connection.vendor == "postgresql":
        mode = "SHARE ROW EXCLUSIVE" if alone else "ROW EXCLUSIVE"
        with connection.cursor() as cursor:
            cursor.execute(
                f"LOCK TABLE {connection.ops.quote_name(model._meta.db_table)} IN {mode} MODE"
            )


def relax_commit() -> None:
    """Lets this transaction's commit not wait for the disk: a crash may undo it as a whole.

    For work that goes on from a checkpoint written in the same transaction. On SQLite nothing
    changes.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL synchronous_commit TO off")
