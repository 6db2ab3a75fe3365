"""What the indexes are made of, and how they get there."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import connections, transaction
from django.db.backends.base.base import BaseDatabaseWrapper

MOST = 50_000  # characters of a text whose words are indexed; PostgreSQL refuses a megabyte of them
ACCENTS = r"[\u0300-\u036f]+"  # once a letter is taken apart
STRETCHES = (8_192, 131_072, 2_097_152)
"""How many ids in a row have the same mark among their words on PostgreSQL, at three levels."""


@dataclass(frozen=True, slots=True)
class TextIndex:
    """An index over one column.

    SQLite: `name` is an FTS5 table over the rows themselves (external content), kept by triggers.
    PostgreSQL: `postgresql` has the statements that make each relation, by the relation's name.
    """

    table: str
    column: str
    name: str
    fts5: str
    postgresql: Mapping[str, tuple[str, ...]]


def trigrams(table: str, column: str) -> TextIndex:
    """Finds three letters or more anywhere in a column; on PostgreSQL also how it begins."""
    name, beginnings = f"{table}_trigrams", f"{table}_beginnings"
    return TextIndex(
        table,
        column,
        name,
        "tokenize='trigram'",
        {
            name: (
                "CREATE EXTENSION IF NOT EXISTS pg_trgm",
                f"CREATE INDEX {name} ON {table} USING gin ({column} gin_trgm_ops)",
            ),
            beginnings: (f"CREATE INDEX {beginnings} ON {table} ({column} varchar_pattern_ops)",),
        },
    )


def words(table: str, column: str) -> TextIndex:
    """Finds whole words of a column, or how they begin; on PostgreSQL by its column `words`.

    There a row's words have marks among them that say in which stretches of ids it lies, so that
    the newest rows are found without a look at the others.
    """
    relation = f"{table}_marked_words"  # earlier ones were `…_words` and `…_folded_words`
    text = unaccented(f"left({column}, {MOST})")
    marks = ", ".join(f"'{mark(one, '')}' || (id / {one})::text" for one in STRETCHES)
    kind = (
        f"tsvector GENERATED ALWAYS AS (to_tsvector('simple', {text}) || "
        f"array_to_tsvector(ARRAY[{marks}])) STORED"
    )
    return TextIndex(
        table,
        column,
        f"{table}_words",
        "tokenize='unicode61 remove_diacritics 2', prefix='3'",
        {
            relation: (
                f"ALTER TABLE {table} DROP COLUMN IF EXISTS words, ADD COLUMN words {kind}",
                f"CREATE INDEX {relation} ON {table} USING gin (words)",
            )
        },
    )


def mark(length: int, number: int | str) -> str:
    """The word that marks a stretch of so many ids; no text has such a word."""
    return f"#{length}#{number}"


def unaccented(text: str) -> str:
    """PostgreSQL's expression for a text without accents; immutable, and needs no extension."""
    return f"regexp_replace(normalize({text}, NFKD), '{ACCENTS}', '', 'g')"


def install(index: TextIndex, connection: BaseDatabaseWrapper) -> None:
    """Puts an index there and fills it; does nothing where it is."""
    with transaction.atomic(using=connection.alias):
        if connection.vendor == "sqlite":
            _install_sqlite(index, connection)
        else:
            _install_postgresql(index, connection)


def kept(*indexes: TextIndex) -> Callable[..., None]:
    """A receiver of `post_migrate` that installs these."""

    def after_migrate(*, using: str, **_more: Any) -> None:
        for index in indexes:
            install(index, connections[using])

    return after_migrate


def _install_sqlite(index: TextIndex, connection: BaseDatabaseWrapper) -> None:
    name, table, column = index.name, index.table, index.column
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE VIRTUAL TABLE IF NOT EXISTS {name} USING fts5 ({column}, content='{table}', "
            f"content_rowid='id', {index.fts5}, detail='none', columnsize=0)"
        )
        cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        there = {row[0] for row in cursor.fetchall()}
        missing = {key: body for key, body in _triggers(index).items() if key not in there}
        for key, body in missing.items():
            cursor.execute(f"CREATE TRIGGER {key} {body}")
        if missing:
            cursor.execute(f"INSERT INTO {name} ({name}) VALUES ('rebuild')")  # noqa: S608 -- our own names


def _triggers(index: TextIndex) -> dict[str, str]:
    name, table, column = index.name, index.table, index.column
    add = f"INSERT INTO {name} (rowid, {column}) VALUES (new.id, new.{column});"  # noqa: S608 -- our own names
    drop = (
        f"INSERT INTO {name} ({name}, rowid, {column}) "  # noqa: S608 -- our own names
        f"VALUES ('delete', old.id, old.{column});"
    )
    return {
        f"{name}_insert": f"AFTER INSERT ON {table} BEGIN {add} END",
        f"{name}_delete": f"AFTER DELETE ON {table} BEGIN {drop} END",
        f"{name}_update": f"AFTER UPDATE OF {column} ON {table} "
        f"WHEN old.{column} <> new.{column} BEGIN {drop} {add} END",
    }


def _install_postgresql(index: TextIndex, connection: BaseDatabaseWrapper) -> None:
    with connection.cursor() as cursor:
        for relation, statements in index.postgresql.items():
            cursor.execute("SELECT to_regclass(%s)", [relation])
            if cursor.fetchone()[0] is None:
                for statement in statements:
                    cursor.execute(statement)
