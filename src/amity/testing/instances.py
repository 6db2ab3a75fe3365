"""A whole installation of its own for tests that kill, back up or serve: home, database, processes.

On SQLite the database is a file in the home; on PostgreSQL, where the suite runs on it, a database
beside the suite's. It is migrated once a session and copied for each test.
"""

import os
import shutil
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import amity


@dataclass
class Instance:
    """A home folder, a migrated database, and a way to start processes on them."""

    home: Path
    environment: dict[str, str]
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def start(self, *arguments: str, **options: Any) -> subprocess.Popen[str]:
        """Starts `python *arguments` on this instance; it is killed when the test ends."""
        process = subprocess.Popen(  # noqa: S603 -- a test's own arguments
            [sys.executable, *arguments], env=self.environment, text=True, **options
        )
        self.running.append(process)
        return process

    def run(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs `python *arguments` to its end and gives what it printed; `check=False` to fail."""
        must_succeed = options.pop("check", True)
        ran = subprocess.run(  # noqa: S603 -- a test's own arguments
            [sys.executable, *arguments],
            env=self.environment,
            text=True,
            capture_output=True,
            timeout=120,
            check=False,
            **options,
        )
        if must_succeed and ran.returncode != 0:
            raise AssertionError(f"{arguments} ended with {ran.returncode}: {ran.stderr[-3000:]}")
        return ran

    def amity(self, *arguments: str, **options: Any) -> subprocess.CompletedProcess[str]:
        """Runs the `amity` command to its end."""
        return self.run("-m", "amity.cli", *arguments, **options)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        """The rows that one SQL statement gives, read from beside the processes."""
        url = self.environment["AMITY_DATABASE_URL"]
        if url:
            import psycopg

            with psycopg.connect(url) as postgres:
                return postgres.execute(sql.encode()).fetchall()
        import sqlite3

        file = self.home / "amity.sqlite3"
        with closing(sqlite3.connect(file, timeout=20, isolation_level=None)) as sqlite:
            return sqlite.execute(sql).fetchall()

    def kill_all(self) -> None:
        """Ends whatever still runs."""
        for process in self.running:
            if process.poll() is None:
                process.kill()
            process.wait()
            for stream in (process.stdin, process.stdout, process.stderr):
                if stream is not None:
                    stream.close()


def environment_for(home: Path, database_url: str) -> dict[str, str]:
    """The environment of a process on that home and database, and on this source tree."""
    source = str(Path(amity.__file__).parent.parent)
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("AMITY_")}
    return {
        **inherited,
        "AMITY_HOME": str(home),
        "AMITY_DATABASE_URL": database_url,
        "AMITY_SECRET_KEY": "for tests only",
        "PYTHONPATH": source,
        "PYTHONWARNINGS": "error",
        "DJANGO_SETTINGS_MODULE": "amity.project.settings",
    }


@contextmanager
def migrated_template(folder: Path) -> Iterator[str]:
    """A migrated database to copy: the file's path, or the name of a PostgreSQL database."""
    from django.db import connection

    if connection.vendor == "sqlite":
        environment = environment_for(folder, "")
        _migrate(environment)
        yield str(folder / "amity.sqlite3")
        return
    name = f"amity_template_{uuid.uuid4().hex[:12]}"
    with _postgres_database(f'CREATE DATABASE "{name}"', name):
        _migrate(environment_for(folder, _postgres_url(name)))
        yield name


@contextmanager
def instance_from(template: str, home: Path) -> Iterator[Instance]:
    """An instance with a copy of the template's database."""
    from django.db import connection

    if connection.vendor == "sqlite":
        shutil.copy(template, home / "amity.sqlite3")
        instance = Instance(home, environment_for(home, ""))
        try:
            yield instance
        finally:
            instance.kill_all()
        return
    name = f"amity_test_{uuid.uuid4().hex[:12]}"
    with _postgres_database(f'CREATE DATABASE "{name}" TEMPLATE "{template}"', name):
        instance = Instance(home, environment_for(home, _postgres_url(name)))
        try:
            yield instance
        finally:
            instance.kill_all()


def _migrate(environment: dict[str, str]) -> None:
    subprocess.run(
        [sys.executable, "-m", "django", "migrate", "--verbosity", "0"],
        env=environment,
        check=True,
        timeout=120,
    )


def _postgres_url(name: str) -> str:
    from django.conf import settings

    values = settings.DATABASES["default"]
    user = values["USER"] + (f":{values['PASSWORD']}" if values["PASSWORD"] else "")
    port = f":{values['PORT']}" if values["PORT"] else ""
    return f"postgresql://{user}@{values['HOST']}{port}/{name}"


@contextmanager
def _postgres_database(create: str, name: str) -> Iterator[None]:
    import psycopg

    def administer(statement: str) -> None:
        with psycopg.connect(_postgres_url("postgres"), autocommit=True) as connection:
            connection.execute(statement.encode())

    administer(create)
    try:
        yield
    finally:
        administer(f'DROP DATABASE "{name}" WITH (FORCE)')
