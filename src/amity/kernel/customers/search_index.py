"""Indexes that find a part of a name or of an address, on both databases.

SQLite: FTS5 tables with trigrams over the rows themselves (external content), kept by triggers.
PostgreSQL: trigram GIN indexes, and pattern indexes for beginnings of one or two letters.
Django's way of altering a SQLite table drops its triggers, so they are put back after every
migration rather than by one.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

SOURCES = (("customers_customer", "name_folded"), ("customers_identity", "value"))


def index_table(table: str) -> str:
    """The FTS5 table over one of the tables."""
    return f"{table}_trigrams"


def install(connection: BaseDatabaseWrapper) -> None:
    """Puts the indexes there and fills them; does nothing where they are."""
    for table, column in SOURCES:
        if connection.vendor == "sqlite":
            _install_sqlite(connection, table, column)
        else:
            _install_postgresql(connection, table, column)


def after_migrate(*, using: str, **_more: Any) -> None:
    """Receiver of `post_migrate`."""
    from django.db import connections  # noqa: PLC0415 -- imported when Django is set up

    install(connections[using])


def _triggers(table: str, column: str) -> dict[str, str]:
    index = index_table(table)
    add = f"INSERT INTO {index} (rowid, {column}) VALUES (new.id, new.{column});"  # noqa: S608 -- our own names
    drop = (
        f"INSERT INTO {index} ({index}, rowid, {column}) "  # noqa: S608 -- our own names
        f"VALUES ('delete', old.id, old.{column});"
    )
    return {
        f"{index}_insert": f"AFTER INSERT ON {table} BEGIN {add} END",
        f"{index}_delete": f"AFTER DELETE ON {table} BEGIN {drop} END",
        f"{index}_update": f"AFTER UPDATE OF {column} ON {table} BEGIN {drop} {add} END",
    }


def _install_sqlite(connection: BaseDatabaseWrapper, table: str, column: str) -> None:
    index = index_table(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5 ({column}, content='{table}', "
            "content_rowid='id', tokenize='trigram', detail='none', columnsize=0)"
        )
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {row[0] for row in cursor.fetchall()}
        missing = {
            name: body for name, body in _triggers(table, column).items() if name not in there
        }
        for name, body in missing.items():
            cursor.execute(f"CREATE TRIGGER {name} {body}")
        if missing:
            cursor.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")  # noqa: S608 -- our own names


def _install_postgresql(connection: BaseDatabaseWrapper, table: str, column: str) -> None:
    indexes = {
        index_table(table): f"USING gin ({column} gin_trgm_ops)",
        f"{table}_beginnings": f"({column} varchar_pattern_ops)",
    }
    with connection.cursor() as cursor:
        for name, body in indexes.items():
            cursor.execute("SELECT to_regclass(%s)", [name])
            if cursor.fetchone()[0] is None:
                cursor.execute("CREATE EXTENSION IF NOT EXISTS pg_trgm")
                cursor.execute(f"CREATE INDEX {name} ON {table} {body}")
