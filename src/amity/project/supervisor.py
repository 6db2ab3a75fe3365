"""Runs the server and the workers as children of one process: they start, end and die together."""

import logging
import os
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from types import FrameType

logger = logging.getLogger(__name__)
GRACE_SECONDS = 10.0
SHORTEST_LIFE = 5.0  # seconds; a child that ends sooner waits before it is started again
LOOK_EVERY = 0.2
PARENT_VARIABLE = "AMITY_SUPERVISOR"


@dataclass
class Child:
    """One command that is kept running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started: float = field(default=0.0)
    start_after: float = field(default=0.0)

    def is_running(self) -> bool:
        """Whether its process lives."""
        return self.process is not None and self.process.poll() is None


class Supervisor:
    """Keeps children running until it is told to stop."""

    def __init__(self, children: Sequence[Child], *, environment: Mapping[str, str]) -> None:
        self.children = list(children)
        self._environment = {**environment, PARENT_VARIABLE: str(os.getpid())}
        self._stop = threading.Event()

    def stop(self) -> None:
        """Asks `run` to end."""
        self._stop.set()

    def run(self, *, when_started: Callable[[], None] = lambda: None) -> None:
        """Starts the children and starts anew those that end, until SIGTERM, SIGINT or `stop`."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            for child in self.children:
                self._start(child)
            threading.Thread(target=when_started, daemon=True).start()
            while not self._stop.wait(LOOK_EVERY):
                for child in self.children:
                    self._keep(child)
        finally:
            self._end_all()

    def _on_signal(self, number: int, frame: FrameType | None) -> None:
        self.stop()

    def _start(self, child: Child) -> None:
        child.started = time.monotonic()
        # A session of its own: Ctrl-C reaches this process alone, which then ends the children.
        child.process = subprocess.Popen(  # noqa: S603 -- our own commands
            list(child.command), env=self._environment, start_new_session=True
        )

    def _keep(self, child: Child) -> None:
        if child.is_running():
            return
        now = time.monotonic()
        if child.process is not None:
            logger.error("%s ended with %s; starting it again", child.name, child.process.poll())
            is_hasty = now - child.started < SHORTEST_LIFE
            child.start_after = now + SHORTEST_LIFE if is_hasty else now
            child.process = None
        if now >= child.start_after:
            self._start(child)

    def _end_all(self) -> None:
        running = [child for child in self.children if child.is_running()]
        for child in running:
            if child.process is not None:
                child.process.terminate()
        deadline = time.monotonic() + GRACE_SECONDS
        for child in running:
            _wait_or_kill(child, deadline)


def _wait_or_kill(child: Child, deadline: float) -> None:
    if child.process is None:
        return
    try:
        child.process.wait(timeout=max(0.0, deadline - time.monotonic()))
    except subprocess.TimeoutExpired:
        logger.warning("%s did not end in time; killing it", child.name)
        child.process.kill()
        child.process.wait()


def die_with_parent() -> None:
    """Ends this process soon after its supervisor is gone, even where that was killed.

    Without it a killed supervisor would leave a server behind that holds the port.
    """
    parent = os.environ.get(PARENT_VARIABLE)
    if parent is None:
        return

    def watch() -> None:
        while str(os.getppid()) == parent:
            time.sleep(0.5)
        os._exit(1)

    threading.Thread(target=watch, daemon=True).start()
