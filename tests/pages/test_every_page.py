"""Every page in a real browser: axe finds nothing, the console stays empty, nothing overflows.

The pages are found, not listed: every address without parameters that answers Ada with HTML, of the
house and of each capability; and the pages of one customer, job, touchpoint and so on.
"""

import os
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.conf import LazySettings
from django.test import Client
from houses import furnish, pages_of
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer
from troubles import in_trouble

from amity.kernel.access.operations import company

CHROMIUM = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")
PICTURES = os.environ.get("AMITY_PICTURES")  # a folder: each page is photographed into it
SIZES = ((1280, 900, "light"), (360, 740, "dark"))
MORE_SIZES = (
    *SIZES,
    (1280, 900, "dark"),
    (640, 450, "light"),  # 1280 at two hundred percent
    (360, 740, "light"),
)

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def visit(
    address: str, paths: list[str], cookie: str, sizes: tuple[Any, ...] = SIZES
) -> dict[str, list[str]]:
    """What is wrong with each page, by path; nothing where all is well."""
    wrong: dict[str, list[str]] = {}
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context()
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        page = context.new_page()
        console: list[str] = []
        page.on("console", lambda m: console.append(m.text) if m.type == "error" else None)
        page.on("pageerror", lambda error: console.append(str(error)))
        for path in paths:
            console.clear()
            page.goto(address + path)
            problems = [one for size in sizes for one in look(page, *size)]
            problems += turned_round(page)
            problems += [text for text in console if "404" not in text]
            if problems:
                wrong[path] = problems
        browser.close()
    return wrong


def look(page: Page, width: int, height: int, scheme: Any) -> list[str]:
    """What axe finds and whether the page is wider than the window, at one size and theme."""
    page.set_viewport_size({"width": width, "height": height})
    page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    page.wait_for_timeout(150)
    violations = Axe().run(page).response["violations"]
    found = [
        f"{width} {scheme}: {one['id']}: {one['nodes'][0]['html'][:160]}" for one in violations
    ]
    if PICTURES:
        name = re.sub(r"\W+", "_", page.url.partition("//")[2].partition("/")[2]) or "home"
        page.screenshot(path=f"{PICTURES}/{name}-{width}-{scheme}.png", full_page=True)
    return found + _too_wide(page, str(width))


def turned_round(page: Page) -> list[str]:
    """Whether a page that is read from the right overflows, or keeps its sidebar at the left."""
    page.set_viewport_size({"width": 1280, "height": 900})
    page.evaluate("document.documentElement.dir = 'rtl'")
    found = _too_wide(page, "right to left")
    sidebar = page.locator("nav.sidebar")
    box = sidebar.bounding_box() if sidebar.count() else None
    return [*found, "the sidebar stays at the left"] if box and box["x"] < 640 else found


def _too_wide(page: Page, how: str) -> list[str]:
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{how}: {too_wide} px too wide"] if too_wide > 0 else []


def cookie_of(client: Client) -> str:
    return str(client.cookies["sessionid"].value)


def test_every_page_of_an_empty_house(live_server: LiveServer, ada_client: Client) -> None:
    company()
    paths = pages_of(ada_client)

    assert {"/", "/customers", "/jobs", "/settings", "/ui/"} <= set(paths)
    assert visit(live_server.url, paths, cookie_of(ada_client)) == {}


def test_every_page_of_a_house_that_is_lived_in(
    live_server: LiveServer, ada_client: Client
) -> None:
    company()
    single = furnish()
    paths = pages_of(ada_client) + single

    assert visit(live_server.url, paths, cookie_of(ada_client)) == {}


def test_every_page_of_a_house_in_trouble(
    live_server: LiveServer, ada_client: Client, settings: LazySettings, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "files"
    company()
    paths = in_trouble(ada_client)

    wrong = visit(live_server.url, paths, cookie_of(ada_client), MORE_SIZES)

    assert wrong == {}
    texts = " ".join(ada_client.get(path).content.decode() for path in dict.fromkeys(paths))
    for said in ("Not enough data", "The last measurement failed", "Rejected", "Failed"):
        assert said in texts


def test_the_pages_for_strangers(live_server: LiveServer) -> None:
    paths = ["/sign-in", "/sign-in/link", "/sign-in/link?sesame=x", "/nothing/here"]

    assert visit(live_server.url, paths, "none") == {}
