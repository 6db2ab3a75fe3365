from datetime import timedelta

import pytest

from amity.base.results import ConflictError
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.messaging.models import OutboxMessage
from amity.run.inbox.models import (
    Channel,
    Conversation,
    ConversationEvent,
    MailIntake,
    Message,
    QuarantinedMail,
)
from amity.run.inbox.operations.conversations import add_note, reply
from amity.run.inbox.operations.letters.keys import reply_address
from amity.run.inbox.operations.letters.sending import follow_mails
from amity.run.inbox.operations.mail import guards
from amity.run.inbox.operations.mail.intake import ingest
from amity.run.inbox.operations.mail.quarantine import discard, release
from amity.run.inbox.tests import hostile_mail
from amity.run.inbox.tests.conftest import AT
from amity.run.inbox.tests.mails import bounce_of, mail

MINUTE = timedelta(minutes=1)


def _acknowledging(mailbox: Channel) -> Channel:
    mailbox.settings = {"acknowledges": True}
    mailbox.save()
    return mailbox


def _answered(conversation: Conversation, actor: Actor, text: str = "On its way.") -> OutboxMessage:
    message = reply(conversation_id=conversation.pk, actor=actor, text=text, at=AT)
    Message.objects.filter(pk=message.pk).update(send_after=AT)
    run_until_idle()
    return OutboxMessage.objects.get(key=f"inbox:message:{message.pk}")


def _stored(raw: bytes, **given: object) -> Message:
    taken = ingest(raw, at=AT, **given)  # type: ignore[arg-type]  # a channel or addresses
    assert taken.status == "stored", taken
    assert taken.message is not None
    return taken.message


def test_mail_becomes_a_conversation_of_its_customer(mailbox: Channel) -> None:
    message = _stored(mail("Where is it?\n\nOn 1 Jan 2026, Shop wrote:\n> Sent!"))

    assert message.conversation.subject == "My order"
    assert message.conversation.channel == mailbox
    assert message.customer == Customer.objects.get(name="Mia Wong")
    assert (message.text, message.internet_message_id) == ("Where is it?", "1@customer.example")
    assert message.quoted == "On 1 Jan 2026, Shop wrote:\n> Sent!"
    assert not message.is_verified
    assert MailIntake.objects.get().message == message


def test_mail_is_taken_once_and_so_is_its_copy_from_another_way(mailbox: Channel) -> None:
    first = ingest(mail(), at=AT)
    again = ingest(mail(), at=AT)
    copy = ingest(b"Received: from mx2\r\n" + mail(), at=AT)

    assert [first.status, again.status, copy.status] == ["stored", "duplicate", "duplicate"]
    assert copy.message == first.message
    assert Message.objects.count() == 1


def test_two_mails_with_one_number_are_both_kept(mailbox: Channel) -> None:
    ingest(mail("One"), at=AT)
    ingest(mail("Two"), at=AT)

    assert sorted(Message.objects.values_list("text", flat=True)) == ["One", "Two"]


def test_mailbox_is_told_by_its_address(mailbox: Channel) -> None:
    other = Channel.objects.create(
        key="sales", name="Sales", kind="mail", address="sales@shop.example", created_at=AT
    )

    assert _stored(mail(to="Sales <Sales@shop.example>")).channel == other
    by_copy = mail("b", number="2@x", to="a@b.example", Cc="help@shop.example")
    assert _stored(by_copy).channel == mailbox
    by_envelope = mail("c", number="3@x", to="list@b.example")
    assert _stored(by_envelope, envelope_to=("sales@shop.example",)).channel == other
    assert ingest(mail("d", number="4@x", to="a@b.example"), at=AT).status == "quarantined"


def test_answer_comes_back_by_its_token(mailbox: Channel, ann: Actor) -> None:
    conversation = _stored(mail()).conversation
    sent = _answered(conversation, ann)

    back = mail("Thanks", number="2@customer.example", to=sent.headers["Reply-To"], subject="new")
    message = _stored(back)

    assert message.conversation == conversation
    assert message.is_verified


def test_answer_comes_back_by_its_headers_from_who_takes_part(mailbox: Channel, ann: Actor) -> None:
    conversation = _stored(mail()).conversation
    sent = _answered(conversation, ann)
    number = sent.message_id

    mine = _stored(mail("Thanks", number="2@customer.example", In_Reply_To=number))
    other = mail("I am not Mia", number="3@evil.example", sender="eve@evil.example")
    theirs = _stored(other.replace(b"\r\n\r\n", f"\r\nIn-Reply-To: {number}\r\n\r\n".encode(), 1))

    assert mine.conversation == conversation
    assert theirs.conversation != conversation


def test_forged_token_and_number_bring_nobody_into_a_conversation(mailbox: Channel) -> None:
    conversation = _stored(mail()).conversation
    forged = f"help+c{conversation.pk}-{'0' * 20}@shop.example"

    by_token = mail("x", number="2@e", sender="eve@evil.example", to=forged)
    by_number = mail(
        "y", number="3@e", sender="eve@evil.example", subject=f"Re: [#{conversation.number}]"
    )

    assert _stored(by_token).conversation != conversation
    assert _stored(by_number).conversation != conversation
    own = mail("z", number="4@customer.example", subject=f"Re: x [#{conversation.number}]")
    assert _stored(own).conversation == conversation


def test_token_of_somebody_else_shows_the_sender_as_unverified(mailbox: Channel) -> None:
    conversation = _stored(mail()).conversation
    address = reply_address(mailbox, conversation.pk)

    message = _stored(mail("Forwarded", number="5@e", sender="ted@else.example", to=address))

    assert message.conversation == conversation
    assert not message.is_verified


def test_sender_is_verified_by_our_own_server_alone(mailbox: Channel) -> None:
    mailbox.settings = {"trusted_hosts": ["mx.shop.example"]}
    mailbox.save()
    said = "mx.shop.example; dmarc=pass header.from=customer.example"
    claimed = "mx.evil.example; dmarc=pass header.from=customer.example"

    assert _stored(mail("a", number="1@x", Authentication_Results=said)).is_verified
    assert not _stored(mail("b", number="2@x", Authentication_Results=claimed)).is_verified


def test_mail_in_the_name_of_a_colleague_acts_for_nobody(mailbox: Channel, ada: User) -> None:
    conversation = _stored(mail()).conversation
    forged = mail("Refund him", number="9@e", sender=f"Ada <{ada.email}>")
    answering = forged.replace(b"\r\n\r\n", b"\r\nIn-Reply-To: <1@customer.example>\r\n\r\n", 1)

    message = _stored(answering)

    assert message.conversation != conversation
    assert message.kind == Message.Kind.INCOMING
    assert message.user is None
    assert not message.is_verified
    assert ConversationEvent.objects.get(kind="unproven").conversation == message.conversation


def test_mail_from_our_own_address_is_set_aside(mailbox: Channel) -> None:
    taken = ingest(mail(sender="help@shop.example"), at=AT)

    assert taken.status == "quarantined"
    assert not Conversation.objects.exists()


def test_bounce_is_noted_at_the_mail_that_came_back(mailbox: Channel, ann: Actor) -> None:
    conversation = _stored(mail()).conversation
    sent = _answered(conversation, ann)

    taken = ingest(bounce_of(sent), at=AT)

    message = Message.objects.get(kind="reply")
    conversation.refresh_from_db()
    assert taken.status == "report"
    assert message.delivery == Message.Delivery.BOUNCED
    assert message.delivery_error == (
        "The mail to mia@customer.example came back: there is no such address."
    )
    assert conversation.status == Conversation.Status.OPEN
    assert conversation.message_count == 2
    assert ConversationEvent.objects.filter(kind="bounced").count() == 1


def test_bounce_of_what_we_never_sent_is_set_aside(mailbox: Channel) -> None:
    stranger = OutboxMessage(pk=1, to="x@y.example", message_id="<never@shop.example>")

    assert ingest(bounce_of(stranger), at=AT).status == "quarantined"


def test_vacation_reply_neither_reopens_nor_waits(mailbox: Channel, ann: Actor) -> None:
    conversation = _stored(mail()).conversation
    sent = _answered(conversation, ann)
    away = mail(
        "I am away.",
        number="v@customer.example",
        subject="Out of office: Re: My order",
        In_Reply_To=sent.message_id,
        Auto_Submitted="auto-replied",
    )

    message = _stored(away)

    conversation.refresh_from_db()
    assert message.conversation == conversation
    assert message.is_automatic
    assert conversation.status == Conversation.Status.WAITING


def test_acknowledgment_goes_once_an_hour_and_bears_its_marks(mailbox: Channel) -> None:
    _acknowledging(mailbox)

    for number in range(5):
        ingest(mail(f"m{number}", number=f"{number}@c", subject=f"s{number}"), at=AT)
    run_until_idle()

    (sent,) = OutboxMessage.objects.all()
    assert sent.to == "mia@customer.example"
    assert sent.headers["Auto-Submitted"] == "auto-replied"
    assert sent.headers["X-Auto-Response-Suppress"] == "All"
    assert "m0" not in sent.text
    assert "s0" not in sent.subject + sent.text
    conversation = Conversation.objects.order_by("pk").first()
    assert conversation is not None
    assert conversation.first_responded_at is None
    assert conversation.waiting_since is not None


@pytest.mark.parametrize(
    "marks",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"X_Auto_Response_Suppress": "All"},
        {"List_Id": "<l.example>"},
        {"Return_Path": "<>"},
    ],
)
def test_machines_are_never_acknowledged(mailbox: Channel, marks: dict[str, str]) -> None:
    _acknowledging(mailbox)

    assert ingest(mail(**marks), at=AT).status == "stored"
    run_until_idle()

    assert not OutboxMessage.objects.exists()


def test_two_responders_without_marks_stop_by_themselves(mailbox: Channel) -> None:
    """The other answers each of our mails at once and marks nothing (F22 b)."""
    _acknowledging(mailbox)
    ingest(mail(sender="robot@other.example", number="0@other"), at=AT)
    answered = 0

    for turn in range(1, 40):
        run_until_idle()
        sent = OutboxMessage.objects.order_by("-pk").first()
        if OutboxMessage.objects.count() == answered or sent is None:
            break
        answered = OutboxMessage.objects.count()
        back = mail(
            f"We have your mail, ticket {turn}",
            sender="robot@other.example",
            number=f"{turn}@other",
            subject=f"Ticket {turn}",
        )
        ingest(back, at=AT + turn * MINUTE)

    assert OutboxMessage.objects.count() <= 3


def test_machine_that_does_not_stop_is_set_aside(mailbox: Channel) -> None:
    statuses = [
        ingest(mail(f"m{n}", number=f"{n}@c", Auto_Submitted="auto-generated"), at=AT).status
        for n in range(8)
    ]

    assert statuses == ["stored"] * 5 + ["quarantined"] * 3


def test_our_own_mark_stops_a_loop(mailbox: Channel) -> None:
    assert ingest(mail(X_Loop="help@shop.example"), at=AT).status == "quarantined"
    assert ingest(mail("b", number="2@c", X_Loop="desk@other.example"), at=AT).status == "stored"


def test_flood_of_one_sender_is_gathered(mailbox: Channel, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "FLOOD_FROM", 40)

    statuses = [
        ingest(mail(f"m{n}", number=f"{n}@c", subject=f"s{n}"), at=AT).status for n in range(45)
    ]
    other = ingest(mail("quiet", number="q@c", sender="ben@else.example"), at=AT)

    assert statuses.count("quarantined") == 5
    assert Conversation.objects.count() == guards.GROUPED_FROM + 1
    assert ConversationEvent.objects.filter(kind="grouped").count() == 1
    assert other.status == "stored"
    assert Message.objects.count() + QuarantinedMail.objects.count() == 46


def test_flood_of_many_senders_that_say_the_same_is_set_aside(mailbox: Channel) -> None:
    statuses = [
        ingest(
            mail("buy", number=f"{n}@c", sender=f"p{n}@e{n}.example", subject="win"), at=AT
        ).status
        for n in range(55)
    ]

    assert statuses == ["stored"] * 50 + ["quarantined"] * 5


def test_hostile_mail_is_set_aside_and_the_next_one_arrives(mailbox: Channel) -> None:
    taken = ingest(hostile_mail.HEAD + b"X-A: b\r\n" * 100_000, at=AT)

    assert taken.status == "quarantined"
    kept = QuarantinedMail.objects.get()
    assert (kept.sender, kept.subject) == ("eve@example.org", "Hello")
    assert kept.reason == "Its headers are larger than any letter."
    assert _stored(mail()).text == "Where is my order?"


def test_every_crasher_is_stored_or_set_aside_and_counted(mailbox: Channel) -> None:
    mails = {raw for _what, raw in hostile_mail.crashers()}
    mails |= {hostile_mail.with_markup(it, number=n) for n, it in enumerate(hostile_mail.PAYLOADS)}
    mails |= set(hostile_mail.fuzzed(40, seed=7))

    statuses = [ingest(raw, at=AT + n * MINUTE).status for n, raw in enumerate(sorted(mails))]

    assert MailIntake.objects.count() == len(mails)
    assert statuses.count("quarantined") == QuarantinedMail.objects.count()
    assert _stored(mail()).text == "Where is my order?"


def test_released_mail_comes_in_once(mailbox: Channel, ann: Actor) -> None:
    ingest(mail(sender="help@shop.example"), at=AT)
    kept = QuarantinedMail.objects.get()

    taken = release(kept.pk, actor=ann, at=AT)

    assert taken.status == "stored"
    assert Message.objects.count() == 1
    with pytest.raises(ConflictError):
        release(kept.pk, actor=ann, at=AT)
    assert ingest(mail(sender="help@shop.example"), at=AT).status == "duplicate"


def test_mail_that_cannot_be_read_is_not_released(mailbox: Channel, ann: Actor) -> None:
    ingest(b"\x00", at=AT)
    kept = QuarantinedMail.objects.get()

    with pytest.raises(ConflictError, match="no headers"):
        release(kept.pk, actor=ann, at=AT)

    kept.refresh_from_db()
    assert kept.released_at is None


def test_discarded_mail_does_not_come_again(mailbox: Channel, ann: Actor) -> None:
    ingest(b"\x00", at=AT)

    discard(QuarantinedMail.objects.get().pk, actor=ann, at=AT)

    assert not QuarantinedMail.objects.exists()
    assert ingest(b"\x00", at=AT).status == "duplicate"


def test_notes_never_leave_the_house(mailbox: Channel, ann: Actor) -> None:
    canary = "canary-4711-internal"
    conversation = _stored(mail()).conversation
    add_note(conversation_id=conversation.pk, actor=ann, text=f"He lies. {canary}", at=AT)

    _answered(conversation, ann)
    ingest(mail("And now?", number="2@c", In_Reply_To="<1@customer.example>"), at=AT)
    _answered(conversation, ann, "Soon.")

    for sent in OutboxMessage.objects.all():
        assert canary not in f"{sent.subject}{sent.text}{sent.html}{sent.headers}{sent.to}{sent.cc}"
    assert OutboxMessage.objects.count() == 2


def test_answer_has_quote_signature_and_thread(mailbox: Channel, ann: Actor) -> None:
    mailbox.signature = "Your shop"
    mailbox.settings = {"from_name": "The Shop"}
    mailbox.save()
    conversation = _stored(mail("Where <is> it?", References="<0@customer.example>")).conversation

    sent = _answered(conversation, ann, "On its way & soon.")

    assert sent.sender == "The Shop <help@shop.example>"
    assert sent.subject == f"Re: My order [#{conversation.number}]"
    assert sent.headers["In-Reply-To"] == "<1@customer.example>"
    assert sent.headers["References"] == "<0@customer.example> <1@customer.example>"
    assert sent.headers["Reply-To"] == reply_address(mailbox, conversation.pk)
    assert sent.text.startswith("On its way & soon.\n\n-- \nYour shop\n\nOn ")
    assert sent.text.endswith("Mia Wong wrote:\n> Where <is> it?")
    assert "<p>On its way &amp; soon.</p>" in sent.html
    assert "Where &lt;is&gt; it?</blockquote>" in sent.html


def test_message_follows_its_mail(mailbox: Channel, ann: Actor) -> None:
    conversation = _stored(mail()).conversation
    sent = _answered(conversation, ann)
    Message.objects.filter(kind="reply").update(delivery="queued")
    OutboxMessage.objects.filter(pk=sent.pk).update(status="in_doubt", error="It broke.")
    assert follow_mails() == 1
    message = Message.objects.get(kind="reply")
    assert (message.delivery, message.delivery_error) == ("in_doubt", "It broke.")
    OutboxMessage.objects.filter(pk=sent.pk).update(status="sent", error="")
    assert follow_mails() == 1
    assert follow_mails() == 0
    assert Message.objects.get(kind="reply").delivery == "sent"
