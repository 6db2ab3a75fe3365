"""What is asked of a word index."""

import re
import unicodedata
from typing import Any

from django.db import connection
from django.db.backends.utils import CursorWrapper

from amity.kernel.textsearch.indexes import STRETCHES, TextIndex, mark, unaccented

MAX_WORDS = 8
FEW = 20_000  # rows that may be looked through for the newest of them
MOST_AT_ONCE = 16  # times as many rows as were looked at before
FIRST = 2  # of the shortest stretches that PostgreSQL looks at first; the newest has just begun
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

    In one statement, every row that matches would be fetched before the newest are known. Half as
    much again is expected of a stretch as is missing, so there are seldom more than three. Of words
    that seem rare, all older rows are fetched at once.
    """
    match = " & ".join(f"'{word}'" if is_whole else f"'{word}':*" for word in words)
    cursor.execute(f"SELECT max(id) FROM {index.table}")  # noqa: S608 -- our own names
    newest = ((cursor.fetchone()[0] or 0) // STRETCHES[0] + 1) * STRETCHES[0]
    lower = max(newest - FIRST * STRETCHES[0], 0)
    found = _in_stretch(cursor, index, wanted, match, range(lower, newest))
    if lower and (len(found) + 1) * newest <= most * (newest - lower):  # too few to be parted
        rest = _in_stretch(cursor, index, wanted, match, range(lower), is_marked=False)
        if len(rest) < FEW:
            return (found + rest)[:most]
    while lower > 0 and len(found) < most:
        upper, lower = lower, _next(newest, lower, len(found), most)
        found += _in_stretch(cursor, index, wanted, match, range(lower, upper))
    return found[:most]


def _in_stretch(
    cursor: CursorWrapper,
    index: TextIndex,
    wanted: str,
    match: str,
    ids: range,
    *,
    is_marked: bool = True,
) -> list[Any]:
    """A column of the rows of these ids that match, from the newest on, at most `FEW`.

    Without marks, newer rows are met too and dropped, and those found may not be the newest.
    """
    query, given, fence = f"to_tsquery('simple', {unaccented('%s')})", [match], f"LIMIT {FEW}"
    if is_marked:
        fence = "OFFSET 0"
        query = f"{query} && %s::tsquery"
        given.append(" | ".join(f"'{one}'" for one in _marks(ids)))
    cursor.execute(
        f"SELECT wanted FROM (SELECT id AS row, {wanted} AS wanted FROM {index.table} "  # noqa: S608 -- our own names
        f"WHERE words @@ ({query}) AND id < {ids.stop} {fence}) AS found "
        f"ORDER BY row DESC LIMIT {FEW}",
        given,
    )
    return [row[0] for row in cursor.fetchall()]


def _next(newest: int, lower: int, found: int, most: int) -> int:
    """Down to where to look next, when the rows from `lower` to `newest` had so many."""
    seen = newest - lower
    expected = seen * (most - found) * 3 // (2 * (found + 1))
    length = min(expected, MOST_AT_ONCE * seen)
    return max(lower - length, 0) // STRETCHES[0] * STRETCHES[0]


def _marks(ids: range) -> list[str]:
    """The fewest marks of these ids, which are whole stretches of the shortest."""
    lower, upper, found = ids.start, ids.stop, []
    while lower < upper:
        length = next(
            one for one in reversed(STRETCHES) if lower % one == 0 and lower + one <= upper
        )
        found.append(mark(length, lower // length))
        lower += length
    return found
