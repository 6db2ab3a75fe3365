"""What is said among colleagues reaches no customer: a word planted inside is looked for outside.

It stands in notes, mentions, drafts, a merged conversation, plan and tasks of the account, the
customer's fields and a deal. Outside is every byte that a customer can get: mails that left, the
chat of their session, the pages behind the links of mails.
"""

import json
from datetime import timedelta
from email.message import Message as Written
from urllib.parse import urlparse

import pytest
from django.core import mail
from django.test import Client
from furnished import SITE, Furnished, actor_of, furnished

from amity.base.time import now
from amity.kernel.customers.models import Customer
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.messaging.models import OutboxMessage
from amity.run.accounts.models import AccountNote, Plan, Task
from amity.run.accounts.operations.meetings import Invited, plan_meeting
from amity.run.deals.models import Deal
from amity.run.inbox.models import (
    ChatSession,
    Conversation,
    Draft,
    InboxSettings,
    Message,
    Rating,
)
from amity.run.inbox.operations import conversations as inbox
from amity.run.inbox.operations import delivery
from amity.run.inbox.operations.chat_mail import mail_transcript
from amity.run.inbox.operations.ratings import ask, link_of
from amity.run.inbox.operations.replying import release_held
from amity.run.inbox.rules.incoming import Incoming

CANARY = "canary-7f3a91"


@pytest.fixture
def house(db: None) -> Furnished:
    return furnished()


def plant(house: Furnished, conversation: Conversation) -> None:
    """The word in all that colleagues say about this conversation and its customer."""
    at, ada = now(), actor_of(house.ada)
    pk = conversation.pk
    inbox.add_note(conversation_id=pk, actor=ada, text=f"{CANARY} note", at=at)
    inbox.add_note(conversation_id=pk, actor=ada, text=f"@Dora.Vance {CANARY}", at=at)
    inbox.add_tag(conversation_id=pk, tag=CANARY, actor=ada, at=at)
    inbox.book_minutes(conversation_id=pk, seconds=60, what=CANARY, actor=ada, at=at)
    for user in (house.ada, house.dora):
        for kind in Draft.Kind.values:
            Draft.objects.create(
                conversation=conversation, user=user, kind=kind, text=CANARY, updated_at=at
            )
    other = Incoming(
        text="Me too",
        happened_at=at,
        source="mail",
        source_id=f"other-{pk}",
        sender_address="mia@customer.example",
    )
    absorbed = inbox.receive(channel=house.conversation.channel, incoming=other, at=at)
    inbox.add_note(
        conversation_id=absorbed.conversation.pk, actor=ada, text=f"{CANARY} merged", at=at
    )
    inbox.merge(survivor_id=pk, absorbed_id=absorbed.conversation.pk, actor=ada, at=at)


def plant_around(customer: Customer) -> None:
    at = now()
    Plan.objects.filter(customer=customer).delete()
    Plan.objects.create(customer=customer, aim=CANARY, strategy=CANARY, updated_at=at)
    AccountNote.objects.create(customer=customer, text=CANARY, written_at=at)
    Task.objects.create(
        customer=customer, title=CANARY, due_on=at.date(), starts_on=at.date(), created_at=at
    )
    Deal.objects.filter(customer=customer).update(title=CANARY, note=CANARY, competitor=CANARY)
    Customer.objects.filter(pk=customer.pk).update(custom={"secret": CANARY})


def chat_bytes(house: Furnished) -> bytes:
    """All that the visitor's widget is told."""
    heard = b""
    for noun in ("beginning", "updates", "transcript"):
        body = json.dumps({"token": house.chat_token, "last": 0, "email": "mia@customer.example"})
        answer = Client().post(
            f"/inbox/chat/shop/{noun}/", body, content_type="text/plain", headers={"Origin": SITE}
        )
        assert answer.status_code == 200, answer.content
        heard += answer.content
    return heard


def mailed() -> bytes:
    """Every byte that left, attachments and coded parts also read."""
    out = b""
    for one in mail.outbox:
        written: Written = one.message()
        out += written.as_bytes()
        for part in written.walk():
            payload = part.get_payload(decode=True)
            out += payload if isinstance(payload, bytes) else b""
    return out


def test_no_word_among_colleagues_reaches_a_customer(house: Furnished) -> None:
    ada = actor_of(house.ada)
    InboxSettings.objects.update_or_create(defaults={"asks_rating": True})
    mailbox, session = house.conversation, ChatSession.objects.get()
    assert session.conversation is not None
    for row in (mailbox, session.conversation):
        plant(house, row)
    for customer in Customer.objects.filter(conversations__isnull=False).distinct():
        plant_around(customer)
    plant_around(house.customer)
    at = now()
    inbox.reply(conversation_id=mailbox.pk, actor=ada, text="Your parcel left today.", at=at)
    inbox.reply(conversation_id=session.conversation.pk, actor=ada, text="Yes, it is green.", at=at)
    plan_meeting(
        customer_id=house.customer.pk,
        organizer=house.ada,
        title="Review",
        starts_at=at + timedelta(days=5),
        ends_at=at + timedelta(days=5, hours=1),
        guests=[Invited("mia@customer.example")],
        actor=ada,
        at=at,
    )
    heard = chat_bytes(house)
    mail_transcript(session.pk, at=at)
    inbox.close(conversation_id=mailbox.pk, actor=ada, at=at + timedelta(seconds=1))
    Message.objects.filter(delivery="held").update(send_after=at - timedelta(minutes=1))
    OutboxMessage.objects.filter(status="in_doubt").delete()  # of the house, not of this story
    for pk in delivery.due(now()):
        release_held(pk, at=now())
    Rating.objects.all().delete()
    rating = ask(mailbox.pk, at=now())
    assert rating is not None
    run_until_idle()

    left = mailed()
    addresses = (
        urlparse(link_of(rating)).path,
        house.fill("/inbox/help/<str:token>/"),
        "/inbox/chat/widget.js",
    )
    pages = b"".join(Client().get(address).content for address in addresses)

    assert b"Your parcel left today." in left
    assert b"Yes, it is green." in heard
    assert b"My order" in pages
    for where, content in (("mails", left), ("chat", heard), ("pages", pages)):
        assert CANARY.encode() not in content, where
    staff = Client()
    staff.force_login(house.ada, backend="django.contrib.auth.backends.ModelBackend")
    assert CANARY.encode() in staff.get(f"/inbox/{mailbox.number}/").content
