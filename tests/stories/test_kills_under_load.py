"""The web process is killed again and again under load; nothing acknowledged is lost or doubled."""

import json
import os
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

from amity.project import server
from amity.testing.instances import Instance

CLIENTS = 4
KILLS = 4
TRIES = 200


class Client(threading.Thread):
    """Posts facts one after another; each is tried with the same key until it is acknowledged."""

    def __init__(self, number: int, port: int, token: str, stop: threading.Event) -> None:
        super().__init__(daemon=True)
        self.number, self.port, self.token, self.stop = number, port, token, stop
        self.acknowledged: list[str] = []
        self.retries = 0

    def run(self) -> None:
        """Posts until told to stop."""
        count = 0
        while not self.stop.is_set():
            count += 1
            name = f"client-{self.number}-{count}"
            if self._post(name):
                self.acknowledged.append(name)

    def _post(self, name: str) -> bool:
        body = {
            "kind": "note.added",
            "source": "load",
            "source_id": name,
            "happened_at": "2026-05-04T12:00:00Z",
            "relationship_type": "self_service",
            "stage": "support",
            "currency": "USD",
        }
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/api/v1/interactions",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.token}",
                "Content-Type": "application/json",
                "Idempotency-Key": name,
            },
        )
        for _ in range(TRIES):
            try:
                with urllib.request.urlopen(request, timeout=30) as answer:
                    return bool(answer.status in {200, 201})
            except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
                if isinstance(error, urllib.error.HTTPError) and error.code < 500:
                    raise
                self.retries += 1
                time.sleep(0.1)
        return False


def _web_process(supervisor: int) -> int | None:
    """The process that answers: a grandchild of `amity up`."""
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid="], capture_output=True, text=True, check=True
    ).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()]
    children = {pid for pid, parent in pairs if parent == supervisor}
    return next((pid for pid, parent in pairs if parent in children), None)


def test_kills_of_the_web_process_lose_and_double_nothing(instance: Instance) -> None:
    instance.amity("user", "create", "ada@example.org", "--role", "owner")
    made = instance.amity(
        "token", "create", "ada@example.org", "load", "--scope", "write", "--json"
    )
    port = server.first_free_port("127.0.0.1", 18650)
    running = instance.start("-m", "amity.cli", "up", "--port", str(port), "--job-workers", "0")
    deadline = time.monotonic() + 60
    while not server.is_answering("127.0.0.1", port):
        assert time.monotonic() < deadline, "the server did not start"
        time.sleep(0.1)
    stop = threading.Event()
    clients = [
        Client(number, port, json.loads(made.stdout)["token"], stop) for number in range(CLIENTS)
    ]
    for client in clients:
        client.start()

    killed = 0
    deadline = time.monotonic() + 120
    while killed < KILLS and time.monotonic() < deadline:
        time.sleep(1.5)
        process = _web_process(running.pid)
        if process is not None and server.is_answering("127.0.0.1", port):
            os.kill(process, signal.SIGKILL)
            killed += 1
    stop.set()
    for client in clients:
        client.join(timeout=120)

    acknowledged = [name for client in clients for name in client.acknowledged]
    stored = [row[0] for row in instance.query("SELECT source_id FROM interactions_interaction")]
    assert killed == KILLS
    assert len(acknowledged) > 10
    assert len(stored) == len(set(stored))
    assert set(acknowledged) - set(stored) == set()
    assert sum(client.retries for client in clients) > 0
