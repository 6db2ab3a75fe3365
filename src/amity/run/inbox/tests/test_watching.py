"""Warnings and breaches: once, to the right people, with what is at stake."""

from datetime import datetime, timedelta

import pytest

from amity.kernel.access.operations import add_member
from amity.kernel.access.rules import SYSTEM
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Conversation, Follower, InboxSettings, Notice
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations.watching import watch

from .company import MONDAY, House, house, person, worth

pytestmark = pytest.mark.django_db


def later(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def pumps() -> House:
    """Ida works, Lea leads."""
    made = house("Ida")
    made.people["Lea"] = person("Lea")
    add_member(
        team_id=made.team.pk,
        user_id=made.people["Lea"].pk,
        is_lead=True,
        actor=SYSTEM,
        at=MONDAY,
    )
    return made


def told(kind: str) -> list[str]:
    return [str(row.user) for row in Notice.objects.filter(kind=kind).order_by("pk")]


def test_who_has_it_is_warned_once_when_three_quarters_are_used(pumps: House) -> None:
    conversation = pumps.mail("kim")

    assert watch(at=later(1.4)) == (0, 0)
    assert watch(at=later(1.5)) == (1, 0)
    assert watch(at=later(1.6)) == (0, 0)

    assert told("promise_at_risk") == ["Ida"]
    event = conversation.events.get(kind="promise_at_risk")
    assert event.sentence == "First response is at risk: three quarters of its time are used."


def test_what_nobody_has_is_told_to_who_leads(pumps: House) -> None:
    conversation = pumps.mail("kim")
    do.assign(conversation_id=conversation.pk, user_id=None, actor=pumps.actor("Ida"), at=later(1))

    watch(at=later(1.5))

    assert told("promise_at_risk") == ["Lea"]


def test_a_breach_is_noted_once_with_the_value_at_risk(pumps: House) -> None:
    worth([(pumps.customers["kim"], 6_000_000.0)])
    conversation = pumps.mail("kim")

    assert watch(at=later(2)) == (1, 0)  # the due instant itself keeps the promise
    assert watch(at=later(2.1)) == (0, 1)
    assert watch(at=later(3)) == (0, 0)

    conversation.refresh_from_db()
    clock = conversation.clocks.get(target="first_response")
    assert (clock.breached_at, clock.value_at_risk_minor) == (later(2), 6_000_000)
    assert clock.state == "running"  # until somebody answers
    assert conversation.breached_at == later(2)
    assert told("promise_broken") == ["Ida", "Lea"]
    assert [str(row.user) for row in Follower.objects.all()] == ["Lea"]
    logged = Interaction.objects.get(kind="inbox.promise_broken")
    assert (logged.policy_version, logged.happened_at) == (1, later(2))
    assert logged.properties["value_at_risk_minor"] == 6_000_000
    assert logged.value_minor is None  # nothing is lost yet


def test_of_an_unknown_value_no_figure_is_made_up(pumps: House) -> None:
    conversation = pumps.mail("kim")

    watch(at=later(3))

    assert conversation.clocks.get(target="first_response").value_at_risk_minor is None


def test_leads_are_left_alone_where_the_company_says_so(pumps: House) -> None:
    InboxSettings.objects.update(escalates_to_leads=False)
    pumps.mail("kim")

    watch(at=later(3))

    assert told("promise_broken") == ["Ida"]


def test_a_worker_that_stood_still_for_a_year_notes_and_does_not_shout(pumps: House) -> None:
    conversation = pumps.mail("kim")

    watch(at=MONDAY + timedelta(days=400))

    assert told("promise_broken") == []
    clock = conversation.clocks.get(target="first_response")
    assert clock.breached_at == later(2)
    assert clock.used_seconds == 0


def test_a_conversation_does_not_sleep_through_its_promise(pumps: House) -> None:
    conversation = pumps.mail("kim")
    do.snooze(
        conversation_id=conversation.pk, actor=pumps.actor("Ida"), until=later(48), at=later(0.5)
    )

    watch(at=later(1.5))

    conversation.refresh_from_db()
    assert (conversation.status, conversation.snoozed_until) == ("open", None)


def test_what_is_paused_answered_or_spam_is_left_alone(pumps: House) -> None:
    ida = pumps.actor("Ida")
    waits, answered, spam = (pumps.mail(name) for name in ("kim", "kim", "kim"))
    do.wait_for_customer(conversation_id=waits.pk, actor=ida, at=later(1))
    do.reply(conversation_id=answered.pk, text="Done", actor=ida, at=later(1), close=True)
    do.mark_spam(conversation_id=spam.pk, actor=ida, at=later(1))

    assert watch(at=later(100)) == (0, 0)
    assert not Conversation.objects.exclude(breached_at=None).exists()
