"""A visitor of a foreign site chats with an agent: both see each message within a second."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from chat_site import foreign_site
from house import House, free_port, serving
from playwright.sync_api import Browser, Page, expect

pytestmark = [pytest.mark.browser]
SECOND = 1000  # milliseconds
WIDGET = "[data-amity-chat]"
SET_UP = """
import django; django.setup()
from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.kernel.calendars.models import WorkingCalendar
from amity.kernel.messaging.sealing import seal
from amity.run.inbox.models import Channel
days = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
for key, hours in (("always", {{day: [["00:00", "24:00"]] for day in days}}), ("never", {{}})):
    WorkingCalendar.objects.create(
        key=key, name=key.title(), time_zone="UTC", weekly_hours=hours)
for key in ("always", "never"):
    Channel.objects.create(key=key, name="Teehaus", kind="chat", created_at=now(), settings=dict(
        origins=["{site}"], accent="#2f4079", greeting="Good day!", calendar_key=key,
        secret=seal("s3cret")))
"""


@pytest.fixture(scope="module")
def site_port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def desk(house: House, site_port: int) -> Iterator[House]:
    """A served house with one chat that is always open and one that never is."""
    site = f"http://127.0.0.1:{site_port}"
    inside(house, SET_UP.format(site=site))
    with serving(house):
        yield house


def inside(house: House, code: str) -> str:
    environment = {**house.environment, "DJANGO_SETTINGS_MODULE": "amity.project.settings"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def sign_in(browser: Browser, house: House) -> Page:
    page = browser.new_context(viewport={"width": 1280, "height": 900}).new_page()
    page.goto(house.answer("user", "link", "ada@example.org")["sign_in_link"])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("navigation").first).to_be_visible()
    return page


def visit(browser: Browser, site: str, **given: Any) -> tuple[Page, list[str]]:
    page = browser.new_context(**given).new_page()
    wrong: list[str] = []
    page.on("console", lambda m: wrong.append(m.text) if m.type in {"error", "warning"} else None)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.goto(site)
    return page, wrong


def look(page: Page) -> None:
    found = Axe().run(page)
    assert found.violations_count == 0, found.generate_report()


def test_both_sides_see_each_message_within_a_second(
    browser: Browser, desk: House, site_port: int
) -> None:
    agent = sign_in(browser, desk)
    agent.goto(f"{desk.address}/inbox/")
    with foreign_site(site_port, desk.address, "always") as site:
        visitor, wrong = visit(browser, site)
        visitor.get_by_role("button", name="Open chat").click()
        expect(visitor.get_by_role("dialog")).to_contain_text("Good day!")
        expect(visitor.get_by_role("dialog")).to_contain_text("not enough data")
        visitor.get_by_label("Your message").fill("Is the <b>green</b> tea from Uji?")
        visitor.keyboard.press("Enter")

        expect(agent.get_by_text("green</b> tea from Uji?").first).to_be_visible(timeout=SECOND * 2)
        agent.get_by_role("link", name="Somebody unknown").first.click()
        agent.get_by_label("Your words").fill("I begin to wri")
        visitor.get_by_label("Your message").fill("Hello?")
        visitor.keyboard.press("Enter")
        expect(agent.locator(".inbox-story").get_by_text("Hello?")).to_be_visible(timeout=SECOND)
        expect(agent.get_by_label("Your words")).to_have_value("I begin to wri")

        agent.get_by_label("Your words").fill("Yes, from Uji.")
        agent.get_by_role("button", name="Send", exact=True).click()
        expect(visitor.get_by_role("log").get_by_text("Yes, from Uji.")).to_be_visible(
            timeout=SECOND * 2
        )
        look(visitor)

        visitor.reload()
        visitor.get_by_role("button", name="Open chat").click()
        expect(visitor.get_by_role("log").get_by_text("Yes, from Uji.")).to_have_count(1)
        visitor.keyboard.press("Escape")
        expect(visitor.get_by_role("button", name="Open chat")).to_be_focused()
        assert wrong == []


def test_out_of_hours_it_asks_for_an_address(browser: Browser, desk: House, site_port: int) -> None:
    with foreign_site(site_port, desk.address, "never") as site:
        visitor, wrong = visit(
            browser, site, viewport={"width": 360, "height": 740}, color_scheme="dark"
        )
        look(visitor)
        visitor.get_by_role("button", name="Open chat").click()
        expect(visitor.get_by_label("Your e-mail address")).to_be_focused()
        look(visitor)
        box = visitor.get_by_role("dialog").bounding_box()
        assert box is not None
        assert (box["x"], box["width"]) == (0, 360)

        visitor.get_by_label("Your message").fill("When do you open?")
        visitor.get_by_role("button", name="Send").click()
        expect(visitor.get_by_role("alert")).to_contain_text("e-mail")
        visitor.get_by_label("Your e-mail address").fill("mia@customer.example")
        visitor.get_by_role("button", name="Send").click()
        expect(visitor.get_by_role("log").get_by_text("When do you open?")).to_be_visible()
        expect(visitor.get_by_label("Your e-mail address")).to_be_hidden()
        assert wrong == []


def test_a_signed_visitor_is_known(browser: Browser, desk: House, site_port: int) -> None:
    signature = inside(
        desk,
        "from amity.run.inbox.rules.chat import signature_of as s; print(s('s3cret', 'id:42'))",
    )
    more = f' data-user-id="42" data-name="Mia Wong" data-hash="{signature}"'
    agent = sign_in(browser, desk)
    with foreign_site(site_port, desk.address, "always", more) as site:
        visitor, wrong = visit(browser, site)
        visitor.get_by_role("button", name="Open chat").click()
        visitor.get_by_label("Your message").fill("It is me")
        visitor.keyboard.press("Enter")
        expect(visitor.get_by_role("log").get_by_text("It is me")).to_be_visible()
        assert wrong == []
    agent.goto(f"{desk.address}/inbox/?view=all")
    expect(agent.get_by_role("link", name="Mia Wong").first).to_be_visible()


def chatter(client: httpx.Client, house: House, site: str) -> dict[str, Any]:
    """A visitor who has written once."""
    headers = {"Origin": site, "Content-Type": "text/plain"}
    address = f"{house.address}/inbox/chat/always"
    token = client.post(f"{address}/session/", headers=headers, json={}).json()["token"]
    given = {"token": token, "text": "Waiting", "number": f"waits-{token[:12]}"}
    news = client.post(f"{address}/messages/", headers=headers, json=given).json()
    return {"token": token, "mark": news["mark"], "last": news["messages"][-1]["id"]}


def test_many_who_wait_leave_the_pages_free(desk: House, site_port: int) -> None:
    site = f"http://127.0.0.1:{site_port}"
    headers = {"Origin": site, "Content-Type": "text/plain"}
    with httpx.Client(timeout=40) as client, ThreadPoolExecutor(60) as pool:
        one = chatter(client, desk, site)
        waiting = [
            pool.submit(
                httpx.post,
                f"{desk.address}/inbox/chat/always/updates/",
                headers=headers,
                json={**one, "wait": True},
                timeout=40,
            )
            for _ in range(50)
        ]
        time.sleep(2)
        assert not any(each.done() for each in waiting)

        began = time.monotonic()
        for _ in range(10):
            assert client.get(f"{desk.address}/readyz").is_success
        passed = time.monotonic() - began
        given = {"token": one["token"], "text": "Now", "number": f"now-{os.getpid():08d}"}
        client.post(f"{desk.address}/inbox/chat/always/messages/", headers=headers, json=given)
        sent = time.monotonic()
        answers = [each.result().json() for each in waiting]

    assert passed < 5
    assert time.monotonic() - sent < 10
    assert {answer["messages"][-1]["text"] for answer in answers} == {"Now"}
