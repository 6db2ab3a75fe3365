"""What every test gets: the people, and a log that can be flushed between transactional tests."""

from collections.abc import Iterator

import pytest

pytest_plugins = ["amity.testing.fixtures"]


@pytest.fixture(autouse=True)
def _flushable_log(request: pytest.FixtureRequest) -> Iterator[None]:
    """The append-only triggers stand during a transactional test and yield to its flush."""
    if "transactional_db" not in request.fixturenames and "live_server" not in request.fixturenames:
        yield
        return
    request.getfixturevalue("transactional_db")
    from django.db import connection  # Django is set up by now; the pure wings run without it

    from amity.kernel.interactions import append_only

    append_only.install(connection)
    yield
    append_only.remove(connection)
