"""Signing in to the house's mail server over STARTTLS, with a password or an access token."""

from collections.abc import Iterator
from typing import Any

import pytest
from pytest_django import Settings

from amity.base.time import now
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import enqueue_mail
from amity.testing.mail_servers import OPENSSL
from amity.testing.token_servers import SecureSmtp, TokenServer, secure_smtp, token_server

pytestmark = [
    pytest.mark.django_db,
    pytest.mark.skipif(not OPENSSL.exists(), reason=f"{OPENSSL} is not installed"),
]
USER = "help@shop.example"


@pytest.fixture
def tokens() -> Iterator[TokenServer]:
    with token_server() as started:
        yield started


@pytest.fixture(params=["XOAUTH2", "OAUTHBEARER"])
def server(
    request: pytest.FixtureRequest,
    tokens: TokenServer,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[SecureSmtp]:
    """A mail server that takes tokens, and a house that is set up for it."""
    with secure_smtp(request.param) as started:
        leave_by(started, settings, password=f"refresh-{tokens.port}")
        settings.SMTP_TOKEN_URL, settings.SMTP_CLIENT_ID = tokens.url, "amity"
        settings.SMTP_CLIENT_SECRET, settings.SMTP_SCOPE = "client canary", "send offline"
        settings.OUTBOUND_ALLOW = [f"127.0.0.1:{tokens.port}"]
        monkeypatch.setenv("SSL_CERT_FILE", str(started.authority))
        yield started


@pytest.fixture
def by_password(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Iterator[SecureSmtp]:
    """A mail server that takes passwords, and a house that knows one."""
    with secure_smtp("PLAIN") as started:
        started.good = {"secret canary"}
        leave_by(started, settings, password="secret canary")
        monkeypatch.setenv("SSL_CERT_FILE", str(started.authority))
        yield started


def leave_by(server: SecureSmtp, settings: Settings, *, password: str) -> None:
    settings.EMAIL_BACKEND = "amity.kernel.messaging.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
    settings.EMAIL_USE_TLS = True
    settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = USER, password


def send() -> OutboxMessage:
    message, _new = enqueue_mail(
        key=f"hello:{OutboxMessage.objects.count()}",
        to="mia@customer.example",
        subject="Hello",
        text="Hello",
        at=now(),
    )
    run_until_idle()
    message.refresh_from_db()
    return message


def granted(token: str) -> tuple[int, dict[str, object]]:
    return 200, {"access_token": token, "expires_in": 3600}


def test_mails_leave_with_a_token_that_is_asked_for_once(
    server: SecureSmtp, tokens: TokenServer
) -> None:
    tokens.answers, server.good = [granted("first")], {"first"}

    sent = [send().status, send().status]

    assert sent == ["sent", "sent"]
    assert [one.rcpt_tos for one in server.mails] == [["mia@customer.example"]] * 2
    assert tokens.asked == [
        {
            "grant_type": "refresh_token",
            "refresh_token": f"refresh-{tokens.port}",
            "client_id": "amity",
            "client_secret": "client canary",
            "scope": "send offline",
        }
    ]
    assert USER.encode() in server.said[0]


def test_a_token_that_is_refused_is_renewed_once(server: SecureSmtp, tokens: TokenServer) -> None:
    tokens.answers, server.good = [granted("ended"), granted("fresh")], {"fresh"}

    assert send().status == "sent"

    assert len(server.said) == len(tokens.asked) == 2


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ([granted("ended"), granted("no better")], f"does not let {USER} in"),
        ([(400, {"error": "invalid_grant"})], "the sign-in has ended"),
        ([(502, b"<html>")], "gives no token: it answered 502"),
    ],
)
def test_a_mail_waits_while_nobody_is_let_in(
    server: SecureSmtp, tokens: TokenServer, answers: list[tuple[int, Any]], words: str
) -> None:
    tokens.answers = list(answers)

    message = send()

    assert (message.status, message.attempts) == ("waiting", 1)
    assert words in message.error
    assert "canary" not in message.error
    assert server.mails == []


def test_mails_leave_by_starttls_with_a_password(by_password: SecureSmtp) -> None:
    assert send().status == "sent"

    assert by_password.said == [f"\0{USER}\0secret canary".encode()]
    assert len(by_password.mails) == 1


def test_a_server_of_an_unknown_authority_is_told_no_password(
    by_password: SecureSmtp, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", str(by_password.other_authority))

    message = send()

    assert (message.status, message.attempts) == ("waiting", 1)
    assert "certificate verify failed" in message.error
    assert by_password.said == []


def test_a_wrong_password_is_said_without_showing_it(by_password: SecureSmtp) -> None:
    by_password.good = {"another"}

    message = send()

    assert (message.status, by_password.mails) == ("waiting", [])
    assert f"does not let {USER} in" in message.error
    assert "canary" not in message.error
