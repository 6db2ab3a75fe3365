"""A pump maker: key accounts that Ada looks after, on a canvas that says how often."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.models import User
from amity.kernel.access.operations import set_rate
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import assign_owner, create_customer, set_membership
from amity.kernel.interactions.operations import record_interaction
from amity.kernel.policy.document import Cell, Target
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments.models import Segment
from amity.run.accounts.models import Meeting, Renewal
from amity.run.accounts.operations.meetings import Invited, plan_meeting
from amity.run.accounts.operations.renewals import add_renewal
from amity.run.accounts.operations.terms import save_level, set_capacity
from amity.testing import canvases

AT = datetime(2026, 11, 2, 12, tzinfo=UTC)
DAY, HOUR = timedelta(days=1), timedelta(hours=1)
Make = Callable[..., Any]
DEDICATED = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE


@pytest.fixture
def at() -> datetime:
    """The instant of these tests."""
    return AT


@pytest.fixture
def account(ada: User) -> Callable[..., Customer]:
    """Makes a customer that Ada looks after since 100 days."""

    def make(name: str = "Pumps Ltd", *, kind: str = "organization", **by: Any) -> Customer:
        customer = create_customer(name=name, kind=kind, actor=SYSTEM, at=AT)
        since = AT - timedelta(days=100)
        assign_owner(customer.pk, actor=SYSTEM, at=since, **(by or {"owner": ada}))
        return customer

    return make


@pytest.fixture
def spoke() -> Callable[..., None]:
    """Writes that a customer and a person of ours spoke so many days ago."""

    def write(customer: Customer, days_ago: float, **fields: Any) -> None:
        happened = AT - timedelta(days=days_ago)
        given: dict[str, Any] = {
            "kind": "inbox.replied", "source": "test", "direction": "out", "actor": "human",
            "source_id": f"{customer.pk}:{days_ago}:{fields.get('kind')}", "happened_at": happened,
            "recorded_at": happened, "relationship_type": DEDICATED, "stage": "support",
            "currency": "USD", "customer_id": customer.pk,
        }  # fmt: skip
        record_interaction(**(given | fields))

    return write


@pytest.fixture
def key_segment(db: None) -> Segment:
    """The segment of key accounts: 120 hours a year and 30 days of cadence, published."""
    canvases.touchpoints()
    canvases.office_hours()
    segment = canvases.segment("key")
    design = canvases.design(
        "key",
        dedicated_personal_assistance=Cell(
            intensity=1.0,
            primary=True,
            hours_per_customer=120.0,
            cost_per_customer=6600,
        ),
    ).model_copy(update={"targets": (Target(measure="cadence_days", value=30),)})
    version = create_draft(
        document=canvases.canvas(design), name="Keys", reason="", base=None, actor=SYSTEM, at=AT
    )
    publish(version.pk, reason="", actor=SYSTEM, at=AT)
    return segment


def belongs(person: Customer, organization: Customer, role: str = "") -> None:
    """Makes a person part of an organization."""
    set_membership(
        organization_id=organization.pk, person_id=person.pk, role=role, actor=SYSTEM, at=AT
    )


@pytest.fixture
def pump_maker(ada: User, key_segment: Segment, at: datetime) -> list[Customer]:
    """Three key accounts and two mid ones without an owner, and Ada with 400 hours at 55."""
    mid = canvases.segment("mid")
    keys = canvases.customers("Key 1", "Key 2", "Key 3")
    mids = canvases.customers("Mid 1", "Mid 2")
    canvases.put_into(key_segment, keys)
    canvases.put_into(mid, mids)
    set_rate(hour_minor=5_500, actor=SYSTEM, at=at)
    set_capacity(ada, hours_a_year=400, actor=SYSTEM, at=at)
    for segment, name, hours, without, helped, margin in (
        ("key", "full", 120, 0.92, 0.97, 6_000_000),
        ("mid", "full", 18, 0.86, 0.89, 600_000),
    ):
        save_level(
            segment_key=segment,
            name=name,
            hours_a_year=hours,
            retention_without=without,
            retention_with=helped,
            margin_minor=margin,
            grade="D",
            actor=SYSTEM,
            at=at,
        )
    return [*keys, *mids]


def renewal(customer: Customer, on: date, at: datetime, **given: Any) -> Renewal:
    """Adds the renewal of a contract for care."""
    return add_renewal(customer.pk, name="Care", renews_on=on, actor=SYSTEM, at=at, **given)


def meeting(customer: Customer, organizer: User, at: datetime, *guests: str) -> Meeting:
    """Plans an hour of review for tomorrow."""
    return plan_meeting(
        customer_id=customer.pk,
        organizer=organizer,
        title="Review ✓",
        starts_at=at + DAY,
        ends_at=at + DAY + HOUR,
        place="Vienna",
        guests=[Invited(one) for one in guests],
        actor=SYSTEM,
        at=at,
    )
