"""How commands answer: text for people, JSON for programs, a bar while it takes time."""

import json
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


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def answer(value: Any, *, as_json: bool, text: str | None = None) -> None:
    """Prints `value` as JSON, or `text`; without a text, one `name: value` a line."""
    if as_json:
        typer.echo(json.dumps(value, default=_plain, indent=2, ensure_ascii=False))
    elif text is not None:
        typer.echo(text)
    else:
        for name, item in value.items():
            typer.echo(f"{name.replace('_', ' ')}: {item}")


def _say_nothing(done: int, total: int | None, message: str = "") -> None:
    """Stands in for the bar where nobody would see it."""


@contextmanager
def progress(label: str) -> Iterator[Listener]:
    """A bar on stderr that hears `(done, total, message)`; nothing where stderr is piped."""
    if not sys.stderr.isatty():
        yield _say_nothing
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(label, total=None)

        def hear(done: int, total: int | None, message: str = "") -> None:
            described = f"{label}: {message}" if message else label
            bar.update(task, completed=done, total=total, description=described)

        yield hear
