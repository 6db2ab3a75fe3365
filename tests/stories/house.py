"""A real Amity in processes of its own: a home folder, a database, the amity command."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx


@dataclass
class House:
    """An installation with its own home folder; `run` is the amity command."""

    home: Path
    port: int
    database_url: str = ""

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith("AMITY_")}
        return {
            **kept,
            "AMITY_HOME": str(self.home),
            "AMITY_BASE_URL": self.address,
            "AMITY_PORT": str(self.port),
            "AMITY_DATABASE_URL": self.database_url,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        }

    def command(self, *words: str) -> list[str]:
        return [sys.executable, "-m", "amity.cli", *words]

    def run(self, *words: str) -> str:
        """What the command prints; fails with its stderr where it does not end well."""
        done = subprocess.run(
            self.command(*words), env=self.environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"amity {' '.join(words)}: {done.stderr}\n{done.stdout}"
        return done.stdout

    def answer(self, *words: str) -> Any:
        """The command's JSON."""
        return json.loads(self.run(*words, "--json"))


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@contextmanager
def serving(house: House) -> Iterator[None]:
    """Pages and a worker of this house, until the end of the block."""
    with (house.home / "up.log").open("wb") as log:
        process = subprocess.Popen(
            house.command("up"), env=house.environment, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        wait_until_ready(house)
        yield
    finally:
        process.terminate()
        process.wait(20)


def wait_until_ready(house: House, seconds: float = 60) -> None:
    """Returns when it answers; fails with its log where it never does."""
    until = time.monotonic() + seconds
    while True:
        try:
            if httpx.get(f"{house.address}/readyz", timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        if time.monotonic() > until:
            raise AssertionError(f"not ready: {(house.home / 'up.log').read_text()}")
        time.sleep(0.2)
