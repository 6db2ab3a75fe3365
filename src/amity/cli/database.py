"""`amity init`, `migrate` and `check`: a database that is there, current and whole."""

from typing import TYPE_CHECKING, Annotated

import typer

from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.cli.output import AsJson, answer, progress
from amity.cli.people import sign_in_link
from amity.cli.setup import command_actor, migrate_database, start_django
from amity.kernel.hooks.checks import broken_invariants

if TYPE_CHECKING:
    from amity.kernel.access.models import Company


def add(app: typer.Typer) -> None:
    """Puts the commands in place."""
    app.command()(init)
    app.command()(migrate)
    app.command()(check)


def init(  # noqa: PLR0917 -- typer makes options of them, by name
    name: Annotated[str, typer.Option(help="The company's name.")] = "My company",
    currency: Annotated[str, typer.Option(help="Its currency (ISO 4217).")] = "",
    time_zone: Annotated[str, typer.Option(help="Its time zone, as in Europe/Berlin.")] = "",
    owner: Annotated[
        str, typer.Option(help="E-mail address of the first person, who may do everything.")
    ] = "",
    customers: Annotated[
        int, typer.Option(help="Invented customers to fill it with, for a trial.", min=0)
    ] = 0,
    seed: Annotated[
        int, typer.Option(help="Which ones: the same number gives the same customers.", min=0)
    ] = 1,
    as_json: AsJson = False,
) -> None:
    """Prepare an empty company: database, keys, the first person.

    Done again it changes only what is named, and makes nobody twice. Invented customers have names
    at example domains, and two years of orders and contacts up to the end of 2025.

    Examples:

        amity init --name "Harbor Books" --currency EUR --owner ada@example.org

        AMITY_HOME=/srv/amity amity init --json

        AMITY_HOME=~/trial amity init --customers 100000 --seed 7
    """
    start_django(prepare_database=False)
    migrate_database()
    from django.conf import settings

    company = _set_company(name=name, currency=currency, time_zone=time_zone)
    report: dict[str, object] = {
        "home": str(settings.HOME),
        "company": company.name,
        "currency": company.currency,
        "time_zone": company.time_zone,
    }
    if owner:
        report["sign_in_link"] = _owner_link(owner)
    if customers:
        report["generated"] = _generated(customers, seed)
    answer(report, as_json=as_json)


def _generated(customers: int, seed: int) -> dict[str, object]:
    from dataclasses import asdict

    from amity.cli.generated.loading import generate

    with progress("Generating") as hear:
        total = generate(customers=customers, seed=seed, actor=command_actor(), progress=hear)
    return asdict(total)


def _set_company(*, name: str, currency: str, time_zone: str) -> "Company":
    from django.conf import settings

    from amity.kernel.access.models import Company

    company = Company.objects.first() or Company(
        currency=settings.DEFAULT_CURRENCY, time_zone=settings.DEFAULT_TIME_ZONE
    )
    company.name = name if name != "My company" or not company.name else company.name
    company.currency = _currency(currency) if currency else company.currency
    company.time_zone = _zone(time_zone) if time_zone else company.time_zone
    company.save()
    return company


def _currency(code: str) -> str:
    if len(code) != 3 or not code.isascii() or not code.isalpha():
        raise AmityError(f"{code} is not a currency. Use three letters, as in EUR.")
    return code.upper()


def _zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise AmityError(f"There is no time zone {name}. Use a name such as Europe/Berlin.")
    return name


def _owner_link(email: str) -> str:
    from amity.kernel.access import operations
    from amity.kernel.access.models import User

    if not User.objects.filter(email__iexact=email).exists():
        operations.create_user(
            email=email,
            name=email,
            role=Role.OWNER,
            password=None,
            actor=command_actor(),
            at=now(),
        )
    return sign_in_link(email)


def migrate(as_json: AsJson = False) -> None:
    """Prepare the database, or bring it to this version.

    Interrupted, it is run again: every step is done whole or not at all.

    Example:

        amity migrate
    """
    start_django(prepare_database=False)
    from django.db import connection
    from django.db.migrations.executor import MigrationExecutor

    executor = MigrationExecutor(connection)
    plan = executor.migration_plan(executor.loader.graph.leaf_nodes())
    migrate_database()
    names = [f"{step.app_label}.{step.name}" for step, _ in plan]
    text = "\n".join(names) if names else "The database is on this version."
    answer({"applied": names}, as_json=as_json, text=text)


def check(as_json: AsJson = False) -> None:
    """Check what must always hold (the invariants I1…); exit code 1 where one is broken.

    Examples:

        amity check

        amity check --json | jq .findings
    """
    start_django()
    findings = broken_invariants()
    rows = [
        {"invariant": row.invariant, "message": row.message, "remedy": row.remedy}
        for row in findings
    ]
    lines = [f"{row.invariant}: {row.message} {row.remedy}" for row in findings]
    answer(
        {"ok": not rows, "findings": rows},
        as_json=as_json,
        text="\n".join(lines) or "Everything holds.",
    )
    if rows:
        raise typer.Exit(1)
