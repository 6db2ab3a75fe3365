"""The options of every command that reads a table, and what they say about reading it.

They stand here because a capability that reads files may not import the command line above it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from amity.base.results import AmityError
from amity.kernel.hooks.command_line import AsJson

Command = Callable[..., None]
Currency = Annotated[
    str | None,
    typer.Option(
        help="Of amounts without one (ISO 4217); else by column names, else the company's."
    ),
]
AmountsIn = Annotated[
    str | None, typer.Option(help="major (12.34) or minor (1234 cents); else by column names.")
]
DropDuplicates = Annotated[
    bool, typer.Option(help="Reject lines that repeat a line of their order exactly.")
]
CancellationPrefix = Annotated[
    str | None,
    typer.Option(help="Letters before the number of a cancellation; else found out."),
]


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


def chosen_of(options: FileOptions) -> dict[str, Any]:
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
        sign = one_of(options.decimal, "--decimal", "point", "comma", ".", ",")
        chosen["decimal_sign"] = {"point": ".", "comma": ","}.get(sign, sign)
    chosen["mapping"] = _mapping(options.map_ or [], options.map_file)
    return chosen


def chosen_orders(
    options: FileOptions,
    *,
    currency: str | None,
    amounts_in: str | None,
    drop_duplicates: bool,
    cancellation_prefix: str | None,
) -> dict[str, Any]:
    """As `chosen_of`, with what is chosen of orders alone."""
    chosen = chosen_of(options)
    if currency:
        chosen["currency"] = currency_code(currency)
    if amounts_in:
        chosen["amounts_in_minor"] = one_of(amounts_in, "--amounts-in", "major", "minor") == "minor"
    if cancellation_prefix is not None:
        chosen["cancellation_prefix"] = cancellation_prefix
    chosen["drop_duplicates"] = drop_duplicates
    return chosen


def _mapping(pairs: list[str], file: Path | None) -> dict[str, str]:
    mapping: dict[str, str] = {}
    if file is not None:
        import yaml  # noqa: PLC0415 -- only where a file is given

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


def one_of(value: str, option: str, *words: str) -> str:
    """The value of an option, which must be one of a few words."""
    if value not in words:
        raise ChoiceError(f"{option} is {value!r}; use {' or '.join(words[:3])}.")
    return value


def currency_code(code: str) -> str:
    """A currency's three letters in capitals."""
    if len(code) != 3 or not code.isalpha():
        raise ChoiceError(f"--currency is {code!r}; use three letters, as in EUR.")
    return code.upper()
