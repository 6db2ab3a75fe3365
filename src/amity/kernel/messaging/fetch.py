"""The one way out to the web. Nothing else in the house opens a connection to a stranger's host.

The name is resolved once, every address it has must be public, and the connection goes to the
address that was checked, so that a name that changes in between gains nothing. Redirects are
checked like the first address.
"""

import socket
import ssl
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpcore
from django.conf import settings
from httpx import URL, InvalidURL

from amity.kernel.messaging.rules import FetchError, check_target, is_public

REDIRECTS = {301, 302, 303, 307, 308}
MAX_REDIRECTS = 5
USER_AGENT = "Amity"


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer; header names are in lower case, `body` is what the server sent, unpacked not."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes


class CheckedBackend(httpcore.SyncBackend):
    """Connects to public addresses only, and to those that the operator opened."""

    def __init__(self, allowed: frozenset[str]) -> None:
        self.allowed = allowed

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[Any] | None = None,
    ) -> httpcore.NetworkStream:
        """A connection to an address of `host` that was checked.

        Raises:
            FetchError: the name is unknown, or one of its addresses is not public.
        """
        address = self._checked_address(host, port)
        return super().connect_tcp(address, port, timeout, local_address, socket_options)

    def connect_unix_socket(self, *_args: object, **_kwargs: object) -> httpcore.NetworkStream:
        """Never.

        Raises:
            FetchError: always.
        """
        raise FetchError("Sockets of this machine are not fetched.")

    def _checked_address(self, host: str, port: int) -> str:
        return outbound_address(host, port, allowed=self.allowed)


def outbound_address(host: str, port: int, *, allowed: frozenset[str] | None = None) -> str:
    """An address of `host` that may be connected to: a public one, or one the operator opened.

    Raises:
        FetchError: the name is unknown, or one of its addresses is not public.
    """
    opened = frozenset(settings.OUTBOUND_ALLOW) if allowed is None else allowed
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as error:
        raise FetchError(f"The host {host[:100]} is unknown.") from error
    addresses = [str(entry[4][0]) for entry in found]
    if f"{host}:{port}" in opened:
        return addresses[0]
    if not addresses or not all(is_public(address) for address in addresses):
        raise FetchError(
            f"The host {host[:100]} is not on the public internet. If it should be fetched, "
            f"add {host[:100]}:{port} to AMITY_OUTBOUND_ALLOW."
        )
    return addresses[0]


def safe_fetch(
    url: str,
    *,
    method: str = "GET",
    body: bytes = b"",
    headers: Mapping[str, str] | None = None,
    max_bytes: int = 65_536,
    timeout: float = 10.0,
    follow: bool = True,
) -> Fetched:
    """What the address answers, within `timeout` seconds in all and `max_bytes` of body.

    Raises:
        FetchError: it is not a public web address, did not answer in time, or sent too much.
    """
    limits = _Limits(max_bytes, time.monotonic() + timeout, frozenset(settings.OUTBOUND_ALLOW))
    sent = {"User-Agent": USER_AGENT, "Accept-Encoding": "identity", **(headers or {})}
    request = _Request(_parse(url), method, body, sent)
    with httpcore.ConnectionPool(
        ssl_context=ssl.create_default_context(), network_backend=CheckedBackend(limits.allowed)
    ) as pool:
        for _hop in range(MAX_REDIRECTS + 1):
            answer = _one(pool, request, limits)
            location = answer.headers.get("location")
            if not follow or answer.status not in REDIRECTS or location is None:
                return answer
            request = _redirected(request, location, keep=answer.status in (307, 308))
    raise FetchError(f"The address redirected more than {MAX_REDIRECTS} times.")


@dataclass(frozen=True, slots=True)
class _Limits:
    max_bytes: int
    deadline: float  # of the monotonic clock
    allowed: frozenset[str]


@dataclass(frozen=True, slots=True)
class _Request:
    target: URL
    method: str
    body: bytes
    headers: dict[str, str]


def _redirected(request: _Request, location: str, *, keep: bool) -> _Request:
    """Where a redirect leads; secrets do not follow to another host."""
    target = request.target
    onward = _parse(str(target.join(_parse_relative(location))))
    headers = request.headers
    if (onward.scheme, onward.host, onward.port) != (target.scheme, target.host, target.port):
        plain = ("user-agent", "accept-encoding", "accept", "content-type")
        headers = {name: value for name, value in headers.items() if name.lower() in plain}
    if keep:
        return _Request(onward, request.method, request.body, headers)
    return _Request(onward, "GET", b"", headers)


def _parse_relative(location: str) -> URL:
    try:
        return URL(location)
    except (InvalidURL, ValueError, TypeError) as error:
        raise FetchError("The address redirected to something that is no address.") from error


def _parse(url: str) -> URL:
    if len(url) > 4096 or any(ord(character) < 33 for character in url):
        raise FetchError("An address has at most 4096 characters and no blanks.")
    try:
        return URL(url)
    except (InvalidURL, ValueError, TypeError) as error:
        raise FetchError(f"{url[:100]} is no web address.") from error


def _one(pool: httpcore.ConnectionPool, request: _Request, limits: _Limits) -> Fetched:
    target = request.target
    port = check_target(
        scheme=target.scheme,
        host=target.host,
        port=target.port,
        has_user=bool(target.userinfo),
        allowed=limits.allowed,
    )
    seconds = max(limits.deadline - time.monotonic(), 0.01)
    url = httpcore.URL(
        scheme=target.raw_scheme, host=target.raw_host, port=port, target=target.raw_path
    )
    try:
        with pool.stream(
            request.method,
            url,
            headers=[("Host", target.netloc.decode("ascii")), *request.headers.items()],
            content=request.body or None,
            extensions={"timeout": dict.fromkeys(("connect", "read", "write", "pool"), seconds)},
        ) as response:
            return _fetched(target, response, limits)
    except (httpcore.TimeoutException, httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise FetchError(f"{target.host} did not answer: {type(error).__name__}.") from error


def _fetched(target: URL, response: httpcore.Response, limits: _Limits) -> Fetched:
    headers = {
        name.decode("latin-1").lower(): value.decode("latin-1") for name, value in response.headers
    }
    body = _read(response, limits.max_bytes, limits.deadline)
    return Fetched(str(target), response.status, headers, body)


def _read(response: httpcore.Response, max_bytes: int, deadline: float) -> bytes:
    parts: list[bytes] = []
    size = 0
    for part in response.iter_stream():
        size += len(part)
        if size > max_bytes:
            raise FetchError(f"The answer has more than {max_bytes} bytes.")
        if time.monotonic() > deadline:
            raise FetchError("The answer took too long.")
        parts.append(part)
    return b"".join(parts)
