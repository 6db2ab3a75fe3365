"""Story 1 of the ten, the inbox's half: a key contact writes while the owner is away."""

from datetime import datetime, timedelta

import pytest

from amity.kernel.access.operations import set_absence
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Membership
from amity.kernel.customers.operations import assign_owner
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import AgentProfile
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations.settling import settle
from amity.run.inbox.operations.watching import watch

from .company import MONDAY, customer, house, person

pytestmark = pytest.mark.django_db


def at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return MONDAY.replace(hour=int(hours), minute=int(minutes))


def test_the_deputy_has_it_at_once_it_is_due_at_noon_and_25_minutes_cost_2292() -> None:
    pumps = house("Ida")
    for name in ("Ola", "Dea"):
        pumps.people[name] = person(name)
        AgentProfile.objects.create(user=pumps.people[name], takes_turns=False)
    works = Customer.objects.create(
        name="Waterworks", kind="organization", created_at=MONDAY, updated_at=MONDAY
    )
    contact = customer("cora", Segment.objects.get(key="key"))
    Membership.objects.create(organization=works, person=contact, role="buyer")
    assign_owner(
        works.pk, owner=pumps.people["Ola"], deputy=pumps.people["Dea"], actor=SYSTEM, at=MONDAY
    )
    set_absence(
        user_id=pumps.people["Ola"].pk,
        starts_at=MONDAY - timedelta(days=1),
        ends_at=MONDAY + timedelta(days=5),
        actor=SYSTEM,
        at=MONDAY,
    )

    conversation = pumps.mail("cora", "The pump in hall two stands still.", at=at("10:00"))

    assert conversation.assignee == pumps.people["Dea"]
    assert conversation.assigned_at is not None
    assert conversation.assigned_at <= at("10:15")
    assert conversation.due_at == at("12:00")
    assert watch(at=at("11:15")) == (0, 0)

    message = do.reply(
        conversation_id=conversation.pk,
        actor=pumps.actor("Dea"),
        text="A technician is on the way.",
        at=at("11:20"),
        staff_seconds=25 * 60,
    )

    assert do.release_held(message.pk, at=at("11:21"))

    replied = Interaction.objects.get(kind="inbox.replied")
    assert (replied.staff_seconds, replied.cost_minor, replied.currency) == (1500, 2292, "EUR")
    assert (replied.customer, replied.happened_at) == (contact, at("11:20"))
    assert replied.relationship_type == "dedicated_personal_assistance"
    first = conversation.clocks.get(target="first_response")
    assert (first.state, first.used_seconds) == ("kept", 80 * 60)
    settle(at=at("11:30"))
    kept = Interaction.objects.get(kind="inbox.promise_kept")
    assert (kept.policy_version, kept.properties["promised_minutes"]) == (1, 120)
