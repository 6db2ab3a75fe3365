"""`amity advise`."""

import getpass
from typing import Annotated

import typer

from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.hooks.command_line import AsJson, answer, progress, start_django


def add(app: typer.Typer) -> None:
    """Puts the command in place."""
    app.command()(advise)


def advise(
    budget: Annotated[
        float | None, typer.Option(help="Money for a year; else the canvas's.", min=0)
    ] = None,
    hours: Annotated[
        list[str] | None,
        typer.Option(help="Hours of a skill in the year, as in front_line=2000. Repeatable."),
    ] = None,
    careful: Annotated[
        bool, typer.Option(help="Count every effect half-way to its low end.")
    ] = False,
    changes: Annotated[
        int | None, typer.Option(help="Most offers that may differ from today.", min=0)
    ] = None,
    seconds: Annotated[float, typer.Option(help="Time to look for the plan.", min=1)] = 60.0,
    as_json: AsJson = False,
) -> None:
    """Find the relationships that are worth most, and say why.

    The answer becomes a proposal: a version of the canvas that a person adopts or declines.

    Examples:

        amity advise --budget 120000 --hours front_line=3000 --hours account=1400

        amity advise --careful --json
    """
    wanted = _hours(hours or [])
    start_django()
    from amity.adapt.planner import operations, presenting
    from amity.adapt.planner.rules.building import Asked
    from amity.kernel.access.rules import Actor

    asked = Asked(budget, wanted, careful, changes, seconds)
    actor = Actor(kind="command", name=f"{_person()} (command line)", role=Role.OWNER)
    with progress("Planning") as hear:
        run = operations.ask_now(asked=asked, actor=actor, at=now(), hear=hear)
    values = presenting.full_values(run)
    answer(values, as_json=as_json, text=presenting.in_words(values))


class HoursError(AmityError):
    """Hours that are not written as skill=number."""


def _hours(given: list[str]) -> dict[str, float]:
    found = {}
    for text in given:
        skill, equals, amount = text.partition("=")
        try:
            found[skill.strip().replace("-", "_")] = float(amount)
        except ValueError:
            equals = ""
        if not equals:
            raise HoursError(f"Write hours as skill=number, as in front_line=2000, not “{text}”.")
    return found


def _person() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        return "somebody"
