"""A file of orders as the log that analytics reads, without a database. Pure.

It is read by the rules of `amity import orders`, so the same file gives the same figures both ways.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from amity.base.results import AmityError
from amity.base.time import from_day_number
from amity.kernel.imports.analysis import Analysis, analyze, need_fields
from amity.kernel.imports.assembly import assemble
from amity.kernel.imports.order_staging import stage_orders
from amity.kernel.imports.settings import ImportSettings
from amity.kernel.imports.staging import Stage
from amity.kernel.imports.summary import add_part, no_figures, summary
from amity.measure.analytics.summary import Log, make_log
from amity.measure.insight.rules import main_currency

NOTHING = float("nan")
Progress = Callable[[int, int, str], None]


class NoOrdersError(AmityError):
    """A file that was read and holds no order of a known customer."""


@dataclass(frozen=True, slots=True)
class OrderFile:
    """What a file holds; the log's customers are numbers into `customers`, as the file names them.

    Amounts of the log are minor units of `currency` (empty: the file names none); orders in another
    one (`foreign`) are purchases of unknown amount, those without a customer (`anonymous`) outside.
    `figures` are those of an import's dry run; `settings` are complete.
    """

    analysis: Analysis
    settings: ImportSettings
    figures: Mapping[str, Any]
    log: Log
    customers: tuple[str, ...]
    currency: str
    anonymous: int
    foreign: int
    first_day: date
    last_day: date


@dataclass(slots=True)
class _Taken:
    """Orders of known customers, part by part."""

    figures: dict[str, Any] = field(default_factory=no_figures)
    names: list[Any] = field(default_factory=list)
    orders: list[Any] = field(default_factory=list)
    anonymous: int = 0


def read_order_file(
    path: Path, chosen: Mapping[str, Any], *, stage: Stage, progress: Progress
) -> OrderFile:
    """The orders of a file; rejects are kept in `stage`, whose folder is filled for the while.

    `chosen` are the settings that a person gave, by name, as for an import.

    Raises:
        FileError: it cannot be read as a table.
        MappingError: the date, or both customer and order, have no column.
        NoOrdersError: none of its rows is an order of a known customer.
    """
    analysis = analyze(path, ImportSettings(kind="orders", currency=""), chosen=chosen)
    need_fields(analysis.settings, analysis.file.names)
    settings = stage_orders(analysis.file, analysis.settings, stage, progress)
    taken = _take_parts(stage, settings, progress)
    notes = stage.notes or {}
    figures = summary(
        {**taken.figures, "created": taken.figures["orders"]},
        rows=int(notes["rows"]),
        reasons=notes["reasons"],
        customers=len(pc.unique(_joined(taken.names))),
        products=0,
        currency=settings.currency,
        import_id=0,
        seconds=0.0,
    )
    if not taken.orders:
        raise NoOrdersError(_nothing_in_words(figures, taken.anonymous, settings))
    return _order_file(analysis, settings, taken, figures)


def _take_parts(stage: Stage, settings: ImportSettings, progress: Progress) -> _Taken:
    taken = _Taken()
    parts = int((stage.notes or {})["parts"])
    for number in range(parts):
        progress(number, parts, "Putting orders together")
        table = stage.part(number)
        if table is None:
            continue
        assembled = assemble(table, settings, to_store=False)
        stage.write_rejects(f"part-{number:06}", assembled.rejects)
        taken.figures = add_part(taken.figures, assembled, created=0, changed=0)
        if assembled.orders is not None:
            _take(taken, assembled.orders)
    return taken


def _take(taken: _Taken, orders: Any) -> None:
    """Adds what counts: sales, and what came back for money (see `amount_of` in insight.log)."""
    named = pc.is_valid(orders.column("customer"))
    taken.anonymous += orders.num_rows - (pc.sum(named).as_py() or 0)
    taken.names.append(pc.unique(orders.column("customer")).drop_null())
    net = orders.column("net_minor")
    back = pc.fill_null(pc.less(net, 0), False)
    counts = pc.and_(named, pc.or_(pc.equal(orders.column("kind"), "sale"), back))
    kept = orders.select(["customer", "day", "net_minor", "currency"]).filter(counts)
    if kept.num_rows:
        taken.orders.append(kept)


def _order_file(
    analysis: Analysis, settings: ImportSettings, taken: _Taken, figures: Mapping[str, Any]
) -> OrderFile:
    table = pa.concat_tables(taken.orders).combine_chunks()
    who = pc.dictionary_encode(_joined([table.column("customer")]))
    codes = table.column("currency")
    currency = main_currency(codes.to_pylist(), settings.currency)
    foreign = _numpy(pc.not_equal(codes, currency))
    days = _numpy(table.column("day")).astype(np.int64)
    net = _numpy(pc.fill_null(table.column("net_minor").cast(pa.float64()), NOTHING))
    return OrderFile(
        analysis=analysis,
        settings=replace(settings, currency=currency),
        figures=figures,
        log=make_log(who.indices.to_numpy(), days, np.where(foreign, np.nan, net)),
        customers=tuple(who.dictionary.to_pylist()),
        currency=currency,
        anonymous=taken.anonymous,
        foreign=int(foreign.sum()),
        first_day=from_day_number(int(days.min())),
        last_day=from_day_number(int(days.max())),
    )


def _numpy(column: Any) -> Any:
    return column.to_numpy(zero_copy_only=False)


def _joined(columns: list[Any]) -> Any:
    """Columns, in chunks or not, as one array."""
    chunks = [chunk for column in columns for chunk in getattr(column, "chunks", [column])]
    return pa.concat_arrays(chunks) if chunks else pa.array([], pa.string())


def _nothing_in_words(figures: Mapping[str, Any], anonymous: int, settings: ImportSettings) -> str:
    columns = ", ".join(f"{name} = {column}" for name, column in settings.mapping.items())
    if anonymous:
        return (
            f"None of the {anonymous:,} orders names a customer (columns: {columns}). Name the "
            "customer's column with --customer."
        )
    if figures["rejected"]:
        worst = next(iter(figures["reasons"])).replace("_", " ")
        return (
            f"None of the {figures['rows']:,} rows could be taken (most often: {worst}; columns: "
            f"{columns}). Name the columns with --customer, --date and --amount."
        )
    return "The file has no order that counts: no row, or nothing but what was canceled."
