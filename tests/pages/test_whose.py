"""What is one person's own, what belongs to another thing, and what a link alone proves.

Dora may all that a strategist may; what is Ada's own is not hers. A visitor has a token, a ticket
or a link and gets what it stands for, no more.
"""

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core import signing
from django.db import transaction
from django.test import Client
from furnished import SITE, Furnished, actor_of, furnished
from test_rights import Asked, Person, ask, digest

from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.customers.models import Customer
from amity.run.accounts.operations.meetings import revoke_feed
from amity.run.deals.models import Deal
from amity.run.inbox.models import Attachment, CannedReply, Channel, Conversation, Message
from amity.run.inbox.operations.chat import Said, open_session, say
from amity.run.inbox.operations.conversations import add_note
from amity.run.inbox.rules.chat import Claim
from amity.run.inbox.rules.incoming import IncomingFile
from amity.testing.fixtures import with_token

REPLY = {"shortcut": "mine", "name": "Mine now", "text": "Hello", "language": "", "is_own": True}


@pytest.fixture
def house(db: None) -> Furnished:
    return furnished()


def test_what_is_adas_own_is_not_there_for_dora(house: Furnished) -> None:
    dora, ada = Person(house.dora), Person(house.ada)
    for route in (
        "/customers/views/<int:pk>/deletion",
        "/inbox/views/<int:pk>/deletion/",
        "/inbox/bulk/<int:pk>/undoing/",
        "/inbox/messages/<int:pk>/undoing/",
        "/inbox/setup/replies/<int:pk>/",
        "/inbox/setup/replies/<int:pk>/removal/",
        "/settings/tokens/<int:pk>/end",
    ):
        asked = dora.ask("post", house.fill(route), data=REPLY)
        assert (asked.status, asked.wrote) == (404, ""), route
        with transaction.atomic():
            assert ada.ask("post", house.fill(route), data=REPLY).wrote, route
            transaction.set_rollback(True)


def test_adas_own_text_is_not_there_for_dora_over_rest(house: Furnished) -> None:
    path = house.fill("/api/v1/inbox/replies/{reply_id}")
    dora, ada = (with_token(user, "read", "write") for user in (house.dora, house.ada))
    given = {"data": REPLY, "content_type": "application/json"}

    refused = [ask(dora, "put", path, **given), ask(dora, "delete", path)]

    assert [one.status for one in refused] == [404, 404]
    assert CannedReply.objects.get(shortcut="adas").owner == house.ada
    assert ask(ada, "put", path, **given).status == 200
    assert ask(ada, "delete", path).status == 204


def test_adas_own_text_is_not_put_into_doras_answer(house: Furnished) -> None:
    own = house.parts["/inbox/setup/replies/<int:pk>"]
    path = f"/inbox/{house.conversation.number}/canned/"

    asked = Person(house.dora).ask("post", path, data={"reply_id": own})

    assert (asked.status, asked.wrote) == (404, "")


def test_a_part_of_another_thing_is_not_changed_through_this_one(house: Furnished) -> None:
    ada = Person(house.ada)
    rest = with_token(house.ada, "read", "write")
    rest.get("/api/v1/company")
    parts = house.parts
    deal = Deal.objects.exclude(pk=str(parts["/deals/<int:pk>"])).order_by("pk")[0]
    customer = Customer.objects.exclude(pk=house.customer.pk).order_by("pk")[0]
    other = Conversation.objects.filter(subject="Two matters").order_by("pk")[0]
    line = parts["/deals/<int:pk>/lines/<int:line_id>"]
    hours = parts["/accounts/<int:pk>/hours/<int:interaction>"]
    message = house.conversation.messages.order_by("pk")[0]
    guest = house.conversation.participants.order_by("pk")[0]
    before = digest()

    asked = {
        "line": ada.ask("post", f"/deals/{deal.pk}/lines/{line}/removal"),
        "line by REST": ask(rest, "delete", f"/api/v1/deals/{deal.pk}/lines/{line}"),
        "hours": ada.ask("post", f"/accounts/{customer.pk}/hours/{hours}/undo"),
        "hours by REST": ask(
            rest, "delete", f"/api/v1/accounts/customers/{customer.pk}/hours/{hours}"
        ),
        "split": ada.ask("post", f"/inbox/{other.number}/split/", data={"message_id": message.pk}),
        "participant": ada.ask(
            "post", f"/inbox/{other.number}/participant/", data={"participant_id": guest.pk}
        ),
    }

    assert {name: one for name, one in asked.items() if one.wrote} == {}
    assert {one.status for one in asked.values()} <= {302, 404, 409, 422}
    assert digest() == before


def test_a_calendar_feed_lives_as_long_as_the_right_to_see_accounts(house: Furnished) -> None:
    path = house.fill("/accounts/feed/<str:secret>.ics")
    stranger = Client()

    def status() -> int:
        return int(stranger.get(path).status_code)

    assert status() == 200
    assert stranger.get("/accounts/feed/guessed.ics").status_code == 404
    for changes in ({"is_active": False}, {"role": ""}):
        with transaction.atomic():
            User.objects.filter(pk=house.ada.pk).update(**changes)
            assert status() == 404, changes
            transaction.set_rollback(True)
    revoke_feed(house.ada, actor=actor_of(house.ada), at=now())
    assert status() == 404


def call(noun: str, token: str, origin: str = SITE, key: str = "shop", **given: Any) -> Asked:
    body = json.dumps({"token": token, **given})
    return ask(
        Client(),
        "post",
        f"/inbox/chat/{key}/{noun}/",
        data=body,
        content_type="text/plain",
        headers={"Origin": origin},
    )


def test_the_chat_answers_only_its_sites_and_only_whom_a_token_names(house: Furnished) -> None:
    other = Channel.objects.create(
        key="other", name="Other", kind="chat", settings={"origins": [SITE]}, created_at=now()
    )
    before = digest()
    wrong = {}
    for noun in ("messages", "updates", "transcript"):
        for name, asked, status in (
            ("no token", call(noun, ""), 401),
            ("another token", call(noun, house.chat_token[:-1] + "x"), 401),
            ("another chat", call(noun, house.chat_token, key=other.key), 401),
            ("another site", call(noun, house.chat_token, origin="https://evil.example"), 403),
            ("no site", call(noun, house.chat_token, origin=""), 403),
            ("no chat", call(noun, house.chat_token, key="none"), 404),
        ):
            if asked.status != status or asked.wrote:
                wrong[noun, name] = asked

    assert wrong == {}
    assert digest() == before
    assert call("updates", house.chat_token).status == 200


def test_a_ticket_gives_one_file_to_one_visitor_for_an_hour(house: Furnished) -> None:
    path = house.fill("/inbox/chat/files/<str:ticket>/")
    ticket = str(house.parts["/inbox/chat/files/<str:ticket>"])
    mailed = Attachment.objects.order_by("pk")[0]
    forged = signing.dumps([mailed.pk, 1], salt="inbox.other")
    stranger = Client()

    given = stranger.get(path)

    assert given.content == b"seen by one visitor"
    assert given["Content-Disposition"].startswith("attachment")
    assert given["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in given["Content-Security-Policy"]
    for bad in (forged, ticket[:-1] + ("A" if ticket[-1] != "A" else "B"), "x"):
        assert stranger.get(f"/inbox/chat/files/{bad}/").status_code == 410


def test_one_visitor_never_hears_of_another(house: Furnished) -> None:
    channel, at = Channel.objects.get(key="shop"), now()
    session, _token = open_session(
        channel=channel, claim=Claim(name="Leo"), address="192.0.2.9", at=at
    )
    file = IncomingFile("leos.txt", "text/plain", b"leo")
    said = Said(
        text="leos-own-words", number="number-0002", email="leo@customer.example", files=(file,)
    )
    row = say(session_id=session.pk, said=said, at=at).conversation
    add_note(conversation_id=row.pk, actor=actor_of(house.ada), text="leos-note", at=at)

    heard = Client().post(
        "/inbox/chat/shop/updates/",
        json.dumps({"token": house.chat_token}),
        content_type="text/plain",
        headers={"Origin": SITE},
    )

    assert heard.status_code == 200
    assert "Is it green?" in heard.content.decode()
    assert "leos" not in heard.content.decode()


@pytest.mark.parametrize("route", ["/inbox/rating/<str:token>/", "/inbox/help/<str:token>/"])
def test_a_link_of_a_mail_is_followed_without_effect_and_cannot_be_guessed(
    route: str, house: Furnished
) -> None:
    stranger = Person(None)
    path = house.fill(route)
    token = path.rstrip("/").rpartition("/")[2]
    number, _dot, signature = token.partition(".")
    elsewhere = "/inbox/help/" if "rating" in route else "/inbox/rating/"
    before = digest()

    looked = stranger.ask("get", path)
    guessed = [
        stranger.ask("post", path.replace(token, f"{int(number) + 1}.{signature}")),
        stranger.ask("post", path.replace(token, token[:-1] + "~")),
        stranger.ask("post", f"{elsewhere}{token}/"),
    ]

    assert (looked.status, looked.wrote) == (200, "")
    assert [(one.status, one.wrote) for one in guessed] == [(404, "")] * 3
    assert digest() == before


def test_files_leave_so_that_they_can_do_nothing(house: Furnished) -> None:
    ada = Person(house.ada).client
    svg = IncomingFile("a.svg", "image/svg+xml", b"<svg onload='alert(1)'/>")
    page = IncomingFile("a.html", "text/html", b"<script>alert(1)</script>")
    session, _token = open_session(
        channel=Channel.objects.get(key="shop"), claim=Claim(), address="192.0.2.7", at=now()
    )
    said = Said(text="", number="number-0003", email="leo@customer.example", files=(svg, page))
    message = say(session_id=session.pk, said=said, at=now() + timedelta(seconds=1))

    for file in Message.objects.get(pk=message.pk).attachments.all():
        for query in ("", "?shown=1"):
            given = ada.get(f"/inbox/files/{file.pk}/{query}")
            assert given["Content-Type"] == "application/octet-stream"
            assert given["Content-Disposition"].startswith("attachment")
            assert given["X-Content-Type-Options"] == "nosniff"
            assert "sandbox" in given["Content-Security-Policy"]
