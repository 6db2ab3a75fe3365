"""A company with two segments on a canvas, some contacts in its log, and measured value."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from amity.base.results import Grade
from amity.base.vocabulary import RelationshipType, Skill, Stage
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.kernel.policy.document import Capacity, Cell
from amity.kernel.policy.models import PolicyVersion
from amity.kernel.policy.operations import create_draft
from amity.kernel.touchpoints.models import Touchpoint
from amity.kernel.traits.models import Trait
from amity.testing import canvases

AT = datetime(2026, 11, 1, 12, tzinfo=UTC)


def value_of(customer: Customer, minor: float) -> Trait:
    """What the customer is worth in the next 12 months, measured."""
    return Trait(
        customer=customer,
        name="clv_12m",
        number=minor,
        low=0.5 * minor,
        high=1.5 * minor,
        grade=Grade.B,
        as_of=AT,
        source="insight.measure",
    )


def contact(customer: Customer, number: int, phone: Touchpoint) -> Interaction:
    """A question that a person answered in twelve minutes for six dollars."""
    return Interaction(
        happened_at=AT - timedelta(days=number % 360),
        recorded_at=AT,
        customer=customer,
        kind="inbox.received",
        touchpoint=phone,
        relationship_type=RelationshipType.PERSONAL_ASSISTANCE,
        stage=Stage.SUPPORT,
        direction=Interaction.Direction.INBOUND,
        actor=Interaction.Actor.HUMAN,
        staff_seconds=720,
        cost_minor=600,
        currency="USD",
        source="test",
        source_id=str(number),
    )


@pytest.fixture
def canvas(db: None) -> PolicyVersion:
    """A draft for 5 regulars worth 500 a year and 15 guests worth 40; regulars come first."""
    canvases.touchpoints()
    people = canvases.customers(*(f"Customer {number}" for number in range(20)))
    regulars, guests = canvases.segment("regulars"), canvases.segment("guests")
    canvases.put_into(regulars, people[:5])
    canvases.put_into(guests, people)  # the five regulars are guests too: the first one decides
    Trait.objects.bulk_create(
        value_of(person, 50_000 if number < 5 else 4_000) for number, person in enumerate(people)
    )
    phone = Touchpoint.objects.get(key="phone")
    Interaction.objects.bulk_create(
        contact(people[number % 20], number, phone) for number in range(720)
    )
    document = canvases.canvas(
        canvases.design("regulars", personal_assistance=Cell(intensity=0.5, primary=True)),
        canvases.design("guests", self_service=Cell(intensity=0.5, primary=True)),
        capacity=Capacity(budget=Decimal(20_000), hours={Skill.FRONT_LINE: 500.0}),
    )
    return create_draft(
        document=document, name="Relationships", reason="", base=None, actor=SYSTEM, at=AT
    )
