"""What must always hold of the log."""

from collections.abc import Iterable

from django.db import connection

from amity.kernel.hooks.checks import Finding

_TRIGGERS = {
    "sqlite": "SELECT count(*) FROM sqlite_master WHERE type = 'trigger'"
    " AND tbl_name = 'interactions_interaction'",
    "postgresql": "SELECT count(*) FROM pg_trigger"
    " WHERE tgname = 'interactions_append_only' AND tgenabled = 'O'",
}


def log_is_append_only() -> Iterable[Finding]:
    """I1: the triggers that refuse to change or delete a fact are in place."""
    with connection.cursor() as cursor:
        cursor.execute(_TRIGGERS[connection.vendor])
        (count,) = cursor.fetchone()
    if count == 0:
        yield Finding(
            "I1",
            "The interaction log is not protected against change.",
            "Run: amity migrate; if this stays, report it as a fault.",
        )
