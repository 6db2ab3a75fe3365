"""What every test gets: the people, an empty cache, triggers that yield to a test's flush."""

import sys
from collections.abc import Iterator

import pytest

pytest_plugins = ["amity.testing.fixtures"]


@pytest.fixture(autouse=True)
def _empty_cache(request: pytest.FixtureRequest) -> None:
    """No count that another test had remembered."""
    if {"db", "transactional_db", "live_server"} & set(request.fixturenames):
        from django.core.cache import cache  # the pure wings run without Django

        cache.clear()


@pytest.fixture(autouse=True)
def _no_bell() -> Iterator[None]:
    """The thread that wakes who waits for news ends with the test that began it."""
    yield
    if (live := sys.modules.get("amity.run.inbox.queries.live")) is not None:
        live.BUS.end()


@pytest.fixture(autouse=True)
def _flushable_tables(request: pytest.FixtureRequest) -> Iterator[None]:
    """The triggers stand during a transactional test and yield to its flush."""
    if "transactional_db" not in request.fixturenames and "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    from django.db import connection  # Django is set up by now; the pure wings run without it

    from amity.kernel.interactions import append_only
    from amity.kernel.policy import immutable

    append_only.install(connection)
    immutable.install(connection)
    yield
    immutable.remove(connection)
    append_only.remove(connection)
