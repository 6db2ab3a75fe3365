"""`amity import`: files of orders, customers, products and interactions, and taking them back."""

from dataclasses import dataclass
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
Map = Annotated[
    list[str] | None,
    typer.Option("--map", help="field=Column (name or number from 1); field= leaves it out."),
]
MapFile = Annotated[
    Path | None, typer.Option("--map-file", help="YAML: field: Column, one a line.")
]
DryRun = Annotated[
    bool, typer.Option("--dry-run", help="Read and check all rows, and write nothing.")
]
Source = Annotated[
    str | None, typer.Option(help="Whose numbers these are, where two systems have the same ones.")
]
Encoding = Annotated[str | None, typer.Option(help="utf-8, cp1252, utf-16, …; else found out.")]
Delimiter = Annotated[
    str | None, typer.Option(help="One character, tab or spaces; else found out.")
]
Quote = Annotated[str, typer.Option(help="The quote character, or none.")]
Header = Annotated[
    bool | None, typer.Option("--header/--no-header", help="Whether the first row names columns.")
]
Decimal = Annotated[str | None, typer.Option(help="point or comma; else found out.")]
DateStyle = Annotated[
    str | None,
    typer.Option(help="ymd, dmy, mdy, yyyymmdd, name, excel, epoch or epoch_ms; else found out."),
]
Sheet = Annotated[str | None, typer.Option(help="The sheet of a workbook; else the first.")]
Member = Annotated[str | None, typer.Option(help="The file to read in a zip file.")]
Rejects = Annotated[
    Path | None, typer.Option(help="Where to write the rows that were not taken, as CSV.")
]


class ChoiceError(AmityError):
    """An option that cannot be as given."""


@dataclass(frozen=True, slots=True)
class Task:
    """What one command line asks for."""

    kind: str
    file: Path
    chosen: dict[str, Any]
    dry_run: bool
    rejects: Path | None
    as_json: bool


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(imports, name="import")


@imports.command("orders")
def import_orders(  # noqa: PLR0917 -- typer makes options of them, by name
    file: File,
    map_: Map = None,
    map_file: MapFile = None,
    dry_run: DryRun = False,
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
    source: Source = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quote: Quote = '"',
    header: Header = None,
    decimal: Decimal = None,
    date_style: DateStyle = None,
    sheet: Sheet = None,
    member: Member = None,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import orders: several lines an order, returns, anonymous sales, or totals alone.

    Examples:

        amity import orders shop.csv --dry-run

        amity import orders shop.csv --map customer=Kundennummer --map date=Datum --currency EUR

        amity import orders transactions.parquet --amounts-in minor --json
    """
    chosen = _chosen(
        map_, map_file, source=source, encoding=encoding, delimiter=delimiter, quote=quote,
        has_header=header, decimal=decimal, date_style=date_style, sheet=sheet, member=member,
    )  # fmt: skip
    if currency:
        chosen["currency"] = _currency(currency)
    if amounts_in:
        chosen["amounts_in_minor"] = (
            _one_of(amounts_in, "--amounts-in", "major", "minor") == "minor"
        )
    if cancellation_prefix is not None:
        chosen["cancellation_prefix"] = cancellation_prefix
    chosen["drop_duplicates"] = drop_duplicates
    _take_in(Task("orders", file, chosen, dry_run, rejects, as_json))


@imports.command("customers")
def import_customers(  # noqa: PLR0917 -- typer makes options of them, by name
    file: File,
    map_: Map = None,
    map_file: MapFile = None,
    dry_run: DryRun = False,
    key: Annotated[
        str | None,
        typer.Option(help="What tells customers apart: external, email or phone; else all three."),
    ] = None,
    source: Source = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quote: Quote = '"',
    header: Header = None,
    sheet: Sheet = None,
    member: Member = None,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import customers; exports of HubSpot, Salesforce, Mailchimp, Google, Outlook are recognized.

    Examples:

        amity import customers contacts.csv --dry-run

        amity import customers demographics.parquet --map custom.income=income

        amity import customers people.xlsx --key email --source shop
    """
    chosen = _chosen(
        map_, map_file, source=source, encoding=encoding, delimiter=delimiter, quote=quote,
        has_header=header, decimal=None, sheet=sheet, member=member,
    )  # fmt: skip
    if key:
        chosen["key"] = _one_of(key, "--key", "external", "email", "phone")
    _take_in(Task("customers", file, chosen, dry_run, rejects, as_json))


@imports.command("products")
def import_products(  # noqa: PLR0917 -- typer makes options of them, by name
    file: File,
    map_: Map = None,
    map_file: MapFile = None,
    dry_run: DryRun = False,
    source: Source = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quote: Quote = '"',
    header: Header = None,
    sheet: Sheet = None,
    member: Member = None,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import products: names, categories, departments, brands, by the shop's own number.

    Example:

        amity import products products.parquet --map name=product_type
    """
    chosen = _chosen(
        map_, map_file, source=source, encoding=encoding, delimiter=delimiter, quote=quote,
        has_header=header, decimal=None, sheet=sheet, member=member,
    )  # fmt: skip
    _take_in(Task("products", file, chosen, dry_run, rejects, as_json))


@imports.command("interactions")
def import_interactions(  # noqa: PLR0917 -- typer makes options of them, by name
    file: File,
    map_: Map = None,
    map_file: MapFile = None,
    dry_run: DryRun = False,
    kind: Annotated[
        str, typer.Option(help="What happened, where the file does not say: owner.fact.")
    ] = "imported.contacted",
    source: Source = None,
    encoding: Encoding = None,
    delimiter: Delimiter = None,
    quote: Quote = '"',
    header: Header = None,
    decimal: Decimal = None,
    date_style: DateStyle = None,
    sheet: Sheet = None,
    member: Member = None,
    rejects: Rejects = None,
    as_json: AsJson = False,
) -> None:
    """Import interactions: calls, tickets, visits, mails of another system.

    Example:

        amity import interactions calls.csv --kind phone.called --map seconds=Duration
    """
    chosen = _chosen(
        map_, map_file, source=source, encoding=encoding, delimiter=delimiter, quote=quote,
        has_header=header, decimal=decimal, date_style=date_style, sheet=sheet, member=member,
    )  # fmt: skip
    chosen["interaction_kind"] = kind
    _take_in(Task("interactions", file, chosen, dry_run, rejects, as_json))


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


def _chosen(
    map_: list[str] | None,
    map_file: Path | None,
    *,
    decimal: str | None,
    **given: Any,
) -> dict[str, Any]:
    """What the person chose, by the names of the settings; what they left open is not there."""
    chosen = {name: value for name, value in given.items() if value is not None}
    if chosen.get("quote") == '"':
        del chosen["quote"]
    if chosen.get("delimiter"):
        chosen["delimiter"] = {"tab": "\t", "\\t": "\t"}.get(
            chosen["delimiter"], chosen["delimiter"]
        )
    if decimal:
        sign = _one_of(decimal, "--decimal", "point", "comma", ".", ",")
        chosen["decimal_sign"] = {"point": ".", "comma": ","}.get(sign, sign)
    chosen["mapping"] = _mapping(map_ or [], map_file)
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
    if not task.as_json:
        typer.echo(_understanding(analysis), err=True)
    summary = _dry_run(task, analysis) if task.dry_run else _run(task, analysis)
    answer(summary, as_json=task.as_json)


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
        report = dry_run(task.file, analysis, at=now(), progress=hear, rejects=task.rejects)
    if not task.as_json:
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
        kind=task.kind,
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
    if task.rejects is not None:
        task.rejects.write_bytes(Path(row.rejects_path).read_bytes())
    shown = task.rejects or row.rejects_path
    typer.echo(f"The rows that were not taken are in {shown}", err=True)
