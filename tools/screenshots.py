"""Takes the pictures of docs/using from a running Amity with the demonstration company.

Usage: python tools/screenshots.py ADDRESS SIGN_IN_LINK [NAME …]

With names only those are taken. Start it with `amity demo` and take the sign-in link that it
prints. Chromium is found by name, or by AMITY_CHROMIUM.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

TARGET = Path(__file__).resolve().parent.parent / "docs/using/pictures"
# By name: an address, and after a space what is clicked there.
PAGES = {
    "home": "/",
    "customers": "/customers",
    "customer": "/customers/398",
    "segments": "/segments/",
    "canvas": "/canvas/",
    "touchpoints": "/touchpoints/",
    "insight": "/insight/",
    "planner": "/planner/",
    "inbox": "/inbox/",
    "conversation": "/inbox/ main tbody a",
    "account": "/accounts/books/4 main td a",
    "deals": "/deals/",
    "service": "/inbox/service/",
    "imports": "/imports",
    "jobs": "/jobs",
    "settings": "/settings",
}
SMALL = ("home", "customers", "canvas")


def chromium() -> str:
    """The browser to use."""
    found = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")
    if found is None:
        sys.exit("No Chromium here. Install one, or name it in AMITY_CHROMIUM.")
    return found


def take(page: Page, address: str, path: str, name: str) -> None:
    start, _space, link = path.partition(" ")
    page.goto(address + start)
    if link:
        page.locator(link).first.click()
    page.wait_for_load_state("load")
    page.wait_for_timeout(1500)  # charts end their drawing; the inbox never stops listening
    page.screenshot(path=TARGET / f"{name}.png")


def pictures(browser: Browser, address: str, link: str, names: list[str]) -> None:
    wide = browser.new_context(viewport={"width": 1200, "height": 680}, color_scheme="light")
    page = wide.new_page()
    page.goto(link)
    page.click("main button")
    page.wait_for_load_state("networkidle")
    for name, path in PAGES.items():
        if not names or name in names:
            take(page, address, path, name)
    small = browser.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme="dark",
        storage_state=wide.storage_state(),
    )
    for name in SMALL if not names else ():
        take(small.new_page(), address, PAGES[name], f"{name}-small-dark")


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        pictures(running, sys.argv[1].rstrip("/"), sys.argv[2], sys.argv[3:])
        running.close()
