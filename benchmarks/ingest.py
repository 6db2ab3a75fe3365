"""How many interactions a second the API and the tracking address take, acknowledged and durable.

    PYTHONPATH=src python benchmarks/ingest.py [postgresql://…]

Starts a server of its own with a home of its own. Six clients send; each answer is waited for.
"""

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from http.client import HTTPConnection
from pathlib import Path

CLIENTS = 6
SINGLES = 50  # requests of each client
BATCHES = 4
BATCH = 500
PORT = 8977
SETUP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from amity.base.time import now
from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.operations import create_token, create_user, create_write_key
from amity.kernel.access.rules import SYSTEM
user = User.objects.filter(email="b@example.org").first() or create_user(
    email="b@example.org", name="B", role=Role.OWNER, password=None, actor=SYSTEM, at=now())
print(create_token(user=user, name="b", scopes=frozenset({"write"}), actor=SYSTEM, at=now())[1],
      create_write_key(name="b", touchpoint="", actor=SYSTEM, at=now()).key)
"""


def fact(number: str) -> dict[str, object]:
    """One interaction."""
    return {
        "kind": "shop.visited",
        "source": "bench",
        "source_id": number,
        "happened_at": "2026-05-01T12:00:00Z",
        "relationship_type": "self_service",
        "stage": "differentiate",
        "properties": {"page": "/product/1", "referrer": "search"},
    }


def message(number: str) -> dict[str, object]:
    """One tracking message of one of 50 users."""
    return {
        "type": "track",
        "event": "Clicked",
        "messageId": number,
        "userId": f"user-{hash(number) % 50}",
        "properties": {"page": "/product/1"},
    }


def run(
    name: str, path: str, headers: dict[str, str], bodies: list[list[object]], each: int
) -> None:
    """Sends each client's bodies one after the other, and prints the rate."""
    times: list[float] = []

    def send(own: list[object]) -> None:
        connection = HTTPConnection("127.0.0.1", PORT, timeout=120)
        for body in own:
            began = time.monotonic()
            connection.request("POST", path, json.dumps(body), headers)
            answer = connection.getresponse()
            content = answer.read()
            assert answer.status in (200, 201), content
            times.append(time.monotonic() - began)

    threads = [threading.Thread(target=send, args=(own,)) for own in bodies]
    began = time.monotonic()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    passed = time.monotonic() - began
    rate = len(times) * each / passed
    p95 = sorted(times)[int(len(times) * 0.95)] * 1000
    print(f"{name}: {rate:,.0f}/s, p95 of an answer {p95:,.0f} ms, {len(times) * each} stored")


def main() -> None:
    """Both doors, single and in batches."""
    source = Path(__file__).parents[1] / "src"
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(source),
        "AMITY_HOME": tempfile.mkdtemp(),
        "AMITY_DATABASE_URL": sys.argv[1] if len(sys.argv) > 1 else "",
        "AMITY_API_RATE": "100000",
        "AMITY_LOG_LEVEL": "ERROR",
        "DJANGO_SETTINGS_MODULE": "amity.project.settings",
    }
    python = [sys.executable]
    secrets = subprocess.run(
        [*python, "-c", SETUP], env=environment, check=True, capture_output=True, text=True
    )
    token, key = secrets.stdout.split()[-2:]
    server = subprocess.Popen(
        [*python, "-m", "granian", "--interface", "wsgi", "--port", str(PORT),
         "--blocking-threads", "4", "--log-level", "error", "amity.project.wsgi:application"],
        env=environment,
    )  # fmt: skip
    try:
        _wait()
        bearer = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
        plain = {"Content-Type": "application/json"}
        mark = str(time.time())
        clients = range(CLIENTS)
        run("interactions, single", "/api/v1/interactions", bearer,
            [[fact(f"{mark}-{c}-{n}") for n in range(SINGLES)] for c in clients], 1)  # fmt: skip
        keyed = [
            [{"items": [fact(f"{mark}-{c}-{b}-{n}") for n in range(BATCH)]} for b in range(BATCHES)]
            for c in clients
        ]
        run(f"interactions, {BATCH} at once", "/api/v1/interactions/batch", bearer, keyed, BATCH)
        singles = [
            [{**message(f"{mark}-{c}-{n}"), "writeKey": key} for n in range(SINGLES)]
            for c in clients
        ]
        run("tracking, single", "/v1/track", plain, singles, 1)
        batches = [
            [{"writeKey": key, "batch": [message(f"{mark}+{c}-{b}-{n}") for n in range(BATCH)]}
             for b in range(BATCHES)] for c in clients
        ]  # fmt: skip
        run(f"tracking, {BATCH} at once", "/v1/batch", plain, batches, BATCH)
    finally:
        server.terminate()
        server.wait()


def _wait() -> None:
    for _ in range(300):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/healthz", timeout=5).close()
        except OSError:
            time.sleep(0.2)
        else:
            return
    raise SystemExit("the server did not start")


if __name__ == "__main__":
    main()
