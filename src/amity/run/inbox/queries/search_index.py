"""Indexes over every word of subjects and messages, on both databases.

SQLite: FTS5 tables over the rows themselves (external content), kept by triggers. PostgreSQL: a
generated column of words with a GIN index. Django's way of altering a SQLite table drops its
triggers, so they are put back after every migration rather than by one.
"""

from typing import Any

from django.db.backends.base.base import BaseDatabaseWrapper

SOURCES = (("inbox_message", "text"), ("inbox_conversation", "subject"))
MOST = 50_000  # characters of a text that are indexed; PostgreSQL refuses a megabyte of words


def index_table(table: str) -> str:
    """The FTS5 table over one of the tables."""
    return f"{table}_words"


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
        f"{index}_update": f"AFTER UPDATE OF {column} ON {table} "
        f"WHEN old.{column} <> new.{column} BEGIN {drop} {add} END",
    }


def _install_sqlite(connection: BaseDatabaseWrapper, table: str, column: str) -> None:
    index = index_table(table)
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {index} USING fts5 ({column}, content='{table}', "
            "content_rowid='id', tokenize='unicode61 remove_diacritics 2', prefix='3', "
            "detail='none', columnsize=0)"
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
    name = index_table(table)
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass(%s)", [name])
        if cursor.fetchone()[0] is None:
            cursor.execute(
                f"ALTER TABLE {table} ADD COLUMN IF NOT EXISTS words tsvector "
                f"GENERATED ALWAYS AS (to_tsvector('simple', left({column}, {MOST}))) STORED"
            )
            cursor.execute(f"CREATE INDEX {name} ON {table} USING gin (words)")
