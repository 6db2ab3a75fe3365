"""A real Amity in processes of its own, and a real browser to look at it."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from secrets import token_hex

import psycopg
import pytest
from house import House, free_port
from playwright.sync_api import Browser, sync_playwright

BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@contextmanager
def own_database() -> Iterator[str]:
    """The URL of a fresh PostgreSQL database where the suite runs on one, else nothing (SQLite)."""
    url = os.environ.get("AMITY_DATABASE_URL", "")
    if not url.startswith("postgres"):
        yield ""
        return
    server, name = url.rpartition("/")[0], f"amity_story_{token_hex(4)}"
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
        yield f"{server}/{name}"
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """An empty, prepared installation that is not served."""
    with own_database() as url:
        made = House(tmp_path_factory.mktemp("house"), free_port(), url)
        made.run("init", "--name", "Teehaus", "--currency", "EUR", "--owner", "ada@example.org")
        yield made


@pytest.fixture(scope="module")
def house_with_demonstration(tmp_path_factory: pytest.TempPathFactory) -> House:
    """The demonstration company, loaded and not served."""
    made = House(tmp_path_factory.mktemp("demonstration"), free_port())
    made.run("demo", "--no-serve")
    return made


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Headless Chromium."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        pytest.skip("no Chromium is installed")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield chromium
        chromium.close()
