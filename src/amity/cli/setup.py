"""What commands do first: load Django, and see that there is a database to work on."""

import getpass
import sys
from typing import TYPE_CHECKING

from amity.kernel.hooks.command_line import migrate_database, start_django

if TYPE_CHECKING:
    from amity.kernel.access.rules import Actor

__all__ = ["command_actor", "explain_database_error", "migrate_database", "start_django"]


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
        return f"The database does not do this: {text.strip()}"
    return None
