"""The loop with the keyboard alone: everything is reached, focus is seen, nothing traps it."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.test import Client
from houses import furnish
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from amity.base.time import now
from amity.kernel.access.operations import company
from amity.kernel.policy.models import PolicyVersion

CHROMIUM = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")
MOST_STOPS = 250

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

# What has the focus, whether it is seen on the screen, and whether it differs from its plain self.
FOCUSED = """() => {
  const it = document.activeElement;
  if (!it || it === document.body) return null;
  const box = it.getBoundingClientRect(), style = getComputedStyle(it);
  const isThere = box.width > 0 && box.bottom > 0 && box.top < innerHeight;
  const isMarked = style.outlineStyle !== "none" || style.boxShadow !== "none";
  if (!it.dataset.stop) it.dataset.stop = String(++window.stops || (window.stops = 1));
  return [it.dataset.stop, isThere && isMarked, it.outerHTML.slice(0, 120)];
}"""


@pytest.fixture
def proposal(live_server: LiveServer) -> None:
    """A proposal that waits."""
    at = now()
    status = PolicyVersion.Status.PROPOSAL
    PolicyVersion.objects.create(
        number=1, name="A proposal", status=status, document={}, created_at=at, updated_at=at
    )


@pytest.fixture
def page(live_server: LiveServer, ada_client: Client) -> Iterator[Page]:
    company()
    furnish()
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(
            viewport={"width": 1280, "height": 900},
            reduced_motion="reduce",
            base_url=live_server.url,
        )
        cookie = str(ada_client.cookies["sessionid"].value)
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        yield context.new_page()
        browser.close()


def walk(page: Page) -> tuple[int, list[str]]:
    """Tabs to the end of the page: how many stops it has, and those where focus is not seen."""
    seen: set[str] = set()
    unseen: list[str] = []
    for _step in range(MOST_STOPS):
        page.keyboard.press("Tab")
        found = page.evaluate(FOCUSED)
        if found is None or found[0] in seen:
            return len(seen), unseen
        seen.add(found[0])
        if not found[1]:
            unseen.append(found[2])
    raise AssertionError(f"{MOST_STOPS} stops and no end on {page.url}")


def test_focus_goes_through_every_place_of_the_loop_and_is_seen(page: Page) -> None:
    for path in ("/", "/customers", "/segments/", "/canvas/", "/planner/", "/insight/", "/jobs"):
        page.goto(path)

        stops, unseen = walk(page)

        assert unseen == [], path
        assert stops > 12, path


def test_a_customer_is_found_opened_and_left_by_keys(page: Page) -> None:
    page.goto("/")
    page.keyboard.press("Control+k")
    expect(page.get_by_role("combobox")).to_be_focused()
    page.keyboard.type("li wei")
    expect(page.get_by_role("option").first).to_contain_text("Li Wei")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Li Wei")).to_be_visible()

    page.keyboard.press("g")
    page.keyboard.press("c")
    expect(page).to_have_url("/customers")
    page.keyboard.press("j")
    page.keyboard.press("x")
    expect(page.locator("[data-bulk-bar]")).to_be_visible()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Customers")


def test_the_help_opens_and_gives_the_focus_back(page: Page) -> None:
    page.goto("/customers")
    page.keyboard.press("j")
    page.keyboard.press("?")
    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("heading", name="Keyboard shortcuts")).to_be_hidden()
    assert page.evaluate("document.activeElement.hasAttribute('data-open')")


def test_the_count_beside_the_title_follows_the_typing(page: Page) -> None:
    page.goto("/customers")
    expect(page.locator("#list-facts")).to_contain_text("3 customers")
    page.keyboard.press("/")
    page.keyboard.type("li wei")

    expect(page.locator("#list-facts")).to_contain_text("1 customer")
    expect(page.locator("#filter-form [name=q]")).to_have_value("li wei")
    expect(page.get_by_role("searchbox", name="Search customers")).to_be_focused()


def test_the_number_beside_a_place_comes_by_itself(proposal: None, page: Page) -> None:
    page.goto("/jobs")

    expect(page.locator("#count-canvas")).to_have_text("1")


def test_the_places_stay_in_sight_on_a_long_page(page: Page) -> None:
    page.set_viewport_size({"width": 1280, "height": 300})
    page.goto("/settings")
    places = page.locator("nav.sidebar")

    page.evaluate("scrollTo(0, document.documentElement.scrollHeight)")

    assert page.evaluate("scrollY") > 100
    box = places.bounding_box()
    assert box is not None
    assert (box["y"], box["height"]) == (0, 300)
