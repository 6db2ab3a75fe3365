"""The whole loop in a real browser: from a file, or from the demonstration, to what one customer
is promised. Every page that the way leads over is also asked for its accessibility."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from house import House, serving
from playwright.sync_api import Browser, Page, expect
from shop_export import write

pytestmark = [pytest.mark.browser]
WAIT = 90_000  # milliseconds; long work shows its progress meanwhile


@pytest.fixture(scope="module")
def demonstration(house_with_demonstration: House) -> Iterator[House]:
    with serving(house_with_demonstration):
        yield house_with_demonstration


@pytest.fixture(scope="module")
def shop(house: House) -> Iterator[House]:
    with serving(house):
        yield house


def sign_in(browser: Browser, house: House, email: str) -> Page:
    """A page signed in by a one-time link."""
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(house.answer("user", "link", email)["sign_in_link"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation").first).to_be_visible()
    return page


def look(page: Page) -> None:
    """The page has no accessibility fault and no broken part."""
    page.wait_for_load_state("networkidle")
    found = Axe().run(page)
    assert found.violations_count == 0, f"{page.url}\n{found.generate_report()}"


def publish(page: Page) -> None:
    page.get_by_role("link", name=re.compile("^Publish version")).first.click()
    look(page)
    page.get_by_label("Why").fill("It is what we can keep")
    page.get_by_role("button", name=re.compile("^Publish version")).click()
    expect(page.get_by_text("Published", exact=True).first).to_be_visible()
    look(page)


def test_a_newcomer_finds_promises_running_and_publishes_the_next_policy(
    browser: Browser, demonstration: House
) -> None:
    page = sign_in(browser, demonstration, "owner@example.com")
    look(page)

    page.goto(f"{demonstration.address}/inbox/")
    queue = page.locator("main tbody")
    expect(queue.get_by_text("Best customers").first).to_be_visible()
    expect(queue.get_by_text(re.compile("(left|late)$")).first).to_be_visible()

    page.get_by_role("navigation").get_by_role("link", name="Canvas").first.click()
    look(page)
    publish(page)
    page.goto(f"{demonstration.address}/customers")
    look(page)
    page.locator("main tbody a").first.click()

    expect(page.get_by_role("heading", name="What we promised")).to_be_visible()
    expect(page.get_by_text(re.compile("[Vv]ersion 2")).first).to_be_visible()
    look(page)


def test_a_shops_own_file_becomes_what_its_customers_are_promised(
    browser: Browser, shop: House, tmp_path: Path
) -> None:
    path = tmp_path / "bestellungen.csv"
    write(path)
    page = sign_in(browser, shop, "ada@example.org")
    look(page)

    import_file(page, shop, path)
    measure(page, shop)
    draft(page, shop)
    plan_and_adopt(page, shop)
    page.goto(f"{shop.address}/canvas/")
    publish(page)
    page.goto(f"{shop.address}/customers?q=K1000")
    page.locator("main tbody a").first.click()

    expect(page.get_by_role("heading", name="What we promised")).to_be_visible()
    expect(page.get_by_text("No policy is published yet")).to_have_count(0)


def import_file(page: Page, shop: House, path: Path) -> None:
    page.goto(f"{shop.address}/imports/new")
    look(page)
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Upload").click()
    page.get_by_role("button", name="See what it becomes").wait_for()
    look(page)
    page.get_by_role("button", name="See what it becomes").click()
    page.get_by_role("button", name="Import", exact=True).wait_for()
    look(page)
    page.get_by_role("button", name="Import", exact=True).click()
    expect(page.get_by_text(re.compile("rejected", re.IGNORECASE)).first).to_be_visible(
        timeout=WAIT
    )
    look(page)


def measure(page: Page, shop: House) -> None:
    page.goto(f"{shop.address}/insight/")
    look(page)
    page.get_by_role("button", name="Measure").first.click()
    # The import has already measured once; the page loads anew when the second time is done.
    expect(page.locator("#measuring")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_text("What is a customer worth?").first).to_be_visible(timeout=WAIT)
    look(page)


def draft(page: Page, shop: House) -> None:
    page.goto(f"{shop.address}/canvas/")
    look(page)
    page.get_by_role("link", name="Draft a first canvas").click()
    look(page)
    page.get_by_role("button", name="Next: interactions").click()
    page.get_by_role("button", name="Draft the canvas").wait_for()
    look(page)
    page.get_by_role("button", name="Draft the canvas").click()
    page.get_by_role("link", name=re.compile("^Publish version")).first.wait_for()
    look(page)


def plan_and_adopt(page: Page, shop: House) -> None:
    page.goto(f"{shop.address}/planner/")
    look(page)
    page.get_by_role("button", name="Find the best plan").click()
    page.get_by_role("button", name="Adopt", exact=True).wait_for(timeout=WAIT)
    look(page)
    page.get_by_role("button", name="Adopt", exact=True).click()
    page.wait_for_load_state()
    look(page)
