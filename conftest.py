"""What every test gets: the people, and triggers that yield to a transactional test's flush."""

from collections.abc import Iterator

import pytest

pytest_plugins = ["amity.testing.fixtures"]


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
