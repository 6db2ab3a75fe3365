"""The triggers that make the database itself refuse to change the log."""

from django.db.backends.base.base import BaseDatabaseWrapper

MESSAGE = "The interaction log is append-only: record a correction instead."

_SQLITE = [
    f"""CREATE TRIGGER IF NOT EXISTS interactions_no_{verb.lower()}
        BEFORE {verb} ON interactions_interaction
        BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"""
    for verb in ("UPDATE", "DELETE")
]
_POSTGRESQL = [
    f"""CREATE OR REPLACE FUNCTION interactions_append_only() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'restrict_violation'; END $$""",
    """CREATE OR REPLACE TRIGGER interactions_append_only
       BEFORE UPDATE OR DELETE ON interactions_interaction
       FOR EACH ROW EXECUTE FUNCTION interactions_append_only()""",
]
_REMOVE_SQLITE = [f"DROP TRIGGER IF EXISTS interactions_no_{verb}" for verb in ("update", "delete")]
_REMOVE_POSTGRESQL = ["DROP TRIGGER IF EXISTS interactions_append_only ON interactions_interaction"]


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the triggers there; does nothing where they are."""
    _run(connection, _SQLITE if connection.vendor == "sqlite" else _POSTGRESQL)


def remove(connection: BaseDatabaseWrapper) -> None:
    """Takes the triggers away (to flush a test database, to go back before the migration)."""
    _run(connection, _REMOVE_SQLITE if connection.vendor == "sqlite" else _REMOVE_POSTGRESQL)


def _run(connection: BaseDatabaseWrapper, statements: list[str]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
