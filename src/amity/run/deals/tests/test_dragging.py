"""A card of the board dragged to another stage, in a real browser."""

import os
import shutil
from collections.abc import Callable

import pytest
from django.test import Client
from playwright.sync_api import expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from amity.run.deals.models import Deal
from amity.testing import people

CHROMIUM = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


@pytest.fixture
def cookie(db: None) -> str:
    """Ada is signed in; before the browser starts, in whose loop the database is not asked."""
    client = Client()
    client.force_login(people.ada(), backend="django.contrib.auth.backends.ModelBackend")
    return client.cookies["sessionid"].value


def drag(address: str, cookie: str) -> list[str]:
    """Drags the card by mouse, then looks at it by touch; what the console complained of."""
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.set_default_timeout(90_000)  # a busy machine is slow, not wrong
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.goto(f"{address}/deals/")
        page.locator(".deal-card").drag_to(page.locator("[data-stage=offer-made]"))
        expect(page.locator("[data-stage=offer-made] .deal-title")).to_have_text("Ten pumps")

        phone = browser.new_context(
            viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True
        )
        phone.set_default_timeout(90_000)
        phone.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        small = phone.new_page()
        small.goto(f"{address}/deals/")
        expect(small.locator(".deal-card")).not_to_have_attribute("draggable", "true")
        expect(small.get_by_text("Move to…").first).to_be_visible()
        browser.close()
    return errors


def test_a_card_is_dragged_to_another_stage_and_touch_keeps_the_menu(
    live_server: LiveServer, cookie: str, deal: Callable[..., Deal]
) -> None:
    moved = deal()

    assert drag(live_server.url, cookie) == []

    moved.refresh_from_db()
    assert (moved.stage.key, moved.events.latest("pk").kind) == ("offer-made", "moved")
