"""Clocks through real operations: what a mail starts, what an answer stops, what a wait costs."""

from datetime import datetime, timedelta

import pytest
from pytest_django import DjangoAssertNumQueries

from amity.kernel.access.rules import SYSTEM
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import Conversation, InboxSettings, PromiseClock
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations import delivery, urgency
from amity.run.inbox.operations.settling import settle
from amity.run.inbox.operations.urgency import refresh_all
from amity.run.inbox.queries.calendars import Calendars
from amity.run.inbox.queries.clocks import open_conversations

from .company import MONDAY, House, customer, house, worth

pytestmark = pytest.mark.django_db


def later(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


@pytest.fixture
def pumps() -> House:
    return house("Ola", "Dea")


def clocks(conversation: Conversation) -> dict[str, str]:
    return {row.target: row.state for row in conversation.clocks.order_by("pk")}


def answer(pumps: House, conversation: Conversation, at: datetime, **given: object) -> None:
    do.reply(
        conversation_id=conversation.pk,
        actor=pumps.actor("Ola"),
        text="Here you are.",
        at=at,
        **given,  # type: ignore[arg-type]  # options of reply
    )
    conversation.refresh_from_db()


def test_a_mail_starts_what_the_segment_was_promised(pumps: House) -> None:
    conversation = pumps.mail("kim")

    assert (conversation.segment_key, conversation.policy_version) == ("key", 1)
    assert conversation.relationship_type == "dedicated_personal_assistance"
    first = conversation.clocks.get(target="first_response")
    assert (first.minutes, first.policy_version, first.segment_key) == (120, 1, "key")
    assert conversation.due_at == first.due_at == later(2)
    assert clocks(conversation) == {"first_response": "running", "resolution": "running"}


def test_somebody_in_no_segment_was_promised_nothing(pumps: House) -> None:
    conversation = pumps.mail("stranger")

    assert clocks(conversation) == {}
    assert (conversation.due_at, conversation.segment_key) == (None, "")


def test_an_answer_stops_the_clock_once_and_pauses_the_resolution(pumps: House) -> None:
    conversation = pumps.mail("kim")

    answer(pumps, conversation, later(1))
    answer(pumps, conversation, later(3))

    first = conversation.clocks.get(target="first_response")
    assert (first.state, first.used_seconds, first.stopped_at) == ("kept", 3600, later(1))
    resolution = conversation.clocks.get(target="resolution")
    assert (resolution.state, resolution.used_seconds) == ("paused", 3600)
    assert (conversation.status, conversation.due_at) == ("waiting", None)


def test_an_automatic_acknowledgement_stops_nothing(pumps: House) -> None:
    conversation = pumps.mail("kim")

    do.reply(
        conversation_id=conversation.pk, actor=SYSTEM, text="Got it.", at=MONDAY, is_automatic=True
    )

    assert clocks(conversation) == {"first_response": "running", "resolution": "running"}


def test_the_next_mail_starts_the_next_answers_clock_and_the_resolution_goes_on(
    pumps: House,
) -> None:
    conversation = pumps.mail("kim")
    answer(pumps, conversation, later(1))

    pumps.mail("kim", at=later(3), conversation_id=conversation.pk)
    pumps.mail("kim", at=later(4), conversation_id=conversation.pk)

    assert clocks(conversation) == {
        "first_response": "kept",
        "resolution": "running",
        "next_response": "running",
    }
    following = conversation.clocks.get(target="next_response")
    assert (following.opened_at, following.due_at) == (later(3), later(4))
    resolution = conversation.clocks.get(target="resolution")
    assert resolution.due_at == MONDAY.replace(day=6, hour=12)  # 1 + 4 + 8 + 3 working hours


def test_a_late_answer_breaks_the_promise(pumps: House) -> None:
    conversation = pumps.mail("kim")

    answer(pumps, conversation, later(2.5))

    first = conversation.clocks.get(target="first_response")
    assert (first.state, first.used_seconds, first.breached_at) == ("broken", 9000, later(2))


def test_closing_without_a_word_drops_what_is_not_owed_any_more(pumps: House) -> None:
    conversation = pumps.mail("kim")

    do.close(conversation_id=conversation.pk, actor=pumps.actor("Ola"), at=later(1))

    assert clocks(conversation) == {"first_response": "dropped", "resolution": "kept"}


def test_a_reopened_matter_goes_on_with_what_it_had_used(pumps: House) -> None:
    conversation = pumps.mail("kim")
    answer(pumps, conversation, later(1), close=True)
    assert clocks(conversation) == {"first_response": "kept", "resolution": "kept"}

    pumps.mail("kim", at=later(24), conversation_id=conversation.pk)

    resolution = conversation.clocks.get(target="resolution")
    assert (resolution.state, resolution.used_seconds) == ("running", 3600)
    assert clocks(conversation)["next_response"] == "running"


def test_sleep_is_our_own_choice_and_stops_no_clock(pumps: House) -> None:
    conversation = pumps.mail("kim")

    do.snooze(
        conversation_id=conversation.pk, actor=pumps.actor("Ola"), until=later(48), at=later(1)
    )

    assert clocks(conversation) == {"first_response": "running", "resolution": "running"}


def test_waiting_for_the_customer_stops_the_clocks_until_it_is_taken_up_again(
    pumps: House,
) -> None:
    conversation = pumps.mail("kim")

    ola = pumps.actor("Ola")
    do.wait_for_customer(conversation_id=conversation.pk, actor=ola, at=later(1))
    assert clocks(conversation) == {"first_response": "paused", "resolution": "paused"}
    do.reopen(conversation_id=conversation.pk, actor=ola, at=later(5))

    assert conversation.clocks.get(target="first_response").due_at == later(6)


def test_spam_owes_nothing_and_what_is_none_owes_as_before(pumps: House) -> None:
    conversation = pumps.mail("kim")
    ola = pumps.actor("Ola")

    do.mark_spam(conversation_id=conversation.pk, actor=ola, at=later(1))
    assert clocks(conversation) == {"first_response": "dropped", "resolution": "dropped"}
    do.unmark_spam(conversation_id=conversation.pk, actor=ola, at=later(1.5))

    conversation.refresh_from_db()
    assert clocks(conversation) == {"first_response": "running", "resolution": "running"}
    assert conversation.due_at == later(2)


def test_a_merge_never_buys_time_and_can_be_taken_back(pumps: House) -> None:
    early = pumps.mail("kim")
    late = pumps.mail("kim", at=later(1))
    ola = pumps.actor("Ola")

    merge = do.merge(survivor_id=late.pk, absorbed_id=early.pk, actor=ola, at=later(1.25))

    late.refresh_from_db()
    assert late.due_at == later(2)
    live = late.clocks.filter(state="running").order_by("target")
    assert [(row.target, row.opened_at) for row in live] == [
        ("first_response", MONDAY),
        ("resolution", MONDAY),
    ]
    do.undo_merge(merge.pk, actor=ola, at=later(1.5))
    late.refresh_from_db()
    early.refresh_from_db()
    assert (early.due_at, late.due_at) == (later(2), later(3))


def test_a_split_owes_the_same_since_the_same_instant(pumps: House) -> None:
    conversation = pumps.mail("kim")
    pumps.mail("kim", "Another matter", at=later(1), conversation_id=conversation.pk)
    second = conversation.messages.order_by("at").last()
    assert second is not None

    new = do.split(
        conversation_id=conversation.pk,
        message_ids=[second.pk],
        actor=pumps.actor("Ola"),
        at=later(1),
    )

    assert clocks(new) == clocks(conversation)
    assert new.clocks.get(target="first_response").opened_at == MONDAY


def test_an_answer_that_is_taken_back_leaves_the_clock_as_it_was(
    pumps: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    conversation = pumps.mail("kim")
    before = PromiseClock.objects.filter(conversation=conversation).order_by("pk")
    stood = list(before.values("state", "due_at", "warn_at", "used_seconds", "stopped_at"))
    monkeypatch.setitem(delivery.SENDERS, "mail", lambda _message, _at: None)

    message = do.reply(
        conversation_id=conversation.pk, actor=pumps.actor("Ola"), text="Oops", at=later(1)
    )
    do.undo_send(message.pk, actor=pumps.actor("Ola"), at=later(1))

    assert list(before.values("state", "due_at", "warn_at", "used_seconds", "stopped_at")) == stood


def test_hours_are_the_customers_where_the_company_says_so(pumps: House) -> None:
    InboxSettings.objects.update(counts_in_customers_zone=True)
    kim = pumps.customers["kim"]
    kim.time_zone = "Asia/Tokyo"
    kim.save()

    conversation = pumps.mail("kim")  # seven in the evening there

    first = conversation.clocks.get(target="first_response")
    assert first.time_zone == "Asia/Tokyo"
    assert first.due_at == MONDAY.replace(day=5, hour=2)


def test_how_promises_ended_is_logged_once_it_is_sure(pumps: House) -> None:
    conversation = pumps.mail("kim")
    answer(pumps, conversation, later(1))
    kinds = Interaction.objects.filter(kind__startswith="inbox.promise")

    assert settle(at=later(1)) == 0
    assert settle(at=later(1.5)) == 1
    assert settle(at=later(2)) == 0

    row = kinds.get()
    assert (row.kind, row.outcome, row.policy_version) == ("inbox.promise_kept", "kept", 1)
    assert row.properties["promised_minutes"] == 120
    assert row.properties["used_seconds"] == 3600
    assert row.properties["promised_by_version"] == 1


def test_the_queue_is_in_the_order_of_promise_times_value(pumps: House) -> None:
    other = customer("kai", Segment.objects.get(key="key"))
    worth([(pumps.customers["kim"], 100_000), (other, 900_000), (pumps.customers["sam"], 300_000)])
    kim, kai, sam = pumps.mail("kim"), pumps.mail("kai"), pumps.mail("sam")

    refresh_all(at=later(1))
    queue = list(Conversation.objects.order_by("-urgency", "-pk").values_list("pk", flat=True))
    assert queue == [kai.pk, kim.pk, sam.pk]

    refresh_all(at=later(2.5))
    late = Conversation.objects.filter(urgency__gt=5).count()
    assert late == 2


def test_the_rank_of_what_was_closed_meanwhile_is_left_alone(pumps: House) -> None:
    conversation = pumps.mail("kim")
    measured = open_conversations(0)
    do.close(conversation_id=conversation.pk, actor=SYSTEM, at=later(1))

    urgency._refresh_chunk(measured, None, Calendars(), later(2))

    conversation.refresh_from_db()
    assert (conversation.status, conversation.urgency) == ("closed", 0)


@pytest.mark.parametrize("size", [1, 3])
def test_renewing_the_order_costs_a_fixed_number_of_statements(
    pumps: House, size: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(size):
        pumps.mail("kim")

    with django_assert_max_num_queries(22):
        assert refresh_all(at=later(1)) == size
