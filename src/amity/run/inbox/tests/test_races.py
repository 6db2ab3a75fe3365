"""Two agents at one conversation in the same moment; real only on PostgreSQL."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from threading import Barrier

import pytest
from django.db import connection

from amity.base.results import AmityError
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import AgentProfile, Channel, Conversation, ConversationMerge, Message
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.rules.incoming import Incoming
from amity.testing import people

from .conftest import AT, actor_for

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has one writer"),
]
LATER = AT + timedelta(minutes=1)


def _at_once(*calls: Callable[[], object]) -> list[object]:
    """What each call gave or raised, all begun in the same moment."""
    barrier = Barrier(len(calls))

    def run(call: Callable[[], object]) -> object:
        try:
            barrier.wait(timeout=10)
            return call()
        except AmityError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(len(calls)) as pool:
        return list(pool.map(run, calls))


def _channel() -> Channel:
    return Channel.objects.create(key="help", name="Help", kind="mail", created_at=AT)


def _incoming(number: str, **given: object) -> Incoming:
    fields: dict[str, object] = {
        "text": "Hello",
        "happened_at": AT,
        "source": "mail",
        "source_id": number,
        "sender_address": "mia@customer.example",
    }
    return Incoming(**(fields | given))  # type: ignore[arg-type]  # checked by the class


def _agents() -> tuple[Actor, Actor]:
    bob = User.objects.create(email="bob@example.org", name="Bob Ito", role="agent")
    AgentProfile.objects.create(user=bob, takes_turns=False)
    return actor_for(people.ada()), actor_for(bob)


def test_the_same_message_from_two_fetchers_is_stored_once() -> None:
    channel = _channel()
    given = _incoming("same")

    answers = _at_once(*[lambda: do.receive(channel=channel, incoming=given, at=AT)] * 6)

    assert not [one for one in answers if isinstance(one, Exception)]
    assert Message.objects.count() == 1
    assert Conversation.objects.count() == 1
    assert Interaction.objects.filter(kind="inbox.received").count() == 1


def test_new_conversations_get_numbers_of_their_own() -> None:
    channel = _channel()

    _at_once(
        *[
            lambda n=n: do.receive(channel=channel, incoming=_incoming(f"m{n}"), at=AT)
            for n in range(8)
        ]
    )

    assert len(set(Conversation.objects.values_list("number", flat=True))) == 8


def test_of_two_who_answer_at_once_one_is_told_of_the_other() -> None:
    channel = _channel()
    ada, bob = _agents()
    conversation = do.receive(channel=channel, incoming=_incoming("1"), at=AT).conversation
    version = conversation.version

    answers = _at_once(
        *[
            lambda who=who: do.reply(
                conversation_id=conversation.pk, actor=who, text="Hi", at=LATER, version=version
            )
            for who in (ada, bob)
        ]
    )

    refused = [str(one) for one in answers if isinstance(one, AmityError)]
    assert len(refused) == 1
    assert refused[0].startswith("Changed by ")
    assert Message.objects.filter(kind="reply").count() == 1


def test_of_two_who_take_it_or_close_it_at_once_nothing_is_lost() -> None:
    channel = _channel()
    ada, bob = _agents()
    conversation = do.receive(channel=channel, incoming=_incoming("1"), at=AT).conversation
    pk = conversation.pk

    answers = _at_once(
        lambda: do.assign(conversation_id=pk, user_id=ada.user_id, actor=ada, at=LATER),
        lambda: do.assign(conversation_id=pk, user_id=bob.user_id, actor=bob, at=LATER),
        lambda: do.close(conversation_id=pk, actor=ada, at=LATER),
        lambda: do.add_tag(conversation_id=pk, tag="late", actor=bob, at=LATER),
        lambda: do.book_minutes(conversation_id=pk, seconds=60, actor=ada, at=LATER),
        lambda: do.book_minutes(conversation_id=pk, seconds=60, actor=bob, at=LATER),
    )

    assert not [one for one in answers if isinstance(one, Exception)]
    conversation.refresh_from_db()
    assert conversation.version == 2 + 6
    assert conversation.status == "closed"
    assert conversation.staff_seconds == 120
    assert conversation.events.filter(kind="assigned").count() == 2
    assert Interaction.objects.filter(kind="inbox.handed_over").count() == 1


def test_two_merges_of_one_conversation_at_once() -> None:
    channel = _channel()
    ada, bob = _agents()
    one, two, three = (
        do.receive(channel=channel, incoming=_incoming(number), at=AT).conversation
        for number in "123"
    )

    answers = _at_once(
        lambda: do.merge(survivor_id=one.pk, absorbed_id=two.pk, actor=ada, at=LATER),
        lambda: do.merge(survivor_id=two.pk, absorbed_id=one.pk, actor=bob, at=LATER),
        lambda: do.merge(survivor_id=three.pk, absorbed_id=two.pk, actor=bob, at=LATER),
    )

    done = [one for one in answers if isinstance(one, ConversationMerge)]
    assert len(done) == 2
    alive = Conversation.objects.filter(merged_into=None)
    assert alive.get().message_count == 3
    assert Message.objects.filter(conversation=alive.get()).count() == 3


def test_a_message_that_is_released_twice_at_once_leaves_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from amity.run.inbox.operations import delivery

    sent: list[int] = []

    def send(message: Message, at: object) -> None:
        message.delivery = "sent"
        sent.append(message.pk)

    monkeypatch.setitem(delivery.SENDERS, "mail", send)
    channel = _channel()
    ada, _bob = _agents()
    pk = do.receive(channel=channel, incoming=_incoming("1"), at=AT).conversation.pk
    message = do.reply(conversation_id=pk, actor=ada, text="Hi", at=LATER)
    due = LATER + timedelta(minutes=1)

    answers = _at_once(
        *[lambda: do.release_held(message.pk, at=due)] * 4,
        lambda: do.undo_send(message.pk, actor=ada, at=due),
    )

    released = [one for one in answers if one is True]
    undone = [one for one in answers if one == "Hi"]
    assert len(released) + len(undone) == 1
    assert len(sent) == len(released)
