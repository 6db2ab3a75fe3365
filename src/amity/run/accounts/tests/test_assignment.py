"""Owners proposed by value and hours."""

from datetime import datetime

import pytest
from django.test import Client

from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import assign_owner
from amity.kernel.customers.ownership import owner_of
from amity.kernel.interactions.queries import timeline
from amity.run.accounts.operations.assignments import AssignmentError, adopt_choices
from amity.run.accounts.queries.assignments import proposal

pytestmark = pytest.mark.django_db


def test_owners_are_proposed_by_gain_and_refused_at_a_loss(
    pump_maker: list[Customer], ada: User, at: datetime
) -> None:
    found = proposal(at).found

    assert [one.candidate.name for one in found.taken] == ["Key 1", "Key 2", "Key 3"]
    assert round(found.taken[0].gain) == 91_779
    assert {round(one.gain) for one in found.refused} == {-267}
    assert all("refused" in one.why for one in found.refused)


def test_only_what_is_proposed_can_be_adopted(
    pump_maker: list[Customer], ada: User, at: datetime
) -> None:
    first, second, _third, mid, _other = (one.pk for one in pump_maker)
    assign_owner(second, owner=ada, actor=SYSTEM, at=at)

    assert adopt_choices([first, second, mid], actor=SYSTEM, at=at) == [first]

    assert owner_of(mid) is None
    assert timeline(first)[0].kind == "accounts.assigned"
    with pytest.raises(AssignmentError):
        adopt_choices([mid], actor=SYSTEM, at=at)


def test_the_proposal_is_read_and_adopted(pump_maker: list[Customer], ada_client: Client) -> None:
    html = ada_client.get("/accounts/assignment").content.decode()
    assert "Key 1" in html
    assert "(-267, refused)" in html

    ada_client.post("/accounts/assignment/adoption", {"ids": [pump_maker[0].pk]})

    assert owner_of(pump_maker[0].pk) is not None


def test_nothing_known_says_what_is_missing(ada_client: Client) -> None:
    html = ada_client.get("/accounts/assignment").content.decode()

    assert "Missing: a level of help for a segment" in html
