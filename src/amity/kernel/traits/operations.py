"""Changes to traits: a measurement replaces all that it found before, in bulk.

A date is stored as ISO text with its day number as `number`, so that both sort and compare.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from amity.base.results import Grade
from amity.kernel.traits.models import Trait

BATCH = 20_000
COLUMNS = ("customer_id", "name", "number", "text", "low", "high", "grade", "as_of", "source")
_NAMES = ", ".join(COLUMNS)
_NEW = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[2:])
_UPSERT = f"ON CONFLICT (customer_id, name) DO UPDATE SET {_NEW}"


class Finding(NamedTuple):
    """One trait of one customer; `low` and `high` bound the number where it has an interval."""

    customer_id: int
    name: str
    number: float | None = None
    text: str = ""
    low: float | None = None
    high: float | None = None


def write_traits(
    *, findings: Iterable[Finding], source: str, as_of: datetime, grade: Grade
) -> Iterator[int]:
    """Writes findings in batches, each its own transaction; yields how many are written so far.

    A generator, so that a long job may report and stop between batches; written again, the same
    findings change nothing. A trait of the same name from another source is replaced.
    """
    stream, written = iter(findings), 0
    while batch := list(islice(stream, BATCH)):
        common = (grade.value, as_of, source)
        rows = [(*found, *common) for found in batch]
        with transaction.atomic():
            _copy(rows) if connection.vendor == "postgresql" else _insert(rows)
        written += len(rows)
        yield written


def drop_stale_traits(*, source: str, as_of: datetime) -> int:
    """Removes what `source` found at another time than `as_of`; returns how many rows."""
    dropped, _ = Trait.objects.filter(source=source).exclude(as_of=as_of).delete()
    return dropped


def _insert(rows: list[tuple[Any, ...]]) -> None:
    """SQLite: one prepared statement for all rows."""
    as_of = connection.ops.adapt_datetimefield_value(rows[0][7])
    slots = ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO traits_trait ({_NAMES}) VALUES ({slots}) {_UPSERT}",  # noqa: S608 -- our own column names
            [(*row[:7], as_of, row[8]) for row in rows],
        )


def _copy(rows: list[tuple[Any, ...]]) -> None:
    """PostgreSQL: copied beside the table, then merged in one statement."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TEMP TABLE traits_new ON COMMIT DROP AS"  # noqa: S608 -- our own column names
            f" SELECT {_NAMES} FROM traits_trait WITH NO DATA"
        )
        with cursor.copy(f"COPY traits_new ({_NAMES}) FROM STDIN") as copy:
            for row in rows:
                copy.write_row(row)
        cursor.execute(
            f"INSERT INTO traits_trait ({_NAMES}) SELECT {_NAMES} FROM traits_new {_UPSERT}"  # noqa: S608 -- our own column names
        )
        cursor.execute("DROP TABLE traits_new")
