"""The doors by which mails are handed over: the drop command and LMTP."""

import json
import smtplib
import subprocess
import sys
import time

import pytest

from amity.run.inbox.tests import hostile_mail
from amity.run.inbox.tests.mails import mail
from amity.testing.instances import Instance

SET_UP = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.access.models import Company
from amity.run.inbox.models import Channel
Company.objects.create(name="Shop")
Channel.objects.create(
    key="help", name="Help", kind="mail", address="help@shop.example", created_at=now())
"""


@pytest.fixture
def shop(instance: Instance) -> Instance:
    """An installation with one mailbox."""
    instance.run("-c", SET_UP)
    return instance


def _ingest(shop: Instance, raw: bytes, *more: str) -> tuple[int, dict[str, object]]:
    # As bytes: what comes from a mail server is no text.
    ran = subprocess.run(  # noqa: S603 -- our own command
        [sys.executable, "-m", "amity.cli", "mail", "ingest", "--json", *more],
        input=raw,
        env=shop.environment,
        capture_output=True,
        timeout=120,
        check=False,
    )
    return ran.returncode, json.loads(ran.stdout) if ran.stdout else {}


def test_drop_command_says_by_its_end_what_became_of_a_mail(shop: Instance) -> None:
    stored, told = _ingest(shop, mail())
    again, twice = _ingest(shop, mail())
    hostile, why = _ingest(shop, hostile_mail.HEAD + b"X-A: b\r\n" * 3_000)
    unknown, _none = _ingest(shop, mail("b", number="2@c"), "--channel", "nowhere")

    assert (stored, told["status"], told["conversation"]) == (0, "stored", 1)
    assert (again, twice["status"]) == (0, "duplicate")
    assert (hostile, why["reason"]) == (2, "It has more than 2000 lines of headers.")
    assert unknown == 1


def test_drop_command_asks_to_try_again_without_a_database(shop: Instance) -> None:
    for name in ("amity.sqlite3", "amity.sqlite3-wal", "amity.sqlite3-shm"):
        (shop.home / name).unlink(missing_ok=True)
    (shop.home / "amity.sqlite3").mkdir()
    shop.environment["AMITY_DATABASE_URL"] = (
        shop.environment["AMITY_DATABASE_URL"] and "postgresql://nobody@127.0.0.1:1/none"
    )

    code, told = _ingest(shop, mail())

    assert (code, told) == (75, {})


def _to_two(client: smtplib.LMTP, raw: bytes) -> list[tuple[int, bytes]]:
    """The answers for two recipients of one mail; LMTP has one for each."""
    client.mail("mia@customer.example")
    client.rcpt("help@shop.example")
    client.rcpt("b@shop.example")
    client.docmd("data")
    client.send(raw + b".\r\n")
    return [client.getreply(), client.getreply()]


def test_mails_are_handed_over_by_lmtp(shop: Instance) -> None:
    door = shop.start("-m", "amity.cli", "mail", "serve", "--port", "0", stdout=subprocess.PIPE)
    assert door.stdout is not None
    line = door.stdout.readline()
    port = int(line.rsplit(":", 1)[1].split()[0].rstrip(")."))

    with smtplib.LMTP("127.0.0.1", port, timeout=30) as client:
        client.ehlo("mx.example")
        answers = _to_two(client, mail())
        client.sendmail("<>", ["help@shop.example"], b"\x00")
        client.sendmail("m@customer.example", ["help@shop.example"], mail("b", number="2@c"))
    door.terminate()
    deadline = time.monotonic() + 10
    while door.poll() is None and time.monotonic() < deadline:
        time.sleep(0.05)

    assert answers == [(250, b"2.0.0 stored")] * 2
    texts = shop.query("SELECT text FROM inbox_message ORDER BY id")
    assert texts == [("Where is my order?",), ("b",)]
    assert shop.query("SELECT reason FROM inbox_quarantinedmail") == [("It has no headers.",)]
    assert door.poll() == 0
