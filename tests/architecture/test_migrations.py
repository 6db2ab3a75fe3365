"""A migration that is killed is run again and gives the same database."""

import random
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import pytest
from django.db import connection

from amity.testing.instances import environment_for

KILLS = 2
pytestmark = pytest.mark.migrations


def _schema(file: Path) -> list[tuple[str, str]]:
    statement = "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name"
    with closing(sqlite3.connect(file)) as database:
        return [(name, " ".join(sql.split())) for name, sql in database.execute(statement)]


def _migrate(home: Path, *, kill_after: float | None = None) -> float:
    """Migrates the database of a home, or begins to; the seconds that it took."""
    home.mkdir(exist_ok=True)
    began = time.monotonic()
    with subprocess.Popen(
        [sys.executable, "-m", "amity.cli", "migrate"],
        env=environment_for(home, ""),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as running:
        try:
            _, errors = running.communicate(timeout=kill_after or 120)
            assert running.returncode == 0, errors
        except subprocess.TimeoutExpired:
            running.kill()
    return time.monotonic() - began


def test_a_killed_migration_is_run_again_and_gives_the_same_database(tmp_path: Path) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("the database files of SQLite can be compared")
    seconds = _migrate(tmp_path / "whole")
    seed = time.time_ns() % 10_000
    chance = random.Random(seed)

    for _ in range(KILLS):
        _migrate(tmp_path / "killed", kill_after=seconds * chance.uniform(0.3, 0.9))
    _migrate(tmp_path / "killed")

    whole, killed = (tmp_path / name / "amity.sqlite3" for name in ("whole", "killed"))
    assert _schema(killed) == _schema(whole), f"seed {seed}"
