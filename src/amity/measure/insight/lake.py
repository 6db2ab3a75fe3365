"""The analytic tables: Parquet derived from the database, by blocks, rebuilt at any time.

Only blocks whose rows changed are written again. A file is written under another name, moved into
place, and then named in the database with its digest, so that a reader sees whole blocks, and a
kill in between costs nothing but a file that the next refresh removes.
"""

import hashlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow as pa
from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    ExpressionWrapper,
    F,
    Max,
    Model,
    Sum,
    Value,
    When,
)
from django.db.models.functions import Coalesce, ExtractDay, ExtractMonth, ExtractYear
from pyarrow import parquet

from amity.base.results import AmityError
from amity.base.time import day_number
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.hooks.checks import Finding
from amity.kernel.interactions.models import Interaction
from amity.kernel.policy.queries import deciding_segments
from amity.measure.analytics.engines import Engine, Tables, open_engine
from amity.measure.analytics.engines.fitting import fit_in
from amity.measure.analytics.engines.schema import SCHEMAS
from amity.measure.analytics.engines.statements import asked_by, questions
from amity.measure.analytics.verdict import PurchaseFit, SpendFit
from amity.measure.insight.models import LakeFile

BLOCK = 500_000  # ids a file
BATCH = 20_000  # rows a batch
KEPT_SECONDS = 3_600  # a file that was replaced may still be read that long
MODELS = ("BG/NBD", "MBG/NBD")
Row = tuple[Any, ...]
Progress = Callable[[int, int | None, str], None]


class LakeError(AmityError):
    """The analytic tables are not there or not whole."""


@dataclass(frozen=True, slots=True)
class Refreshed:
    """What a refresh did: files written, files left as they were, rows in all of them."""

    written: int
    kept: int
    rows: int


def refresh(*, at: datetime, progress: Progress | None = None, rebuild: bool = False) -> Refreshed:
    """Brings the analytic tables up to the database; with `rebuild`, whatever is there."""
    wanted = [
        (table, block, source) for table in SCHEMAS for block, source in _sources(table).items()
    ]
    known = {(file.table, file.block): file for file in LakeFile.objects.all()}
    written = 0
    for done, (table, block, source) in enumerate(wanted):
        if progress:
            progress(done, len(wanted), f"{table} {block}")
        file = known.pop((table, block), None)
        if file and file.source == source and not rebuild and (_root() / file.path).exists():
            continue
        _write(table, block, source, at=at)
        written += 1
    LakeFile.objects.filter(pk__in=[file.pk for file in known.values()]).delete()
    _sweep()
    rows = LakeFile.objects.aggregate(rows=Sum("rows"))["rows"] or 0
    return Refreshed(written, len(wanted) - written, rows)


def tables() -> Tables:
    """The files of each table.

    Raises:
        LakeError: a table has none yet, or a file is gone.
    """
    found: dict[str, list[Path]] = {table: [] for table in SCHEMAS}
    for file in LakeFile.objects.order_by("table", "block"):
        found[file.table].append(_root() / file.path)
    missing = [str(path) for paths in found.values() for path in paths if not path.exists()]
    if missing or not all(found.values()):
        raise LakeError(
            "The analytic tables are not there, or not whole. Make them: amity lake refresh."
        )
    return found


def engine() -> Engine:
    """The engine that the settings name, on the analytic tables.

    Raises:
        LakeError: the tables are not there.
        EngineError: the engine is not there.
    """
    return open_engine(settings.ANALYTICS_ENGINE, tables(), master=settings.SPARK_MASTER)


def ask(
    question: str, *, since: date | None = None, as_of: date | None = None
) -> list[dict[str, Any]]:
    """The rows that answer a question of `questions()`, as the head of its file describes them.

    Without `as_of` up to the last day of the orders, without `since` from a year before it.

    Raises:
        LakeError: there is no such question, or the tables are not there.
        EngineError: the engine is not there.
    """
    if question not in questions():
        raise LakeError(f"There is no question {question}. Known: {', '.join(questions())}.")
    day = _last_day(as_of)
    given = {"as_of": day, "since": day - 364 if since is None else day_number(since)}
    with engine() as opened:
        answered: list[dict[str, Any]] = opened.ask(
            question, **{name: given[name] for name in asked_by(question)}
        ).to_pylist()
    return answered


def fit(*, as_of: date | None = None, model: str = "BG/NBD") -> dict[str, Any]:
    """Both value models, fitted where the tables lie; times in weeks, money in minor units.

    `model` is BG/NBD or MBG/NBD. Without `as_of` up to the last day of the orders.

    Raises:
        LakeError: there is no such model, or the tables are not there.
        EngineError: the engine is not there.
    """
    if model not in MODELS:
        raise LakeError(f"There is no model {model}. Known: {', '.join(MODELS)}.")
    with engine() as opened:
        purchases, spend = fit_in(opened, _last_day(as_of), model)
    return {
        "engine": settings.ANALYTICS_ENGINE,
        "purchases": _told(purchases.per("week")),
        "spend": _told(spend) if spend else None,
    }


def _told(fit: PurchaseFit | SpendFit) -> dict[str, Any]:
    return {
        "model": fit.model.name,
        "verdict": fit.verdict.value,
        "reason": fit.reason,
        "customers": fit.customers,
        "parameters": fit.parameters(),
        "standard_errors": fit.standard_errors(),
        "log_likelihood": fit.log_likelihood,
    }


def _last_day(as_of: date | None) -> int:
    last = as_of or Order.objects.aggregate(last=Max("ordered_on"))["last"]
    if last is None:
        raise LakeError("There are no orders yet. Import some, or name a day: --as-of.")
    return day_number(last)


def files_are_as_written() -> Iterable[Finding]:
    """I8: every file of the analytic tables is there, byte for byte."""
    for file in LakeFile.objects.order_by("table", "block"):
        path = _root() / file.path
        if not path.exists() or _digest(path) != file.digest:
            yield Finding(
                "I8",
                f"The analytic file {file.path} is missing or damaged.",
                "Run `amity lake refresh --rebuild`; it is derived from the database.",
            )


def _root() -> Path:
    root: Path = settings.LAKE_ROOT
    root.mkdir(mode=0o700, parents=True, exist_ok=True)
    return root


def _write(table: str, block: int, source: str, *, at: datetime) -> None:
    schema, root = SCHEMAS[table], _root()
    handle, name = tempfile.mkstemp(dir=root, suffix=".part")
    os.close(handle)
    part = Path(name)
    try:
        rows = 0
        with parquet.ParquetWriter(part, schema, compression="zstd") as writer:
            for batch in _batches(_rows(table, block)):
                columns = [list(column) for column in zip(*batch, strict=True)]
                writer.write_table(pa.table(columns, schema=schema))
                rows += len(batch)
            if rows == 0:
                writer.write_table(schema.empty_table())
        digest = _digest(part)
        path = f"{table}-{block:06d}-{digest[:16]}.parquet"
        part.replace(root / path)
    finally:
        part.unlink(missing_ok=True)
    LakeFile.objects.update_or_create(
        table=table,
        block=block,
        defaults={
            "path": path,
            "rows": rows,
            "source": source,
            "digest": digest,
            "written_at": at,
        },
    )


def _batches(rows: Iterator[Row]) -> Iterator[list[Row]]:
    while batch := list(islice(rows, BATCH)):
        yield batch


def _sweep() -> None:
    """Removes files that nothing names and nobody can be reading."""
    named = set(LakeFile.objects.values_list("path", flat=True))
    oldest = time.time() - KEPT_SECONDS
    for path in _root().iterdir():
        if path.name not in named and path.stat().st_mtime < oldest:
            path.unlink(missing_ok=True)


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# --- what the rows are made from -----------------------------------------------------------------


def _sources(table: str) -> dict[int, str]:
    """By block, words that change when its rows do; block 0 is always there."""
    if table == "customers":
        return {0: _customers_source()}
    sums: dict[str, Any] = {"rows": Count("pk")}
    if table == "orders":
        sums |= _order_sums()
    model: type[Model] = Order if table == "orders" else Interaction
    block = ExpressionWrapper(F("pk") / BLOCK, output_field=BigIntegerField())
    found = model._default_manager.annotate(block=block).values("block").annotate(**sums)
    sources = {
        row["block"]: ":".join(str(row[name] or 0) for name in sums)
        for row in found.order_by("block")
    }
    return {0: "0", **sources}


def _order_sums() -> dict[str, Any]:
    """Sums that tell an edited block: each column weighed by the row's id, so that swaps show."""
    weight = ExpressionWrapper(F("pk") % 9_973 + 1, output_field=BigIntegerField())
    day = (
        ExtractYear("ordered_on") * 372 + ExtractMonth("ordered_on") * 31 + ExtractDay("ordered_on")
    )
    kind = Case(When(kind=Order.Kind.SALE, then=1), default=0, output_field=BigIntegerField())
    ours = When(currency=_main_currency(), then=F("net_minor"))
    net = Case(ours, default=None, output_field=BigIntegerField())
    columns = {"customer": F("customer_id"), "day": day, "sale": kind, "net": net}
    return {
        name: Sum(ExpressionWrapper(Coalesce(column, 0) * weight, output_field=BigIntegerField()))
        for name, column in columns.items()
    }


def _customers_source() -> str:
    digest = hashlib.sha256()
    for row in _customer_rows():
        digest.update(repr(row).encode())
    return digest.hexdigest()


def _rows(table: str, block: int) -> Iterator[Row]:
    if table == "customers":
        return _customer_rows()
    first, last = block * BLOCK, (block + 1) * BLOCK - 1
    return _order_rows(first, last) if table == "orders" else _interaction_rows(first, last)


def _customer_rows() -> Iterator[Row]:
    served = deciding_segments()
    found = Customer.objects.order_by("pk").values_list("pk", "merged_into_id")
    for number, into in found.iterator(chunk_size=BATCH):
        owner = into or number
        yield number, owner, served.get(owner, "")


def _order_rows(first: int, last: int) -> Iterator[Row]:
    main = _main_currency()
    fields = ("pk", "customer_id", "ordered_on", "kind", "net_minor", "currency", "channel")
    found = Order.objects.filter(pk__range=(first, last)).order_by("pk").values_list(*fields)
    for number, customer, day, kind, net, currency, channel in found.iterator(chunk_size=BATCH):
        sale = kind == Order.Kind.SALE
        known = net if currency == main else None
        yield number, customer, day_number(day), _month(day), sale, known, currency, channel


def _main_currency() -> str:
    counted = (
        Order.objects.values_list("currency").annotate(n=Count("pk")).order_by("-n", "currency")
    )
    return next((currency for currency, _ in counted), "")


def _interaction_rows(first: int, last: int) -> Iterator[Row]:
    found = (
        Interaction.objects.filter(pk__range=(first, last))
        .order_by("pk")
        .values_list(
            "pk",
            "customer_id",
            "happened_at",
            "kind",
            Coalesce("touchpoint__key", Value("")),
            "relationship_type",
            "stage",
            "direction",
            "actor",
            "staff_seconds",
            "cost_minor",
            "value_minor",
            "currency",
            "outcome",
            "corrects",
            "is_void",
        )
    )
    for number, customer, happened, *rest in found.iterator(chunk_size=BATCH):
        day = happened.date()
        moment = int(happened.timestamp()) * 1_000_000 + happened.microsecond
        yield number, customer, day_number(day), _month(day), moment, *rest


def _month(day: date) -> int:
    return (day.year - 1970) * 12 + day.month - 1
