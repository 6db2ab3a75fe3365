import pytest

from amity.base.vocabulary import Role
from amity.kernel.access.rules import Actor, may


def person(role: Role | None) -> Actor:
    return Actor(kind="user", name="Somebody", role=role)


def test_an_owner_may_publish_and_an_analyst_may_not() -> None:
    assert may(person(Role.OWNER), "policy.publish")
    assert not may(person(Role.ANALYST), "policy.publish")


def test_nobody_without_a_role_may_see_anything() -> None:
    assert not may(person(None), "home.view")


def test_a_token_may_no_more_than_its_scopes() -> None:
    token = Actor(kind="token", name="t", role=Role.OWNER, scopes=frozenset({"read"}))

    assert may(token, "customers.view")
    assert not may(token, "customers.edit")


def test_a_permission_that_is_not_in_the_table_is_an_error() -> None:
    with pytest.raises(KeyError):
        may(person(Role.OWNER), "nothing.like.it")
