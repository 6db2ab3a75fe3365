"""The `amity` command: one typer application.

Its commands are found, not listed: every module of this package that has an `add(app)`, the house's
own (`amity.project.commands`), and those that capabilities name in their manifests.
"""

import pkgutil
import sys
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Annotated

import typer

import amity.cli
from amity.base.results import AmityError
from amity.cli.setup import explain_database_error
from amity.kernel.hooks.discovery import capabilities, load

app = typer.Typer(
    name="amity",
    help="Design, run, measure and adapt customer relationships.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_wanted: bool) -> None:
    if not is_wanted:
        return
    try:
        typer.echo(f"amity {version('amity')}")
    except PackageNotFoundError:  # run from a clone
        typer.echo("amity (from a clone)")
    raise typer.Exit


@app.callback()
def amity_command(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version."),
    ] = False,
) -> None:
    """Design, run, measure and adapt customer relationships."""


def _add_commands() -> None:
    load("amity.project.commands.add")(app)
    for module in pkgutil.iter_modules(amity.cli.__path__, prefix="amity.cli."):
        if module.name not in {"amity.cli.main", "amity.cli.__main__"}:
            add = getattr(import_module(module.name), "add", None)
            if add is not None:
                add(app)
    for manifest in capabilities():
        if manifest.commands:
            load(manifest.commands)(app)


_add_commands()


def main() -> None:
    """Runs the command; an expected failure is one sentence on stderr and exit code 1."""
    try:
        app(prog_name="amity")
    except AmityError as error:
        typer.echo(f"amity: {error}", err=True)
        sys.exit(1)
    except Exception as error:
        explanation = explain_database_error(error)
        if explanation is None:
            raise
        typer.echo(f"amity: {explanation}", err=True)
        sys.exit(1)
