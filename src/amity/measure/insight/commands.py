"""`amity measure` and `amity report`."""

import getpass
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer

from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.hooks.command_line import AsJson, answer, progress, start_django
from amity.measure.insight.files.command import value

Day = Annotated[
    datetime | None,
    typer.Option("--as-of", formats=["%Y-%m-%d"], help="Last day that counts; else of the log."),
]
lakes = typer.Typer(
    help="The analytic tables: Parquet for DuckDB, Spark and notebooks.", no_args_is_help=True
)
Report = Annotated[
    str,
    typer.Argument(help="value, rfm, movement, cohorts, contracts, whale or backtest."),
]


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.command()(value)
    app.command()(measure)
    app.command()(report)
    app.command()(states)
    app.add_typer(lakes, name="lake")


def measure(
    as_of: Day = None,
    holdout: Annotated[
        int | None,
        typer.Option(help="Compare the fit with this many days after --as-of.", min=1),
    ] = None,
    model: Annotated[str, typer.Option(help="BG/NBD or MBG/NBD.")] = "BG/NBD",
    discount: Annotated[
        float | None, typer.Option(help="Yearly discount, 0.1 is 10 %; else as the last time.")
    ] = None,
    margin: Annotated[
        float | None, typer.Option(help="Contribution / spend; else as the last time, at first 1.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Measure what customers are worth, and how sure that is.

    Parameters are per week. The band holds the forecast's error as far as it is known.

    Examples:

        amity measure

        amity measure --as-of 1997-09-30 --holdout 273 --json
    """
    start_django()
    from amity.kernel.access.rules import Actor
    from amity.measure.insight import operations, queries
    from amity.measure.insight.rules import Options

    usual = queries.usual_options()
    options = Options(
        as_of.date() if as_of else None,
        holdout,
        model,
        usual.discount if discount is None else discount,
        usual.margin if margin is None else margin,
    )
    actor = Actor(kind="command", name=f"{_person()} (command line)", role=Role.OWNER)
    with progress("Measuring") as hear:
        run = operations.measure(options=options, at=now(), actor=actor, progress=hear)
    found = queries.measured(run, with_holdout=holdout is not None)
    answer(found, as_json=as_json, text=_in_words(found, run.as_of.isoformat()))


def report(
    name: Report,
    days: Annotated[int, typer.Option(help="Movement over 30, 90, 180 or 365 days.")] = 90,
    as_json: AsJson = False,
) -> None:
    """Print a report of the last measurement.

    Examples:

        amity report value

        amity report movement --days 365

        amity report cohorts --json
    """
    start_django()
    from amity.measure.insight import queries
    from amity.measure.insight.tables import text_of

    found = queries.report(name, days=days)
    answer(found, as_json=as_json, text=None if as_json else text_of(name, found))


@lakes.command("refresh")
def lake_refresh(
    rebuild: Annotated[bool, typer.Option(help="Write every file anew.")] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the analytic tables up to the database; only what changed is written.

    Example:

        amity lake refresh
    """
    start_django()
    from amity.measure.insight import lake

    with progress("Refreshing") as hear:
        done = lake.refresh(at=now(), progress=hear, rebuild=rebuild)
    answer(asdict(done), as_json=as_json)


@lakes.command("ask")
def lake_ask(
    question: Annotated[
        str, typer.Argument(help="One of the questions; without one, their list.")
    ] = "",
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="First day; else a year before.")
    ] = None,
    as_of: Day = None,
    as_json: AsJson = False,
) -> None:
    """Ask the analytic tables a named question, on the engine of the settings.

    Examples:

        amity lake ask

        amity lake ask cost_to_serve --since 2017-01-01 --json
    """
    start_django()
    from amity.measure.analytics.engines.statements import questions
    from amity.measure.insight import lake

    if not question:
        answer({"questions": questions()}, as_json=as_json)
        return
    rows = lake.ask(
        question, since=since.date() if since else None, as_of=as_of.date() if as_of else None
    )
    answer({"question": question, "rows": rows}, as_json=as_json, text=_lines(rows))


@lakes.command("fit")
def lake_fit(
    as_of: Day = None,
    model: Annotated[str, typer.Option(help="BG/NBD or MBG/NBD.")] = "BG/NBD",
    as_json: AsJson = False,
) -> None:
    """Fit the value models where the analytic tables lie, on the engine of the settings.

    Each step adds up sums that the engine takes of its own part of the customers, so a cluster
    never brings them together. Parameters are per week, money is in minor units.

    Example:

        amity lake fit --json
    """
    start_django()
    from amity.measure.insight import lake

    found = lake.fit(as_of=as_of.date() if as_of else None, model=model)
    answer(found, as_json=as_json)


def _lines(rows: list[dict[str, Any]]) -> str:
    if not rows:
        return "Nothing in these days."
    head = "\t".join(rows[0])
    return "\n".join([head, *("\t".join(str(cell) for cell in row.values()) for row in rows)])


def states(
    rebuild: Annotated[
        bool, typer.Option("--rebuild", help="Make all anew from the orders.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Bring the running state of customer value up to the orders; a job does it all day.

    Examples:

        amity states

        amity states --rebuild --json
    """
    start_django()
    from amity.measure.insight.states import refresh_states

    changed = refresh_states(at=now(), rebuild=rebuild)
    answer({"customers": changed}, as_json=as_json, text=f"{changed:,} customers made anew.")


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "somebody"


def _in_words(found: dict[str, Any], as_of: str) -> str:
    base = f"{found['customers']:,} customers, {found['repeaters']:,} of them came back"
    lines = [
        f"As of {as_of}: {base}, {found['purchases']:,} repeat purchases.",
        f"{found['model']}: {found['verdict']}. {found['reason']}",
    ]
    parts = [
        f"{name} {value:.6g}"
        + (f" (s.e. {found['standard_errors'][name]:.3g})" if found["standard_errors"] else "")
        for name, value in found["parameters"].items()
    ]
    lines.append(f"Parameters per {found['unit']}: {', '.join(parts)}.")
    if found["forecast"] is not None:
        error = "" if found["error"] is None else f", error {found['error']:+.1%}"
        low, high = found["band"]
        lines.append(
            f"Hold-out: {found['forecast']:,.1f} purchases expected ({low:,.0f} to {high:,.0f}), "
            f"{found['actual']:,} made{error}."
        )
    return "\n".join(lines)
