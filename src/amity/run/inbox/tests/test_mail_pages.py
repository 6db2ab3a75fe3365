import secrets
import socket

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from lxml import html as parser

from amity.base.time import now
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import enqueue_mail
from amity.run.inbox.models import Channel, Conversation, Message, QuarantinedMail
from amity.run.inbox.operations.mail.fetching import secret_of
from amity.run.inbox.operations.mail.intake import ingest
from amity.run.inbox.rules.mail.boxes import mailbox_of
from amity.run.inbox.tests import hostile_mail
from amity.run.inbox.tests.conftest import AT
from amity.run.inbox.tests.mails import mail

FIELDS = {
    "name": "Support",
    "address": "support@shop.example",
    "host": "imap.shop.example",
    "port": "993",
    "security": "tls",
    "login": "password",
    "user": "support",
    "folder": "INBOX",
    "is_active": "on",
}


def _quarantined() -> QuarantinedMail:
    ingest(hostile_mail.HEAD + b"X-A: b\r\n" * 3_000, at=AT)
    row = QuarantinedMail.objects.order_by("-pk").first()
    assert row is not None
    return row


def _doubted(number: int = 1) -> OutboxMessage:
    row, _new = enqueue_mail(
        key=f"inbox:message:{number}", to="mia@x.example", subject="s", text="t", at=now()
    )
    row.status, row.error = "in_doubt", "It broke."
    row.save()
    return row


@pytest.mark.parametrize("path", ["/inbox/mailboxes/", "/inbox/quarantine/", "/inbox/doubt/"])
def test_pages_of_mail_are_for_those_who_answer(
    mailbox: Channel, path: str, ada_client: Client, ben_client: Client, cleo_client: Client
) -> None:
    _quarantined()
    _doubted()

    assert ada_client.get(path).status_code == 200
    assert ben_client.get(path).status_code == 403
    assert cleo_client.get(path).status_code == 403


def test_mail_in_quarantine_is_shown_as_text_and_saved_as_it_came(
    mailbox: Channel, ada_client: Client, ben_client: Client
) -> None:
    row = _quarantined()

    page = ada_client.get(f"/inbox/quarantine/{row.pk}/")
    raw = ada_client.get(f"/inbox/quarantine/{row.pk}/raw/")

    assert page.status_code == 200
    assert "more than 2000 lines of headers" in page.text
    assert raw.content == bytes(row.raw)
    assert raw["Content-Disposition"].startswith("attachment")
    assert "sandbox" in raw["Content-Security-Policy"]
    assert ben_client.get(f"/inbox/quarantine/{row.pk}/raw/").status_code == 403
    assert ben_client.post(f"/inbox/quarantine/{row.pk}/deletion/").status_code == 403
    assert QuarantinedMail.objects.filter(pk=row.pk).exists()


def test_mail_is_let_in_or_deleted_from_its_page(mailbox: Channel, ada_client: Client) -> None:
    hostile = _quarantined()
    ingest(mail(sender="help@shop.example"), at=AT)
    own = QuarantinedMail.objects.get(sender="help@shop.example")

    kept = ada_client.post(f"/inbox/quarantine/{hostile.pk}/release/")
    let_in = ada_client.post(f"/inbox/quarantine/{own.pk}/release/")
    deleted = ada_client.post(f"/inbox/quarantine/{hostile.pk}/deletion/")

    assert kept["Location"] == f"/inbox/quarantine/{hostile.pk}/"
    assert let_in["Location"] == f"/inbox/{Conversation.objects.get().number}/"
    assert deleted["Location"] == "/inbox/quarantine/"
    assert not QuarantinedMail.objects.filter(pk=hostile.pk).exists()


def test_mail_in_doubt_is_decided_by_a_person(ada_client: Client, ben_client: Client) -> None:
    again, arrived = _doubted(1), _doubted(2)

    assert ben_client.post(f"/inbox/doubt/{again.pk}/decision/").status_code == 403
    ada_client.post(f"/inbox/doubt/{again.pk}/decision/", {"decision": "send"})
    ada_client.post(f"/inbox/doubt/{arrived.pk}/decision/", {"decision": "arrived"})

    states = dict(OutboxMessage.objects.values_list("pk", "status"))
    assert states == {again.pk: "waiting", arrived.pk: "sent"}


@pytest.mark.parametrize("path", ["/inbox/quarantine/", "/inbox/doubt/", "/inbox/mailboxes/"])
def test_lists_ask_the_database_as_often_for_three_rows(path: str, ada_client: Client) -> None:
    def fill(number: int) -> None:
        _doubted(number)
        ingest(b"%d" % number, at=AT)
        Channel.objects.create(
            key=f"k{number}", name="x", kind="mail", address=f"x{number}@y.example", created_at=AT
        )

    fill(1)
    ada_client.get(path)
    with CaptureQueriesContext(connection) as one:
        ada_client.get(path)
    fill(2)
    fill(3)
    with CaptureQueriesContext(connection) as three:
        ada_client.get(path)

    assert len(one) == len(three)


def test_mailbox_is_set_up_and_its_password_is_sealed(ada_client: Client) -> None:
    password = secrets.token_hex(8)

    done = ada_client.post("/inbox/mailboxes/new/", FIELDS | {"password": password})

    channel = Channel.objects.get(address="support@shop.example")
    assert done["Location"] == "/inbox/mailboxes/"
    assert password not in str(channel.settings)
    assert secret_of(mailbox_of(channel.settings)) == password
    page = ada_client.get(f"/inbox/mailboxes/{channel.pk}/")
    assert password not in page.text
    assert channel.settings["secret"] not in page.text
    ada_client.post(f"/inbox/mailboxes/{channel.pk}/", FIELDS | {"name": "Help", "password": ""})
    channel.refresh_from_db()
    assert channel.name == "Help"
    assert secret_of(mailbox_of(channel.settings)) == password


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"security": "none", "password": "x"}, "Without encryption"),
        ({"host": "a b", "password": "x"}, "host name"),
        ({"variable": "lower", "password": ""}, "capital letters"),
        ({"password": ""}, "needs a password"),
        ({"address": "help@shop.example", "password": "x"}, "another mailbox"),
        ({"from_name": "a\r\nBcc: b@c.d", "password": "x"}, ""),
    ],
)
def test_mailbox_that_cannot_be_is_refused(
    mailbox: Channel, ada_client: Client, changed: dict[str, str], words: str
) -> None:
    refused = ada_client.post("/inbox/mailboxes/new/", FIELDS | changed)

    assert refused.status_code == 422 or "\n" in changed.get("from_name", "")
    assert words in refused.text
    assert Channel.objects.filter(kind="mail").count() == 1 or "from_name" in changed


def test_only_those_who_manage_set_mailboxes_up(mailbox: Channel, ben_client: Client) -> None:
    assert ben_client.get("/inbox/mailboxes/new/").status_code == 403
    assert ben_client.post(f"/inbox/mailboxes/{mailbox.pk}/", FIELDS).status_code == 403
    assert ben_client.post(f"/inbox/mailboxes/{mailbox.pk}/probe/").status_code == 403
    mailbox.refresh_from_db()
    assert mailbox.name == "Help"


def test_probe_connects_to_nothing_private(mailbox: Channel, ada_client: Client) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        mailbox.settings = {"host": "localhost", "port": port, "user": "u", "secret": "env:HOME"}
        mailbox.save()

        ada_client.post(f"/inbox/mailboxes/{mailbox.pk}/probe/")

        with pytest.raises(TimeoutError):
            listener.accept()
    mailbox.refresh_from_db()
    assert mailbox.error == (
        "The host localhost is not on the public internet. If it should be fetched, "
        f"add localhost:{port} to AMITY_OUTBOUND_ALLOW."
    )


@pytest.mark.parametrize("payload", hostile_mail.PAYLOADS)
def test_conversation_page_runs_nothing_of_a_stranger(
    mailbox: Channel, ada_client: Client, payload: str
) -> None:
    taken = ingest(hostile_mail.with_markup(payload), at=AT)
    assert taken.message is not None

    page = ada_client.get(f"/inbox/{taken.message.conversation.number}/?pictures=1")

    assert page.status_code == 200
    assert "unsafe-inline" not in page["Content-Security-Policy"]
    tree = parser.document_fromstring(page.content)
    for node in tree.iter():
        if not isinstance(node.tag, str):
            continue
        assert not [name for name in node.attrib if name.startswith("on") or name == "style"]
        assert node.tag not in {"iframe", "object", "embed", "base", "style"}
        if node.tag == "script":
            assert node.get("src", "").startswith(("/static/", "/assets/")) or node.get("type")
        for name in ("href", "src", "action", "formaction"):
            address = node.get(name, "").strip().lower()
            assert not address.startswith(("javascript:", "data:text", "vbscript:"))
            assert "evil.example" not in address


def test_pictures_come_from_our_files_and_from_elsewhere_only_when_asked(
    mailbox: Channel, ada_client: Client
) -> None:
    png = b"\x89PNG\r\n\x1a\n123"
    raw = (
        mail().partition(b"Content-Type")[0]
        + b"Content-Type: multipart/related; boundary=b\r\n\r\n--b\r\n"
        b"Content-Type: text/html\r\n\r\n"
        b"<p>Look</p><img src='cid:p1'><img src='http://127.0.0.1:9/t.gif'>\r\n--b\r\n"
        b"Content-Type: image/png; name=p.png\r\nContent-ID: <p1>\r\n\r\n" + png + b"\r\n--b--\r\n"
    )
    message = ingest(raw, at=AT).message
    assert message is not None
    address = f"/inbox/{message.conversation.number}/"
    file = message.attachments.get()

    plain, asked = ada_client.get(address).text, ada_client.get(address + "?pictures=1").text

    assert f'src="/inbox/files/{file.pk}/?shown=1"' in plain
    assert "127.0.0.1:9" not in plain
    assert f"/inbox/messages/{message.pk}/pictures/0/" not in plain
    assert f'src="/inbox/messages/{message.pk}/pictures/0/"' in asked
    assert ada_client.get(f"/inbox/messages/{message.pk}/pictures/0/").status_code == 404
    assert ada_client.get(f"/inbox/messages/{message.pk}/pictures/7/").status_code == 404


def test_html_is_not_needed_to_read_a_mail(mailbox: Channel, ada_client: Client) -> None:
    ingest(mail("a < b & c"), at=AT)
    message = Message.objects.get()

    assert "a &lt; b &amp; c" in ada_client.get(f"/inbox/{message.conversation.number}/").text
