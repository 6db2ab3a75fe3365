"""`amity up` as a group of processes: it starts, survives and ends together."""

import os
import signal
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path

from amity.project import server
from amity.testing.instances import Instance


def _wait_for(condition: Callable[[], bool], seconds: float = 60) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)


def _descendants(pid: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-eo", "pid=,ppid="],  # noqa: S607 -- wherever this machine has it
        capture_output=True,
        text=True,
        check=True,
    )
    parents = {int(a): int(b) for a, b in (line.split() for line in listed.stdout.splitlines())}
    found: list[int] = []
    for child, parent in sorted(parents.items()):
        if parent == pid or parent in found:
            found.append(child)
    return found


def _is_gone(pid: int) -> bool:
    try:
        state = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    except (FileNotFoundError, ProcessLookupError):  # gone, or going while it is read
        return True
    return state.rsplit(")", 1)[1].split()[0] == "Z"


def _start(instance: Instance, port: int) -> subprocess.Popen[str]:
    started = instance.start("-m", "amity.cli", "up", "--port", str(port))
    _wait_for(lambda: server.is_answering("127.0.0.1", port))
    _wait_for(lambda: len(_descendants(started.pid)) >= 3)
    return started


def test_a_killed_server_comes_back_and_sigterm_ends_everything(instance: Instance) -> None:
    port = server.first_free_port("127.0.0.1", 18700)
    running = _start(instance, port)
    first = _descendants(running.pid)[0]

    os.kill(first, signal.SIGKILL)

    _wait_for(lambda: _is_gone(first))
    _wait_for(lambda: server.is_answering("127.0.0.1", port))
    children = _descendants(running.pid)
    running.terminate()
    assert running.wait(timeout=20) == 0
    _wait_for(lambda: all(_is_gone(pid) for pid in children), seconds=5)
    _wait_for(lambda: server.is_free("127.0.0.1", port), seconds=5)


def test_nothing_outlives_a_killed_supervisor(instance: Instance) -> None:
    port = server.first_free_port("127.0.0.1", 18750)
    running = _start(instance, port)
    children = _descendants(running.pid)

    running.kill()
    running.wait()

    _wait_for(lambda: all(_is_gone(pid) for pid in children), seconds=30)
    _wait_for(lambda: server.is_free("127.0.0.1", port), seconds=5)


def test_a_taken_port_is_said_in_one_sentence(instance: Instance) -> None:
    port = server.first_free_port("127.0.0.1", 18800)
    running = _start(instance, port)

    refused = instance.amity("up", "--port", str(port), check=False)

    assert refused.returncode == 1
    assert "is taken" in refused.stderr
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=10) as answer:
        assert answer.status == 200
    running.terminate()
    assert running.wait(timeout=20) == 0
