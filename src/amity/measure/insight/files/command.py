"""`amity value`: a file of orders in, what its customers are worth out; no database is opened."""

import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amity.base.results import AmityError
from amity.base.time import day_number, now
from amity.kernel.hooks.command_line import answer, progress
from amity.kernel.imports.command_line import (
    AmountsIn,
    CancellationPrefix,
    Currency,
    DropDuplicates,
    FileOptions,
    chosen_orders,
    one_of,
    takes_file,
)
from amity.measure.analytics.units import UNIT_DAYS
from amity.measure.insight.rules import MeasureError, Options, check, check_holdout

if TYPE_CHECKING:
    from amity.kernel.imports.files.batches import Reject
    from amity.measure.insight.files.orders import OrderFile
    from amity.measure.insight.files.report import ValuedFile

PIPE = "-"
DOUBTFUL = 3
PROBLEMS = 20
File = Annotated[
    Path,
    typer.Argument(help="CSV, TSV, XLSX or Parquet, packed or not; - reads standard input."),
]
Column = Annotated[str | None, typer.Option(help="Its column, by name or number from 1.")]


class OutputError(AmityError):
    """A file that cannot be written as asked."""


@takes_file(without=("dry_run", "source"))
def value(
    file: File,
    options: FileOptions,
    *,
    customer: Column = None,
    date: Column = None,
    amount: Column = None,
    order: Column = None,
    currency: Currency = None,
    amounts_in: AmountsIn = None,
    drop_duplicates: DropDuplicates = False,
    cancellation_prefix: CancellationPrefix = None,
    as_of: Annotated[
        datetime | None,
        typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day that counts; else the last."),
    ] = None,
    holdout: Annotated[
        int | None,
        typer.Option(help="Compare with this many days after --as-of; else a third is held out."),
    ] = None,
    model: Annotated[str, typer.Option(help="BG/NBD or MBG/NBD.")] = "BG/NBD",
    months: Annotated[int, typer.Option(help="How far to look ahead.", min=1, max=120)] = 12,
    discount: Annotated[float, typer.Option(help="Yearly discount, 0.1 is 10 %.")] = 0.1,
    margin: Annotated[float, typer.Option(help="Contribution / spend.")] = 1.0,
    unit: Annotated[str, typer.Option(help="Of the parameters: week or day.")] = "week",
    top: Annotated[int, typer.Option(help="How many customers to list.", min=0)] = 10,
    out: Annotated[
        Path | None, typer.Option(help="Write all customers: a name in .csv or .parquet.")
    ] = None,
    plot: Annotated[
        Path | None, typer.Option(help="Draw the fit beside what happened: .svg or .png.")
    ] = None,
    strict: Annotated[
        bool, typer.Option("--strict", help="Exit with 3 if the model or a row is not to be had.")
    ] = False,
) -> None:
    """Value the customers of any file of orders, without a database.

    Exit codes: 0 valued, 1 not to be read or written, 2 a wrong option, 3 with --strict.

    Examples:

        amity value orders.csv

        amity value CDNOW_master.txt --as-of 1997-09-30 --holdout 273 --json

        amity value shop.xlsx --customer Kunde --plot fit.svg --out customers.csv
    """
    chosen = chosen_orders(
        options,
        currency=currency,
        amounts_in=amounts_in,
        drop_duplicates=drop_duplicates,
        cancellation_prefix=cancellation_prefix,
    )
    named = {"customer": customer, "date": date, "amount": amount, "order": order}
    chosen["mapping"] |= {field: column for field, column in named.items() if column}
    asked = Options(as_of.date() if as_of else None, holdout, model, discount, margin)
    check(asked)
    one_of(unit, "--unit", *UNIT_DAYS)
    with _at_hand(file) as (path, folder):
        orders, problems = _read(path, folder, chosen, options.rejects)
    found = _value(path.name, orders, problems, asked, months=months, unit=unit)
    if out is not None:
        _write_customers(found, out)
    if plot is not None:
        from amity.measure.insight.files.plot import write_plot

        write_plot(found, plot)
    _tell(found, top=top, as_json=options.as_json)
    if strict and (orders.figures["rejected"] or found.valuation.models.fit.fallback):
        raise typer.Exit(DOUBTFUL)


@contextmanager
def _at_hand(file: Path) -> Iterator[tuple[Path, Path]]:
    """The file, from standard input where it is `-`, and a folder for the while."""
    with tempfile.TemporaryDirectory(prefix="amity-") as name:
        folder = Path(name)
        if str(file) != PIPE:
            yield file, folder
            return
        path = folder / "standard input"
        with path.open("wb") as target:
            shutil.copyfileobj(sys.stdin.buffer, target)
        yield path, folder


def _read(
    path: Path, folder: Path, chosen: dict[str, Any], rejects: Path | None
) -> tuple["OrderFile", list["Reject"]]:
    """The orders, and the first rows that were not taken; all of these in `rejects` if asked."""
    from amity.kernel.imports.staging import Stage, read_rejects
    from amity.measure.insight.files.orders import read_order_file

    stage = Stage(folder / "stage")
    stage.clear()
    kept = folder / "rejects.csv"
    try:
        with progress("Reading") as hear:
            orders = read_order_file(path, chosen, stage=stage, progress=hear)
    finally:
        stage.merge_rejects(kept)
        if rejects is not None:
            _copy(kept, rejects)
    return orders, read_rejects(kept, PROBLEMS)


def _copy(source: Path, target: Path) -> None:
    try:
        shutil.copyfile(source, target)
    except OSError as error:
        raise OutputError(f"--rejects: {target} cannot be written: {error.strerror}.") from error


def _value(
    name: str,
    orders: "OrderFile",
    problems: list["Reject"],
    asked: Options,
    *,
    months: int,
    unit: str,
) -> "ValuedFile":
    from amity.measure.analytics.valuation import Question
    from amity.measure.analytics.valuation import value as value_log
    from amity.measure.insight.files.report import ValuedFile

    as_of = asked.as_of or min(orders.last_day, now().date())
    if as_of < orders.first_day:
        raise MeasureError(
            f"There is no purchase up to {as_of}: the orders begin on {orders.first_day}. "
            "Choose a later --as-of."
        )
    if asked.holdout is not None:
        check_holdout(as_of, asked.holdout, orders.last_day)
    question = Question(asked.model, months, asked.discount, asked.margin, asked.holdout)
    valuation = value_log(orders.log, day_number(as_of), question)
    return ValuedFile(name, orders, valuation, problems, unit)


def _write_customers(found: "ValuedFile", out: Path) -> None:
    """All customers, as Parquet or as a CSV that no spreadsheet takes for formulas."""
    import pyarrow as pa
    import pyarrow.csv
    import pyarrow.parquet

    from amity.kernel.imports.staging import formula_safe
    from amity.measure.insight.files.report import per_customer

    table = per_customer(found)
    kind = out.suffix.lower()
    try:
        if kind == ".parquet":
            pyarrow.parquet.write_table(table, out, compression="zstd")
        elif kind == ".csv":
            names = [formula_safe(name) for name in table.column("customer").to_pylist()]
            pyarrow.csv.write_csv(table.set_column(0, "customer", pa.array(names)), out)
        else:
            raise OutputError(f"--out {out.name}: end the name in .csv or .parquet.")
    except OSError as error:
        raise OutputError(f"--out: {out} cannot be written: {error.strerror}.") from error


def _tell(found: "ValuedFile", *, top: int, as_json: bool) -> None:
    from amity.measure.insight.files.report import report
    from amity.measure.insight.files.words import in_words

    told = report(found, top=top)
    answer(told, as_json=as_json, text=None if as_json else in_words(told))
