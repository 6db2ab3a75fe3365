"""The three people of every test: Ada may, Ben may look, Cleo may not."""

from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.operations import create_user
from amity.kernel.access.rules import SYSTEM


def ada() -> User:
    """The owner: she may do everything."""
    return _person("ada@example.org", "Ada Okafor", Role.OWNER)


def ben() -> User:
    """The analyst: he may look and change nothing."""
    return _person("ben@example.org", "Ben Larsen", Role.ANALYST)


def cleo() -> User:
    """Signed in without a role: she may not even look."""
    return _person("cleo@example.org", "Cleo Martin", None)


def _person(email: str, name: str, role: Role | None) -> User:
    existing = User.objects.filter(email=email).first()
    return existing or create_user(
        email=email, name=name, role=role, password=None, actor=SYSTEM, at=now()
    )
