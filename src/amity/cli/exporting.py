"""`amity export`: all data in files that any program reads."""

import csv
import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from enum import StrEnum
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amity.base.results import AmityError
from amity.cli.output import AsJson, answer, progress
from amity.cli.setup import start_django

if TYPE_CHECKING:
    from django.db.models import Model

ROW_GROUP = 20_000
FORMULA = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")  # noqa: RUF001 -- full width: spreadsheets obey these too


class Format(StrEnum):
    """What the files look like."""

    CSV = "csv"
    JSONL = "jsonl"
    PARQUET = "parquet"


class ExportError(AmityError):
    """The folder cannot be used, or there is no such table."""


def add(app: typer.Typer) -> None:
    """Puts the command in place."""
    app.command()(export)


def export(
    folder: Annotated[Path, typer.Argument(help="A folder that is not there yet, or is empty.")],
    format: Annotated[  # noqa: A002 -- it names the option
        Format, typer.Option(help="csv; or jsonl or parquet, which keep the types.")
    ] = Format.CSV,
    only: Annotated[
        list[str] | None, typer.Option(help="Only this table, as in customers; repeatable.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Write customers, orders, interactions, segments and policy to files.

    Texts that a spreadsheet would run as a formula get an apostrophe in CSV; JSONL and Parquet have
    them bare. Amounts are whole minor units (cents), instants are in UTC, and in Parquet what is
    nested is JSON text. Rows are streamed, so memory does not grow with the tables.

    Examples:

        amity export everything

        amity export here --only customers --only orders --format jsonl

        amity export lake --format parquet
    """
    start_django()
    tables = _tables()
    unknown = sorted(set(only or ()) - set(tables))
    if unknown:
        raise ExportError(f"There is no table {unknown[0]}. Use one of {', '.join(tables)}.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise ExportError(f"{folder} is not an empty folder. Choose another.")
    folder.mkdir(parents=True, exist_ok=True)
    chosen = {name: model for name, model in tables.items() if not only or name in only}
    counts = {}
    with progress("Exporting") as hear:
        for done, (name, model) in enumerate(chosen.items()):
            hear(done, len(chosen), name)
            counts[name] = _write(folder / f"{name}.{format}", format, model)
    lines = [f"{count:>12,}  {name}" for name, count in counts.items()]
    report = {"folder": str(folder), "rows": counts}
    answer(report, as_json=as_json, text="\n".join(lines))


def _tables() -> "dict[str, type[Model]]":
    """What is exported, by the name of its file."""
    from amity.kernel.commerce.models import Contract, Order, OrderLine, Product
    from amity.kernel.customers.models import Customer, Identity, Membership, Participation
    from amity.kernel.interactions.models import Interaction
    from amity.kernel.policy.models import PolicyVersion
    from amity.kernel.segments.models import Segment, SegmentMembership
    from amity.kernel.touchpoints.models import Touchpoint
    from amity.kernel.traits.models import Evidence, Trait

    return {
        "customers": Customer,
        "identities": Identity,
        "memberships": Membership,
        "participations": Participation,
        "products": Product,
        "orders": Order,
        "order_lines": OrderLine,
        "contracts": Contract,
        "touchpoints": Touchpoint,
        "interactions": Interaction,
        "segments": Segment,
        "segment_memberships": SegmentMembership,
        "traits": Trait,
        "evidence": Evidence,
        "policy_versions": PolicyVersion,
    }


def _write(file: Path, format: Format, model: "type[Model]") -> int:  # noqa: A002 -- as the option
    names = [field.attname for field in model._meta.concrete_fields]
    rows = model._default_manager.order_by("pk").values_list(*names).iterator(chunk_size=2000)
    if format is Format.PARQUET:
        return _write_parquet(file, model, rows)
    if format is Format.CSV:
        return _write_csv(file, names, rows)
    return _write_jsonl(file, names, rows)


def _write_csv(file: Path, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    count = 0
    with file.open("w", encoding="utf-8", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(names)
        for row in rows:
            writer.writerow(list(_cells(row)))
            count += 1
    return count


def _cells(row: tuple[Any, ...]) -> Iterator[Any]:
    for value in row:
        if isinstance(value, str) and value.startswith(FORMULA):
            yield f"'{value}"
        elif isinstance(value, dict | list):
            yield json.dumps(value, ensure_ascii=False)
        else:
            yield _plain(value)


def _write_jsonl(file: Path, names: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> int:
    count = 0
    with file.open("w", encoding="utf-8") as out:
        for row in rows:
            record = dict(zip(names, map(_plain, row), strict=True))
            out.write(json.dumps(record, ensure_ascii=False) + "\n")
            count += 1
    return count


def _write_parquet(file: Path, model: "type[Model]", rows: Iterable[tuple[Any, ...]]) -> int:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = _schema(model)
    count = 0
    cells = iter(rows)
    with pq.ParquetWriter(file, schema, compression="zstd") as writer:
        while piece := list(islice(cells, ROW_GROUP)):
            columns = [
                pa.array(list(map(_bare, column)), field.type)
                for column, field in zip(zip(*piece, strict=True), schema, strict=True)
            ]
            writer.write_table(pa.Table.from_arrays(columns, schema=schema))
            count += len(piece)
    return count


def _schema(model: "type[Model]") -> Any:
    """The columns of a table as Arrow types, from the fields of its model."""
    import pyarrow as pa
    from django.db import models

    kinds: tuple[tuple[type[Any], Any], ...] = (
        (models.DateTimeField, pa.timestamp("us", "UTC")),  # before DateField, its parent
        (models.DateField, pa.date32()),
        (models.BooleanField, pa.bool_()),
        (models.FloatField, pa.float64()),
        (models.IntegerField, pa.int64()),  # AutoField is one too
    )
    columns = []
    for field in model._meta.concrete_fields:
        own = getattr(field, "target_field", field)
        kind = next((arrow for django, arrow in kinds if isinstance(own, django)), pa.string())
        columns.append(pa.field(field.attname, kind, nullable=field.null))
    return pa.schema(columns)


def _bare(value: Any) -> Any:
    """As Arrow takes it: what has no type of its own there is text."""
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, str | int | float | date) or value is None:
        return value
    return str(value)


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, str | int | float | dict | list) or value is None:
        return value
    return str(value)
