"""The web server: granian with our WSGI application."""

import os
import socket
import urllib.error
import urllib.request

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from amity.base.results import AmityError

KILL_TIMEOUT = 3  # seconds; an open stream would otherwise keep a worker alive for ever
PORTS_TO_TRY = 50
WAITERS = 136  # requests of a worker that may wait for news, beside those that work


class PortTakenError(AmityError):
    """Another program listens there."""


def serve(*, address: str, port: int, workers: int, threads: int) -> None:
    """Serves until it is told to stop.

    Raises:
        PortTakenError: another program listens on this port.
    """
    if not is_free(address, port):
        raise PortTakenError(
            f"Port {port} on {address} is taken. Stop what uses it, or choose another: --port"
        )
    os.environ["AMITY_TURNS"] = str(threads)  # read by the workers: project/wsgi.py
    Granian(
        "amity.project.wsgi:application",
        address=address,
        port=port,
        interface=Interfaces.WSGI,
        workers=workers,
        blocking_threads=threads + WAITERS,
        workers_kill_timeout=KILL_TIMEOUT,
        respawn_failed_workers=True,
        respawn_interval=1.0,
        log_level=LogLevels.warning,
        websockets=False,
    ).serve()


def is_free(address: str, port: int) -> bool:
    """Whether nobody listens on the port yet."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address, port))
        except OSError:
            return False
    return True


def first_free_port(address: str, wanted: int) -> int:
    """`wanted`, or the next port that nobody listens on.

    Raises:
        PortTakenError: the next fifty are all taken.
    """
    for port in range(wanted, min(wanted + PORTS_TO_TRY, 65536)):
        if is_free(address, port):
            return port
    raise PortTakenError(f"Ports {wanted} to {wanted + PORTS_TO_TRY - 1} are all taken.")


def is_answering(address: str, port: int) -> bool:
    """Whether the server says that it lives."""
    host = f"[{address}]" if ":" in address else address
    host = "127.0.0.1" if address in {"0.0.0.0", "::"} else host  # noqa: S104 -- compared, not bound
    try:
        with urllib.request.urlopen(f"http://{host}:{port}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
