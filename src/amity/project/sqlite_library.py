"""Puts a safe SQLite library under Django.

A Python may be linked to an old SQLite; versions before 3.51.3 can lose acknowledged commits of a
write-ahead log. The package pysqlite3 carries a current one; Django is given it by name.
"""

import sys

OLDEST_SAFE = (3, 51, 3)


def install() -> None:
    """Makes `import sqlite3` give pysqlite3 where the Python's own library is too old."""
    import sqlite3  # noqa: PLC0415 -- the swap decides which one the rest of the process sees

    if sqlite3.sqlite_version_info >= OLDEST_SAFE:
        return
    try:
        import pysqlite3  # noqa: PLC0415 -- present where wheels exist
    except ImportError:
        return
    for name in [name for name in sys.modules if name == "sqlite3" or name.startswith("sqlite3.")]:
        del sys.modules[name]
    sys.modules["sqlite3"] = pysqlite3
    sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
