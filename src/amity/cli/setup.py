"""What commands do first: load Django, and see that there is a database to work on."""

import getpass
import os
import sys
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from amity.kernel.access.rules import Actor


def start_django(*, prepare_database: bool = True) -> None:
    """Loads Django, and prepares the database where it is still empty.

    A database that is there but older than this version is left alone: only `migrate`, `up` and
    `demo` upgrade it.
    """
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
    import django

    django.setup()
    if prepare_database and _is_empty():
        typer.echo("Preparing the database, once.", err=True)
        migrate_database()


def _is_empty() -> bool:
    from django.db import connection

    return "django_migrations" not in connection.introspection.table_names()


def migrate_database() -> None:
    """Brings the database to this version; does nothing where it is."""
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)


def command_actor() -> "Actor":
    """The person at this command line; whoever may start it owns the data anyway."""
    from amity.base.vocabulary import Role
    from amity.kernel.access.rules import Actor

    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        name = "somebody"
    return Actor(kind="command", name=f"{name} (command line)", role=Role.OWNER)


def explain_database_error(error: Exception) -> str | None:
    """A sentence for a database that is away or not prepared; None for any other fault."""
    if "django" not in sys.modules:
        return None
    from django.db.utils import OperationalError, ProgrammingError

    text = str(error)
    if not isinstance(error, (OperationalError, ProgrammingError)):
        return None
    if "no such table" in text or "no such column" in text or "does not exist" in text:
        return "The database is not on this version. Run: amity migrate"
    if isinstance(error, OperationalError):
        return f"The database does not answer: {text.strip()}"
    return None
