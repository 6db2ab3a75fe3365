"""Changes to traits: a measurement replaces all that it found before, in bulk.

A date is stored as ISO text with its day number as `number`, so that both sort and compare.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, NamedTuple

from django.db import connection, transaction

from amity.base.results import Grade
from amity.kernel import bulk
from amity.kernel.traits.models import Trait

BATCH = 50_000
COLUMNS = ("customer_id", "name", "number", "text", "low", "high", "grade", "source", "as_of")
_NAMES = ", ".join(COLUMNS)
_NEW = ", ".join(f"{column} = excluded.{column}" for column in COLUMNS[2:])
_UPSERT = f"ON CONFLICT (customer_id, name) DO UPDATE SET {_NEW}"
Row = tuple[Any, ...]


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
    findings change nothing. A trait of the same name from another source is replaced. Where only
    the time is new, nothing but the time is written: that touches no index.
    """
    stream, written = iter(findings), 0
    instant = connection.ops.adapt_datetimefield_value(as_of)
    common = (grade.value, source)
    while batch := list(islice(stream, BATCH)):
        with transaction.atomic():
            changed, same = _compared([(*found, *common) for found in batch], instant)
            bulk.update(Trait, key="id", keys=same, as_of=instant)
            if changed:
                _copy(changed) if connection.vendor == "postgresql" else _insert(changed)
        written += len(batch)
        yield written


def drop_stale_traits(*, source: str, as_of: datetime) -> int:
    """Removes what `source` found at another time than `as_of`; returns how many rows."""
    dropped, _ = Trait.objects.filter(source=source).exclude(as_of=as_of).delete()
    return dropped


def _compared(rows: list[Row], instant: Any) -> tuple[list[Row], list[int]]:
    """The rows that are not there or say something else, with their time; ids of the others."""
    known = {
        stored[1:3]: (stored[0], stored[3:])
        for stored in bulk.lookup(
            Trait,
            key="customer_id",
            keys=list({row[0] for row in rows}),
            values=("id", *COLUMNS[:-1]),
        )
    }
    changed, same = [], []
    for row in rows:
        found = known.get(row[:2])
        if found is None or found[1] != row[2:]:
            changed.append((*row, instant))
        else:
            same.append(found[0])
    return changed, same


def _insert(rows: list[Row]) -> None:
    """SQLite: one prepared statement for all rows."""
    slots = ", ".join(["%s"] * len(COLUMNS))
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO traits_trait ({_NAMES}) VALUES ({slots}) {_UPSERT}",  # noqa: S608 -- our own column names
            rows,
        )


def _copy(rows: list[Row]) -> None:
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
