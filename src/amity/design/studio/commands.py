"""`amity canvas …`: draft, export, import, diff, validate, publish, roll back."""

import getpass
import sys
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from amity.base.results import AmityError, NotFoundError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.design.studio.rules.starters import FROM_DATA, NAMES
from amity.kernel.hooks.command_line import AsJson, answer, start_django

if TYPE_CHECKING:
    from amity.kernel.access.rules import Actor
    from amity.kernel.policy.models import PolicyVersion
    from amity.kernel.policy.rules import Finding

canvas = typer.Typer(help="The relationship canvas.", no_args_is_help=True)
Number = Annotated[int | None, typer.Argument(help="The version; else the one worked on.")]
Reason = Annotated[str, typer.Option("--reason", "-r", help="Why, for those who read it later.")]


class NoFileError(AmityError):
    """The file cannot be read."""


def register(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.add_typer(canvas, name="canvas")


def _actor() -> "Actor":
    from amity.kernel.access.rules import Actor

    return Actor(kind="command", name=f"{_person()} (command line)", role=Role.OWNER)


def _person() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return "Somebody"


@canvas.command()
def draft(
    starter: Annotated[str, typer.Option(help=f"Begin from: {', '.join(NAMES)}.")] = FROM_DATA,
    name: Annotated[str, typer.Option(help="Name of the canvas.")] = "",
    hour_cost: Annotated[
        float | None, typer.Option(help="What an hour of staff costs; without it, no money.", min=0)
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="What relationships may cost in a year.", min=0)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Draft a first canvas from the data, every guess marked as a guess.

    Examples:

        amity canvas draft

        amity canvas draft --starter b2b --hour-cost 55 --json
    """
    start_django()
    from amity.design.studio.operations import draft_canvas
    from amity.design.studio.queries.facts import facts_for
    from amity.design.studio.rules.drafting import Choices
    from amity.design.studio.rules.starters import starter as starter_of

    at = now()
    choices = Choices(
        hour_cost=None if hour_cost is None else Decimal(str(hour_cost)),
        budget=None if budget is None else Decimal(str(budget)),
    )
    facts = facts_for(starter_of(starter), at)
    taken = draft_canvas(starter, choices, actor=_actor(), at=at, name=name)
    told = {
        **_told(taken.version),
        "starter": starter,
        "segments_added": list(taken.segments),
        "touchpoints_added": list(taken.touchpoints),
        "segments": {key: known.customers for key, known in facts.segments.items()},
        "missing": list(facts.missing),
    }
    lines = [taken.words, *(f"  {key}: {n:,} customers" for key, n in told["segments"].items())]
    answer(told, as_json=as_json, text="\n".join([*lines, *facts.missing]))


@canvas.command()
def export(
    number: Number = None,
    to: Annotated[
        Path | None, typer.Option("--to", "-o", help="The file; else standard output.")
    ] = None,
) -> None:
    """Write one version as one readable YAML file, which `canvas import` takes back unchanged.

    Examples:

        amity canvas export > canvas.yaml

        amity canvas export 3 --to canvas-3.yaml
    """
    start_django()
    from amity.kernel.policy.files import dump
    from amity.kernel.policy.queries import document_of

    text = dump(document_of(_version(number)))
    if to is None:
        sys.stdout.write(text)
    else:
        to.write_text(text, encoding="utf-8")


@canvas.command("import")
def import_(
    file: Annotated[Path, typer.Argument(help="A canvas in YAML or JSON; - for standard input.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Take a canvas file in as a draft; segments and touchpoints it defines are added.

    Example:

        amity canvas import canvas.yaml --reason "From the workshop"
    """
    start_django()
    from amity.design.studio.operations import import_canvas

    taken = import_canvas(_text(file), reason=reason, actor=_actor(), at=now())
    told = {
        **_told(taken.version),
        "segments_added": list(taken.segments),
        "touchpoints_added": list(taken.touchpoints),
    }
    answer(told, as_json=as_json, text=taken.words)


@canvas.command()
def diff(
    old: Annotated[int | None, typer.Argument(help="From; else the version in force.")] = None,
    new: Annotated[int | None, typer.Argument(help="To; else the version worked on.")] = None,
    as_json: AsJson = False,
) -> None:
    """Say what differs between two versions.

    Examples:

        amity canvas diff

        amity canvas diff 3 5 --json
    """
    start_django()
    from amity.kernel.policy.queries import diff as differences
    from amity.kernel.policy.queries import document_of, published, version_by_number

    before = published() if old is None else version_by_number(old)
    after = _version(new)
    changes = differences(document_of(before) if before else None, document_of(after))
    told = {
        "old": before.number if before else None,
        "new": after.number,
        "changes": [
            {"path": one.path, "kind": one.kind, "segment": one.segment, "words": one.words}
            for one in changes
        ],
    }
    answer(told, as_json=as_json, text="\n".join(c.words for c in changes) or "Nothing differs.")


@canvas.command()
def validate(number: Number = None, as_json: AsJson = False) -> None:
    """Say what is wrong with a version. Exit code 1 where an error stands in the way.

    Example:

        amity canvas validate --json
    """
    start_django()
    from amity.kernel.policy.queries import document_of
    from amity.kernel.policy.queries import validate as findings_of

    version = _version(number)
    findings = findings_of(document_of(version), now())
    told = {**_told(version), "findings": [_finding(one) for one in findings]}
    lines = [f"{one.level} {one.path}: {one.message} {one.remedy}" for one in findings]
    answer(told, as_json=as_json, text="\n".join(lines) or "Nothing to mend.")
    if any(one.is_error for one in findings):
        raise typer.Exit(1)


@canvas.command()
def publish(
    number: Number = None,
    reason: Reason = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what it changes.")] = False,
    as_json: AsJson = False,
) -> None:
    """Publish a draft: every part obeys it from now on.

    Examples:

        amity canvas publish --dry-run

        amity canvas publish 4 --reason "More hours for the regulars"
    """
    start_django()
    from amity.kernel.policy.operations import publish as put_in_force
    from amity.kernel.policy.queries import publish_preview

    version, at = _version(number), now()
    preview = publish_preview(version, at)
    if not dry_run:
        version = put_in_force(version.pk, reason=reason, actor=_actor(), at=at)
    told = {
        **_told(version),
        "replaces": preview.replaces,
        "customers_changed": preview.customers_changed,
        "customers_uncovered": preview.customers_uncovered,
        "changes": [one.words for one in preview.changes],
        "findings": [_finding(one) for one in preview.findings],
    }
    verb = "would change" if dry_run else "is in force and changes"
    words = (
        f"Version {version.number} {verb} the promise of {preview.customers_changed:,} customers."
    )
    answer(told, as_json=as_json, text=words)


@canvas.command()
def rollback(
    number: Annotated[int, typer.Argument(help="The version to go back to.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Go back: publish a new version that says what an older one said.

    Example:

        amity canvas rollback 3 --reason "Too dear"
    """
    start_django()
    from amity.kernel.policy.operations import roll_back

    version = roll_back(number, reason=reason, actor=_actor(), at=now())
    words = f"Version {version.number} is in force and says what version {number} said."
    answer(_told(version), as_json=as_json, text=words)


def _version(number: int | None) -> "PolicyVersion":
    from amity.design.studio.queries.versions import working_version
    from amity.kernel.policy.queries import version_by_number

    if number is not None:
        return version_by_number(number)
    version = working_version()
    if version is None:
        raise NotFoundError("There is no canvas yet. Draft one: amity canvas draft")
    return version


def _told(version: "PolicyVersion") -> dict[str, Any]:
    return {
        "version": version.number,
        "name": version.name,
        "status": str(version.status),
        "digest": version.digest,
    }


def _finding(finding: "Finding") -> dict[str, str]:
    return {
        "level": finding.level,
        "path": finding.path,
        "message": finding.message,
        "remedy": finding.remedy,
    }


def _text(file: Path) -> str:
    if str(file) == "-":
        return sys.stdin.read()
    try:
        return file.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise NoFileError(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise NoFileError(f"{file} is not text in UTF-8. Save it so and try again.") from error
