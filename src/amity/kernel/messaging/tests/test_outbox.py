import socketserver
import threading
from collections.abc import Iterator
from datetime import timedelta
from typing import Any, ClassVar

import pytest
from pytest_django import Settings

from amity.base.time import now
from amity.kernel.access.models import Company
from amity.kernel.access.rules import SYSTEM
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.messaging.models import OutboxFile, OutboxMessage
from amity.kernel.messaging.outbox import (
    OutgoingFile,
    _claim,
    doubt_abandoned,
    enqueue_mail,
    outbox_counts,
    resolve_doubt,
)
from amity.kernel.messaging.rules import MailError

pytestmark = pytest.mark.django_db


class Sink(socketserver.StreamRequestHandler):
    """A mail server that does as it is told."""

    accepted: ClassVar[list[str]] = []
    envelope: ClassVar[list[str]] = []
    recipient_code: ClassVar[str] = "250"
    cut_after_data: ClassVar[bool] = False

    def handle(self) -> None:
        self._say("220 sink")
        while line := self.rfile.readline().decode().strip():
            verb = line.split(" ")[0].upper()
            if verb == "DATA":
                self._say("354 go on")
                if not self._data():
                    return
            elif verb == "RCPT":
                Sink.envelope.append(line.partition("<")[2].partition(">")[0])
                code = "550" if "gone@" in line else Sink.recipient_code
                self._say(f"{code} as told")
            elif verb == "QUIT":
                self._say("221 bye")
                return
            else:
                self._say("250 ok")

    def _data(self) -> bool:
        lines: list[str] = []
        while (line := self.rfile.readline().decode()) not in (".\r\n", ""):
            lines.append(line)
        Sink.accepted.append("".join(lines))
        if Sink.cut_after_data:
            return False
        self._say("250 taken")
        return True

    def _say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())


@pytest.fixture
def sink(settings: Settings) -> Iterator[type[Sink]]:
    Sink.accepted.clear()
    Sink.envelope.clear()
    Sink.recipient_code, Sink.cut_after_data = "250", False
    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Sink)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.server_address[1]
    settings.EMAIL_USE_TLS = False
    yield Sink
    server.shutdown()
    server.server_close()
    thread.join()


def mail(key: str = "welcome:1", **fields: str) -> OutboxMessage:
    values = {"to": "ada@example.org", "subject": "Hello", "text": "Dear Ada"} | fields
    return enqueue_mail(key=key, at=now(), **values)[0]  # type: ignore[arg-type]  # a test's shorthand


def status(message: OutboxMessage) -> str:
    message.refresh_from_db()
    return message.status


def test_mail_leaves_once_whoever_asks(sink: type[Sink]) -> None:
    message, again = mail(), mail(text="other words")

    run_until_idle()
    run_until_idle()

    assert message == again
    assert status(message) == "sent"
    assert len(sink.accepted) == 1
    assert message.message_id in sink.accepted[0]


def test_html_goes_beside_the_text(sink: type[Sink]) -> None:
    mail(html="<p>Dear Ada</p>")

    run_until_idle()

    assert "text/html" in sink.accepted[0]
    assert "Dear Ada" in sink.accepted[0]


@pytest.mark.parametrize(("code", "left"), [("550", "failed"), ("450", "waiting")])
def test_refused_recipient_fails_or_is_tried_later(sink: type[Sink], code: str, left: str) -> None:
    sink.recipient_code = code
    message = mail()

    run_until_idle()

    assert status(message) == left
    assert code in message.error
    assert sink.accepted == []
    assert (message.send_after > now()) is (left == "waiting")


def test_mail_waits_while_the_server_is_away(sink: type[Sink], settings: Settings) -> None:
    settings.EMAIL_PORT = 1
    message = mail()

    run_until_idle()

    assert status(message) == "waiting"


def test_mail_that_may_have_arrived_is_in_doubt_and_a_person_decides(sink: type[Sink]) -> None:
    sink.cut_after_data = True
    message = mail()
    run_until_idle()
    assert status(message) == "in_doubt"
    run_until_idle()
    assert len(sink.accepted) == 1

    sink.cut_after_data = False
    resolve_doubt(message.pk, resend=True, actor=SYSTEM, at=now())
    run_until_idle()

    assert status(message) == "sent"
    first, second = sink.accepted
    assert message.message_id in first
    assert message.message_id in second


def test_mail_of_a_dead_worker_is_in_doubt_not_sent_again(sink: type[Sink]) -> None:
    message = mail()
    claimed = _claim(worker="dead", at=now())

    assert claimed == message
    assert _claim(worker="other", at=now()) is None
    assert doubt_abandoned(at=now()) == 0
    assert doubt_abandoned(at=now() + timedelta(minutes=6)) == 1
    run_until_idle()
    assert status(message) == "in_doubt"
    assert sink.accepted == []


def test_nothing_leaves_a_quiet_house_or_one_without_a_mail_server(
    sink: type[Sink], settings: Settings
) -> None:
    Company.objects.create(name="Copy", is_quiet=True)
    message = mail()
    run_until_idle()
    assert status(message) == "waiting"

    Company.objects.update(is_quiet=False)
    settings.EMAIL_HOST = ""
    mail("welcome:2")
    run_until_idle()

    assert sink.accepted == []
    assert outbox_counts().waiting == 2
    assert set(Job.objects.values_list("status", flat=True)) == {"done"}


@pytest.mark.parametrize(
    "wrong",
    [
        {"to": "nobody"},
        {"to": "a@b.co\nBcc: c@d.co"},
        {"subject": "Hi\nBcc: c@d.co"},
        {"subject": "x" * 301},
        {"text": "\x00"},
    ],
)
def test_mail_that_smuggles_headers_is_refused(wrong: dict[str, str]) -> None:
    from amity.base.results import AmityError

    with pytest.raises(AmityError):
        mail(**wrong)
    assert not OutboxMessage.objects.exists()


@pytest.mark.parametrize("name", ["To", "Bcc", "Message-ID", "X y", "X:"])
def test_reserved_header_is_refused(name: str) -> None:
    with pytest.raises(MailError):
        enqueue_mail(key="k", to="a@b.co", subject="s", text="t", at=now(), headers={name: "x"})


def test_mail_has_its_sender_copies_and_files(sink: type[Sink]) -> None:
    message, _new = enqueue_mail(
        key="answer:1",
        to=["kim@example.org", "lee@example.org"],
        cc=["bo@example.org", "kim@example.org"],
        sender=("Help, Inc.", "help@example.com"),
        subject="Your order",
        text="See the file.",
        html="<p>See the file.</p>",
        headers={"Reply-To": "help+c1-x@example.com", "In-Reply-To": "<1@example.org>"},
        files=[
            OutgoingFile("../invoice.pdf", "application/pdf", b"PDF"),
            OutgoingFile("mail.eml", "message/rfc822", b"Subject: x"),
        ],
        at=now(),
    )

    run_until_idle()

    (sent,) = sink.accepted
    assert sink.envelope == ["kim@example.org", "lee@example.org", "bo@example.org"]
    assert 'From: "Help, Inc." <help@example.com>' in sent
    assert "To: kim@example.org, lee@example.org" in sent
    assert "Cc: bo@example.org" in sent
    assert "Reply-To: help+c1-x@example.com" in sent
    assert "In-Reply-To: <1@example.org>" in sent
    assert f"Message-ID: {message.message_id}" in sent
    assert message.message_id.endswith("@example.com>")
    assert 'filename="invoice.pdf"' in sent
    assert "message/rfc822" not in sent
    assert not OutboxFile.objects.exists()


def test_recipient_that_is_refused_beside_others_is_said(sink: type[Sink]) -> None:
    enqueue_mail(
        key="x", to=["kim@example.org", "gone@example.org"], subject="s", text="t", at=now()
    )

    run_until_idle()

    message = OutboxMessage.objects.get()
    assert message.status == OutboxMessage.Status.SENT
    assert message.error == "gone@example.org was refused: 550 as told"


@pytest.mark.parametrize(
    "given",
    [
        {"to": []},
        {"to": ["kim@example.org\r\nBcc: all@example.org"]},
        {"to": "kim@example.org", "cc": ["x\n@example.org"]},
        {"to": "kim@example.org", "sender": ("Help\r\nBcc: a@b.c", "help@example.com")},
        {"to": "kim@example.org", "sender": ("Help", "help@example.com\nBcc: a@b.c")},
        {"to": "kim@example.org", "subject": "a\nBcc: a@b.c"},
        {"to": "kim@example.org", "headers": {"X-A": "b\r\nBcc: a@b.c"}},
        {"to": "kim@example.org", "headers": {"Bcc": "a@b.c"}},
        {"to": [f"p{n}@example.org" for n in range(101)]},
    ],
)
def test_headers_cannot_be_smuggled_in(given: dict[str, Any]) -> None:
    with pytest.raises(MailError):
        enqueue_mail(**{"key": "x", "subject": "s", "text": "t", "at": now(), **given})

    assert not OutboxMessage.objects.exists()
