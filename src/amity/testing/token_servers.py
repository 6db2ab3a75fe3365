"""Servers for tests: a token address, and an SMTP server that asks who one is.

OpenSMTPD speaks no OAuth, and Debian's (6.8) no TLS with OpenSSL 3 (its issue 1171).
"""

import http.server
import json
import re
import ssl
import tempfile
import threading
from base64 import b64decode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from amity.testing.mail_servers import certified, free_port

SECRET = re.compile(rb"\x00|\x01+|auth=Bearer ")  # what stands around it


@dataclass
class TokenServer:
    """A token address (RFC 6749): answers with what is laid in `answers`, in turn."""

    port: int = 0
    answers: list[tuple[int, Any]] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        """Where tokens are asked for."""
        return f"http://127.0.0.1:{self.port}/token"


@contextmanager
def token_server() -> Iterator[TokenServer]:
    """A token address on loopback, for as long as the block lasts."""
    state = TokenServer()

    class Door(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"])).decode()
            state.asked.append({name: values[0] for name, values in parse_qs(body).items()})
            status, answer = state.answers.pop(0)
            text = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        def log_message(self, *_said: object) -> None:
            """Says nothing."""

    with http.server.HTTPServer(("127.0.0.1", 0), Door) as server:
        state.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield state
        server.shutdown()
        thread.join()


@dataclass
class SecureSmtp:
    """An SMTP server with STARTTLS: `good` are the secrets that it takes, `mails` what came."""

    authority: Path
    other_authority: Path
    port: int
    good: set[str] = field(default_factory=set)
    said: list[bytes] = field(default_factory=list)  # what clients signed in with, in turn
    mails: list[Envelope] = field(default_factory=list)

    async def handle_DATA(  # noqa: N802 -- named by aiosmtpd
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Takes a mail."""
        self.mails.append(envelope)
        return "250 taken"

    async def take(self, server: SMTP, arguments: list[str]) -> AuthResult:
        """Looks at a password or token; a refused token is a challenge first (RFC 7628)."""
        given = b64decode(arguments[1])
        self.said.append(given)
        if [part for part in SECRET.split(given) if part][-1].decode() in self.good:
            return AuthResult(success=True)
        if b"Bearer" in given:
            await server.challenge_auth(b'{"status":"401"}')
        return AuthResult(success=False, handled=False)


@contextmanager
def secure_smtp(mechanism: str) -> Iterator[SecureSmtp]:
    """An SMTP server on loopback: after STARTTLS it signs people in by PLAIN, XOAUTH2 and so on."""
    with tempfile.TemporaryDirectory(prefix="amity-smtp-") as name:
        folder = Path(name)
        state = SecureSmtp(*certified(folder), free_port())
        setattr(state, f"auth_{mechanism}", state.take)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(folder / "server.pem", folder / "server.key")
        server = Controller(
            state,
            hostname="127.0.0.1",
            port=state.port,
            tls_context=context,
            require_starttls=True,
            auth_required=True,
            auth_exclude_mechanism={"LOGIN", "PLAIN"} - {mechanism},
        )
        server.start()
        try:
            yield state
        finally:
            server.stop()
