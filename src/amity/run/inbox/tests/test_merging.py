from datetime import timedelta

import pytest

from amity.base.results import ConflictError
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation, PromiseClock
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.rules.working import InboxError

from .conftest import AT, Write

HOUR = timedelta(hours=1)


def _facts(conversation: Conversation) -> dict[str, object]:
    row = Conversation.objects.get(pk=conversation.pk)
    names = (
        "status",
        "message_count",
        "staff_seconds",
        "preview",
        "waiting_since",
        "last_message_at",
        "merged_into_id",
        "customer_id",
        "assignee_id",
    )
    return {
        **{name: getattr(row, name) for name in names},
        "messages": set(row.messages.values_list("pk", flat=True)),
        "people": set(row.participants.values_list("address", flat=True)),
        "tags": set(row.tags.values_list("name", flat=True)),
        "clocks": set(row.clocks.values_list("target", "state", "due_at")),
    }


def test_a_merge_joins_everything_and_can_be_taken_back(
    write: Write, ann: Actor, bob: User
) -> None:
    one = write("First", at=AT).conversation
    two = write("Second", at=AT + HOUR, sender_address="leo@customer.example").conversation
    do.add_tag(conversation_id=two.pk, tag="late", actor=ann, at=AT + HOUR)
    do.follow(conversation_id=two.pk, user_id=bob.pk, actor=ann, at=AT + HOUR)
    do.book_minutes(conversation_id=two.pk, seconds=60, actor=ann, at=AT + HOUR)
    for conversation, hours in ((one, 4), (two, 2)):
        PromiseClock.objects.create(
            conversation=conversation,
            target="resolution",
            minutes=hours * 60,
            started_at=AT,
            opened_at=AT + hours * HOUR,
            due_at=AT + hours * HOUR,
        )
    before = _facts(one), _facts(two)

    row = do.merge(survivor_id=one.pk, absorbed_id=two.pk, actor=ann, at=AT + 3 * HOUR)

    merged = _facts(one)
    assert merged["message_count"] == 2
    assert merged["staff_seconds"] == 60
    assert merged["preview"] == "Second"
    assert merged["people"] == {"mia@customer.example", "leo@customer.example"}
    assert merged["tags"] == {"late"}
    assert _facts(two)["merged_into_id"] == one.pk
    assert one.followers.get().user_id == bob.pk
    do.undo_merge(row.pk, actor=ann, at=AT + 4 * HOUR)
    assert (_facts(one), _facts(two)) == before
    with pytest.raises(ConflictError, match="already"):
        do.undo_merge(row.pk, actor=ann, at=AT + 5 * HOUR)


def test_what_was_said_since_a_merge_stays_with_the_survivor(write: Write, ann: Actor) -> None:
    one, two = write("First").conversation, write("Second").conversation
    row = do.merge(survivor_id=one.pk, absorbed_id=two.pk, actor=ann, at=AT)
    do.reply(conversation_id=one.pk, actor=ann, text="Both done", at=AT + HOUR)

    do.undo_merge(row.pk, actor=ann, at=AT + 2 * HOUR)

    one.refresh_from_db()
    two.refresh_from_db()
    assert (one.message_count, two.message_count) == (2, 1)
    assert one.waiting_since is None
    assert two.waiting_since == AT


def test_a_merge_within_a_merge_is_taken_back_in_order(write: Write, ann: Actor) -> None:
    a, b, c = (write(text).conversation for text in "abc")
    first = do.merge(survivor_id=b.pk, absorbed_id=a.pk, actor=ann, at=AT)
    second = do.merge(survivor_id=c.pk, absorbed_id=b.pk, actor=ann, at=AT)

    with pytest.raises(ConflictError, match="third"):
        do.undo_merge(first.pk, actor=ann, at=AT)
    do.undo_merge(second.pk, actor=ann, at=AT)
    do.undo_merge(first.pk, actor=ann, at=AT)

    for one in (a, b, c):
        assert _facts(one)["message_count"] == 1
        assert len(_facts(one)["messages"]) == 1  # type: ignore[arg-type]  # a list


def test_a_conversation_is_not_merged_with_itself(write: Write, ann: Actor) -> None:
    one, two = write("First").conversation, write("Second").conversation
    with pytest.raises(InboxError, match="same"):
        do.merge(survivor_id=one.pk, absorbed_id=one.pk, actor=ann, at=AT)

    do.merge(survivor_id=one.pk, absorbed_id=two.pk, actor=ann, at=AT)

    with pytest.raises(InboxError, match="one conversation already"):
        do.merge(survivor_id=one.pk, absorbed_id=two.pk, actor=ann, at=AT)


def test_a_split_makes_a_matter_of_its_own_and_can_be_taken_back(write: Write, ann: Actor) -> None:
    one = write("About the order").conversation
    other = write("Also: an invoice", conversation_id=one.pk, at=AT + HOUR).message

    new = do.split(conversation_id=one.pk, message_ids=[other.pk], actor=ann, at=AT + 2 * HOUR)

    one.refresh_from_db()
    assert (one.message_count, new.message_count) == (1, 1)
    assert (one.preview, new.preview) == ("About the order", "Also: an invoice")
    assert new.waiting_since == AT + HOUR
    assert new.customer_id == one.customer_id
    assert new.split_from_id == one.pk
    do.undo_split(new.pk, actor=ann, at=AT + 3 * HOUR)
    one.refresh_from_db()
    assert one.message_count == 2
    assert _facts(new)["merged_into_id"] == one.pk


def test_a_split_leaves_something_behind(write: Write, ann: Actor) -> None:
    received = write()

    with pytest.raises(InboxError, match="leave at least one"):
        do.split(
            conversation_id=received.conversation.pk,
            message_ids=[received.message.pk],
            actor=ann,
            at=AT,
        )
