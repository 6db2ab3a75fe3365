"""The `amity` command: one typer application; capabilities add their commands by manifest."""

import os
import sys

import typer

from amity.base.results import AmityError
from amity.kernel.hooks.discovery import capabilities, load

app = typer.Typer(
    name="amity",
    help="Design, run, measure and adapt customer relationships.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def start_django() -> None:
    """Loads Django; commands that need no database do without."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
    import django

    django.setup()


@app.command()
def migrate() -> None:
    """Prepare or upgrade the database."""
    start_django()
    from django.core.management import call_command

    call_command("migrate", verbosity=1)


for manifest in capabilities():
    if manifest.commands:
        load(manifest.commands)(app)


def main() -> None:
    """Runs the command; an expected failure is one sentence on stderr and exit code 1."""
    try:
        app()
    except AmityError as error:
        typer.echo(f"amity: {error}", err=True)
        sys.exit(1)
