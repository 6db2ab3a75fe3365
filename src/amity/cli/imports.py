"""`amity import`: files of orders, customers, products and interactions, and taking them back."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amity.base.results import AmityError
from amity.base.time import now
from amity.cli.output import AsJson, answer, progress
from amity.cli.setup import command_actor, start_django

if TYPE_CHECKING:
    from amity.kernel.imports.analysis import Analysis
    from amity.kernel.imports.models import Import

imports = typer.Typer(
    help="Take files in: orders, customers, products, interactions; and take them back.",
    no_args_is_help=True,
)

File = Annotated[
    Path, typer.Argument(help="CSV, TSV, XLSX or Parquet; CSV may be packed (zip, gzip).")
]
Command = Callable[..., None]


@dataclass(frozen=True, kw_only=True)
class FileOptions:
    """The options that every kind of file has, as typer reads them; see `takes_file`."""

    map_: Annotated[
        list[str] | None,
        typer.Option("--map", help="field=Column (name or number from 1); field= leaves it out."),
    ] = None
    map_file: Annotated[
        Path | None, typer.Option("--map-file", help="YAML: field: Column, one a line.")
    ] = None
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Read and check all rows, and write nothing.")
    ] = False
    source: Annotated[
        str | None,
        typer.Option(help="Whose numbers these are, where two systems have the same ones."),
    ] = None
    encoding: Annotated[
        str | None, typer.Option(help="utf-8, cp1252, utf-16, …; else found out.")
    ] = None
    delimiter: Annotated[
        str | None, typer.Option(help="One character, tab or spaces; else found out.")
    ] = None
    quote: Annotated[str, typer.Option(help="The quote character, or none.")] = '"'
    header: Annotated[
        bool | None,
        typer.Option("--header/--no-header", help="Whether the first row names columns."),
    ] = None
    decimal: Annotated[str | None, typer.Option(help="point or comma; else found out.")] = None
    date_style: Annotated[
        str | None,
        typer.Option(
            help="ymd, dmy, mdy, yyyymmdd, name, excel, epoch or epoch_ms; else found out."
        ),
    ] = None
    sheet: Annotated[str | None, typer.Option(help="The sheet of a workbook; else the first.")] = (
        None
    )
    member: Annotated[str | None, typer.Option(help="The file to read in a zip file.")] = None
    rejects: Annotated[
        Path | None, typer.Option(help="Where to write the rows that were not taken, as CSV.")
    ] = None
    as_json: AsJson = False


def takes_file(*, without: tuple[str, ...] = ()) -> Callable[[Command], Command]:
    """Gives a command `(file, options, *, …own)` the options of FileOptions but those `without`.

    Its own options are listed behind the first three, as typer lists what stands in a signature.
    """
    shared = [
        parameter
        for name, parameter in signature(FileOptions).parameters.items()
        if name not in without
    ]

    def decorate(command: Command) -> Command:
        file, _, *own = signature(command).parameters.values()

        @wraps(command)
        def run(file: Path, **given: Any) -> None:
            options = {each.name: given.pop(each.name) for each in shared}
            command(file, FileOptions(**options), **given)

        listed = [file, *shared[:3], *own, *shared[3:]]
        run.__signature__ = Signature(listed)  # type: ignore[attr-defined]  # what typer reads
        run.__annotations__ = {each.name: each.annotation for each in listed}
        return run

    return decorate


class ChoiceError(AmityError):
    """An option that cannot be as given."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one command line asks for."""

    kind: str
    file: Path
    chosen: dict[str, Any]
    options: FileOptions


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(imports, name="import")


@imports.command("orders")
@takes_file()
def import_orders(
    file: File,
    options: FileOptions,
    *,
    currency: Annotated[
        str | None,
        typer.Option(
            help="Of amounts without one (ISO 4217); else by column names, else the company's."
        ),
    ] = None,
    amounts_in: Annotated[
        str | None, typer.Option(help="major (12.34) or minor (1234 cents); else by column names.")
    ] = None,
    drop_duplicates: Annotated[
        bool, typer.Option(help="Reject lines that repeat a line of their order exactly.")
    ] = False,
    cancellation_prefix: Annotated[
        str | None,
        typer.Option(help="Letters before the number of a cancellation; else found out."),
    ] = None,
) -> None:
    """Import orders: several lines an order, returns, anonymous sales, or totals alone.

    Examples:

        amity import orders shop.csv --dry-run

        amity import orders shop.csv --map customer=Kundennummer --map date=Datum --currency EUR

        amity import orders transactions.parquet --amounts-in minor --json
    """
    chosen = _chosen(options)
    if currency:
        chosen["currency"] = _currency(currency)
    if amounts_in:
        chosen["amounts_in_minor"] = (
            _one_of(amounts_in, "--amounts-in", "major", "minor") == "minor"
        )
    if cancellation_prefix is not None:
        chosen["cancellation_prefix"] = cancellation_prefix
    chosen["drop_duplicates"] = drop_duplicates
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
    chosen = _chosen(options)
    if key:
        chosen["key"] = _one_of(key, "--key", "external", "email", "phone")
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
    chosen = _chosen(options)
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
    chosen = _chosen(options)
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


def _chosen(options: FileOptions) -> dict[str, Any]:
    """What the person chose, by the names of the settings; what they left open is not there."""
    given = {
        "source": options.source,
        "encoding": options.encoding,
        "delimiter": {"tab": "\t", "\\t": "\t"}.get(options.delimiter or "", options.delimiter),
        "quote": options.quote if options.quote != '"' else None,
        "has_header": options.header,
        "date_style": options.date_style,
        "sheet": options.sheet,
        "member": options.member,
    }
    chosen: dict[str, Any] = {name: value for name, value in given.items() if value is not None}
    if options.decimal:
        sign = _one_of(options.decimal, "--decimal", "point", "comma", ".", ",")
        chosen["decimal_sign"] = {"point": ".", "comma": ","}.get(sign, sign)
    chosen["mapping"] = _mapping(options.map_ or [], options.map_file)
    return chosen


def _mapping(pairs: list[str], file: Path | None) -> dict[str, str]:
    mapping: dict[str, str] = {}
    if file is not None:
        import yaml

        try:
            loaded = yaml.safe_load(file.read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
            raise ChoiceError(f"{file} cannot be read: {error}") from error
        if not isinstance(loaded, dict):
            raise ChoiceError(f"{file} must say 'field: Column', one a line.")
        mapping |= {str(name): str(column or "") for name, column in loaded.items()}
    for pair in pairs:
        name, equals, column = pair.partition("=")
        if not equals:
            raise ChoiceError(f"--map {pair}: write field=Column.")
        mapping[name.strip()] = column.strip()
    return mapping


def _one_of(value: str, option: str, *words: str) -> str:
    if value not in words:
        raise ChoiceError(f"{option} is {value!r}; use {' or '.join(words[:3])}.")
    return value


def _currency(code: str) -> str:
    if len(code) != 3 or not code.isalpha():
        raise ChoiceError(f"--currency is {code!r}; use three letters, as in EUR.")
    return code.upper()


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
