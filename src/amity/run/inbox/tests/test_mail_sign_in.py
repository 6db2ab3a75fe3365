"""Encryption and OAuth against a real IMAP server with an authority of the test's own."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from pytest_django import Settings

from amity.base.time import now
from amity.kernel.messaging.sealing import seal, unseal
from amity.run.inbox.models import Channel, Message
from amity.run.inbox.operations.mail.fetching import fetch_mailbox, try_mailbox
from amity.run.inbox.rules.mail.boxes import MailboxError, mailbox_of
from amity.run.inbox.tests.mails import mail
from amity.testing.mail_servers import (
    PASSWORD,
    SecureImap,
    access_token,
    missing_imap,
    secure_imap,
)
from amity.testing.token_servers import TokenServer, token_server

pytestmark = pytest.mark.skipif(bool(missing_imap()), reason=missing_imap() or "here")
USER = "help@shop.example"
HOUR = 3600


@pytest.fixture(scope="module")
def imap() -> Iterator[SecureImap]:
    with secure_imap(mechanisms="plain xoauth2") as started:
        yield started


@pytest.fixture(scope="module")
def bearer_imap() -> Iterator[SecureImap]:
    with secure_imap(mechanisms="plain oauthbearer") as started:
        yield started


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server() as started:
        yield started


@pytest.fixture
def token_box(
    box: Channel,
    imap: SecureImap,
    tokens: TokenServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Channel:
    """A mailbox that signs in by OAuth, and whose authority is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(imap.authority))
    return with_oauth(box, tokens, settings)


@contextmanager
def trusting(monkeypatch: pytest.MonkeyPatch, authority: Path) -> Iterator[None]:
    """The operator named this authority, and no other is trusted."""
    with monkeypatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(authority))
        yield


@pytest.fixture
def box(mailbox: Channel, imap: SecureImap, settings: Settings) -> Channel:
    """A mailbox by TLS, whose server has a certificate of its own authority."""
    return set_up(mailbox, imap, settings)


def set_up(channel: Channel, server: SecureImap, settings: Settings) -> Channel:
    ports = (server.plain_port, server.tls_port)
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{port}" for port in ports]
    channel.settings = {
        "host": "127.0.0.1",
        "port": server.tls_port,
        "security": "tls",
        "user": USER,
        "secret": seal(PASSWORD),
    }
    channel.save()
    return channel


def with_oauth(channel: Channel, tokens: TokenServer, settings: Settings) -> Channel:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, f"127.0.0.1:{tokens.port}"]
    channel.settings |= {
        "login": "xoauth2",
        "secret": seal(f"refresh-{tokens.port}"),
        "token_url": tokens.url,
        "client_id": "amity",
        "client_secret": seal("client canary"),
        "scope": "mail offline",
    }
    channel.save()
    return channel


def given(user: str = USER, *, lasts: int = HOUR, **more: object) -> tuple[int, dict[str, object]]:
    token = access_token(user, until=time.time() + lasts)
    return 200, {"access_token": token, "token_type": "Bearer", "expires_in": HOUR, **more}


def count(channel: Channel) -> int:
    return try_mailbox(mailbox_of(channel.settings), at=now(), channel_id=channel.pk)


def test_tls_from_the_beginning_and_starttls_reach_the_mailbox(
    box: Channel, imap: SecureImap, monkeypatch: pytest.MonkeyPatch
) -> None:
    with trusting(monkeypatch, imap.authority):
        assert count(box) == 0
        box.settings |= {"security": "starttls", "port": imap.plain_port}
        assert count(box) == 0


@pytest.mark.parametrize("security", ["tls", "starttls"])
def test_certificate_of_an_unknown_authority_is_refused_in_words(
    box: Channel, imap: SecureImap, monkeypatch: pytest.MonkeyPatch, security: str
) -> None:
    port = imap.tls_port if security == "tls" else imap.plain_port
    box.settings |= {"security": security, "port": port}

    with (
        trusting(monkeypatch, imap.other_authority),
        pytest.raises(MailboxError, match=r"certificate of 127.0.0.1 is not trusted: .*authority"),
    ):
        count(box)


def test_certificate_for_another_name_is_refused_in_words(
    box: Channel, imap: SecureImap, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.OUTBOUND_ALLOW = [f"localhost:{imap.tls_port}"]
    box.settings |= {"host": "localhost"}

    with (
        trusting(monkeypatch, imap.authority),
        pytest.raises(MailboxError, match="certificate of localhost is not trusted: Hostname"),
    ):
        count(box)


def test_server_without_encryption_is_refused_where_it_is_demanded(
    mailbox: Channel, settings: Settings
) -> None:
    with secure_imap(has_tls=False) as server:
        box = set_up(mailbox, server, settings)
        box.settings |= {"port": server.plain_port}
        with pytest.raises(MailboxError, match="does not speak TLS on port"):
            count(box)
        box.settings |= {"security": "starttls"}
        with pytest.raises(MailboxError, match="offers no encryption"):
            count(box)
        box.settings |= {"security": "none"}
        assert count(box) == 0


@pytest.mark.parametrize("way", ["imap", "bearer_imap"])
def test_mailbox_is_opened_by_a_token_that_was_asked_for(
    way: str, token_box: Channel, tokens: TokenServer, request: pytest.FixtureRequest
) -> None:
    server: SecureImap = request.getfixturevalue(way)
    settings: Settings = request.getfixturevalue("settings")
    request.getfixturevalue("monkeypatch").setenv("SSL_CERT_FILE", str(server.authority))
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, f"127.0.0.1:{server.tls_port}"]
    token_box.settings |= {"port": server.tls_port}
    tokens.answers = [given()]

    first, second = count(token_box), count(token_box)

    assert (first, second) == (0, 0)
    assert tokens.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": f"refresh-{tokens.port}",
            "client_id": "amity",
            "client_secret": "client canary",
            "scope": "mail offline",
        }
    ]


def test_token_that_ended_is_renewed_and_a_new_refresh_token_kept(
    token_box: Channel, tokens: TokenServer
) -> None:
    tokens.answers = [given(lasts=-10), given(refresh_token="the next one"), given()]

    first = fetch_mailbox(token_box, clock=now)
    token_box.refresh_from_db()
    again = fetch_mailbox(token_box, clock=now)

    token_box.refresh_from_db()
    assert (first["error"], again["error"]) == ("", "")
    assert unseal(token_box.settings["secret"]) == "the next one"
    asked = [one["refresh_token"] for one in tokens.asked]
    assert asked == [f"refresh-{tokens.port}"] * 2 + ["the next one"]


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        (
            [(400, {"error": "invalid_grant", "error_description": "Token was revoked."})],
            "the sign-in has ended (Token was revoked). Sign in there again and enter",
        ),
        (
            [(401, {"error": "invalid_client"})],
            "127.0.0.1 gives no token: invalid_client. Check client id and secret.",
        ),
        ([(502, b"<html>")], "127.0.0.1 gives no token: it answered 502, and not in JSON."),
        (
            [given("eve@shop.example"), given("eve@shop.example")],
            "127.0.0.1 does not let help@shop.example in. Check user name and token.",
        ),
    ],
)
def test_what_was_refused_stands_on_the_page_of_mailboxes(
    token_box: Channel,
    tokens: TokenServer,
    ada_client: Client,
    answers: list[tuple[int, Any]],
    words: str,
) -> None:
    tokens.answers = list(answers)

    done = fetch_mailbox(token_box, clock=now)

    assert words in str(done["error"])
    page = ada_client.get("/inbox/mailboxes/").content.decode()
    assert words in page
    assert "client canary" not in page
    assert not Message.objects.exists()


def test_oauth_is_set_up_on_the_page_and_its_secrets_are_never_shown(
    ada_client: Client, settings: Settings
) -> None:
    fields = {
        "name": "Help",
        "address": USER,
        "host": "outlook.office365.com",
        "port": "993",
        "security": "tls",
        "login": "xoauth2",
        "user": USER,
        "password": "refresh canary",
        "token_url": "https://login.microsoftonline.com/common/oauth2/v2.0/token",
        "client_id": "amity",
        "client_secret": "client canary",
        "scope": "offline_access  https://outlook.office.com/IMAP.AccessAsUser.All",
        "is_active": "on",
    }

    assert ada_client.post("/inbox/mailboxes/new/", fields).status_code == 302
    channel = Channel.objects.get()
    path = f"/inbox/mailboxes/{channel.pk}/"
    page = ada_client.get(path).content.decode()
    kept = fields | {"password": "", "client_secret": "", "client_id": "other"}
    assert ada_client.post(path, kept).status_code == 302
    refused = ada_client.post(path, kept | {"token_url": "http://login.example/token"})

    channel.refresh_from_db()
    assert unseal(channel.settings["secret"]) == "refresh canary"
    assert unseal(channel.settings["client_secret"]) == "client canary"
    assert channel.settings["client_id"] == "other"
    assert channel.settings["scope"] == (
        "offline_access https://outlook.office.com/IMAP.AccessAsUser.All"
    )
    assert "login.microsoftonline.com" in page
    assert "canary" not in page
    assert channel.settings["secret"] not in page
    assert refused.status_code == 422
    assert "begins with https://" in refused.content.decode()


def test_mails_come_over_tls_with_a_token(
    token_box: Channel, imap: SecureImap, tokens: TokenServer
) -> None:
    tokens.answers = [given("put@shop.example")]
    token_box.settings |= {"user": "put@shop.example"}
    imap.put("put@shop.example", [mail(f"m{number}", number=f"{number}@c") for number in range(12)])

    done = fetch_mailbox(token_box, clock=now)

    assert (done["stored"], done["error"]) == (12, "")
    assert Message.objects.count() == 12
