from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from amity.base.time import now
from amity.kernel.access.models import Team, User
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.run.inbox.cards import waiting_for
from amity.run.inbox.models import (
    CannedReply,
    Channel,
    Conversation,
    Draft,
    Macro,
    Message,
    Presence,
)
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.operations import delivery
from amity.run.inbox.rules.incoming import IncomingFile

from .conftest import AT, Write

PNG = b"\x89PNG\r\n\x1a\n" + b"0" * 20


@pytest.fixture
def conversation(write: Write) -> Conversation:
    return write("Where is my order 1234?").conversation


def test_ada_and_ben_see_the_inbox_and_cleo_does_not(
    conversation: Conversation, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    for address in ("/inbox/", f"/inbox/{conversation.number}/"):
        assert ada_client.get(address).status_code == 200
        assert ben_client.get(address).status_code == 200
        assert cleo_client.get(address).status_code == 403


@pytest.mark.parametrize(
    "noun",
    ["messages", "presence", "leaving", "assignee", "closure", "snooze", "tags", "merge", "split"],
)
def test_ben_and_cleo_change_nothing(
    conversation: Conversation, ben_client: Client, cleo_client: Client, noun: str
) -> None:
    for client in (ben_client, cleo_client):
        answer = client.post(f"/inbox/{conversation.number}/{noun}/", {"text": "x", "me": "1"})
        assert answer.status_code == 403
    assert Conversation.objects.get(pk=conversation.pk).version == conversation.version
    for address in ("/inbox/new/", "/inbox/log/"):
        assert ben_client.get(address).status_code == 403


def test_who_called_is_called_back_by_a_press(
    write: Write, phone: Channel, ada_client: Client
) -> None:
    called = write(channel=phone, sender_address="+43 660 123 4567", sender_name="Mia Wong")

    page = ada_client.get(f"/inbox/{called.conversation.number}/").content.decode()

    link = '<a dir="ltr" href="tel:+436601234567">'
    assert page.count(link) == 2  # of the customer and of who takes part


def test_an_empty_inbox_says_what_will_be_there(ada_client: Client) -> None:
    assert "Nobody is waiting" in ada_client.get("/inbox/").content.decode()


@pytest.mark.parametrize(
    "view",
    "queue mine unassigned team told snoozed waiting closed spam all".split(),
)
def test_every_view_has_its_page(ada_client: Client, view: str) -> None:
    assert ada_client.get("/inbox/", {"view": view}).status_code == 200


def _statements(client: Client, address: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(address).status_code == 200
    return len(captured)


def test_pages_ask_the_same_whether_one_or_three(
    write: Write, ann: Actor, ada_client: Client, ada: User
) -> None:
    def furnish(n: int) -> Conversation:
        received = write("Hello", sender_address=f"c{n}@customer.example", sender_name=f"C {n}")
        pk = received.conversation.pk
        do.add_tag(conversation_id=pk, tag="late", actor=ann, at=AT)
        do.assign(conversation_id=pk, user_id=ada.pk, actor=ann, at=AT)
        return received.conversation

    first = furnish(1)
    addresses = ("/inbox/", f"/inbox/{first.number}/", "/inbox/?q=hello&view=all")
    for address in addresses:  # what is kept between requests is kept now
        ada_client.get(address)
    before = [_statements(ada_client, address) for address in addresses]
    furnish(2)
    furnish(3)
    for n in range(3):
        write("More", conversation_id=first.pk, attachments=(IncomingFile("a", "b/c", b"%d" % n),))
        do.add_note(conversation_id=first.pk, actor=ann, text="Hm", at=AT)

    assert [_statements(ada_client, address) for address in addresses] == before
    limits = [14, 40, 18]
    assert [max(pair) for pair in zip(before, limits, strict=True)] == limits


def test_the_list_is_searched_by_words_names_and_numbers(
    write: Write, ada_client: Client, ann: Actor
) -> None:
    one = write("The zebrawood table wobbles", subject="Table").conversation
    two = write(
        "Nothing", subject="Invoice", sender_address="leo@x.example", sender_name="Leo Grün"
    ).conversation
    do.reply(
        conversation_id=one.pk, actor=ann, text="Tighten Müller's screws", at=AT, keep_open=True
    )

    for text, found in (
        ("zebraw", one),
        ("wobbles TABLE zebrawood", one),
        ("screws", one),
        ("muller", one),
        ("invoice", two),
        ("leo gru", two),
        (f"#{two.number}", two),
    ):
        html = ada_client.get("/inbox/", {"q": text, "view": "all"}).content.decode()
        other = two if found == one else one
        assert f"/inbox/{found.number}/" in html, text
        assert f"/inbox/{other.number}/" not in html, text
    for nothing in ("nowhere", "'\"*:&|!()", "%", ""):
        answer = ada_client.get("/inbox/", {"q": nothing, "view": "all"})
        assert answer.status_code == 200


def test_filters_read_as_a_sentence_and_can_be_taken_off(
    conversation: Conversation, ann: Actor, ada_client: Client
) -> None:
    do.add_tag(conversation_id=conversation.pk, tag="late", actor=ann, at=AT)

    html = ada_client.get(
        "/inbox/", {"tag": "late", "type": "personal_assistance"}
    ).content.decode()

    assert "tagged late" in html
    assert "promised personal assistance" in html
    assert "My order" in html
    assert "Nothing matches" in ada_client.get("/inbox/", {"tag": "x"}).content.decode()


def test_a_view_is_saved_shown_and_removed(conversation: Conversation, ada_client: Client) -> None:
    ada_client.post("/inbox/views/", {"list": "view=waiting&tag=late", "name": "Late ones"})

    html = ada_client.get("/inbox/").content.decode()

    assert "Late ones" in html
    assert "/inbox/?tag=late&amp;view=waiting" in html
    pk = html.split("/inbox/views/")[2].split("/")[0]
    ada_client.post(f"/inbox/views/{pk}/deletion/")
    assert "Late ones" not in ada_client.get("/inbox/?view=all").content.decode().replace(
        "View “Late ones” removed", ""
    )


def test_many_are_closed_at_once_and_taken_back(write: Write, ada_client: Client) -> None:
    rows = [write().conversation for _ in range(2)]

    answer = ada_client.post("/inbox/bulk/", {"ids": [row.pk for row in rows], "act": "close"})
    html = ada_client.get(answer["Location"]).content.decode()

    assert "2 conversations changed" in html
    assert set(Conversation.objects.values_list("status", flat=True)) == {"closed"}
    undo = html.split('action="/inbox/bulk/')[1].split('"')[0]
    ada_client.post(f"/inbox/bulk/{undo}")
    assert set(Conversation.objects.values_list("status", flat=True)) == {"open"}


def test_all_that_match_can_be_meant(write: Write, ada_client: Client) -> None:
    for _ in range(3):
        write()

    ada_client.post("/inbox/bulk/", {"everything": "1", "act": "take", "list": "view=unassigned"})

    assert Conversation.objects.filter(assignee__email="ada@example.org").count() == 3


@pytest.mark.parametrize(
    ("noun", "given", "changed"),
    [
        ("closure", {"outcome": "could_not_help"}, {"status": "closed"}),
        ("closure", {"outcome": "resolved", "reason": "Found"}, {"outcome_reason": "Found"}),
        ("waiting", {}, {"status": "waiting"}),
        ("snooze", {"until": "24"}, {"status": "snoozed"}),
        ("snooze", {"day": "2046-01-01T10:00"}, {"status": "snoozed"}),
        ("priority", {"priority": "4"}, {"priority": 4}),
        ("spam", {}, {"is_spam": True}),
        ("subject", {"subject": "Late"}, {"subject": "Late"}),
        ("minutes", {"minutes": "2,5", "what": "Looked"}, {"staff_seconds": 150}),
    ],
)
def test_what_is_posted_to_a_noun_is_done(
    conversation: Conversation,
    ada_client: Client,
    noun: str,
    given: dict[str, str],
    changed: dict[str, object],
) -> None:
    answer = ada_client.post(f"/inbox/{conversation.number}/{noun}/", given)

    assert answer.status_code == 302
    conversation.refresh_from_db()
    assert {name: getattr(conversation, name) for name in changed} == changed


def test_it_is_given_to_people_and_teams_and_tagged(
    conversation: Conversation, ada_client: Client, ada: User, bob: User
) -> None:
    team = Team.objects.create(key="returns", name="Returns")
    path = f"/inbox/{conversation.number}"

    ada_client.post(f"{path}/assignee/", {"assignee_id": bob.pk})
    ada_client.post(f"{path}/team/", {"team_id": team.pk})
    ada_client.post(f"{path}/tags/", {"tag_name": "late, lost"})
    ada_client.post(f"{path}/tags/", {"tag_name": "lost", "off": "1"})
    ada_client.post(f"{path}/following/", {})
    ada_client.post(f"{path}/participant/", {"address": "boss@firm.example"})

    conversation.refresh_from_db()
    assert (conversation.assignee, conversation.team) == (bob, team)
    assert [tag.name for tag in conversation.tags.all()] == ["late"]
    assert conversation.followers.get().user == ada
    assert conversation.participants.filter(address="boss@firm.example").exists()
    html = ada_client.get(f"{path}/").content.decode()
    for words in ("Bob Ito", "late", "boss@firm.example", "Follow no more"):
        assert words in html


def test_a_mistake_is_told_and_nothing_changes(
    conversation: Conversation, ada_client: Client
) -> None:
    path = f"/inbox/{conversation.number}"
    for noun, given in (
        ("merge", {"other": "99999"}),
        ("merge", {"other": str(conversation.number)}),
        ("minutes", {"minutes": "many"}),
        ("snooze", {"until": "-4"}),
        ("split", {"message_id": "1"}),
    ):
        answer = ada_client.post(f"{path}/{noun}/", given)
        assert answer.status_code == 302
        assert "toast-bad" in ada_client.get(answer["Location"]).content.decode(), noun
    assert ada_client.post(f"{path}/nonsense/").status_code == 404
    conversation.refresh_from_db()
    assert conversation.version == 2


def test_an_answer_with_a_file_is_sent_and_taken_back(
    conversation: Conversation, ada_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(delivery.SENDERS, "mail", lambda _message, _at: None)
    given = {
        "kind": "reply",
        "text": "It left yesterday",
        "minutes": "1.5",
        "then": "close",
        "version": str(conversation.version),
        "files": SimpleUploadedFile("label.png", PNG, "image/png"),
    }

    answer = ada_client.post(f"/inbox/{conversation.number}/messages/", given)

    message = Message.objects.get(kind="reply")
    assert answer["Location"] == "/inbox/"  # it was the last of the list
    assert message.staff_seconds == 90
    assert message.attachments.get().name == "label.png"
    html = ada_client.get("/inbox/").content.decode()
    assert f'action="/inbox/messages/{message.pk}/undoing/"' in html
    back = ada_client.post(f"/inbox/messages/{message.pk}/undoing/")
    conversation.refresh_from_db()
    assert conversation.status == "open"
    assert "It left yesterday" in ada_client.get(back["Location"]).content.decode()


def test_an_answer_to_what_changed_meanwhile_is_kept_as_a_draft(
    conversation: Conversation, write: Write, ada_client: Client, ada: User
) -> None:
    seen = conversation.version
    write("Never mind", conversation_id=conversation.pk, at=AT + timedelta(hours=1))

    answer = ada_client.post(
        f"/inbox/{conversation.number}/messages/", {"text": "Dear Mia", "version": str(seen)}
    )

    html = ada_client.get(answer["Location"]).content.decode()
    assert "Changed by Mia Wong" in html
    assert Draft.objects.get(user=ada).text == "Dear Mia"
    assert "Dear Mia</textarea>" in html
    assert not Message.objects.filter(kind="reply").exists()


def test_a_note_is_left_and_looks_different(conversation: Conversation, ada_client: Client) -> None:
    ada_client.post(
        f"/inbox/{conversation.number}/messages/", {"kind": "note", "text": "A regular"}
    )

    html = ada_client.get(f"/inbox/{conversation.number}/").content.decode()

    assert 'class="inbox-message is-note"' in html
    assert "Note, colleagues only" in html


def test_who_else_is_here_and_what_changed_is_told(
    conversation: Conversation, ada_client: Client, ada: User, bob: User
) -> None:
    Presence.objects.create(conversation=conversation, user=bob, is_writing=True, seen_at=now())
    path = f"/inbox/{conversation.number}"

    answer = ada_client.post(
        f"{path}/presence/", {"version": "1", "text": "Dear", "kind": "reply", "seconds": "12"}
    )

    html = answer.content.decode()
    assert "Bob Ito is writing" in html
    assert "Something changed here meanwhile" in html
    assert Draft.objects.get(user=ada).seconds == 12
    assert ada_client.post(f"{path}/leaving/").status_code == 204
    assert not Presence.objects.filter(user=ada).exists()


def test_what_customers_wrote_is_shown_as_text(write: Write, ada_client: Client) -> None:
    number = write("<script>alert(1)</script> see https://x.example/?a=1&b=2").conversation.number

    html = ada_client.get(f"/inbox/{number}/").content.decode()

    assert "<script>alert" not in html
    assert 'href="https://x.example/?a=1&amp;b=2"' in html


def test_merging_splitting_and_taking_back_by_page(write: Write, ada_client: Client) -> None:
    one, two = write("First").conversation, write("Second").conversation
    path = f"/inbox/{one.number}"

    ada_client.post(f"{path}/merge/", {"other": f"#{two.number}"})
    assert ada_client.get(f"/inbox/{two.number}/")["Location"] == f"{path}/"
    html = ada_client.get(f"{path}/").content.decode()
    assert "was taken in" in html
    undo = html.split('action="/inbox/merges/')[1].split('"')[0]
    ada_client.post(f"/inbox/merges/{undo}")
    two.refresh_from_db()
    assert two.merged_into is None

    more = write("Also this", conversation_id=one.pk, at=AT + timedelta(hours=1)).message
    answer = ada_client.post(f"{path}/split/", {"message_id": more.pk, "from": "1"})
    new = Conversation.objects.get(split_from=one)
    assert answer["Location"] == f"/inbox/{new.number}/"
    ada_client.post(f"/inbox/{new.number}/splitting/undoing/")
    one.refresh_from_db()
    assert one.message_count == 2


def test_a_file_can_do_nothing_here(write: Write, ada_client: Client, cleo_client: Client) -> None:
    files = (
        IncomingFile("page.html", "text/html", b"<script>alert(1)</script>"),
        IncomingFile("picture.png", "image/png", PNG),
        IncomingFile("lie.png", "image/png", b"<svg onload=alert(1)>"),
    )
    page, picture, lie = write(attachments=files).message.attachments.order_by("pk")

    for row, shown in ((page, False), (picture, True), (lie, False)):
        answer = ada_client.get(f"/inbox/files/{row.pk}/?shown=1")
        assert answer["Content-Security-Policy"] == "sandbox; default-src 'none'"
        assert answer["X-Content-Type-Options"] == "nosniff"
        assert answer["Content-Disposition"].startswith("inline" if shown else "attachment")
        kind = "image/png" if shown else "application/octet-stream"
        assert answer["Content-Type"] == kind
    assert cleo_client.get(f"/inbox/files/{page.pk}/").status_code == 403
    assert ada_client.get("/inbox/files/9999/").status_code == 404


def test_a_call_is_logged_and_a_mail_begun_by_form(write: Write, ada_client: Client) -> None:
    customer = write().conversation.customer
    assert customer is not None
    found = ada_client.get("/inbox/customers/", {"who": "mia", "field": "customer"})
    assert f'name="customer" value="{customer.pk}"' in found.content.decode()
    ada_client.get("/inbox/log/")
    html = ada_client.get(f"/inbox/log/?customer={customer.pk}").content.decode()
    channel = html.split('<option value="')[1].split('"')[0]
    given = {"customer": customer.pk, "text": "Asked", "minutes": "4", "channel": channel}

    answer = ada_client.post("/inbox/log/", {**given, "is_solved": "on"})

    logged = Conversation.objects.latest("pk")
    assert answer["Location"] == f"/inbox/{logged.number}/"
    assert (logged.status, logged.staff_seconds) == ("closed", 240)
    assert ada_client.post("/inbox/log/", {"text": "Who?"}).status_code == 422

    html = ada_client.get(f"/inbox/new/?customer={customer.pk}").content.decode()
    channel = html.split('<option value="')[1].split('"')[0]
    given = {"customer": customer.pk, "subject": "News", "text": "Hello", "channel": channel}
    answer = ada_client.post("/inbox/new/", given)
    assert answer.status_code == 302
    assert Conversation.objects.latest("pk").status == "waiting"


def test_an_unknown_sender_can_be_given_a_customer(write: Write, ada_client: Client) -> None:
    conversation = write(sender_address="", sender_name="").conversation
    known = Customer.objects.create(name="Ida", name_folded="ida", created_at=AT, updated_at=AT)
    path = f"/inbox/{conversation.number}"
    assert "Whose matter is it?" in ada_client.get(f"{path}/").content.decode()

    ada_client.post(f"{path}/customer/", {"customer_id": known.pk})

    conversation.refresh_from_db()
    assert conversation.customer == known
    assert Client().get(f"{path}/")["Location"].startswith("/sign-in")


def test_the_next_of_the_list_is_one_key_away(write: Write, ada_client: Client) -> None:
    rows = [write(f"Mail {n}").conversation for n in range(3)]
    for n, row in enumerate(rows):
        Conversation.objects.filter(pk=row.pk).update(urgency=10 - n)

    html = ada_client.get(f"/inbox/{rows[1].number}/").content.decode()

    assert f'data-key="k" href="/inbox/{rows[0].number}/"' in html
    assert f'data-key="j" href="/inbox/{rows[2].number}/"' in html


def test_a_canned_reply_is_put_in_and_a_macro_is_done(
    conversation: Conversation, ada_client: Client, ada: User
) -> None:
    hello = CannedReply.objects.create(
        shortcut="hi", name="Hello", text="Dear {{ customer.name }},", updated_at=AT
    )
    tidy = Macro.objects.create(
        name="Tidy", actions=[{"do": "close", "outcome": "resolved"}], updated_at=AT
    )
    path = f"/inbox/{conversation.number}"
    html = ada_client.get(f"{path}/").content.decode()
    assert "/hi" in html

    filled = ada_client.post(
        f"{path}/canned/", {"reply_id": hello.pk}, headers={"accept": "text/plain"}
    )
    ada_client.post(f"{path}/canned/", {"reply_id": hello.pk, "text": "PS"})
    done = ada_client.post(f"{path}/macro/", {"macro_id": tidy.pk})

    assert filled.content.decode() == "Dear Mia Wong,"
    assert Draft.objects.get(user=ada).text == "PS\n\nDear Mia Wong,"
    assert done.status_code == 302
    conversation.refresh_from_db()
    assert conversation.status == "closed"


def test_the_customer_page_and_the_sidebar_tell_of_open_matters(
    conversation: Conversation, ann: Actor, ada: User, ada_client: Client
) -> None:
    do.assign(conversation_id=conversation.pk, user_id=ada.pk, actor=ann, at=AT)

    html = ada_client.get(f"/customers/{conversation.customer_id}").content.decode()

    assert "Open matters" in html
    assert f"/inbox/{conversation.number}/" in html
    assert waiting_for(ann) == 1
