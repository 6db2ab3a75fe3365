import pytest

from amity.base.vocabulary import Role
from amity.kernel.access.rules import Actor, CostRates, cost_of_time, may


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


def test_twenty_five_minutes_at_55_cost_22_92() -> None:
    assert cost_of_time(25 * 60, 5_500) == 2_292
    assert cost_of_time(30 * 60, 5_501) == 2_751  # a half is rounded up
    assert cost_of_time(25 * 60, None) == 0


def test_an_hour_costs_what_is_said_nearest_to_the_person() -> None:
    rates = CostRates({7: 5_500}, anybody=4_000)

    assert (rates.hour(7), rates.hour(7, here=3_000)) == (5_500, 5_500)
    assert (rates.hour(8), rates.hour(8, here=3_000)) == (4_000, 3_000)
    assert (rates.hour(None), rates.hour(None, here=0)) == (4_000, 0)
    assert CostRates({}, anybody=None).hour(7) is None
