"""The real Segment client against the real server process, through a network that fails."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

import pytest
from segment.analytics.client import Client

SETUP = """
import django; django.setup()
from django.core.management import call_command
call_command("migrate", verbosity=0)
from amity.base.time import now
from amity.kernel.access.operations import create_write_key
from amity.kernel.access.rules import SYSTEM
print(create_write_key(name="test", touchpoint="", actor=SYSTEM, at=now()).key)
"""
COUNT = """
import django; django.setup()
from amity.kernel.interactions.models import Interaction
from amity.kernel.customers.models import Customer
rows = Interaction.objects.filter(source="tracking")
print(rows.count(), rows.values("source_id").distinct().count(),
      Customer.objects.filter(merged_into=None).count())
"""


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


class Server:
    """Amity in a process of its own, with a database of its own."""

    def __init__(self, home: Path) -> None:
        source = Path(__file__).parents[4]
        self.environment = {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(source),
            "AMITY_HOME": str(home),
            "DJANGO_SETTINGS_MODULE": "amity.project.settings",
        }
        self.key = self.run(SETUP).split()[-1]
        self.port = free_port()
        self.process = subprocess.Popen(  # noqa: S603 -- our own server
            [sys.executable, "-m", "granian", "--interface", "wsgi", "--port", str(self.port),
             "--blocking-threads", "2", "amity.project.wsgi:application"],
            env=self.environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip
        self._wait()

    def run(self, code: str) -> str:
        done = subprocess.run(  # noqa: S603 -- our own code
            [sys.executable, "-c", code],
            env=self.environment,
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout

    def _wait(self) -> None:
        for _ in range(100):
            try:
                with urlopen(f"http://127.0.0.1:{self.port}/healthz", timeout=2):
                    return
            except (URLError, OSError):
                time.sleep(0.1)
        raise AssertionError("the server did not start")


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    started = Server(tmp_path)
    yield started
    started.process.terminate()
    started.process.wait(timeout=20)


class Flaky(BaseHTTPRequestHandler):
    """Fails each first attempt: in turns before the server sees it, and after it has stored it."""

    target = 0
    attempts = 0
    lock = threading.Lock()

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        with Flaky.lock:
            Flaky.attempts += 1
            turn = Flaky.attempts
        if turn % 4 == 1:
            self._answer(500, b"lost before")
            return
        request = Request(f"http://127.0.0.1:{Flaky.target}{self.path}", data=body, method="POST")
        for name in ("Authorization", "Content-Type", "Content-Encoding"):
            if self.headers.get(name):
                request.add_header(name, self.headers[name])
        with urlopen(request, timeout=20) as answer:
            status, content = answer.status, answer.read()
        if turn % 4 == 3:
            self._answer(500, b"lost after")
        else:
            self._answer(status, content)

    def _answer(self, status: int, content: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def network(server: Server) -> Iterator[str]:
    Flaky.target, Flaky.attempts = server.port, 0
    listener = ThreadingHTTPServer(("127.0.0.1", 0), Flaky)
    thread = threading.Thread(target=listener.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{listener.server_port}"
    listener.shutdown()
    listener.server_close()
    thread.join()


@pytest.mark.filterwarnings("default")  # the client's own deprecations
@pytest.mark.parametrize("packed", [False, True])
def test_everything_arrives_exactly_once_through_a_failing_network(
    server: Server, network: str, packed: bool
) -> None:
    failed: list[object] = []
    client = Client(
        server.key, host=network, gzip=packed, upload_size=10, upload_interval=0.2,
        on_error=lambda error, _items: failed.append(error),
    )  # fmt: skip

    client.page(anonymous_id="visitor", name="Home")
    client.identify("user-1", {"email": "one@example.org", "name": "One"}, anonymous_id="visitor")
    client.group("user-1", "acme", {"name": "Acme"})
    client.screen("user-1", name="Start")
    client.alias("old-number", "user-1")
    for number in range(60):
        client.track(f"user-{number % 3}", "Clicked", {"n": number}, message_id=f"click-{number}")
    for number in range(20):
        client.track("user-1", "Clicked", {"n": number}, message_id=f"click-{number}")
    client.flush()
    client.join()

    rows, distinct, customers = map(int, server.run(COUNT).split())
    assert failed == []
    assert Flaky.attempts > 8
    assert (rows, distinct) == (65, 65)
    assert customers == 4  # user-0, user-1 (who was the visitor and the old number), user-2, Acme
