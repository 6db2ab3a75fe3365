"""What the commands of capabilities need: Django started, answers as text or JSON, a bar.

It stands here because a capability may not import the command line above it.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from pathlib import Path
from typing import Annotated, Any

import typer

AsJson = Annotated[bool, typer.Option("--json", help="Answer in JSON, for programs.")]
Listener = Callable[[int, int | None, str], None]


def start_django(*, prepare_database: bool = True) -> None:
    """Loads Django, and prepares the database where it is still empty.

    A database that is there but older than this version is left alone: only `migrate`, `up` and
    `demo` upgrade it.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
    import django  # noqa: PLC0415 -- only commands that need Django load it

    django.setup()
    if prepare_database and _is_empty():
        typer.echo("Preparing the database, once.", err=True)
        migrate_database()


def _is_empty() -> bool:
    from django.db import connection  # noqa: PLC0415 -- Django is set up by now

    return "django_migrations" not in connection.introspection.table_names()


def migrate_database() -> None:
    """Brings the database to this version; does nothing where it is."""
    from django.core.management import call_command  # noqa: PLC0415 -- Django is set up by now

    call_command("migrate", verbosity=0, interactive=False)


def answer(value: Any, *, as_json: bool, text: str | None = None) -> None:
    """Prints `value` as JSON, or `text`; without a text, one `name: value` a line."""
    if as_json:
        typer.echo(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))
    elif text is not None:
        typer.echo(text)
    else:
        for name, item in value.items():
            typer.echo(f"{name.replace('_', ' ')}: {item}")


def _plain(value: object) -> object:
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _say_nothing(done: int, total: int | None, message: str = "") -> None:
    """Stands in for the bar where nobody would see it."""


@contextmanager
def progress(label: str) -> Iterator[Listener]:
    """A bar on stderr that hears `(done, total, message)`; nothing where stderr is piped."""
    if not sys.stderr.isatty():
        yield _say_nothing
        return
    from rich.console import Console  # noqa: PLC0415 -- loaded only where a bar is seen
    from rich.progress import (  # noqa: PLC0415 -- likewise
        BarColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
    )

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def hear(done: int, total: int | None, message: str = "") -> None:
            described = f"{label}: {message}" if message else label
            bar.update(task, completed=done, total=total, description=described)

        yield hear
