"""What is asked of a word index."""

import re
import unicodedata
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from amity.kernel.textsearch.indexes import TextIndex, unaccented

MAX_WORDS = 8
STRETCH = 125_000  # ids that PostgreSQL looks at first
WORD = re.compile(r"\w+")


def words_of(text: str) -> list[str]:
    """The words that somebody searches for, at most eight."""
    return WORD.findall(unicodedata.normalize("NFC", text))[:MAX_WORDS]


def newest_with(index: TextIndex, wanted: str, words: list[str], *, most: int) -> list[Any]:
    """A column of the newest rows that have all the words, at most so many.

    Whole words come first; only where they find fewer than `most` do beginnings of words count
    too, which is many times the work where many words begin alike.
    """
    find = _on_sqlite if connection.vendor == "sqlite" else _on_postgresql
    with connection.cursor() as cursor:
        found = find(cursor, index, wanted, words, most, is_whole=True)
        if len(found) < most:
            found = find(cursor, index, wanted, words, most, is_whole=False)
    return found


def _on_sqlite(
    cursor: CursorWrapper,
    index: TextIndex,
    wanted: str,
    words: list[str],
    most: int,
    *,
    is_whole: bool,
) -> list[Any]:
    """One statement; the index itself is read from its newest row on."""
    rows = f"{index.table} JOIN {index.name} ON {index.table}.id = {index.name}.rowid"
    cursor.execute(
        f"SELECT {index.table}.{wanted} FROM {rows} WHERE {index.name} MATCH %s "  # noqa: S608 -- our own names
        f"ORDER BY {index.name}.rowid DESC LIMIT {most}",
        [" AND ".join(f'"{word}"' if is_whole else f'"{word}"*' for word in words)],
    )
    return [row[0] for row in cursor.fetchall()]


def _on_postgresql(
    cursor: CursorWrapper,
    index: TextIndex,
    wanted: str,
    words: list[str],
    most: int,
    *,
    is_whole: bool,
) -> list[Any]:
    """From the newest ids down in stretches, each as long as what was found lets expect.

    In one statement, every row that matches would be fetched before the newest are known. Each
    stretch is at least twice as long as the one before, so there are few: five at two million.
    """
    match = " & ".join(f"'{word}'" if is_whole else f"'{word}':*" for word in words)
    cursor.execute(f"SELECT max(id) FROM {index.table}")  # noqa: S608 -- our own names
    newest = (cursor.fetchone()[0] or 0) + 1
    found: list[Any] = []
    upper, length = newest, STRETCH
    while upper > 0 and len(found) < most:
        lower = max(upper - length, 0)
        cursor.execute(
            f"SELECT {wanted} FROM {index.table} "  # noqa: S608 -- our own names
            f"WHERE words @@ to_tsquery('simple', {unaccented('%s')}) "
            f"AND id >= {lower} AND id < {upper} ORDER BY id DESC LIMIT {most - len(found)}",
            [match],
        )
        found += [row[0] for row in cursor.fetchall()]
        missing, known = most - len(found), max(len(found), 1)
        upper, length = lower, max(2 * length, (newest - lower) * missing * 3 // (2 * known))
    return found
