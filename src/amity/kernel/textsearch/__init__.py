"""Indexes over the text of a column, the one place for them: FTS5 on SQLite, GIN on PostgreSQL.

Upper case and accents do not matter. Django's way of altering a SQLite table drops its triggers, so
the indexes are put back after every migration rather than by one: `kept` gives the receiver.
"""

from amity.kernel.textsearch.indexes import TextIndex, install, kept, trigrams, words
from amity.kernel.textsearch.matching import newest_with, words_of

__all__ = ["TextIndex", "install", "kept", "newest_with", "trigrams", "words", "words_of"]
