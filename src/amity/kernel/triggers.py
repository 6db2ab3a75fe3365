"""Triggers by which the database itself refuses a change, on SQLite and on PostgreSQL."""

from dataclasses import dataclass

from django.db.backends.base.base import BaseDatabaseWrapper


@dataclass(frozen=True)
class Triggers:
    """The statements that put triggers there and take them away, for each database."""

    sqlite: tuple[str, ...]
    postgresql: tuple[str, ...]
    remove_sqlite: tuple[str, ...]
    remove_postgresql: tuple[str, ...]

    def install(self, connection: BaseDatabaseWrapper) -> None:
        """Puts the triggers there; does nothing where they are."""
        _run(connection, self.sqlite if connection.vendor == "sqlite" else self.postgresql)

    def remove(self, connection: BaseDatabaseWrapper) -> None:
        """Takes the triggers away (to flush a test database, to go back before the migration)."""
        is_sqlite = connection.vendor == "sqlite"
        _run(connection, self.remove_sqlite if is_sqlite else self.remove_postgresql)


def _run(connection: BaseDatabaseWrapper, statements: tuple[str, ...]) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
