from datetime import timedelta

import pytest

from amity.base.results import ConflictError, StaleError
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Draft, InboxSettings, Message, Notice, PromiseClock
from amity.run.inbox.operations import delivery
from amity.run.inbox.operations.conversations import (
    add_note,
    release_held,
    reply,
    save_draft,
    undo_send,
)
from amity.run.inbox.rules.working import InboxError

from .conftest import AT, Write

LATER = AT + timedelta(minutes=5)


@pytest.fixture
def carried(monkeypatch: pytest.MonkeyPatch) -> list[Message]:
    """A way out for mail that keeps what it carried."""
    sent: list[Message] = []

    def send(message: Message, at: object) -> None:
        message.delivery = "sent"
        sent.append(message)

    monkeypatch.setitem(delivery.SENDERS, "mail", send)
    return sent


def test_an_answer_is_held_then_leaves_and_is_logged_with_its_cost(
    write: Write, ann: Actor, carried: list[Message]
) -> None:
    InboxSettings.objects.create(hourly_cost_minor=3600)
    conversation = write().conversation

    message = reply(
        conversation_id=conversation.pk, actor=ann, text="It is here", at=LATER, staff_seconds=90
    )

    assert message.delivery == "held"
    assert message.send_after == LATER + timedelta(seconds=10)
    assert not release_held(message.pk, at=LATER)
    assert carried == []
    assert not Interaction.objects.filter(kind="inbox.replied").exists()
    assert release_held(message.pk, at=LATER + timedelta(seconds=10))
    assert not release_held(message.pk, at=LATER + timedelta(seconds=11))
    assert [one.pk for one in carried] == [message.pk]
    message.refresh_from_db()
    assert message.delivery == "sent"
    assert message.headers["to"] == ["mia@customer.example"]
    fact = Interaction.objects.get(kind="inbox.replied")
    assert (fact.staff_seconds, fact.cost_minor, fact.direction) == (90, 90, "out")
    conversation.refresh_from_db()
    assert conversation.status == "waiting"
    assert conversation.waiting_since is None
    assert conversation.first_responded_at == LATER
    assert (conversation.staff_seconds, conversation.cost_minor) == (90, 90)


@pytest.mark.parametrize(
    ("given", "status"),
    [
        ({"close": True}, "closed"),
        ({"snooze_until": LATER + timedelta(days=1)}, "snoozed"),
        ({"keep_open": True}, "open"),
        ({}, "waiting"),
        ({"is_automatic": True}, "open"),
    ],
)
def test_what_follows_an_answer(
    write: Write, ann: Actor, given: dict[str, object], status: str
) -> None:
    conversation = write().conversation

    reply(conversation_id=conversation.pk, actor=ann, text="Yes", at=LATER, **given)  # type: ignore[arg-type]  # options by name

    conversation.refresh_from_db()
    assert conversation.status == status


def test_an_automatic_answer_does_not_count_as_the_first(write: Write) -> None:
    conversation = write().conversation

    reply(conversation_id=conversation.pk, actor=SYSTEM, text="Got it", at=LATER, is_automatic=True)

    conversation.refresh_from_db()
    assert conversation.first_responded_at is None
    assert conversation.waiting_since == AT


def test_an_answer_that_is_taken_back_leaves_everything_as_it_was(
    write: Write, ann: Actor, ada: User, carried: list[Message]
) -> None:
    conversation = write().conversation
    clock = PromiseClock.objects.create(
        conversation=conversation,
        target="first_response",
        minutes=60,
        started_at=AT,
        opened_at=AT,
        due_at=AT + timedelta(hours=1),
    )
    conversation.refresh_from_db()
    message = reply(
        conversation_id=conversation.pk,
        actor=ann,
        text="Oops",
        at=LATER,
        close=True,
        staff_seconds=60,
    )
    PromiseClock.objects.filter(pk=clock.pk).update(state="kept", due_at=None, stopped_at=LATER)

    text = undo_send(message.pk, actor=ann, at=LATER + timedelta(seconds=5))

    assert text == "Oops"
    before = conversation
    after = type(conversation).objects.get(pk=conversation.pk)
    for name in (
        "status",
        "waiting_since",
        "message_count",
        "staff_seconds",
        "closed_at",
        "preview",
    ):
        assert getattr(after, name) == getattr(before, name), name
    assert after.first_responded_at is None
    clock.refresh_from_db()
    assert (clock.state, clock.due_at) == ("running", AT + timedelta(hours=1))
    assert Draft.objects.get(user=ada).text == "Oops"
    assert not Message.objects.filter(pk=message.pk).exists()
    assert not release_held(message.pk, at=LATER + timedelta(days=1))
    assert carried == []
    assert not Interaction.objects.filter(kind="inbox.closed").exists()


def test_taking_back_after_the_customer_wrote_again_keeps_what_they_wrote(
    write: Write, ann: Actor, carried: list[Message]
) -> None:
    conversation = write().conversation
    message = reply(conversation_id=conversation.pk, actor=ann, text="Oops", at=LATER)
    write("One more", conversation_id=conversation.pk, at=LATER + timedelta(seconds=2))

    undo_send(message.pk, actor=ann, at=LATER + timedelta(seconds=5))

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert conversation.message_count == 2
    assert conversation.preview == "One more"
    assert conversation.waiting_since is not None


def test_what_has_left_cannot_be_taken_back(
    write: Write, ann: Actor, carried: list[Message]
) -> None:
    message = reply(conversation_id=write().conversation.pk, actor=ann, text="Hi", at=LATER)
    release_held(message.pk, at=LATER + timedelta(minutes=1))

    with pytest.raises(ConflictError, match="left already"):
        undo_send(message.pk, actor=ann, at=LATER + timedelta(minutes=2))


def test_an_answer_to_what_was_changed_meanwhile_is_refused_with_who_did_it(
    write: Write, ann: Actor
) -> None:
    conversation = write().conversation
    seen = conversation.version
    write("Forget it", conversation_id=conversation.pk, at=AT + timedelta(minutes=1))

    with pytest.raises(StaleError, match="Changed by Mia Wong"):
        reply(conversation_id=conversation.pk, actor=ann, text="Here", at=LATER, version=seen)

    assert not Message.objects.filter(kind="reply").exists()


def test_a_reason_why_it_could_not_leave_is_kept(
    write: Write, ann: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(message: Message, at: object) -> None:
        raise InboxError("This address cannot be mailed.")

    monkeypatch.setitem(delivery.SENDERS, "mail", refuse)
    message = reply(conversation_id=write().conversation.pk, actor=ann, text="Hi", at=LATER)

    release_held(message.pk, at=LATER + timedelta(minutes=1))

    message.refresh_from_db()
    assert (message.delivery, message.delivery_error) == (
        "failed",
        "This address cannot be mailed.",
    )


@pytest.mark.parametrize("text", ["", "   \n"])
def test_an_empty_answer_is_refused(write: Write, ann: Actor, text: str) -> None:
    with pytest.raises(InboxError, match="empty"):
        reply(conversation_id=write().conversation.pk, actor=ann, text=text, at=LATER)


def test_a_note_tells_whom_it_mentions_and_stops_no_clock(
    write: Write, ann: Actor, ada: User, bob: User
) -> None:
    conversation = write().conversation

    add_note(
        conversation_id=conversation.pk, actor=ann, text="@bob please look, @ada too", at=LATER
    )

    conversation.refresh_from_db()
    assert conversation.waiting_since == AT
    assert conversation.message_count == 1
    assert [one.user_id for one in conversation.followers.all()] == [bob.pk]
    notice = Notice.objects.get()
    assert (notice.user_id, notice.kind) == (bob.pk, "mentioned")
    assert Interaction.objects.get(kind="inbox.noted").direction == "none"


def test_a_draft_is_kept_changed_and_forgotten(write: Write, ann: Actor) -> None:
    pk = write().conversation.pk
    keep = {"conversation_id": pk, "kind": "reply", "actor": ann, "at": AT}

    save_draft(text="Dear", seconds=10, **keep)  # type: ignore[arg-type]  # options by name
    save_draft(text="Dear Mia", seconds=20, **keep)  # type: ignore[arg-type]  # options by name

    draft = Draft.objects.get()
    assert (draft.text, draft.seconds) == ("Dear Mia", 20)
    save_draft(text="", seconds=30, **keep)  # type: ignore[arg-type]  # options by name
    assert not Draft.objects.exists()
