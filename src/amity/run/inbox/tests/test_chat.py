import json
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.test import Client
from pytest_django.fixtures import DjangoAssertNumQueries

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.models import User
from amity.kernel.access.rules import Actor
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.sealing import seal
from amity.run.inbox.models import (
    AgentProfile,
    Channel,
    ChatSession,
    Conversation,
    Draft,
    InboxSettings,
    Message,
)
from amity.run.inbox.operations import chat
from amity.run.inbox.operations.chat_mail import MAILS_AN_HOUR, mail_transcript, mail_unseen
from amity.run.inbox.operations.conversations import add_note, merge, reply
from amity.run.inbox.queries.chat import first_help_for, session_of, usual_wait_of, visible_messages
from amity.run.inbox.queries.live import EVERYTHING, Bus
from amity.run.inbox.rules.chat import Claim, signature_of
from amity.run.inbox.rules.incoming import IncomingFile
from amity.run.inbox.rules.working import InboxError
from amity.run.inbox.tests import company
from amity.run.inbox.tests.conftest import AT

SITE = "https://shop.example"
SECRET = "s3cret"
LATER = AT + timedelta(minutes=5)


@pytest.fixture
def always(db: None) -> WorkingCalendar:
    days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    return WorkingCalendar.objects.create(
        key="always",
        name="Always",
        time_zone="UTC",
        weekly_hours={day: [["00:00", "24:00"]] for day in days},
    )


@pytest.fixture
def shop(always: WorkingCalendar, ada: User) -> Channel:
    return Channel.objects.create(
        key="shop",
        name="Shop",
        kind="chat",
        settings={"origins": [SITE], "calendar_key": "always", "secret": seal(SECRET)},
        created_at=AT,
    )


def opened(channel: Channel, address: str = "192.0.2.1", **claim: str) -> tuple[ChatSession, str]:
    return chat.open_session(channel=channel, claim=Claim(**claim), address=address, at=AT)


def signed(channel: Channel, user_id: str, **claim: str) -> ChatSession:
    signature = signature_of(SECRET, f"id:{user_id}")
    return opened(channel, user_id=user_id, signature=signature, **claim)[0]


def says(session: ChatSession, text: str, at: datetime = AT, **given: Any) -> Message:
    number = f"{session.pk:03d}-{Message.objects.count():06d}"
    said = chat.Said(text=text, number=number, **given)
    message = chat.say(session_id=session.pk, said=said, at=at)
    session.refresh_from_db()
    return message


def seen_by(session: ChatSession) -> list[str]:
    row = ChatSession.objects.select_related("conversation__merged_into", "channel")
    return [one.text for one in visible_messages(row.get(pk=session.pk))]


def test_a_stranger_writes_and_the_answer_is_there_at_once(shop: Channel, ann: Actor) -> None:
    session, token = opened(shop)

    message = says(session, "Is it green?")
    reply(conversation_id=message.conversation_id, actor=ann, text="Yes.", at=LATER)

    assert message.customer is None
    assert not message.is_verified
    assert seen_by(session) == ["Is it green?", "Yes."]
    assert token not in str(ChatSession.objects.values())
    assert session_of(shop, token) == session
    assert session_of(shop, token[:-1]) is None


def test_a_message_that_is_sent_twice_is_stored_once(shop: Channel) -> None:
    session, _token = opened(shop)
    said = chat.Said(text="Hello", number="number-0001")

    first = chat.say(session_id=session.pk, said=said, at=AT)

    assert chat.say(session_id=session.pk, said=said, at=AT) == first
    assert Message.objects.count() == 1


def test_only_what_the_site_signed_is_believed(shop: Channel) -> None:
    known = signed(shop, "42", name="Mia Wong")
    guessed, _token = opened(shop, user_id="42", signature="0" * 64)

    assert says(known, "It is me").is_verified
    message = says(guessed, "Me too")

    assert known.customer is not None
    assert (known.customer.name, known.is_verified) == ("Mia Wong", True)
    assert (guessed.customer, guessed.is_verified) == (None, False)
    assert message.customer is None
    assert seen_by(guessed) == ["Me too"]


def test_a_proven_customer_goes_on_at_another_device(shop: Channel) -> None:
    says(signed(shop, "42"), "Where is it?")

    assert seen_by(signed(shop, "42")) == ["Where is it?"]
    assert seen_by(signed(shop, "43")) == []


def test_notes_and_drafts_never_reach_the_visitor(shop: Channel, ann: Actor) -> None:
    session, _token = opened(shop)
    conversation = says(session, "Hello").conversation
    add_note(conversation_id=conversation.pk, actor=ann, text="CANARY note", at=LATER)
    Draft.objects.create(
        conversation=conversation, user=User.objects.get(), text="CANARY draft", updated_at=LATER
    )

    assert seen_by(session) == ["Hello"]


def test_a_merge_shows_nobody_elses_words(shop: Channel, ann: Actor) -> None:
    first, second = opened(shop)[0], opened(shop)[0]
    one, other = says(first, "First").conversation, says(second, "Second").conversation
    reply(conversation_id=other.pk, actor=ann, text="To the second", at=LATER)

    merge(survivor_id=one.pk, absorbed_id=other.pk, actor=ann, at=LATER)
    reply(conversation_id=one.pk, actor=ann, text="To the first", at=LATER)

    assert seen_by(second) == ["Second", "To the second"]
    assert "Second" not in seen_by(first)


def test_out_of_hours_an_address_is_needed(shop: Channel) -> None:
    AgentProfile.objects.create(user=User.objects.get(), is_available=False)
    session, _token = opened(shop)

    with pytest.raises(InboxError, match="Leave your e-mail"):
        says(session, "Anybody?")
    assert Message.objects.count() == 0

    says(session, "Anybody?", email="Mia@Customer.example")
    assert session.email == "mia@customer.example"
    assert seen_by(session) == ["Anybody?"]


def test_what_was_not_seen_goes_by_mail_once(shop: Channel, mailbox: Channel, ann: Actor) -> None:
    session, _token = opened(shop)
    number = says(session, "CANARY of a stranger", email="mia@customer.example").conversation_id
    reply(conversation_id=number, actor=ann, text="Our answer", at=AT)

    assert mail_unseen(number, at=LATER) == 1
    assert mail_unseen(number, at=LATER) == 0

    mail = OutboxMessage.objects.get()
    assert (mail.to, "Our answer" in mail.text) == ("mia@customer.example", True)
    assert "help+" in mail.headers["Reply-To"]
    assert "CANARY" not in mail.text + mail.subject + mail.html


def test_what_was_seen_is_not_mailed(shop: Channel, mailbox: Channel, ann: Actor) -> None:
    session, _token = opened(shop)
    number = says(session, "Hi", email="mia@customer.example").conversation_id
    answer = reply(conversation_id=number, actor=ann, text="Our answer", at=AT)
    chat.be_seen(session, message_id=answer.pk, at=AT)

    assert mail_unseen(number, at=LATER) == 0
    assert OutboxMessage.objects.count() == 0


def test_a_victims_address_gets_few_mails(shop: Channel, mailbox: Channel, ann: Actor) -> None:
    sessions = [opened(shop, f"192.0.2.{number}")[0] for number in range(20)]
    begun = 0
    for session in sessions:
        try:
            number = says(session, "CANARY", email="victim@example.org").conversation_id
        except chat.TooMuchError:
            continue
        begun += 1
        for text in ("One", "Two"):
            reply(conversation_id=number, actor=ann, text=text, at=AT)
            mail_unseen(number, at=LATER)

    assert begun == chat.CONVERSATIONS_OF_EMAIL
    assert OutboxMessage.objects.count() <= MAILS_AN_HOUR
    assert not OutboxMessage.objects.filter(text__contains="CANARY").exists()


def test_a_transcript_holds_the_visitors_words_only_when_proven(
    shop: Channel, mailbox: Channel, ann: Actor
) -> None:
    stranger = opened(shop)[0]
    known = signed(shop, "42", email="mia@customer.example")
    for session, email in ((stranger, "x@example.org"), (known, "")):
        number = says(session, "My words", email=email).conversation_id
        reply(conversation_id=number, actor=ann, text="Our answer", at=AT)
        mail_transcript(session.pk, at=LATER)

    texts = dict(OutboxMessage.objects.values_list("to", "text"))
    assert "My words" not in texts["x@example.org"]
    assert "My words" in texts["mia@customer.example"]


def test_an_hour_has_its_limits(shop: Channel) -> None:
    for _number in range(chat.CONVERSATIONS_AN_HOUR):
        says(opened(shop)[0], "Again")
    with pytest.raises(chat.TooMuchError):
        says(opened(shop)[0], "Again")

    one = opened(shop, "198.51.100.7")[0]
    for _number in range(chat.MESSAGES_AN_HOUR):
        says(one, "Again")
    with pytest.raises(chat.TooMuchError):
        says(one, "Again")
    says(one, "Later", at=AT + timedelta(hours=1, minutes=1))


@pytest.mark.parametrize(
    "files",
    [(IncomingFile("a", "text/plain", b"x"),) * 4,
     (IncomingFile("a", "text/plain", b"x" * (5 * 1024 * 1024 + 1)),)],
)  # fmt: skip
def test_too_many_or_too_large_files_are_refused(
    shop: Channel, files: tuple[IncomingFile, ...]
) -> None:
    session, _token = opened(shop)

    with pytest.raises(InboxError, match="At most"):
        says(session, "Look", files=files)
    assert Conversation.objects.count() == 0


def test_the_wait_is_told_from_first_answers(shop: Channel) -> None:
    for number in range(20):
        Conversation.objects.create(
            number=number + 1,
            channel=shop,
            opened_at=AT,
            first_responded_at=AT + timedelta(seconds=30 if number < 12 else 600),
            last_message_at=AT,
            created_at=AT,
            updated_at=AT,
        )

    assert usual_wait_of(shop, LATER).seconds == 30
    assert usual_wait_of(shop, LATER + timedelta(days=40)).seconds is None


def test_the_promised_help_comes_first_with_the_way_to_a_person(db: None) -> None:
    made = company.house("Ann")
    settings = InboxSettings.objects.get()
    settings.self_service_url = "https://help.example"
    settings.save()
    channel = Channel.objects.create(
        key="shop",
        name="Shop",
        kind="chat",
        settings={"secret": seal(SECRET)},
        created_at=company.MONDAY,
    )
    claim = Claim(
        email="sol@customer.example", signature=signature_of(SECRET, "email:sol@customer.example")
    )
    session, _token = chat.open_session(
        channel=channel, claim=claim, address="192.0.2.1", at=company.MONDAY
    )

    found = first_help_for(session)
    assert session.customer == made.customers["sol"]
    assert found is not None
    assert (found.url, found.is_person_reachable) == ("https://help.example", True)

    message = says(session, "No help", at=company.MONDAY, wants_person=True)
    conversation = Conversation.objects.get(pk=message.conversation_id)
    assert conversation.relationship_type == RelationshipType.PERSONAL_ASSISTANCE
    assert conversation.assignee == made.people["Ann"]


Call = Callable[..., Any]


@pytest.fixture
def call(shop: Channel) -> Call:
    client = Client(enforce_csrf_checks=True)

    def calls(noun: str, *, origin: str = SITE, **given: Any) -> Any:
        return client.post(
            f"/inbox/chat/shop/{noun}/",
            json.dumps(given),
            content_type="text/plain",
            headers={"Origin": origin} if origin else {},
        )

    return calls


@pytest.mark.parametrize(
    "origin", ["", "null", "https://evil.example", "https://shop.example.evil.example",
               "http://shop.example", "https://SHOP.example."],
)  # fmt: skip
def test_other_sites_are_refused(call: Call, origin: str) -> None:
    response = call("session", origin=origin)

    assert response.status_code == 403
    assert "Access-Control-Allow-Origin" not in response.headers
    assert ChatSession.objects.count() == 0


def test_the_named_site_may_call_without_cookies(call: Call) -> None:
    response = call("session")

    assert response.headers["Access-Control-Allow-Origin"] == SITE
    assert "Access-Control-Allow-Credentials" not in response.headers
    assert not response.cookies
    token = response.json()["token"]
    news = call("messages", token=token, text="<b>Hi</b>", number="number-0001").json()
    assert [one["text"] for one in news["messages"]] == ["<b>Hi</b>"]
    assert call("updates", token=token, last=news["messages"][0]["id"]).json()["messages"] == []
    assert call("updates", token="guessed").status_code == 401
    assert call("messages", token=token, text="", number="number-0002").status_code == 422


def test_the_widget_is_told_what_it_needs(call: Call) -> None:
    answer = call("beginning").json()

    assert (answer["open"], answer["talking"], answer["help"]) == (True, False, None)
    assert "not enough data" in answer["wait"]
    assert SECRET not in json.dumps(answer)
    assert "secret" not in answer


def test_broken_calls_are_answered(call: Call, shop: Channel) -> None:
    client = Client()
    headers = {"Origin": SITE}
    for body in ("[]", "{", "[" * 90_000, '{"a": "' + "x" * 200_000 + '"}'):
        response = client.post(
            "/inbox/chat/shop/session/", body, content_type="text/plain", headers=headers
        )
        assert response.status_code == 400
    assert call("nothing").status_code == 405
    assert client.get("/inbox/chat/shop/session/", headers=headers).status_code == 405
    assert client.post("/inbox/chat/other/session/", headers=headers).status_code == 404
    assert ChatSession.objects.count() == 0


def test_a_file_is_given_out_only_by_its_ticket(call: Call, shop: Channel) -> None:
    token = call("session").json()["token"]
    session = session_of(shop, token)
    assert session is not None
    says(session, "Look", files=(IncomingFile("a.svg", "image/svg+xml", b"<svg onload=x>"),))

    url = call("updates", token=token).json()["messages"][0]["files"][0]["url"]
    path = "/inbox/" + url.partition("/inbox/")[2]
    response = Client().get(path)

    assert response.content == b"<svg onload=x>"
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response.headers["Content-Security-Policy"]
    assert Client().get(path[:-2] + "x/").status_code == 410


def test_the_script_is_small_and_kept(db: None) -> None:
    response = Client().get("/inbox/chat/widget.js", headers={"Accept-Encoding": "gzip"})

    assert len(response.content) < 20_000
    assert response.headers["Content-Encoding"] == "gzip"
    again = {"If-None-Match": response.headers["ETag"]}
    assert Client().get("/inbox/chat/widget.js", headers=again).status_code == 304


@pytest.mark.django_db(transaction=True)
def test_the_thread_that_wakes_who_waits_ends_and_another_begins() -> None:
    bus = Bus()

    def threads() -> list[str]:
        return [one.name for one in threading.enumerate() if one.name == "inbox-live"]

    for _time in range(2):
        assert bus.wait(EVERYTHING, 0, seconds=0.01)
        assert threads() == ["inbox-live"]
        bus.end()
        assert threads() == []


def test_three_people_at_the_settings(
    shop: Channel, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    for path in ("/inbox/chats/new/", f"/inbox/chats/{shop.pk}/"):
        clients = (ada_client, ben_client, cleo_client)
        assert [one.get(path).status_code for one in clients] == [200, 403, 403]
    before = Channel.objects.values().get(pk=shop.pk)
    assert ben_client.post(f"/inbox/chats/{shop.pk}/secret/").status_code == 403
    assert Channel.objects.values().get(pk=shop.pk) == before
    assert ben_client.get("/inbox/chats/").status_code == 200
    assert cleo_client.get("/inbox/chats/").status_code == 403
    assert cleo_client.get("/inbox/live/0/").status_code == 403


def test_a_chat_is_set_up_and_its_secret_shown_once(ada_client: Client, db: None) -> None:
    given = {"name": "Tea shop", "origins": SITE, "accent": "#2f4079", "is_active": "on"}
    ada_client.post("/inbox/chats/new/", given)
    row = Channel.objects.get(key="tea-shop")

    page = ada_client.post(f"/inbox/chats/{row.pk}/secret/").content.decode()
    row.refresh_from_db()
    secret = chat.secret_of(row)

    assert secret in page
    assert secret not in json.dumps(row.settings)
    later = ada_client.get(f"/inbox/chats/{row.pk}/").content.decode()
    assert secret not in later
    assert "data-channel=&#34;tea-shop&#34;" in later
    refused = ada_client.post(f"/inbox/chats/{row.pk}/", {**given, "origins": "*"})
    assert refused.status_code == 422


@pytest.mark.parametrize("count", [1, 3])
def test_the_list_of_chats_takes_the_same_statements(
    ada_client: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ada_client.get("/inbox/chats/")
    for number in range(count):
        Channel.objects.create(key=f"c{number}", name="Chat", kind="chat", created_at=AT)

    with django_assert_num_queries(LISTED):
        ada_client.get("/inbox/chats/")


LISTED = 4
