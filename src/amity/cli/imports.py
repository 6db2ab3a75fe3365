"""`amity import`: files of orders, customers, and more; and taking them back."""

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amity.base.time import now
from amity.cli.output import AsJson, answer, progress
from amity.cli.setup import command_actor, start_django
from amity.kernel.imports.command_line import (
    AmountsIn,
    CancellationPrefix,
    ChoiceError,
    Command,
    Currency,
    DropDuplicates,
    FileOptions,
    chosen_of,
    chosen_orders,
    currency_code,
    one_of,
    takes_file,
)
from amity.kernel.imports.formats.kinds import brought_kinds

if TYPE_CHECKING:
    from amity.kernel.hooks.manifest import FileKind
    from amity.kernel.imports.analysis import Analysis
    from amity.kernel.imports.models import Import

imports = typer.Typer(
    help="Take files in: orders, customers, products, and more; and take them back.",
    no_args_is_help=True,
)

File = Annotated[
    Path, typer.Argument(help="CSV, TSV, XLSX or Parquet; CSV may be packed (zip, gzip).")
]


@dataclass(frozen=True, slots=True)
class Task:
    """What one command line asks for."""

    kind: str
    file: Path
    chosen: dict[str, Any]
    options: FileOptions


def add(app: typer.Typer) -> None:
    """Puts the commands in place: the house's own, and one for each kind of a capability."""
    for kind in brought_kinds().values():
        imports.command(kind.name)(_brought(kind))
    app.add_typer(imports, name="import")


def _brought(kind: "FileKind") -> Command:
    def command(file: File, options: FileOptions, *, currency: Currency = None) -> None:
        chosen = chosen_of(options)
        if currency:
            chosen["currency"] = currency_code(currency)
        _take_in(Task(kind.name, file, chosen, options))

    command.__doc__ = (
        f"Import {kind.label.lower()}: {kind.help}\n\nExample:\n\n"
        f"    amity import {kind.name} {kind.name}.csv --dry-run\n"
    )
    return takes_file()(command)


@imports.command("orders")
@takes_file()
def import_orders(
    file: File,
    options: FileOptions,
    *,
    currency: Currency = None,
    amounts_in: AmountsIn = None,
    drop_duplicates: DropDuplicates = False,
    cancellation_prefix: CancellationPrefix = None,
) -> None:
    """Import orders: several lines an order, returns, anonymous sales, or totals alone.

    Examples:

        amity import orders shop.csv --dry-run

        amity import orders shop.csv --map customer=Kundennummer --map date=Datum --currency EUR

        amity import orders transactions.parquet --amounts-in minor --json
    """
    chosen = chosen_orders(
        options,
        currency=currency,
        amounts_in=amounts_in,
        drop_duplicates=drop_duplicates,
        cancellation_prefix=cancellation_prefix,
    )
    _take_in(Task("orders", file, chosen, options))


@imports.command("customers")
@takes_file(without=("decimal", "date_style"))
def import_customers(
    file: File,
    options: FileOptions,
    *,
    key: Annotated[
        str | None,
        typer.Option(help="What tells customers apart: external, email or phone; else all three."),
    ] = None,
) -> None:
    """Import customers; exports of HubSpot, Salesforce, Mailchimp, Google, Outlook are recognized.

    Examples:

        amity import customers contacts.csv --dry-run

        amity import customers demographics.parquet --map custom.income=income

        amity import customers people.xlsx --key email --source shop
    """
    chosen = chosen_of(options)
    if key:
        chosen["key"] = one_of(key, "--key", "external", "email", "phone")
    _take_in(Task("customers", file, chosen, options))


@imports.command("products")
@takes_file(without=("decimal", "date_style"))
def import_products(
    file: File,
    options: FileOptions,
) -> None:
    """Import products: names, categories, departments, brands, by the shop's own number.

    Example:

        amity import products products.parquet --map name=product_type
    """
    chosen = chosen_of(options)
    _take_in(Task("products", file, chosen, options))


@imports.command("interactions")
@takes_file()
def import_interactions(
    file: File,
    options: FileOptions,
    *,
    kind: Annotated[
        str, typer.Option(help="What happened, where the file does not say: owner.fact.")
    ] = "imported.contacted",
) -> None:
    """Import interactions: calls, tickets, visits, mails of another system.

    Example:

        amity import interactions calls.csv --kind phone.called --map seconds=Duration
    """
    chosen = chosen_of(options)
    chosen["interaction_kind"] = kind
    _take_in(Task("interactions", file, chosen, options))


@imports.command("undo")
def undo(
    import_id: Annotated[int, typer.Argument(help="The number of the import.")],
    as_json: AsJson = False,
) -> None:
    """Take one import back: what it created goes, what it changed is as before.

    Example:

        amity import undo 7
    """
    start_django()
    from amity.kernel.imports.undoing import undo_import

    with progress("Undo") as hear:
        report = undo_import(import_id, actor=command_actor(), at=now(), progress=hear)
    answer(report, as_json=as_json)


def _take_in(task: Task) -> None:
    start_django()
    from amity.kernel.imports.operations import analyze_file

    analysis = analyze_file(task.file, task.kind, task.chosen)
    if not task.options.as_json:
        typer.echo(_understanding(analysis), err=True)
    summary = _dry_run(task, analysis) if task.options.dry_run else _run(task, analysis)
    answer(summary, as_json=task.options.as_json)


def _understanding(analysis: "Analysis") -> str:
    from amity.kernel.imports.reading import reading_in_words

    lines = [f"{reading_in_words(analysis.file, analysis.settings)}."]
    if analysis.settings.kind == "orders":
        told = " (their columns say so)" if analysis.proposal.currency else ""
        lines.append(f"  Amounts without a currency are {analysis.settings.currency}{told}.")
    for field, column in analysis.settings.mapping.items():
        sure = analysis.proposal.confidence.get(field, 0.0)
        cells = next(s.cells for s in analysis.samples if s.name == column)
        example = next((cell for cell in cells if cell.strip()), "")
        lines.append(f"  {field} = {column} ({sure:.0%}; {example[:40]!r})")
    return "\n".join(lines)


def _dry_run(task: Task, analysis: "Analysis") -> dict[str, Any]:
    from amity.kernel.imports.dry_run import dry_run

    with progress("Dry run") as hear:
        report = dry_run(task.file, analysis, at=now(), progress=hear, rejects=task.options.rejects)
    if not task.options.as_json:
        for problem in report.problems:
            typer.echo(
                f"  row {problem.row}: {problem.field} {problem.value!r}: {problem.reason}."
                f" {problem.remedy}",
                err=True,
            )
    return report.summary


def _run(task: Task, analysis: "Analysis") -> dict[str, Any]:
    from amity.kernel.imports.models import Import
    from amity.kernel.imports.operations import create_import, start_import, unfinished
    from amity.kernel.imports.row_import import KEYS as ROW_KEYS
    from amity.kernel.imports.summary import KEYS
    from amity.kernel.jobs.worker import run_to_end

    path = task.file.resolve()
    row = unfinished(task.kind, path, analysis.settings) or create_import(
        path=path,
        file_name=task.file.name,
        settings=analysis.settings,
        names=analysis.file.names,
        actor=command_actor(),
        at=now(),
    )
    job = start_import(row.pk, actor=command_actor(), at=now())
    with progress(f"Import {row.pk}") as hear:
        run_to_end(job.pk, listener=hear)
    row.refresh_from_db()
    if row.status != Import.Status.DONE:
        raise ChoiceError(
            row.error or f"Import {row.pk} did not finish: {row.get_status_display()}."
        )
    _offer_rejects(task, row)
    keys = KEYS if task.kind == "orders" else ROW_KEYS
    return {key: row.summary[key] for key in keys}


def _offer_rejects(task: Task, row: "Import") -> None:
    if not row.rejects_path:
        return
    if task.options.rejects is not None:
        task.options.rejects.write_bytes(Path(row.rejects_path).read_bytes())
    shown = task.options.rejects or row.rejects_path
    typer.echo(f"The rows that were not taken are in {shown}", err=True)
