"""Mails go out through a real SMTP server and come in from a real IMAP server."""

import os
import random
import signal
import time
import zlib
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pytest_django import Settings

from amity.base.time import now
from amity.kernel.access.rules import Actor
from amity.kernel.jobs.worker import run_until_idle
from amity.kernel.messaging.models import OutboxMessage
from amity.kernel.messaging.outbox import enqueue_mail
from amity.run.inbox.models import Channel, Conversation, MailFolder, Message, QuarantinedMail
from amity.run.inbox.operations.conversations import reply
from amity.run.inbox.operations.mail.fetching import fetch_mailbox, try_mailbox
from amity.run.inbox.rules.mail.boxes import MailboxError, mailbox_of
from amity.run.inbox.tests import hostile_mail
from amity.run.inbox.tests.mails import mail, parsed
from amity.testing.instances import Instance
from amity.testing.mail_servers import PASSWORD, MailServers, mail_servers, missing

pytestmark = pytest.mark.skipif(bool(missing()), reason=missing() or "here")
SMTP_BACKEND = "amity.kernel.messaging.smtp.EmailBackend"  # tests have Django's own for none
SESSION_MAILS = 100  # that OpenSMTPD takes on one connection
SEED = 11
KILLS = 4
LOT = 16  # mails that come before each start; ten are committed together
MAILS = LOT * (KILLS + 1)


@pytest.fixture(scope="module")
def servers() -> Iterator[MailServers]:
    with mail_servers() as started:
        yield started


@pytest.fixture
def fetched(
    mailbox: Channel,
    servers: MailServers,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Channel:
    """A mailbox of its own for each test."""
    settings.EMAIL_BACKEND = SMTP_BACKEND
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", servers.smtp_port
    settings.EMAIL_USE_TLS = False
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{servers.imap_port}"]
    monkeypatch.setenv("HELP_PASSWORD", PASSWORD)
    mailbox.address = f"{zlib.crc32(request.node.name.encode())}@shop.example"
    mailbox.settings = {
        "host": "127.0.0.1",
        "port": servers.imap_port,
        "security": "none",
        "user": mailbox.address,
        "secret": "env:HELP_PASSWORD",
    }
    mailbox.save()
    return mailbox


def test_question_and_answer_travel_by_real_servers(
    fetched: Channel, servers: MailServers, ann: Actor
) -> None:
    customer = f"mia{fetched.pk}-{fetched.address}"
    question = mail("Where is it?", sender=f"Mia <{customer}>", to=fetched.address)
    servers.send(question, sender=customer, to=fetched.address)
    servers.wait_for(fetched.address, 1)

    fetch_mailbox(fetched, clock=now)
    conversation = Conversation.objects.get()
    written = now() - timedelta(minutes=1)
    reply(conversation_id=conversation.pk, actor=ann, text="On its way.", at=written)
    run_until_idle()
    (answer,) = [parsed(raw) for raw in servers.wait_for(customer, 1)]
    back = mail("Thanks!", sender=customer, to=answer["Reply-To"], number="2@x", subject="Re: x")
    servers.send(back, sender=customer, to=answer["Reply-To"])
    servers.wait_for(fetched.address, 2)
    fetch_mailbox(fetched, clock=now)

    assert answer["In-Reply-To"] == "<1@customer.example>"
    assert answer["Message-ID"] == OutboxMessage.objects.get().message_id
    assert answer["From"] == f"Help <{fetched.address}>"
    texts = conversation.messages.order_by("pk").values_list("text", flat=True)
    assert list(texts) == ["Where is it?", "On its way.", "Thanks!"]
    assert Message.objects.get(text="Thanks!").is_verified
    run_until_idle()
    assert Message.objects.get(kind="reply").delivery == "sent"


def test_a_mail_waits_where_its_server_offers_no_encryption(
    fetched: Channel, servers: MailServers, settings: Settings
) -> None:
    settings.EMAIL_USE_TLS = True
    address = f"tls-{fetched.address}"

    enqueue_mail(key="tls", to=address, subject="Hello", text="Hello", at=now())
    run_until_idle()

    waiting = OutboxMessage.objects.get()
    assert (waiting.status, waiting.attempts) == ("waiting", 1)
    assert "STARTTLS extension not supported" in waiting.error
    assert servers.inbox(address) == []


def test_more_mails_go_at_once_than_the_server_takes_on_one_connection(
    fetched: Channel, servers: MailServers
) -> None:
    address = f"many-{fetched.address}"
    for number in range(SESSION_MAILS + 20):
        enqueue_mail(key=f"many-{number}", to=address, subject="Hello", text="Hello", at=now())

    run_until_idle()

    states = OutboxMessage.objects.values_list("status", "attempts").distinct()
    assert list(states.order_by()) == [("sent", 1)]
    assert len(servers.wait_for(address, SESSION_MAILS + 20)) == SESSION_MAILS + 20


def test_mails_are_fetched_once_and_marked_when_they_are_kept(
    fetched: Channel, servers: MailServers
) -> None:
    servers.put(fetched.address, [mail(f"m{n}", number=f"{n}@c") for n in range(3)])

    first = fetch_mailbox(fetched, clock=now)
    again = fetch_mailbox(fetched, clock=now)
    client = servers.login(fetched.address)
    client.select("INBOX")
    unseen = client.uid("SEARCH", "UNSEEN")[1][0]
    client.logout()

    assert (first["stored"], first["error"]) == (3, "")
    assert again["stored"] == again["duplicate"] == 0
    assert unseen == b""
    assert Message.objects.count() == 3


def test_new_numbers_of_a_folder_double_nothing(fetched: Channel, servers: MailServers) -> None:
    servers.put(fetched.address, [mail(number="1@c"), mail("b", number="2@c")])
    fetch_mailbox(fetched, clock=now)
    MailFolder.objects.update(uid_validity=1)

    again = fetch_mailbox(fetched, clock=now)

    assert (again["stored"], again["duplicate"]) == (0, 2)
    assert Message.objects.count() == 2


def test_mails_are_moved_where_that_is_wanted(fetched: Channel, servers: MailServers) -> None:
    fetched.settings |= {"move_to": "Done"}
    servers.put(fetched.address, [mail()])

    fetch_mailbox(fetched, clock=now)

    assert servers.inbox(fetched.address) == []
    assert len(servers.inbox(fetched.address, "Done")) == 1


def test_poisoned_mail_does_not_stop_the_mailbox(fetched: Channel, servers: MailServers) -> None:
    bad = [b"\x01\x02", hostile_mail.HEAD + b"X-A: b\r\n" * 3_000, b"Subject: x\r\n\r\nhi"]
    servers.put(fetched.address, [bad[0], mail("a"), bad[1], bad[2], mail("b", number="2@c")])

    done = fetch_mailbox(fetched, clock=now)

    assert (done["stored"], done["quarantined"], done["error"]) == (2, 3, "")
    assert QuarantinedMail.objects.count() == 3


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"port": 1}, "does not answer"),
        ({"secret": "env:NOT_SET_ANYWHERE"}, "NOT_SET_ANYWHERE is not set"),
        ({"secret": "env:HOME"}, "does not let"),
        ({"folder": "Nowhere"}, "There is no folder Nowhere."),
        ({"move_to": "Nowhere"}, "There is no folder Nowhere."),
    ],
)
def test_what_is_wrong_with_a_mailbox_is_said(
    fetched: Channel, settings: Settings, changed: dict[str, object], words: str
) -> None:
    settings.OUTBOUND_ALLOW = [*settings.OUTBOUND_ALLOW, "127.0.0.1:1"]
    fetched.settings |= changed

    with pytest.raises(MailboxError, match=words):
        try_mailbox(mailbox_of(fetched.settings), at=now())


def test_connection_is_tried_without_changing_anything(
    fetched: Channel, servers: MailServers
) -> None:
    servers.put(fetched.address, [mail()])

    assert try_mailbox(mailbox_of(fetched.settings), at=now()) == 1
    assert not Message.objects.exists()


SET_UP = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.access.models import Company
from amity.run.inbox.models import Channel
Company.objects.create(name="Shop")
Channel.objects.create(
    key="help", name="Help", kind="mail", address="{address}", created_at=now(),
    settings={{"host": "127.0.0.1", "port": {port}, "security": "none", "user": "{address}",
              "secret": "env:HELP_PASSWORD", "acknowledges": True}},
)
"""
FETCH = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.jobs.operations import enqueue
from amity.run.inbox.models import Channel
enqueue("inbox.fetch_mail", {{"channel": Channel.objects.get().pk}}, at=now(), unique_key="{key}")
"""
DOUBT = """
import django; django.setup()
from datetime import timedelta
from amity.base.time import now
from amity.kernel.messaging.outbox import doubt_abandoned
print(doubt_abandoned(at=now() + timedelta(minutes=6)))
"""


def test_kills_lose_and_double_no_mail_in_or_out(
    instance: Instance, servers: MailServers, tmp_path: Path
) -> None:
    """The worker is killed while it fetches and acknowledges; each mail comes and goes once."""
    address = "kills@shop.example"
    people = [f"k{number}@kills.example" for number in range(MAILS)]
    instance.environment |= {
        "AMITY_SMTP_HOST": "127.0.0.1",
        "AMITY_SMTP_PORT": str(servers.smtp_port),
        "AMITY_SMTP_TLS": "0",
        "AMITY_OUTBOUND_ALLOW": f"127.0.0.1:{servers.imap_port}",
        "HELP_PASSWORD": PASSWORD,
    }
    coming = [
        mail(f"from {one}", sender=one, to=address, number=f"{one}", subject=one) for one in people
    ]
    instance.run("-c", SET_UP.format(address=address, port=servers.imap_port))
    rng = random.Random(SEED)
    count = "SELECT count(*) FROM inbox_mailintake"
    out = "SELECT count(*) FROM messaging_outboxmessage WHERE status IN ('waiting')"
    kills = 0

    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        servers.put(address, coming[kills * LOT : (kills + 1) * LOT])
        instance.run("-c", FETCH.format(key=f"kills-{kills}"))
        worker = instance.start("-m", "amity.cli", "worker")
        began, had = time.monotonic(), instance.query(count)[0][0]
        while time.monotonic() - began < 60 and worker.poll() is None:
            time.sleep(0.05)
            taken = instance.query(count)[0][0]
            done = taken == MAILS and instance.query(out)[0][0] == 0 and _acknowledged(instance)
            if done or (kills < KILLS and taken > had):
                break
        time.sleep(rng.uniform(0, 0.5))
        os.kill(worker.pid, signal.SIGKILL)
        worker.wait()
        kills += 1
        if done:
            break
    doubted = int(instance.run("-c", DOUBT).stdout)

    sources = instance.query("SELECT source_id, text FROM inbox_message WHERE kind = 'incoming'")
    states = dict(instance.query('SELECT "to", status FROM messaging_outboxmessage'))
    arrived = {one: len(servers.inbox(one)) for one in people}
    assert kills > KILLS, "the worker died by itself"
    assert sorted(text for _source, text in sources) == sorted(f"from {one}" for one in people)
    assert set(states) == set(people)
    assert max(arrived.values()) == 1, f"seed {SEED}"
    lost = [one for one in people if not arrived[one] and states[one] != "in_doubt"]
    assert lost == [], f"seed {SEED}"
    assert list(states.values()).count("in_doubt") == doubted <= kills


def _acknowledged(instance: Instance) -> bool:
    rows = instance.query("SELECT count(*) FROM messaging_outboxmessage")
    return bool(rows[0][0] == MAILS)
