"""`amity demo`: from nothing to a company in the browser, with one command."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated

import typer

from amity.base.time import now
from amity.base.vocabulary import Role
from amity.cli.output import Listener, progress
from amity.cli.people import sign_in_link
from amity.cli.setup import command_actor, migrate_database, start_django
from amity.project import environment as env
from amity.project.running import address_of, run_group

if TYPE_CHECKING:
    from amity.kernel.access.models import User

OWNER_ADDRESS = "owner@example.com"


def add(app: typer.Typer) -> None:
    """Puts the command in place."""
    app.command()(demo)


def demo(
    empty: Annotated[
        bool, typer.Option("--empty", help="Start without the demonstration company.")
    ] = False,
    bind: Annotated[str, typer.Option(help="Address to listen on.")] = env.BIND.text(),
    port: Annotated[
        int, typer.Option(help="Port to listen on; a taken one is replaced by the next free one.")
    ] = env.PORT.number(),
    serve: Annotated[
        bool, typer.Option("--serve/--no-serve", help="Whether to serve once all is loaded.")
    ] = True,
) -> None:
    """Load the demonstration company, serve it, and print a link that signs you in.

    The first run takes a minute or so, later ones seconds; what you changed is kept.

    Examples:

        amity demo

        amity demo --empty

        AMITY_HOME=~/amity-demo amity demo --port 9000
    """
    start_django(prepare_database=False)
    migrate_database()
    owner = _owner()
    if not empty:
        _load()
    if not serve:
        return
    from amity.project import server

    chosen = server.first_free_port(bind, port)
    if chosen != port:
        typer.echo(f"Port {port} is taken; using {chosen}.", err=True)
    os.environ.setdefault(env.BASE_URL.name, address_of(bind, chosen))
    link = sign_in_link(owner.email, base_url=os.environ[env.BASE_URL.name])
    greeting = (
        f"\nAmity is ready. Open this link; it signs you in once:\n\n    {link}\n\n"
        "Ctrl-C ends it; the same command starts it again with your changes kept."
    )
    run_group(bind=bind, port=chosen, job_workers=env.JOB_WORKERS.number(), greeting=greeting)


def _load() -> None:
    from amity.project.demonstration.steps import is_all_done

    if is_all_done():
        return
    from amity.project.demonstration.loading import load_demonstration

    load_demonstration(actor=command_actor(), at=now(), bars=_steps)


@contextmanager
def _steps(label: str) -> Iterator[Listener]:
    """A bar at a terminal, one line a step elsewhere."""
    if not sys.stderr.isatty():
        typer.echo(f"Loading: {label}", err=True)
    with progress(label) as hear:
        yield hear


def _owner() -> "User":
    from amity.kernel.access.models import User
    from amity.kernel.access.operations import create_user

    owners = User.objects.filter(role=Role.OWNER.value, is_active=True)
    return owners.order_by("pk").first() or create_user(
        email=OWNER_ADDRESS,
        name="Demo Owner",
        role=Role.OWNER,
        password=None,
        actor=command_actor(),
        at=now(),
    )
