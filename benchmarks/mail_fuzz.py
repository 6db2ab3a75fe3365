"""What does the parser of mails do with hostile ones, and do good ones still arrive?

    PYTHONPATH=src python benchmarks/mail_fuzz.py [--mails 250000] [--ingested 5000] [--seed 7]
        [--data FOLDER] [--out FILE.json]

Mails are changed at random places: bytes flipped, cut, doubled, and parts of one put into another.
They begin as the crashers and bombs of the tests and, where `--data` names the folder with
`mail_bounces` and `mail_replies`, as real bounces and answers. Each is read by `read_mail`, as
every mail is. Then the crashers, the bombs and some thousand fuzzed mails go through `ingest_many`
into a new database on SQLite, ten in a transaction with a good mail among them. No mail may raise
anything but `HostileMailError`, cost more than 10 s of processor time or 300 MB; each must be
stored or in quarantine, and every good mail stored.
"""

import argparse
import json
import os
import platform
import random
import resource
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from amity.run.inbox.rules.mail import HostileMailError, read_mail
from amity.run.inbox.tests import hostile_mail

CPU_SECONDS, MEGABYTES = 10, 300  # of one mail
TOGETHER = 9  # hostile mails beside a good one
APART = timedelta(minutes=15)  # so that they are judged one by one, not as a flood


@dataclass
class Read:
    """What became of the mails that were read."""

    mails: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    raised: list[str] = field(default_factory=list)
    slowest: float = 0.0  # processor seconds
    slowest_what: str = ""
    cpu: float = 0.0


def memory() -> float:
    """The most memory that this process had so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def read_all(mails: Iterable[tuple[str, bytes]]) -> Read:
    """Reads each; an exception is noted with the beginning of its mail, so that it can be made."""
    done = Read()
    for what, raw in mails:
        before = time.process_time()
        try:
            read_mail(raw)
        except HostileMailError as refused:
            done.refused[str(refused)] += 1
        except Exception as error:  # noqa: BLE001 -- what is looked for
            done.raised.append(f"{what}: {type(error).__name__}: {error}"[:300])
        took = time.process_time() - before
        done.cpu += took
        if took > done.slowest:
            done.slowest, done.slowest_what = took, f"{what}, {len(raw)} bytes"
        done.mails += 1
    return done


def real_mails(data: Path | None) -> list[bytes]:
    """Real bounces and the texts of answers as mails; none where the folder is not named."""
    if data is None:
        return []
    bounces = pq.read_table(data / "mail_bounces/dev_half.parquet", columns=["raw"])
    found = [raw for raw in bounces["raw"].to_pylist() if raw]
    replies = pq.read_table(data / "mail_replies/fixtures.parquet")
    texts = replies["text"].to_pylist()
    return found + [good_mail(f"r{number}", text) for number, text in enumerate(texts)]


def good_mail(name: str, text: str = "Where is my order?") -> bytes:
    """A plain mail of somebody."""
    head = f"From: {name}@customer.example\r\nTo: help@shop.example\r\nSubject: {name}\r\n"
    return f"{head}Message-ID: <{name}@customer.example>\r\n\r\n{text}\r\n".encode()


def fuzzed(count: int, seed: int, models: list[bytes]) -> Iterator[tuple[str, bytes]]:
    """Half of the mails from the tests' models, half from the real ones where there are some."""
    share = count // 2 if models else 0
    for number, raw in enumerate(hostile_mail.fuzzed(count - share, seed=seed)):
        yield f"fuzzed {number} of seed {seed}", raw
    rng = random.Random(seed)  # noqa: S311 -- a benchmark
    pieces = list(hostile_mail.fuzzed(500, seed=seed + 1)) if share else []
    for number in range(share):
        changed = bytearray(rng.choice(models))
        for _change in range(rng.randint(1, 6)):
            at, other = rng.randrange(len(changed) + 1), rng.choice(pieces)
            cut = rng.randrange(len(other) + 1)
            until = at + rng.choice((0, 0, 1, 40, 400))
            changed[at:until] = other[cut : cut + rng.choice((1, 2, 20, 200))]
        yield f"real {number} of seed {seed}", bytes(changed)


def take_in(mails: list[bytes]) -> dict[str, Any]:
    """Takes them in with good ones among them; what was lost, doubled or held up."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")
    django.setup()
    from django.core.management import call_command

    from amity.base.time import now
    from amity.run.inbox.models import Channel, MailIntake, QuarantinedMail
    from amity.run.inbox.operations.mail.intake import ingest_many

    call_command("migrate", verbosity=0)
    channel = Channel.objects.create(
        key="help", name="Help", kind="mail", address="help@shop.example", created_at=now()
    )
    statuses: Counter[str] = Counter()
    first, held_up, slowest, goods = now(), 0, 0.0, 0
    began = time.process_time()
    for number, start in enumerate(range(0, len(mails), TOGETHER)):
        part, at = mails[start : start + TOGETHER], first + number * APART
        good = good_mail(f"good{number}", f"It is number {number}.")
        before = time.process_time()
        taken = ingest_many([*part, good], at=at, channel=channel)
        slowest = max(slowest, time.process_time() - before)
        held_up += taken[-1].status != "stored"
        goods += 1
        statuses.update(one.status for one in taken[:-1])
    different = len(set(mails)) + goods
    return {
        "taken": len(mails),
        "statuses": dict(statuses),
        "good_mails": goods,
        "good_mails_not_stored": held_up,
        "not_accounted_for": different - MailIntake.objects.count(),
        "quarantine_not_kept": statuses["quarantined"] - QuarantinedMail.objects.count(),
        "slowest_transaction_cpu_seconds": round(slowest, 2),
        "cpu_ms_a_mail": round((time.process_time() - began) / (len(mails) + goods) * 1000, 1),
    }


def main() -> None:
    """Runs it, prints the figures, and ends with 1 where a mail broke a bound."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--mails", type=int, default=250_000)
    parser.add_argument("--ingested", type=int, default=5_000)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--out", type=Path)
    given = parser.parse_args()
    load, before, began = os.getloadavg()[0], memory(), time.monotonic()
    models = real_mails(given.data)
    known = [*hostile_mail.crashers(), *hostile_mail.bombs()]
    bombs = read_all(known)
    after_bombs = memory() - before
    read = read_all(fuzzed(given.mails, given.seed, models))
    grown = memory() - before
    some = [raw for _what, raw in fuzzed(given.ingested, given.seed + 2, models)]
    with tempfile.TemporaryDirectory(prefix="amity-fuzz-") as home:
        os.environ |= {"AMITY_HOME": home, "AMITY_DATABASE_URL": "", "AMITY_LOG_LEVEL": "ERROR"}
        taken = take_in([*(raw for _what, raw in known), *some])
    figures = {
        "seed": given.seed,
        "real_models": len(models),
        "crashers_and_bombs": bombs.mails,
        "fuzzed": read.mails,
        "quarantined": bombs.refused.total() + read.refused.total(),
        "raised": [*bombs.raised, *read.raised][:20],
        "most_cpu_seconds_of_a_mail": round(max(bombs.slowest, read.slowest), 2),
        "slowest": max((bombs, read), key=lambda one: one.slowest).slowest_what,
        "memory_grown_mb_by_crashers_and_bombs": round(after_bombs),
        "memory_grown_mb_in_all": round(grown),
        "cpu_ms_a_fuzzed_mail": round(read.cpu / max(read.mails, 1) * 1000, 2),
        "ingest": taken,
        "seconds": round(time.monotonic() - began),
        "load_before": round(load, 1),
        "load_after": round(os.getloadavg()[0], 1),
        "python": platform.python_version(),
        "machine": f"{os.cpu_count()} cores, {platform.machine()}",
    }
    text = json.dumps(figures, indent=2)
    print(text)
    if given.out:
        given.out.write_text(text + "\n", encoding="utf-8")
    is_broken = (
        figures["raised"]
        or max(bombs.slowest, read.slowest) > CPU_SECONDS
        or grown > MEGABYTES
        or any(taken[name] for name in ("good_mails_not_stored", "not_accounted_for"))
    )
    sys.exit(1 if is_broken else 0)


if __name__ == "__main__":
    main()
