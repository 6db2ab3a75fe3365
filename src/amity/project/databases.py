"""The database settings from one URL."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from amity.base.results import AmityError

SQLITE_PRAGMAS = (
    "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; "
    "PRAGMA temp_store=MEMORY; PRAGMA cache_size=-65536; PRAGMA mmap_size=268435456; "
    "PRAGMA journal_size_limit=67108864"
)


class DatabaseUrlError(AmityError):
    """The database URL cannot be read."""


def database_settings(url: str, *, home: Path) -> dict[str, Any]:
    """Django's settings of the default database for `url`; SQLite in `home` where it is empty.

    Raises:
        DatabaseUrlError: the scheme is neither `sqlite` nor `postgresql`.
    """
    parts = urlsplit(url)
    if not url or parts.scheme == "sqlite":
        return _sqlite(Path(unquote(parts.path)) if parts.path else home / "amity.sqlite3")
    if parts.scheme in {"postgresql", "postgres"}:
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.lstrip("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": parts.hostname or "",
            "PORT": str(parts.port or ""),
            "OPTIONS": {
                "pool": {"min_size": 1, "max_size": 16, "timeout": 10},
                **dict(parse_qsl(parts.query)),
            },
        }
    raise DatabaseUrlError(
        f"AMITY_DATABASE_URL begins with {parts.scheme!r}; use postgresql://… or sqlite:///path."
    )


def _sqlite(file: Path) -> dict[str, Any]:
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": file,
        "OPTIONS": {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": SQLITE_PRAGMAS,
        },
    }
