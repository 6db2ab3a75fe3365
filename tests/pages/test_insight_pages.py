"""The insight pages in a real browser, in each of their states: axe finds nothing."""

from pathlib import Path

import pytest
from django.conf import LazySettings
from django.test import Client
from insight_houses import DESCRIBED, PAGES, say_a_lot, say_too_little
from pytest_django.live_server_helper import LiveServer
from test_every_page import CHROMIUM, MORE_SIZES, cookie_of, visit

from amity.kernel.access.operations import company

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture(autouse=True)
def _own_lake(settings: LazySettings, tmp_path: Path) -> None:
    settings.LAKE_ROOT = tmp_path / "lake"


def wrong_in(live_server: LiveServer, client: Client) -> dict[str, list[str]]:
    return visit(live_server.url, PAGES, cookie_of(client), MORE_SIZES)


def text(client: Client, path: str) -> str:
    return client.get(path).content.decode()


def test_pages_that_say_a_lot(live_server: LiveServer, ada_client: Client) -> None:
    say_a_lot()

    for path in DESCRIBED:
        assert "<table" in text(ada_client, path), path
    assert wrong_in(live_server, ada_client) == {}


def test_pages_that_have_too_little_to_say(live_server: LiveServer, ada_client: Client) -> None:
    say_too_little()

    said = [path for path in PAGES if "ot enough data" in text(ada_client, path)]
    assert len(said) >= 4
    assert wrong_in(live_server, ada_client) == {}


def test_pages_of_which_nothing_is_known_yet(live_server: LiveServer, ada_client: Client) -> None:
    company()

    assert wrong_in(live_server, ada_client) == {}
