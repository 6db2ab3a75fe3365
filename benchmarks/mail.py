"""How long does one worker take for 10,000 mails, and does a kill lose or double any?

    PYTHONPATH=src python benchmarks/mail.py [--mails 10000] [--kills 20] [--out FILE.json]
        [--database postgresql://…]

Needs Dovecot and OpenSMTPD, and root to start them. The mails lie in two mailboxes of a real IMAP
server; one worker fetches them, routes them to three agents and starts their clocks: half of the
senders are customers to whom the published policy promises an answer. The second mailbox, with one
mail in twenty, acknowledges each by a real SMTP server. Meanwhile the worker is killed (kill -9) at
random moments. Once it has finished, every mail must be stored once (`not_stored` 0), every
acknowledgment have arrived at most once, and what is not known to have arrived be listed as in
doubt. The goal: at most 5 minutes, nothing lost, doubled or sent twice. The time counts from the
first start to the last mail that is stored, with the starts of the killed workers in it.

`--database` names an empty database of PostgreSQL that may be written to; else it is SQLite. With
`--out`, the run is added to the runs of the file. For figures that count, stop everything else.
"""

import argparse
import json
import os
import platform
import random
import resource
import signal
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections import Counter
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg

from amity.testing.mail_servers import PASSWORD, MailServers, mail_servers, missing

SOURCE = Path(__file__).parent.parent / "src"
SEED = 5
ACKNOWLEDGED_ONE_IN = 20
SET_UP = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.jobs.operations import enqueue
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import Channel
from amity.run.inbox.tests.company import customer, house
house("Ola", "Dea", "Kay", limit=1_000_000)
Channel.objects.all().delete()
small = Segment.objects.get(key="small")
for number in range(0, MAILS, 2):
    customer(f"p{number}", small)
for key, acknowledges in (("help", False), ("sales", True)):
    address = f"{key}@shop.example"
    Channel.objects.create(
        key=key, name=key, kind="mail", address=address, created_at=now(),
        settings={"host": "127.0.0.1", "port": PORT, "security": "none", "user": address,
                  "secret": "env:MAIL_PASSWORD", "acknowledges": acknowledges})
enqueue("inbox.fetch_mails", {}, at=now())
"""
DOUBT = """
import django; django.setup()
from datetime import timedelta
from amity.base.time import now
from amity.kernel.messaging.outbox import doubt_abandoned
from amity.run.inbox.queries.mail import troubled
doubt_abandoned(at=now() + timedelta(minutes=6))
print(troubled().filter(status="in_doubt").count())
"""


def mails_for(address: str, numbers: range) -> list[bytes]:
    """Different mails of different people."""
    rng = random.Random(SEED)  # noqa: S311 -- a benchmark
    words = "order parcel invoice late broken size color return thanks question".split()
    return [
        (
            f"From: Person {n} <p{n}@customer.example>\r\nTo: {address}\r\nSubject: About {n}\r\n"
            f"Message-ID: <{n}@customer.example>\r\n\r\n"
            f"mail {n}: {' '.join(rng.choices(words, k=60))}\r\n\r\n"
            "On 1 Jan 2026, Shop <shop@shop.example> wrote:\r\n> Your parcel is on its way.\r\n"
        ).encode()
        for n in numbers
    ]


class House:
    """An installation of its own, and its worker; on SQLite where no database is named."""

    def __init__(self, home: Path, servers: MailServers, database: str) -> None:
        self.home, self.database = home, database
        self.environment = {
            **os.environ,
            "AMITY_HOME": str(home),
            "AMITY_DATABASE_URL": database,
            "AMITY_SMTP_HOST": "127.0.0.1",
            "AMITY_SMTP_PORT": str(servers.smtp_port),
            "AMITY_SMTP_TLS": "0",
            "AMITY_OUTBOUND_ALLOW": f"127.0.0.1:{servers.imap_port}",
            "AMITY_LOG_LEVEL": "WARNING",
            "MAIL_PASSWORD": PASSWORD,
            "PYTHONPATH": str(SOURCE),
            "DJANGO_SETTINGS_MODULE": "amity.project.settings",
        }

    def run(self, *arguments: str) -> str:
        """Runs Python to its end; what it printed."""
        command = [sys.executable, *arguments]
        done = subprocess.run(
            command, env=self.environment, check=True, stdout=subprocess.PIPE, text=True
        )
        return done.stdout

    def worker(self) -> subprocess.Popen[bytes]:
        """A worker of its own process."""
        command = [sys.executable, "-m", "amity.cli", "worker"]
        return subprocess.Popen(command, env=self.environment, stderr=subprocess.DEVNULL)

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        """What the database holds, read beside the worker."""
        if self.database:
            with psycopg.connect(self.database, autocommit=True) as server:
                return server.execute(sql.encode()).fetchall()
        file = self.home / "amity.sqlite3"
        with closing(sqlite3.connect(file, timeout=30, isolation_level=None)) as database:
            return database.execute(sql).fetchall()


def drive(house: House, mails: int, acknowledged: int, kills: int, limit: float) -> dict[str, Any]:
    """Lets the worker work and kills it at random moments, until all is done or time is over."""
    rng = random.Random(SEED)  # noqa: S311 -- a benchmark
    taken_sql = "SELECT count(*) FROM inbox_mailintake"
    sent_sql = "SELECT count(*) FROM messaging_outboxmessage WHERE status <> 'waiting'"
    began, stored_after, killed = time.monotonic(), 0.0, 0
    worker, cpu = house.worker(), 0.0
    next_kill = mails / (kills + 1) * rng.uniform(0.5, 1.0)
    while time.monotonic() - began < limit:
        time.sleep(0.2)
        taken = house.rows(taken_sql)[0][0]
        if taken >= mails and not stored_after:
            stored_after = time.monotonic() - began
        if stored_after and house.rows(sent_sql)[0][0] >= acknowledged:
            break
        if killed < kills and taken >= next_kill:
            time.sleep(rng.uniform(0, 0.5))
            os.kill(worker.pid, signal.SIGKILL)
            cpu += _ended(worker)
            killed += 1
            next_kill = taken + mails / (kills + 1) * rng.uniform(0.5, 1.0)
            worker = house.worker()
    worker.kill()
    cpu += _ended(worker)
    seconds = round(stored_after, 1) if stored_after else None
    return {
        "seconds_until_stored": seconds,
        "seconds_until_sent": round(time.monotonic() - began, 1),
        "worker_cpu_seconds": round(cpu, 1),
        "kills": killed,
        "finished": bool(stored_after),
    }


def _ended(worker: subprocess.Popen[bytes]) -> float:
    """Processor seconds of a worker that ends now."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    worker.wait()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def account(house: House, servers: MailServers, mails: int, acknowledged: int) -> dict[str, Any]:
    """What was lost, doubled or left in doubt; what is lost, doubled or not listed should be 0."""
    listed = int(house.run("-c", DOUBT))
    texts = Counter(
        text.partition(":")[0]
        for (text,) in house.rows("SELECT text FROM inbox_message WHERE kind = 'incoming'")
    )
    states = dict(house.rows('SELECT "to", status FROM messaging_outboxmessage'))
    arrived = {address: len(servers.inbox(address)) for address in states}
    return {
        "stored": len(texts),
        "not_stored": mails - len(texts),
        "doubled": sum(count - 1 for count in texts.values()),
        "acknowledgments": len(states),
        "acknowledgments_missing": acknowledged - len(states),
        "sent_twice": sum(1 for count in arrived.values() if count > 1),
        "sent_and_not_arrived": sum(
            1 for one, state in states.items() if state == "sent" and not arrived[one]
        ),
        "states": dict(Counter(states.values())),
        "in_doubt": list(states.values()).count("in_doubt"),
        "in_doubt_not_listed": list(states.values()).count("in_doubt") - listed,
        "in_doubt_that_had_arrived": sum(
            1 for one, state in states.items() if state == "in_doubt" and arrived[one]
        ),
    }


def main() -> None:
    """Runs it and prints the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--limit", type=float, default=1_800, help="seconds")
    parser.add_argument("--out", type=Path)
    parser.add_argument("--database", default="", help="of PostgreSQL; else SQLite")
    given = parser.parse_args()
    if missing():
        sys.exit(missing())
    acknowledged = given.mails // ACKNOWLEDGED_ONE_IN
    with tempfile.TemporaryDirectory(prefix="amity-mail-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        with mail_servers() as servers:
            house = House(home, servers, given.database)
            house.run("-m", "django", "migrate", "--verbosity", "0")
            set_up = SET_UP.replace("PORT", str(servers.imap_port))
            house.run("-c", set_up.replace("MAILS", str(given.mails)))
            split = given.mails - acknowledged
            servers.put("help@shop.example", mails_for("help@shop.example", range(split)))
            rest = range(split, given.mails)
            servers.put("sales@shop.example", mails_for("sales@shop.example", rest))
            load = os.getloadavg()[0]
            figures = drive(house, given.mails, acknowledged, given.kills, given.limit)
            figures |= account(house, servers, given.mails, acknowledged)
    figures |= {
        "mails": given.mails,
        "seed": SEED,
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
        "database": "PostgreSQL" if given.database else "SQLite",
    }
    print(json.dumps(figures, indent=2))
    if given.out:
        kept = json.loads(given.out.read_text(encoding="utf-8")) if given.out.exists() else {}
        kept["runs"] = [*kept.get("runs", []), figures]
        given.out.write_text(json.dumps(kept, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
