"""Takes the pictures of docs/using from a running Amity with the demonstration company.

Usage: python tools/screenshots.py ADDRESS SIGN_IN_LINK

Start it with `amity demo` and take the sign-in link that it prints. Chromium
is found by name, or by AMITY_CHROMIUM.
"""

import os
import shutil
import sys
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

TARGET = Path(__file__).resolve().parent.parent / "docs/using/pictures"
PAGES = {
    "home": "/",
    "customers": "/customers",
    "customer": "/customers/398",
    "segments": "/segments/",
    "canvas": "/canvas/",
    "touchpoints": "/touchpoints/",
    "insight": "/insight/",
    "planner": "/planner/",
    "imports": "/imports/",
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
    page.goto(address + path)
    page.wait_for_load_state("networkidle")
    page.wait_for_timeout(400)  # charts end their drawing
    page.screenshot(path=TARGET / f"{name}.png")


def pictures(browser: Browser, address: str, link: str) -> None:
    wide = browser.new_context(viewport={"width": 1280, "height": 860}, color_scheme="light")
    page = wide.new_page()
    page.goto(link)
    page.click("main button")
    page.wait_for_load_state("networkidle")
    for name, path in PAGES.items():
        take(page, address, path, name)
    small = browser.new_context(
        viewport={"width": 360, "height": 740},
        color_scheme="dark",
        storage_state=wide.storage_state(),
    )
    for name in SMALL:
        take(small.new_page(), address, PAGES[name], f"{name}-small-dark")


if __name__ == "__main__":
    TARGET.mkdir(parents=True, exist_ok=True)
    with sync_playwright() as play:
        running = play.chromium.launch(executable_path=chromium(), args=["--no-sandbox"])
        pictures(running, sys.argv[1].rstrip("/"), sys.argv[2])
        running.close()
