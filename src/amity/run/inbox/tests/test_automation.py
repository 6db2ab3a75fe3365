"""Rules at work: they act in a job, log what they did, and cannot run in circles."""

from datetime import timedelta
from typing import Any

import pytest

from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import run_until_idle
from amity.run.inbox.models import Conversation, Rule, RuleFiring
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations.automation import run_rules
from amity.run.inbox.operations.watching import watch
from amity.run.inbox.queries.setup import rules
from amity.run.inbox.rules.automation import MAX_AN_HOUR, MAX_DEPTH, Event

from .company import MONDAY, House, house

pytestmark = pytest.mark.django_db


@pytest.fixture
def pumps() -> House:
    return house("Ida", "Jan")


def a_rule(event: str, *actions: dict[str, Any], **given: Any) -> Rule:
    count = Rule.objects.count()
    fields: dict[str, Any] = {"name": f"Rule {count}", "position": count, "updated_at": MONDAY}
    return Rule.objects.create(event=event, actions=list(actions), **(fields | given))


def tags(conversation: Conversation) -> list[str]:
    return sorted(tag.name for tag in conversation.tags.all())


def test_a_rule_acts_on_what_it_waits_for_and_on_nothing_else(pumps: House) -> None:
    conditions = {"every": [{"field": "text", "test": "contains", "value": "refund"}]}
    rule = a_rule("opened", {"do": "tag", "name": "money"}, conditions=conditions)

    wants = pumps.mail("kim", "I want a refund")
    asks = pumps.mail("sam", "Where is it?")
    run_until_idle()

    assert (tags(wants), tags(asks)) == (["money"], [])
    firing = RuleFiring.objects.get()
    assert (firing.rule, firing.conversation, firing.failed) == (rule, wants, [])
    assert wants.events.get(kind="rule").sentence == "The rule “Rule 0” acted."


def test_without_rules_no_job_is_asked_for(pumps: House) -> None:
    pumps.mail("kim")

    assert not Job.objects.filter(kind="inbox.run_rules").exists()


def test_an_automatic_answer_is_filled_in_and_stops_no_clock(pumps: House) -> None:
    a_rule("opened", {"do": "reply", "text": "Dear {{ customer.first_name }}, we got it."})

    conversation = pumps.mail("kim")
    run_until_idle()

    said = conversation.messages.get(kind="reply")
    assert (said.text, said.is_automatic) == ("Dear Kim, we got it.", True)
    assert conversation.clocks.get(target="first_response").state == "running"


def test_what_a_rule_sets_off_carries_its_chain_and_ends(pumps: House) -> None:
    a_rule("opened", {"do": "tag", "name": "one"})
    a_rule("tagged", {"do": "priority", "priority": 3}, {"do": "untag", "name": "one"})

    conversation = pumps.mail("kim")
    run_until_idle()

    conversation.refresh_from_db()
    assert (conversation.priority, tags(conversation)) == (3, [])
    fired = RuleFiring.objects.order_by("pk").values_list("depth", "stopped_because")
    assert list(fired)[:2] == [(0, ""), (1, "")]
    assert [words for _depth, words in fired if words] == ["It had acted in this chain already."]


def test_two_rules_that_answer_each_other_are_stopped(pumps: House) -> None:
    a_rule("tagged", {"do": "untag", "name": "ping"}, {"do": "tag", "name": "pong"})
    a_rule("tagged", {"do": "untag", "name": "pong"}, {"do": "tag", "name": "ping"})
    conversation = pumps.mail("kim")

    do.add_tag(conversation_id=conversation.pk, tag="ping", actor=pumps.actor("Ida"), at=MONDAY)
    run_until_idle()

    assert not Job.objects.filter(status="ready").exists()
    assert RuleFiring.objects.exclude(stopped_because="").exists()
    assert max(RuleFiring.objects.values_list("depth", flat=True)) <= MAX_DEPTH
    assert conversation.events.filter(kind="rule_stopped").exists()


def test_a_rule_acts_at_most_so_often_an_hour(pumps: House) -> None:
    a_rule("noted", {"do": "priority", "priority": 4})
    conversation = pumps.mail("kim")

    acted = [
        run_rules(conversation.pk, Event.NOTED, at=MONDAY + timedelta(minutes=place))
        for place in range(MAX_AN_HOUR + 2)
    ]
    later = run_rules(conversation.pk, Event.NOTED, at=MONDAY + timedelta(hours=2))

    assert acted == [1] * MAX_AN_HOUR + [0, 0]
    assert later == 1


def test_what_cannot_be_done_is_noted_and_the_rest_is_done(pumps: House) -> None:
    a_rule("opened", {"do": "assign", "user_id": 10**6}, {"do": "tag", "name": "still"})

    conversation = pumps.mail("kim")
    run_until_idle()

    assert tags(conversation) == ["still"]
    firing = RuleFiring.objects.get()
    assert len(firing.failed) == 1
    assert firing.failed[0].startswith("assign: There is no person")


def test_a_job_that_is_run_again_acts_once(pumps: House) -> None:
    first = a_rule("opened", {"do": "note", "text": "One"})
    a_rule("opened", {"do": "note", "text": "Two"})
    conversation = pumps.mail("kim")

    run_rules(conversation.pk, Event.OPENED, at=MONDAY, done=(first.pk,))

    assert [note.text for note in conversation.messages.filter(kind="note")] == ["Two"]


def test_rules_say_how_often_they_acted_and_what_it_cost(pumps: House) -> None:
    a_rule("opened", {"do": "tag", "name": "x"})
    conversation = pumps.mail("kim")
    run_rules(conversation.pk, Event.OPENED, at=MONDAY)
    run_rules(conversation.pk, Event.OPENED, at=MONDAY + timedelta(minutes=1))
    do.reply(
        conversation_id=conversation.pk,
        actor=pumps.actor("Ida"),
        text="Here",
        at=MONDAY,
        staff_seconds=1500,
    )

    row = rules(MONDAY + timedelta(days=1))[0]

    assert (row.fired, row.stopped, row.conversations, row.cost_minor) == (2, 0, 1, 2292)
    assert rules(MONDAY + timedelta(days=40))[0].fired == 0


def test_a_broken_promise_sets_rules_off(pumps: House) -> None:
    a_rule("promise_broken", {"do": "priority", "priority": 4})
    conversation = pumps.mail("kim")

    watch(at=MONDAY + timedelta(hours=3))
    run_until_idle()

    conversation.refresh_from_db()
    assert conversation.priority == 4
