"""The door by which a mail server hands mails over (LMTP, RFC 2033)."""

import asyncio
import signal
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session
from django.db import InterfaceError, OperationalError, close_old_connections

from amity.base.time import now
from amity.run.inbox.operations.mail.intake import ingest
from amity.run.inbox.rules.mail.limits import MAIL_BYTES

RECIPIENTS = 100  # of one mail
IDLE = 300  # seconds


class Handler:
    """Takes mails in one after the other; the answer follows the commit."""

    def __init__(self) -> None:
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="lmtp")

    async def handle_RCPT(  # noqa: N802 -- named by aiosmtpd
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Takes every recipient; what is for nobody here ends in quarantine, where it is seen."""
        if len(envelope.rcpt_tos) >= RECIPIENTS:
            return "452 4.5.3 Too many recipients"
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(  # noqa: N802 -- named by aiosmtpd
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """One answer for each recipient, as LMTP wants it."""
        content = envelope.content
        raw = content.encode("utf-8", "surrogateescape") if isinstance(content, str) else content
        to = tuple(envelope.rcpt_tos)
        loop = asyncio.get_running_loop()
        said = await loop.run_in_executor(self._worker, take, raw or b"", to)
        return "\r\n".join([said] * max(len(to), 1))


def take(raw: bytes, to: tuple[str, ...]) -> str:
    """The answer to a mail: 250 when it is committed, 451 where the database does not answer."""
    try:
        close_old_connections()
        taken = ingest(raw, at=now(), envelope_to=to)
    except (OperationalError, InterfaceError):
        return "451 4.3.0 The database does not answer; try again"
    return f"250 2.0.0 {taken.status}"


def serve(bind: str, port: int, *, started: Callable[[str], None]) -> None:
    """Listens until it is told to stop; `started` hears the address."""
    asyncio.run(_serve(bind, port, started))


async def _serve(bind: str, port: int, started: Callable[[str], None]) -> None:
    loop = asyncio.get_running_loop()
    handler = Handler()

    def door() -> LMTP:
        return LMTP(handler, data_size_limit=MAIL_BYTES, enable_SMTPUTF8=True, timeout=IDLE)

    server = await loop.create_server(door, bind, port)
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    host, taken = server.sockets[0].getsockname()[:2]
    started(f"{host}:{taken}")
    await stop.wait()
    server.close()
    await server.wait_closed()
