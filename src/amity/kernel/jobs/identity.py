"""What a worker is called, so that the jobs of a killed one are taken up at once.

A name is `machine/process/chance`. The machine part stands for one process-number space: this host
since its last start, and this container.
"""

import os
import secrets
import socket
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path


@cache
def _machine() -> str:
    parts = [socket.gethostname()]
    boot = Path("/proc/sys/kernel/random/boot_id")
    if boot.exists():  # Linux; elsewhere the host name alone has to do
        parts += [
            boot.read_text(encoding="ascii").strip(),
            str(Path("/proc/self/ns/pid").readlink()),
        ]
    return sha256("|".join(parts).encode()).hexdigest()[:16]


def new_worker_name() -> str:
    """A name for a worker in this process."""
    return f"{_machine()}/{os.getpid()}/{secrets.token_hex(4)}"


def dead_workers(names: Iterable[str]) -> list[str]:
    """Those of `names` whose process was on this machine and is gone.

    A process number that has been given to another process hides a dead worker; its jobs then wait
    for their lease to run out.
    """
    return [name for name in names if _is_dead(name)]


def _is_dead(name: str) -> bool:
    machine, _, rest = name.partition("/")
    process = rest.partition("/")[0]
    if machine != _machine() or not process.isdigit():
        return False
    try:
        os.kill(int(process), 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        return False
    return False
