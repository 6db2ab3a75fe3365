"""Server and workers together, as `up` and `demo` start them."""

import os
import sys
import time

from amity.project.supervisor import Child, Supervisor

READY_SECONDS = 120


def run_group(*, bind: str, port: int, job_workers: int, greeting: str) -> None:
    """Serves and works in children of this process until it is told to stop.

    Raises:
        PortTakenError: another program listens on this port.
    """
    from amity.project import server

    if not server.is_free(bind, port):
        raise server.PortTakenError(
            f"Port {port} on {bind} is taken. Stop what uses it, or choose another: --port"
        )
    amity = [sys.executable, "-m", "amity.cli"]
    children = [Child("server", [*amity, "serve", "--bind", bind, "--port", str(port)])]
    children += [
        Child(f"job worker {number + 1}", [*amity, "worker"]) for number in range(job_workers)
    ]

    def greet() -> None:
        deadline = time.monotonic() + READY_SECONDS
        while not server.is_answering(bind, port) and time.monotonic() < deadline:
            time.sleep(0.1)
        print(greeting, flush=True)  # noqa: T201 -- the person at the terminal waits for it

    Supervisor(children, environment=os.environ).run(when_started=greet)


def address_of(bind: str, port: int) -> str:
    """Where a browser on this machine finds the server."""
    host = "127.0.0.1" if bind in {"0.0.0.0", "::"} else bind  # noqa: S104 -- shown, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
