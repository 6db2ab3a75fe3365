"""A backup is one zip file: the database at one moment, the uploaded files, and what they are.

SQLite is copied by its backup interface in one step: a copy of the file is damaged under writers,
and a copy in small steps begins again with every write and may never end. PostgreSQL is read by
COPY in one snapshot, which needs no client programs. Keys stay out; a backup can be handed on.
"""

import json
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.color import no_style
from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder

from amity.base.results import AmityError

FORMAT = 1
DATABASE = "database.sqlite3"
BLOCK = 1 << 20


class ArchiveError(AmityError):
    """The file cannot be written, or is no backup that can be restored here."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What stands in a backup."""

    vendor: str
    made_at: str
    migrations: list[list[str]]
    columns: dict[str, list[str]] = field(default_factory=dict)  # of each table, on PostgreSQL
    digests: dict[str, str] = field(default_factory=dict)  # SHA-256 of each entry
    format: int = FORMAT


def write_archive(file: Path, *, at: datetime) -> dict[str, Any]:
    """Writes a backup of the running house; the file appears whole or not at all.

    Raises:
        ArchiveError: the folder is not there, or the file is.
    """
    if not file.parent.is_dir():
        raise ArchiveError(f"There is no folder {file.parent}. Make it first.")
    if file.exists():
        raise ArchiveError(f"{file} is there already. Choose another name.")
    part = file.with_name(f"{file.name}.part")
    try:
        with zipfile.ZipFile(part, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
            manifest = _put_all(archive, at)
        part.replace(file)
    finally:
        part.unlink(missing_ok=True)
    return {
        "file": str(file),
        "bytes": file.stat().st_size,
        "database": manifest.vendor,
        "entries": len(manifest.digests),
    }


def _put_all(archive: zipfile.ZipFile, at: datetime) -> Manifest:
    digests: dict[str, str] = {}
    columns: dict[str, list[str]] = {}
    applied = sorted(list(key) for key in MigrationRecorder(connection).applied_migrations())
    if connection.vendor == "sqlite":
        _put_sqlite(archive, digests)
    else:
        columns = _put_tables(archive, digests)
    for path in _uploads():
        name = f"files/{path.relative_to(settings.MEDIA_ROOT).as_posix()}"
        _put(archive, name, _blocks_of(path), digests)
    manifest = Manifest(connection.vendor, at.isoformat(), applied, columns, digests)
    archive.writestr("manifest.json", json.dumps(asdict(manifest), indent=1))
    return manifest


def _put(
    archive: zipfile.ZipFile, name: str, blocks: Iterator[bytes], digests: dict[str, str]
) -> None:
    digest = sha256()
    with archive.open(name, "w", force_zip64=True) as entry:
        for block in blocks:
            digest.update(block)
            entry.write(block)
    digests[name] = digest.hexdigest()


def _blocks_of(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            yield block


def _uploads() -> list[Path]:
    root = Path(settings.MEDIA_ROOT)
    return sorted(path for path in root.rglob("*") if path.is_file()) if root.is_dir() else []


def _put_sqlite(archive: zipfile.ZipFile, digests: dict[str, str]) -> None:
    import sqlite3

    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        copy = Path(folder) / DATABASE
        connection.ensure_connection()
        with closing(sqlite3.connect(copy)) as target:
            connection.connection.backup(target)
        _put(archive, DATABASE, _blocks_of(copy), digests)


def _put_tables(archive: zipfile.ZipFile, digests: dict[str, str]) -> dict[str, list[str]]:
    columns: dict[str, list[str]] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        for table in sorted(connection.introspection.table_names(cursor)):
            columns[table] = _stored_columns(cursor, table)
            listed = ", ".join(f'"{name}"' for name in columns[table])
            with cursor.copy(f'COPY "{table}" ({listed}) TO STDOUT') as rows:
                _put(archive, f"tables/{table}", (bytes(block) for block in rows), digests)
    return columns


def _stored_columns(cursor: Any, table: str) -> list[str]:
    """The columns that hold values of their own; generated ones are computed anew."""
    cursor.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
        " AND table_schema = current_schema() AND is_generated = 'NEVER' ORDER BY ordinal_position",
        [table],
    )
    return [row[0] for row in cursor.fetchall()]


def read_manifest(file: Path) -> Manifest:
    """What stands in the backup, after checking that all of it is as it was written.

    Raises:
        ArchiveError: it is no backup, is damaged, or was made elsewhere or later.
    """
    if not file.is_file():
        raise ArchiveError(f"There is no file {file}.")
    try:
        with zipfile.ZipFile(file) as archive:
            manifest = Manifest(**json.loads(archive.read("manifest.json")))
            _check_digests(archive, manifest)
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError) as error:
        raise ArchiveError(f"{file} is no backup, or is damaged: {error}") from error
    if manifest.format > FORMAT or _unknown(manifest):
        raise ArchiveError(f"{file} was made by a newer version. Upgrade first, then restore.")
    if manifest.vendor != connection.vendor:
        raise ArchiveError(
            f"{file} was made on {manifest.vendor}; this house runs on {connection.vendor}. "
            "Set AMITY_DATABASE_URL to restore it there."
        )
    return manifest


def _check_digests(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    for name, wanted in manifest.digests.items():
        digest = sha256()
        with archive.open(name) as entry:
            while block := entry.read(BLOCK):
                digest.update(block)
        if digest.hexdigest() != wanted:
            raise ValueError(f"{name} is not as it was written")


def _unknown(manifest: Manifest) -> set[tuple[str, str]]:
    known = set(MigrationExecutor(connection).loader.disk_migrations or {})
    installed = {app for app, _ in known}
    wanted = {(app, name) for app, name in manifest.migrations}
    return {key for key in wanted if key[0] in installed} - known


def restore_archive(file: Path, manifest: Manifest) -> None:
    """Puts the backup in the place of what is here; interrupted, it is run again."""
    with zipfile.ZipFile(file) as archive:
        if manifest.vendor == "sqlite":
            _restore_sqlite(archive)
        else:
            _restore_tables(archive, manifest)
        for name in manifest.digests:
            if name.startswith("files/"):
                _restore_upload(archive, name)


def _restore_sqlite(archive: zipfile.ZipFile) -> None:
    import sqlite3

    with tempfile.TemporaryDirectory(dir=settings.HOME) as folder:
        copy = Path(archive.extract(DATABASE, folder))
        connection.ensure_connection()
        with closing(sqlite3.connect(copy)) as source:
            source.backup(connection.connection)
    connection.close()


def _restore_tables(archive: zipfile.ZipFile, manifest: Manifest) -> None:
    with transaction.atomic(), connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'DROP TABLE "{table}" CASCADE')
    executor = MigrationExecutor(connection)
    leaves = _leaves(executor, manifest)
    executor.migrate(leaves)
    with transaction.atomic(), connection.cursor() as cursor:
        tables = [table for table in manifest.columns if table != "django_migrations"]
        listed = ", ".join(f'"{table}"' for table in tables)
        cursor.execute(f"TRUNCATE {listed}")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" DISABLE TRIGGER USER')
        for table in tables:
            _restore_table(archive, cursor, table, manifest.columns[table])
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        for table in tables:
            cursor.execute(f'ALTER TABLE "{table}" ENABLE TRIGGER USER')
        for statement in _sequence_resets():
            cursor.execute(statement)


def _leaves(executor: MigrationExecutor, manifest: Manifest) -> list[tuple[str, str]]:
    """The last migrations that the backup had, in the order that the loader knows."""
    graph = executor.loader.graph
    wanted = {(app, name) for app, name in manifest.migrations} & set(graph.nodes)
    parents = {
        parent.key
        for key in wanted
        for parent in graph.node_map[key].parents
        if parent.key[0] == key[0]
    }
    return sorted(wanted - parents)


def _restore_table(archive: zipfile.ZipFile, cursor: Any, table: str, columns: list[str]) -> None:
    listed = ", ".join(f'"{name}"' for name in columns)
    with (
        archive.open(f"tables/{table}") as entry,
        cursor.copy(f'COPY "{table}" ({listed}) FROM STDIN') as rows,
    ):
        while block := entry.read(BLOCK):
            rows.write(block)


def _sequence_resets() -> list[str]:
    from django.apps import apps

    models = [model for model in apps.get_models(include_auto_created=True) if model._meta.managed]
    there = set(connection.introspection.table_names())
    kept = [model for model in models if model._meta.db_table in there]
    return connection.ops.sequence_reset_sql(no_style(), kept)


def _restore_upload(archive: zipfile.ZipFile, name: str) -> None:
    root = Path(settings.MEDIA_ROOT).resolve()
    target = (root / name.removeprefix("files/")).resolve()
    if not target.is_relative_to(root):
        raise ArchiveError(f"The backup names a file outside of its folder: {name}")
    target.parent.mkdir(parents=True, exist_ok=True)
    with archive.open(name) as entry, target.open("wb") as out:
        while block := entry.read(BLOCK):
            out.write(block)
