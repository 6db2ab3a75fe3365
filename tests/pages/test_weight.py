"""What a page may cost: statements on a cold cache, and requests and bytes in a cold browser."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from houses import furnish, pages_of
from playwright.sync_api import Page, Request, sync_playwright
from pytest_django.live_server_helper import LiveServer

from amity.kernel.access.operations import company

CHROMIUM = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")
LISTS = (
    "/customers",
    "/inbox/",
    "/imports",
    "/jobs",
    "/segments/",
    "/touchpoints/",
    "/settings/people",
)
STATEMENTS, REQUESTS, BYTES = 10, 8, 300_000


def list_pages(client: Client) -> list[str]:
    """Every page with a table of rows that has an address of its own, and no chart."""
    drawn = {path: client.get(path).content for path in pages_of(client)}
    return [
        path for path, page in drawn.items() if b"data-rows" in page and b"charts.js" not in page
    ]


@pytest.mark.parametrize("path", LISTS)
def test_a_list_takes_at_most_ten_statements_on_a_cold_cache(path: str, ada_client: Client) -> None:
    company()
    furnish()
    ada_client.get(path)
    cache.clear()

    with CaptureQueriesContext(connection) as captured:
        response = ada_client.get(path)

    assert response.status_code == 200
    assert len(captured) <= STATEMENTS, [one["sql"][:120] for one in captured]


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine")
def test_every_list_page_is_light_in_a_cold_browser(
    live_server: LiveServer, ada_client: Client
) -> None:
    company()
    furnish()
    paths = list_pages(ada_client)
    assert {"/customers", "/jobs"} <= set(paths)
    cookie = str(ada_client.cookies["sessionid"].value)

    heavy = {
        path: (requests, sent)
        for path, requests, sent in weighed(live_server.url, paths, cookie)
        if requests > REQUESTS or sent > BYTES
    }

    assert heavy == {}


def weighed(address: str, paths: list[str], cookie: str) -> Iterator[tuple[str, int, int]]:
    """For each page the requests and the bytes that came over the wire, each in a new browser."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for path in paths:
            context = browser.new_context()
            context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
            yield path, *_weigh(context.new_page(), address + path)
            context.close()
        browser.close()


def _weigh(page: Page, address: str) -> tuple[int, int]:
    seen: list[Request] = []

    def hear(request: Request) -> None:
        seen.append(request)

    page.on("requestfinished", hear)
    page.goto(address, wait_until="networkidle")
    loaded = [one for one in seen if not one.url.startswith("data:")]
    return len(loaded), sum(one.sizes()["responseBodySize"] for one in loaded)
