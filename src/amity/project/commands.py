"""The commands that run the house: `up`, `demo`, `serve`, `worker`."""

import os
from typing import Annotated
from zoneinfo import ZoneInfo

import typer

from amity.cli.setup import migrate_database, start_django
from amity.project import environment as env
from amity.project.demonstration import command as demonstration
from amity.project.running import address_of, run_group
from amity.project.supervisor import PARENT_VARIABLE, die_with_parent

Bind = Annotated[str, typer.Option(help="Address to listen on (AMITY_BIND).")]
Port = Annotated[int, typer.Option(help="Port to listen on (AMITY_PORT).", min=1, max=65535)]


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.command()(up)
    demonstration.add(app)
    app.command()(serve)
    app.command()(worker)


def up(
    bind: Bind = env.BIND.text(),
    port: Port = env.PORT.number(),
    job_workers: Annotated[
        int, typer.Option(help="Job processes (AMITY_JOB_WORKERS).", min=0)
    ] = env.JOB_WORKERS.number(),
) -> None:
    """Prepare the database, then serve pages and work on jobs, in one process group.

    Ctrl-C or SIGTERM ends all of it in order; what a job had begun goes on at the next start.

    Examples:

        amity up

        AMITY_DATABASE_URL=postgresql://amity@db/amity amity up --bind 0.0.0.0 --job-workers 2
    """
    start_django()
    migrate_database()
    run_group(
        bind=bind,
        port=port,
        job_workers=job_workers,
        greeting=f"Amity is at {address_of(bind, port)}",
    )


def serve(
    bind: Bind = env.BIND.text(),
    port: Port = env.PORT.number(),
    workers: Annotated[
        int, typer.Option(help="Web processes (AMITY_WEB_WORKERS).", min=1)
    ] = env.WEB_WORKERS.number(),
) -> None:
    """Serve pages and the API in the foreground; jobs need a worker beside it.

    Example:

        amity serve --port 9000 --workers 2
    """
    die_with_parent()
    os.environ[PARENT_VARIABLE] = str(os.getpid())  # the web processes are this one's children
    from amity.project import server

    server.serve(address=bind, port=port, workers=workers, threads=env.WEB_THREADS.number())


def worker() -> None:
    """Work on jobs and the schedule in the foreground; several may run, on several machines.

    Example:

        amity worker
    """
    die_with_parent()
    start_django()
    from amity.kernel.jobs.worker import Worker, stop_on_signals

    working = Worker(zone=_company_zone)
    stop_on_signals(working)
    working.run_forever()


def _company_zone() -> ZoneInfo:
    from amity.kernel.access.operations import company

    return ZoneInfo(company().time_zone)
