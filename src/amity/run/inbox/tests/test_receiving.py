from datetime import timedelta

import pytest

from amity.base.results import NotFoundError
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import Channel, Conversation, ConversationLink, Message
from amity.run.inbox.operations.conversations import close, mark_spam, merge, receive, snooze
from amity.run.inbox.operations.files import LARGEST, FileTooLargeError, store_file
from amity.run.inbox.rules.incoming import Incoming, IncomingFile

from .conftest import AT, Write

DAY = timedelta(days=1)


def test_a_first_message_opens_a_conversation_of_its_customer(write: Write) -> None:
    received = write("Where is my order?", subject="Re: My order", cc=("ted@customer.example",))

    conversation = received.conversation
    assert received.is_new_message
    assert received.is_new_conversation
    assert conversation.customer == Customer.objects.get(name="Mia Wong")
    assert conversation.subject == "My order"
    assert conversation.preview == "Where is my order?"
    assert conversation.status == "open"
    assert conversation.waiting_since == AT
    assert conversation.message_count == 1
    people = conversation.participants.order_by("pk").values_list("address", "role")
    assert list(people) == [
        ("mia@customer.example", "requester"),
        ("ted@customer.example", "copied"),
    ]
    fact = Interaction.objects.get(kind="inbox.received")
    assert fact.customer_id == conversation.customer_id
    assert fact.relationship_type == "personal_assistance"
    assert fact.stage == "support"


def test_the_same_message_is_stored_once(write: Write) -> None:
    first = write(source_id="twice")
    again = write(source_id="twice")

    assert not again.is_new_message
    assert again.message == first.message
    assert Message.objects.count() == 1
    assert Interaction.objects.filter(kind="inbox.received").count() == 1


def test_numbers_count_up(write: Write) -> None:
    first, second = write().conversation, write().conversation

    assert second.number == first.number + 1


def test_an_answer_wakes_what_was_put_aside(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    snooze(conversation_id=conversation.pk, actor=ann, until=AT + 5 * DAY, at=AT)

    write("And now?", conversation_id=conversation.pk, at=AT + DAY)

    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert conversation.snoozed_until is None


@pytest.mark.parametrize(("days", "same"), [(3, True), (14, True), (15, False)])
def test_a_closed_matter_reopens_for_two_weeks_then_a_new_one_follows(
    write: Write, ann: Actor, days: int, same: bool
) -> None:
    conversation = write().conversation
    close(conversation_id=conversation.pk, actor=ann, at=AT)

    received = write("Again!", conversation_id=conversation.pk, at=AT + days * DAY)

    assert (received.conversation.pk == conversation.pk) is same
    assert received.is_new_conversation is not same
    assert Interaction.objects.filter(kind="inbox.reopened").exists() is same
    assert ConversationLink.objects.exists() is not same


def test_what_a_machine_wrote_neither_reopens_nor_waits_nor_makes_a_customer(
    write: Write, ann: Actor
) -> None:
    conversation = write().conversation
    close(conversation_id=conversation.pk, actor=ann, at=AT)

    received = write(
        "I am on holiday",
        conversation_id=conversation.pk,
        is_automatic=True,
        sender_address="robot@customer.example",
        at=AT + DAY,
    )

    assert received.conversation.status == "closed"
    assert received.conversation.waiting_since is None
    assert not Customer.objects.filter(name__startswith="robot").exists()
    assert Interaction.objects.get(source_id=f"message:{received.message.pk}").actor == "automatic"


def test_spam_stays_spam(write: Write, ann: Actor) -> None:
    conversation = write().conversation
    mark_spam(conversation_id=conversation.pk, actor=ann, at=AT)

    received = write("Buy!", conversation_id=conversation.pk, at=AT + DAY)

    assert received.conversation.is_spam


def test_an_answer_to_what_was_merged_reaches_the_survivor(write: Write, ann: Actor) -> None:
    survivor, absorbed = write().conversation, write().conversation
    merge(survivor_id=survivor.pk, absorbed_id=absorbed.pk, actor=ann, at=AT)

    received = write("And?", conversation_id=absorbed.pk, at=AT + DAY)

    assert received.conversation.pk == survivor.pk


def test_a_message_about_no_conversation_is_refused(write: Write) -> None:
    with pytest.raises(NotFoundError, match="no conversation 999"):
        write(conversation_id=999)

    assert Message.objects.count() == 0


def test_an_address_that_is_none_makes_no_customer(mailbox: Channel) -> None:
    given = Incoming(
        text="Hi", happened_at=AT, source="mail", source_id="1", sender_address="not@an@address"
    )

    received = receive(channel=mailbox, incoming=given, at=AT)

    assert received.conversation.customer is None
    assert Conversation.objects.count() == 1


def test_files_are_kept_once_for_each_content(write: Write) -> None:
    file = IncomingFile("../../etc/pass\u202egnp.exe", "IMAGE/PNG; name=x", b"bytes")
    first = write(attachments=(file,)).message
    second = write(attachments=(file,)).message

    one, other = first.attachments.get(), second.attachments.get()
    assert one.file_id == other.file_id
    assert one.name == "_.._etc_pass_gnp.exe"
    assert one.content_type == "image/png"


def test_a_file_of_more_than_25_megabytes_is_refused(db: None) -> None:
    with pytest.raises(FileTooLargeError, match="25"):
        store_file(b"x" * (LARGEST + 1), at=AT)
