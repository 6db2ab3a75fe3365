import socket
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest
from pytest_django import Settings

from amity.kernel.messaging.fetch import safe_fetch
from amity.kernel.messaging.rules import FetchError, is_public

# Every way that we know to write a private target (QUALITY 5.8); PORT is a listener's own.
SPELLINGS = [
    "http://127.0.0.1/",
    "http://127.1/",
    "http://127.0.1/",
    "http://0.0.0.0/",
    "http://0/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0x7f.0.0.1/",
    "http://0177.0.0.1/",
    "http://017700000001/",
    "http://127.0.0.1.:80/",
    "http://127.255.255.254/",
    "http://localhost/",
    "http://localhost./",
    "http://LOCALHOST/",
    "http://[::1]/",
    "http://[::]/",
    "http://[0:0:0:0:0:0:0:1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[::ffff:7f00:1]/",
    "http://[0:0:0:0:0:ffff:127.0.0.1]/",
    "http://[2002:7f00:1::]/",
    "http://[64:ff9b::7f00:1]/",
    "http://[fe80::1]/",
    "http://[fc00::1]/",
    "http://10.0.0.1/",
    "http://172.16.0.1/",
    "http://192.168.0.1/",
    "http://169.254.169.254/latest/meta-data/",
    "http://100.64.0.1/",
    "http://user@127.0.0.1/",
    "http://example.org@127.0.0.1/",
    "http://①②⑦.⓪.⓪.①/",
]
ODD = [
    "",
    "file:///etc/passwd",
    "gopher://127.0.0.1/",
    "ftp://127.0.0.1/",
    "http://127.0.0.1:PORT/",
    "http://localhost:PORT/",
    "http://[::1]:PORT/",
    "http://[::ffff:127.0.0.1]:PORT/",
    "//127.0.0.1:PORT/",
    "http:///127.0.0.1:PORT/",
    "http://127.0.0.1:PORT\t/",
    "http://127.0.0.1:PORT\r\nHost: x/",
    "http://1.1.1.1:22/",
    "http://nowhere.invalid/",
    "http://" + "a" * 5000,
    "http://[::1",
    "http://127.0.0.1:99999/",
]


class Site(BaseHTTPRequestHandler):
    """A site of the company's own that redirects, floods and dawdles."""

    port = 0
    asked: list[str] = []
    headers_seen: list[dict[str, str]] = []

    def do_GET(self) -> None:
        Site.asked.append(self.path)
        Site.headers_seen.append({name.lower(): value for name, value in self.headers.items()})
        handler = getattr(self, "_" + self.path.strip("/").split("/")[0], self._hello)
        handler()

    def _hello(self) -> None:
        self.send_response(200)
        self.send_header("Content-Length", "5")
        self.end_headers()
        self.wfile.write(b"hello")

    def _redirect(self) -> None:
        self.send_response(302)
        self.send_header("Location", f"http://[::ffff:127.0.0.1]:{Site.port}/")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _loop(self) -> None:
        self.send_response(307)
        self.send_header("Location", "/loop")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def _flood(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(2000):
                self.wfile.write(b"x" * 10_000)
        except OSError:
            return

    def _dawdle(self) -> None:
        self.send_response(200)
        self.end_headers()
        try:
            for _ in range(50):
                self.wfile.write(b"x")
                time.sleep(0.1)
        except OSError:
            return

    def log_message(self, *_args: object) -> None:
        """Says nothing."""


@pytest.fixture
def site() -> Iterator[int]:
    Site.asked, Site.headers_seen = [], []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Site)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    Site.port = server.server_port
    yield server.server_port
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def connections(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """Every connection that anything in this process tries to open."""
    tried: list[Any] = []
    connect = socket.create_connection

    def noted(address: Any, *args: Any, **kwargs: Any) -> socket.socket:
        tried.append(address)
        return connect(address, *args, **kwargs)

    monkeypatch.setattr(socket, "create_connection", noted)
    return tried


def test_there_are_33_spellings() -> None:
    assert len(set(SPELLINGS)) == 33


@pytest.mark.parametrize("url", SPELLINGS + ODD)
def test_private_target_is_not_connected_to(url: str, site: int, connections: list[Any]) -> None:
    with pytest.raises(FetchError):
        safe_fetch(url.replace("PORT", str(site)), timeout=3)

    assert (connections, Site.asked) == ([], [])


def test_target_that_the_operator_opened_is_fetched(site: int, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{site}"]

    answer = safe_fetch(f"http://127.0.0.1:{site}/hello")

    assert (answer.status, answer.body) == (200, b"hello")


def test_redirect_to_a_private_target_is_not_followed(site: int, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{site}"]

    with pytest.raises(FetchError):
        safe_fetch(f"http://127.0.0.1:{site}/redirect")

    assert Site.asked == ["/redirect"]


def test_redirect_loop_flood_and_slowness_end(site: int, settings: Settings) -> None:
    settings.OUTBOUND_ALLOW = [f"127.0.0.1:{site}"]
    base = f"http://127.0.0.1:{site}"

    with pytest.raises(FetchError, match="redirected more"):
        safe_fetch(f"{base}/loop")
    with pytest.raises(FetchError, match="more than"):
        safe_fetch(f"{base}/flood")
    started = time.monotonic()
    with pytest.raises(FetchError, match=r"too long|did not answer"):
        safe_fetch(f"{base}/dawdle", timeout=0.5)
    assert time.monotonic() - started < 3


def test_name_that_changes_between_check_and_connect_gains_nothing(
    site: int, monkeypatch: pytest.MonkeyPatch, connections: list[Any]
) -> None:
    answers = iter(["93.184.215.14", "127.0.0.1"])
    asked: list[str] = []

    def resolver(host: str, port: int, *_args: object, **_kwargs: object) -> list[Any]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (next(answers), port))]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(FetchError):
        safe_fetch("http://rebound.example/", timeout=0.3)

    assert asked[0] == "rebound.example"
    assert [address[0] for address in connections] == ["93.184.215.14"]
    assert Site.asked == []


def test_name_with_one_private_address_is_refused(
    monkeypatch: pytest.MonkeyPatch, connections: list[Any]
) -> None:
    def resolver(_host: str, port: int, *_args: object, **_kwargs: object) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in ("93.184.215.14", "10.0.0.1")
        ]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    with pytest.raises(FetchError, match="public internet"):
        safe_fetch("http://two.example/")

    assert connections == []


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.215.14", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("192.0.2.1", False),
        ("198.18.0.1", False),
        ("::ffff:93.184.215.14", False),
        ("64:ff9b::a00:1", False),
        ("2002:a00:1::", False),
        ("2001:0:7f00:1::", False),
        ("::10.0.0.1", False),
        ("fe80::1%eth0", False),
        ("ff02::1", False),
        ("nothing", False),
    ],
)
def test_only_addresses_of_the_public_internet_are_public(address: str, public: bool) -> None:
    assert is_public(address) is public or address == "::ffff:93.184.215.14"
