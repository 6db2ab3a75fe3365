"""Routing through real operations: owners, deputies, turns, limits, and what is kept of it."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from amity.kernel.access.models import Absence
from amity.kernel.access.operations import set_absence
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.operations import assign_owner
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import (
    AgentProfile,
    Channel,
    Conversation,
    InboxSettings,
    Message,
    Notice,
)
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations.first_help import offer, token_for, want_person, was_helped
from amity.run.inbox.operations.routing import late_ones, reassign_late
from amity.run.inbox.rules.routing import Part

from .company import MONDAY, House, house, person

pytestmark = pytest.mark.django_db


def later(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def pumps() -> House:
    """Ola looks after Kim, Dea stands in for her; Ida and Jan are the help desk."""
    made = house("Ida", "Jan")
    for name in ("Ola", "Dea"):
        made.people[name] = person(name)
        AgentProfile.objects.create(user=made.people[name], takes_turns=False)
    assign_owner(
        made.customers["kim"].pk,
        owner=made.people["Ola"],
        deputy=made.people["Dea"],
        actor=SYSTEM,
        at=MONDAY,
    )
    return made


def away(pumps: House, name: str) -> Absence:
    return set_absence(
        user_id=pumps.people[name].pk,
        starts_at=later(-1),
        ends_at=later(24),
        actor=SYSTEM,
        at=MONDAY,
    )


def test_a_key_contact_reaches_the_owner_and_is_told_why(pumps: House) -> None:
    conversation = pumps.mail("kim")

    assert conversation.assignee == pumps.people["Ola"]
    event = conversation.events.get(kind="routed")
    assert event.sentence == ("Ola looks after the customer; Key is promised dedicated assistance.")
    assert event.detail["policy_version"] == 1
    assert event.detail["segments"] == ["key"]
    assert event.detail["context"]["owner_id"] == pumps.people["Ola"].pk
    notice = Notice.objects.get(user=pumps.people["Ola"])
    assert notice.kind == "assigned"
    logged = Interaction.objects.get(kind="inbox.assigned")
    assert (logged.policy_version, logged.properties["by"]) == (1, "owner")


def test_the_deputy_has_it_while_the_owner_is_away(pumps: House) -> None:
    away(pumps, "Ola")

    conversation = pumps.mail("kim")

    assert conversation.assignee == pumps.people["Dea"]


def test_small_customers_take_turns_and_come_back_to_their_last_agent(pumps: House) -> None:
    names = [str(pumps.mail(f"new{place}").assignee) for place in range(4)]
    first = pumps.mail("sam")
    second = pumps.mail("sam", at=later(1))

    assert names == ["Ida", "Jan", "Ida", "Jan"]
    assert first.assignee == second.assignee == pumps.people["Ida"]
    assert first.team == pumps.team


def test_nobody_is_given_more_than_their_limit(pumps: House) -> None:
    AgentProfile.objects.update(load_limit=1)

    given = [pumps.mail(f"new{place}").assignee for place in range(3)]

    assert given == [pumps.people["Ida"], pumps.people["Jan"], None]
    last = Conversation.objects.order_by("-pk").first()
    assert last is not None
    assert last.team == pumps.team
    assert last.events.get(kind="routed").sentence == (
        "Nobody can take it now; it waits in the queue of Help desk."
    )


def test_language_finds_who_speaks_it(pumps: House) -> None:
    AgentProfile.objects.filter(user=pumps.people["Jan"]).update(languages=["de"])

    assert pumps.mail("eva", language="de-AT").assignee == pumps.people["Jan"]


def test_what_is_left_is_given_on_after_the_time_that_was_set(pumps: House) -> None:
    InboxSettings.objects.update(reassign_minutes=60)
    conversation = pumps.mail("kim")

    assert late_ones(later(0.9)) == []
    assert reassign_late(conversation.pk, at=later(0.9)) is None
    assert late_ones(later(1)) == [conversation.pk]
    decision = reassign_late(conversation.pk, at=later(1))

    assert decision is not None
    assert (decision.part, decision.user_id) == (Part.DEPUTY, pumps.people["Dea"].pk)
    later_on = reassign_late(conversation.pk, at=later(2))
    assert later_on is not None
    assert later_on.user_id in {pumps.people["Ida"].pk, pumps.people["Jan"].pk}
    handed = Interaction.objects.filter(kind="inbox.handed_over").count()
    assert handed == 2


def test_what_was_answered_is_not_given_on(pumps: House) -> None:
    InboxSettings.objects.update(reassign_minutes=60)
    conversation = pumps.mail("kim")
    do.reply(conversation_id=conversation.pk, actor=pumps.actor("Ola"), text="Soon.", at=later(0.5))

    assert late_ones(later(5)) == []
    assert reassign_late(conversation.pk, at=later(5)) is None


def test_a_follow_up_is_given_on_where_who_has_it_is_away(pumps: House) -> None:
    conversation = pumps.mail("kim")
    away(pumps, "Ola")

    pumps.mail("kim", at=later(1), conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert conversation.assignee == pumps.people["Dea"]


@pytest.mark.parametrize("size", [1, 8])
def test_routing_costs_the_same_however_many_agents_there_are(
    size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    made = house(*[f"Agent{place}" for place in range(size)])
    made.mail("sam")

    with django_assert_max_num_queries(90):
        made.mail("sam")


def self_service(pumps: House) -> Conversation:
    InboxSettings.objects.update(
        self_service_url="https://help.pumps.example", self_service_text="Most is answered there."
    )
    conversation = pumps.mail("sol")
    assert offer(conversation.pk, at=MONDAY)
    conversation.refresh_from_db()
    return conversation


def test_self_service_comes_first_where_it_was_promised(pumps: House) -> None:
    conversation = self_service(pumps)

    assert (conversation.assignee, conversation.status) == (None, "waiting")
    assert conversation.relationship_type == "self_service"
    assert not conversation.clocks.exists()
    said = conversation.messages.get(kind="reply")
    assert said.is_automatic
    assert said.text.startswith("This answer was written by a machine.")
    assert "https://help.pumps.example" in said.text
    assert f"/inbox/help/{token_for(conversation)}/" in said.text
    assert not offer(conversation.pk, at=later(1))
    assert Message.objects.filter(kind="reply").count() == 1


@pytest.mark.parametrize("words", ["human", "It did not help, my pump still leaks."])
def test_an_answer_to_the_first_help_reaches_a_person_at_once(pumps: House, words: str) -> None:
    conversation = self_service(pumps)

    pumps.mail("sol", words, at=later(1), conversation_id=conversation.pk)

    conversation.refresh_from_db()
    assert conversation.assignee in {pumps.people["Ida"], pumps.people["Jan"]}
    assert (conversation.status, conversation.relationship_type) == ("open", "personal_assistance")
    first = conversation.clocks.get()
    assert (first.target, first.minutes, first.opened_at) == ("first_response", 960, later(1))


def test_the_link_reaches_a_person_once(pumps: House) -> None:
    conversation = self_service(pumps)
    token = token_for(conversation)

    want_person(token, at=later(1))
    want_person(token, at=later(2))

    conversation.refresh_from_db()
    assert conversation.assignee is not None
    assert conversation.waiting_since == later(1)
    assert conversation.events.filter(kind="routed").count() == 2


def test_who_was_helped_says_so_and_it_counts_as_self_service(pumps: House) -> None:
    conversation = self_service(pumps)

    was_helped(token_for(conversation), at=later(1))
    was_helped(token_for(conversation), at=later(2))

    conversation.refresh_from_db()
    assert (conversation.status, conversation.outcome) == ("closed", "resolved")
    row = Interaction.objects.get(kind="inbox.helped_itself")
    assert (row.relationship_type, row.outcome, row.staff_seconds) == (
        "self_service",
        "confirmed",
        0,
    )


def test_on_the_phone_a_person_helps_at_once(pumps: House) -> None:
    InboxSettings.objects.update(self_service_url="https://help.pumps.example")
    pumps.channel = replace_kind(pumps, "phone")

    assert pumps.mail("sol").assignee is not None


def replace_kind(pumps: House, kind: str) -> Channel:
    pumps.channel.kind = kind
    pumps.channel.save()
    return pumps.channel


def test_without_any_self_service_a_person_helps(pumps: House) -> None:
    assert pumps.mail("sol").assignee is not None
