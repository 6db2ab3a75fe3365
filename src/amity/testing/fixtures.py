"""Pytest fixtures: Ada, Ben and Cleo, and a client signed in as each."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from django.test import Client

    from amity.kernel.access.models import User
    from amity.testing.instances import Instance


@pytest.fixture
def ada(db: None) -> "User":
    """The owner: she may do everything."""
    from amity.testing import people

    return people.ada()


@pytest.fixture
def ben(db: None) -> "User":
    """The analyst: he may look and change nothing."""
    from amity.testing import people

    return people.ben()


@pytest.fixture
def cleo(db: None) -> "User":
    """Signed in without a role: she may not even look."""
    from amity.testing import people

    return people.cleo()


def _signed_in(user: "User") -> "Client":
    from django.test import Client

    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.fixture
def ada_client(ada: "User") -> "Client":
    """A client signed in as Ada."""
    return _signed_in(ada)


@pytest.fixture
def ben_client(ben: "User") -> "Client":
    """A client signed in as Ben."""
    return _signed_in(ben)


@pytest.fixture
def cleo_client(cleo: "User") -> "Client":
    """A client signed in as Cleo."""
    return _signed_in(cleo)


@pytest.fixture(scope="session")
def instance_template(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A migrated database that instances are copied from."""
    from amity.testing.instances import migrated_template

    with migrated_template(tmp_path_factory.mktemp("template")) as template:
        yield template


@pytest.fixture
def instance(instance_template: str, tmp_path: Path) -> "Iterator[Instance]":
    """A whole installation of its own, for tests that start and kill processes."""
    from amity.testing.instances import instance_from

    with instance_from(instance_template, tmp_path) as started:
        yield started


def with_token(user: "User", *scopes: str) -> "Client":
    """A client of the API with a token of this person that has these scopes."""
    from django.test import Client

    from amity.base.time import now
    from amity.kernel.access.operations import create_token
    from amity.kernel.access.rules import SYSTEM

    _token, secret = create_token(
        user=user, name="test", scopes=frozenset(scopes), actor=SYSTEM, at=now()
    )
    return Client(headers={"authorization": f"Bearer {secret}"}, raise_request_exception=False)


@pytest.fixture
def ada_api(ada: "User") -> "Client":
    """A client of the API with a token of Ada's that may do what she may."""
    return with_token(ada, "read", "write")


@pytest.fixture
def ben_api(ben: "User") -> "Client":
    """A client of the API with a token of Ben's that may do what he may."""
    return with_token(ben, "read", "write")


@pytest.fixture
def cleo_api(cleo: "User") -> "Client":
    """A client of the API with a token of Cleo's: all scopes, no role."""
    return with_token(cleo, "read", "write")
