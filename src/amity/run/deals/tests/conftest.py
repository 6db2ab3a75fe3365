"""A pipeline of a pump maker with two stages more than one needs, and customers to sell to."""

from collections.abc import Callable
from datetime import UTC, date, datetime
from typing import Any

import pytest

from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import create_customer
from amity.run.deals.models import CloseReason, Deal, Pipeline
from amity.run.deals.operations.deals import NewDeal, open_deal
from amity.run.deals.operations.pipelines import create_pipeline

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)


@pytest.fixture
def at() -> datetime:
    """The instant of these tests."""
    return AT


@pytest.fixture
def pipeline(db: None) -> Pipeline:
    """The usual stages; an hour costs 60.00."""
    return create_pipeline(name="Sales", hour_minor=6_000, actor=SYSTEM, at=AT)


@pytest.fixture
def actor(ada: User) -> Actor:
    """Ada as she acts."""
    return Actor(kind="user", name=ada.name, role=Role.OWNER, user_id=ada.pk)


@pytest.fixture
def buyer(db: None) -> Customer:
    """Somebody who may buy."""
    return create_customer(name="Pumps Ltd", kind="organization", actor=SYSTEM, at=AT)


@pytest.fixture
def deal(pipeline: Pipeline, buyer: Customer) -> Callable[..., Deal]:
    """Opens a deal of 1,000.00 that is to be decided at the end of November."""

    def make(title: str = "Ten pumps", *, when: datetime = AT, **fields: Any) -> Deal:
        given: dict[str, Any] = {
            "customer_id": buyer.pk,
            "title": title,
            "expected_close_on": date(2026, 11, 30),
            "amount_minor": 100_000,
        }
        return open_deal(NewDeal(**(given | fields)), actor=SYSTEM, at=when)

    return make


@pytest.fixture
def lost_for(pipeline: Pipeline) -> CloseReason:
    """A reason of losses."""
    return CloseReason.objects.get(kind="lost", name="Price")
