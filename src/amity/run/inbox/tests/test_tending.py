from datetime import timedelta

import pytest

from amity.base.results import NotFoundError, StaleError
from amity.kernel.access.models import AuditEntry, Team, User
from amity.kernel.access.operations import set_rate
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Channel, InboxSettings, Notice
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.rules.bulk import BulkAction
from amity.run.inbox.rules.working import InboxError

from .conftest import AT, Write, actor_for

LATER = AT + timedelta(minutes=5)


def test_a_first_turn_is_assigned_and_a_second_is_a_handover_with_its_cost(
    write: Write, ann: Actor, ada: User, bob: User
) -> None:
    InboxSettings.objects.create(hourly_cost_minor=6000)
    pk = write().conversation.pk
    do.assign(conversation_id=pk, user_id=ada.pk, actor=ann, at=AT)
    do.add_note(conversation_id=pk, actor=ann, text="Looked", at=AT, staff_seconds=120)

    do.assign(conversation_id=pk, user_id=bob.pk, actor=ann, at=LATER)

    kinds = Interaction.objects.filter(kind__in=["inbox.assigned", "inbox.handed_over"])
    assert [one.kind for one in kinds.order_by("pk")] == ["inbox.assigned", "inbox.handed_over"]
    over = kinds.get(kind="inbox.handed_over")
    assert over.properties["seconds_before"] == 120
    assert over.properties["cost_minor_before"] == 200
    assert over.staff_seconds == 0
    assert Notice.objects.get().user_id == bob.pk
    assert AuditEntry.objects.filter(action="inbox.assigned").count() == 2


def test_a_person_without_a_role_gets_nothing(write: Write, ann: Actor, cleo: User) -> None:
    with pytest.raises(NotFoundError):
        do.assign(conversation_id=write().conversation.pk, user_id=cleo.pk, actor=ann, at=AT)


def test_what_was_changed_since_it_was_read_is_not_changed_over(
    write: Write, ann: Actor, ada: User, bob: User
) -> None:
    conversation = write().conversation
    seen = conversation.version
    do.assign(conversation_id=conversation.pk, user_id=bob.pk, actor=actor_for(bob), at=AT)

    with pytest.raises(StaleError, match="Changed by Bob Ito"):
        do.assign(
            conversation_id=conversation.pk, user_id=ada.pk, actor=ann, at=LATER, version=seen
        )

    conversation.refresh_from_db()
    assert conversation.assignee == bob


def test_team_priority_subject_and_tags_are_set_and_told(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    team = Team.objects.create(key="returns", name="Returns")
    pk = conversation.pk

    do.assign_team(conversation_id=pk, team_id=team.pk, actor=ann, at=LATER)
    do.set_priority(conversation_id=pk, priority=4, actor=ann, at=LATER)
    do.set_subject(conversation_id=pk, subject="Late parcel", actor=ann, at=LATER)
    added = do.add_tag(conversation_id=pk, tag="Late, Parcel ,late", actor=ann, at=LATER)
    removed = do.remove_tag(conversation_id=pk, tag="parcel, none", actor=ann, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.team, conversation.priority, conversation.subject) == (
        team,
        4,
        "Late parcel",
    )
    assert (added, removed) == (["late", "parcel"], ["parcel"])
    assert [tag.name for tag in conversation.tags.all()] == ["late"]
    told = conversation.events.exclude(kind="routed").order_by("pk").values_list("kind", flat=True)
    assert list(told) == ["opened", "team", "priority", "subject", "tagged", "untagged"]


def test_closing_needs_a_known_outcome_and_is_logged_once(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    pk = conversation.pk

    with pytest.raises(InboxError, match="no outcome"):
        do.close(conversation_id=pk, actor=ann, at=LATER, outcome="whatever")
    do.close(conversation_id=pk, actor=ann, at=LATER, outcome="resolved", reason="Found it")
    do.close(conversation_id=pk, actor=ann, at=LATER + timedelta(1), outcome="could_not_help")

    conversation.refresh_from_db()
    assert conversation.closed_at == LATER
    assert conversation.outcome == "could_not_help"
    fact = Interaction.objects.get(kind="inbox.closed")
    assert (fact.outcome, fact.properties["reason"]) == ("resolved", "Found it")


def test_what_was_put_aside_comes_back_by_itself(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    do.snooze(conversation_id=conversation.pk, actor=ann, until=LATER, at=AT)

    assert not do.wake(conversation.pk, actor=SYSTEM, at=AT)
    assert do.wake(conversation.pk, actor=SYSTEM, at=LATER)

    conversation.refresh_from_db()
    assert conversation.status == "open"
    with pytest.raises(InboxError, match="yet to come"):
        do.snooze(conversation_id=conversation.pk, actor=ann, until=AT, at=LATER)


def test_reopening_and_waiting(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    pk = conversation.pk
    do.wait_for_customer(conversation_id=pk, actor=ann, at=LATER)
    do.close(conversation_id=pk, actor=ann, at=LATER)

    do.reopen(conversation_id=pk, actor=ann, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.status, conversation.reopened_count) == ("open", 1)
    assert conversation.closed_at is None


def test_spam_and_back(write: Write, ann: Actor) -> None:
    pk = write().conversation.pk

    assert do.mark_spam(conversation_id=pk, actor=ann, at=LATER).is_spam
    assert not do.unmark_spam(conversation_id=pk, actor=ann, at=LATER).is_spam


def test_a_matter_changes_its_customer_and_gains_people(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    pk = conversation.pk
    firm = Customer.objects.create(name="Firm", name_folded="firm", created_at=AT, updated_at=AT)

    do.set_customer(conversation_id=pk, customer_id=firm.pk, actor=ann, at=LATER)
    row = do.add_participant(
        conversation_id=pk, actor=ann, at=LATER, address="Boss@firm.example", asks=True
    )

    conversation.refresh_from_db()
    assert conversation.customer == firm
    assert row.role == "requester"
    assert conversation.participants.filter(customer=firm).exists()
    do.remove_participant(conversation_id=pk, participant_id=row.pk, actor=ann, at=LATER)
    assert not conversation.participants.filter(pk=row.pk).exists()


def test_following_and_linking(write: Write, ann: Actor, bob: User) -> None:
    one, other = write().conversation, write().conversation

    assert do.follow(conversation_id=one.pk, user_id=bob.pk, actor=ann, at=LATER)
    assert not do.follow(conversation_id=one.pk, user_id=bob.pk, actor=ann, at=LATER)
    assert do.unfollow(conversation_id=one.pk, user_id=bob.pk, actor=ann, at=LATER)
    assert do.link(conversation_id=other.pk, other_id=one.pk, actor=ann, at=LATER)
    assert not do.link(conversation_id=one.pk, other_id=other.pk, actor=ann, at=LATER)
    assert do.unlink(conversation_id=one.pk, other_id=other.pk, actor=ann, at=LATER)
    with pytest.raises(InboxError, match="same"):
        do.link(conversation_id=one.pk, other_id=one.pk, actor=ann, at=LATER)


def test_minutes_are_booked_with_their_cost(write: Write, ann: Actor) -> None:
    InboxSettings.objects.create(hourly_cost_minor=3000)
    conversation = write().conversation

    do.book_minutes(conversation_id=conversation.pk, seconds=600, what="Asked", actor=ann, at=LATER)

    conversation.refresh_from_db()
    assert (conversation.staff_seconds, conversation.cost_minor) == (600, 500)
    assert Interaction.objects.get(kind="inbox.spent").cost_minor == 500
    for wrong in (0, -1, 90_000):
        with pytest.raises(InboxError):
            do.book_minutes(conversation_id=conversation.pk, seconds=wrong, actor=ann, at=LATER)


def test_everybody_works_at_their_own_rate_from_the_first_answer_to_the_handover(
    write: Write, ann: Actor, ada: User, bob: User, phone: Channel
) -> None:
    InboxSettings.objects.create(hourly_cost_minor=3000)
    set_rate(hour_minor=6_000, user=ada, actor=SYSTEM, at=AT)
    set_rate(hour_minor=9_000, actor=SYSTEM, at=AT)  # anybody's; the inbox has its own
    ours, theirs = write(channel=phone).conversation, write().conversation

    do.reply(conversation_id=ours.pk, actor=ann, text="Yes", at=LATER, staff_seconds=600)
    do.assign(conversation_id=ours.pk, user_id=ada.pk, actor=ann, at=LATER)
    do.assign(conversation_id=ours.pk, user_id=bob.pk, actor=ann, at=LATER)
    do.book_minutes(conversation_id=theirs.pk, seconds=600, actor=actor_for(bob), at=LATER)

    first = Interaction.objects.get(kind="inbox.replied")
    over = Interaction.objects.get(kind="inbox.handed_over")
    assert (first.cost_minor, over.properties["cost_minor_before"]) == (1_000, 1_000)
    assert Interaction.objects.get(kind="inbox.spent").cost_minor == 500
    ours.refresh_from_db()
    assert ours.cost_minor == 1_000


def test_a_call_is_written_down_in_three_fields(write: Write, ann: Actor, phone: Channel) -> None:
    customer = write().conversation.customer
    assert customer is not None

    conversation = do.log_contact(
        channel=phone,
        customer_id=customer.pk,
        text="Asked for the opening hours",
        staff_seconds=240,
        is_solved=True,
        actor=ann,
        at=LATER,
    )

    assert (conversation.status, conversation.assignee_id) == ("closed", ann.user_id)
    assert conversation.first_responded_at == LATER
    fact = Interaction.objects.get(kind="inbox.received", happened_at=LATER)
    assert fact.staff_seconds == 240


def test_writing_first_waits_for_the_customer(write: Write, ann: Actor, mailbox: Channel) -> None:
    customer = write().conversation.customer
    assert customer is not None

    message = do.start_conversation(
        channel=mailbox, customer_id=customer.pk, subject="News", text="Hello", actor=ann, at=LATER
    )

    conversation = message.conversation
    assert conversation.status == "waiting"
    assert message.headers["to"] == ["mia@customer.example"]
    assert conversation.participants.get().address == "mia@customer.example"


def test_many_are_changed_at_once_and_taken_back(write: Write, ann: Actor, bob: User) -> None:
    rows = [write().conversation for _ in range(3)]
    do.assign(conversation_id=rows[0].pk, user_id=bob.pk, actor=ann, at=AT)
    do.add_tag(conversation_id=rows[1].pk, tag="late", actor=ann, at=AT)
    ids = [row.pk for row in rows]

    given = do.apply_to_many(ids, action=BulkAction("assign", bob.pk), actor=ann, at=LATER)
    tagged = do.apply_to_many(ids, action=BulkAction("tag", text="late"), actor=ann, at=LATER)
    closed = do.apply_to_many(ids, action=BulkAction("close"), actor=ann, at=LATER)

    assert [len(change.before) for change in (given, tagged, closed)] == [2, 2, 3]
    for change in (closed, tagged, given):
        do.undo_bulk(change.pk, actor=ann, at=LATER)
    for row in rows:
        row.refresh_from_db()
    assert [row.status for row in rows] == ["open"] * 3
    assert [row.assignee_id for row in rows] == [bob.pk, None, None]
    assert [row.tags.count() for row in rows] == [0, 1, 0]


def test_where_one_of_many_cannot_be_changed_none_is(write: Write, ann: Actor) -> None:
    conversation = write().conversation

    with pytest.raises(NotFoundError):
        do.apply_to_many([conversation.pk, 99_999], action=BulkAction("spam"), actor=ann, at=LATER)

    conversation.refresh_from_db()
    assert not conversation.is_spam
