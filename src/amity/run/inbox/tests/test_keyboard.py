"""A morning by keyboard alone, in a real browser."""

import os
import shutil
from collections.abc import Iterator

import pytest
from django.test import Client
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer

from amity.base.time import now
from amity.kernel.access.rules import SYSTEM
from amity.run.inbox.models import CannedReply, Channel, Conversation, Draft, Message
from amity.run.inbox.operations import conversations as do
from amity.run.inbox.rules.incoming import Incoming
from amity.testing import people

CHROMIUM = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def _furnish() -> list[int]:
    """Three customers who wrote, and a canned reply; the numbers of their conversations."""
    at = now()
    channel = Channel.objects.create(key="web", name="Web", kind="api", created_at=at)
    CannedReply.objects.create(
        shortcut="sorry",
        name="We are sorry",
        text="Dear {{ customer.name }}, sorry.",
        updated_at=at,
    )
    numbers = []
    for n in range(3):
        given = Incoming(
            text=f"Question {n}",
            subject=f"Matter {n}",
            happened_at=at,
            source="test",
            source_id=str(n),
            sender_address=f"c{n}@customer.example",
            sender_name=f"Customer {n}",
        )
        conversation = do.receive(channel=channel, incoming=given, at=at, actor=SYSTEM).conversation
        Conversation.objects.filter(pk=conversation.pk).update(urgency=10 - n)
        numbers.append(conversation.number)
    return numbers


@pytest.fixture
def signed_in(live_server: LiveServer) -> Iterator[Page]:
    """A page of Ada's; what its console complains of fails the test."""
    client = Client()
    client.force_login(people.ada(), backend="django.contrib.auth.backends.ModelBackend")
    errors: list[str] = []
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        cookie = client.cookies["sessionid"].value
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        yield page
        browser.close()
    assert errors == []


def _press(page: Page, key: str) -> None:
    with page.expect_event("load"):
        page.keyboard.press(key)


def _toasts(page: Page) -> str:
    return " ".join(page.locator("[data-toast]").all_inner_texts())


def test_an_agent_works_through_the_queue_by_keyboard(
    live_server: LiveServer, signed_in: Page
) -> None:
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"  # the browser runs a loop in this thread
    first, second, third = _furnish()
    page = signed_in
    page.goto(f"{live_server.url}/inbox/")

    page.keyboard.press("j")
    page.keyboard.press("j")
    _press(page, "a")
    assert "1 conversation changed" in _toasts(page)
    _press(page, "z")
    assert Conversation.objects.get(number=second).assignee is None

    page.goto(f"{live_server.url}/inbox/")
    page.keyboard.press("j")
    _press(page, "Enter")
    assert page.url.endswith(f"/inbox/{first}/")
    page.keyboard.press("n")
    page.keyboard.type("Asked the warehouse")
    page.wait_for_timeout(1500)
    assert float(page.locator("[data-minutes]").input_value()) > 0
    _press(page, "Control+Enter")
    assert Message.objects.get(kind="note").staff_seconds > 0

    page.keyboard.press("r")
    page.keyboard.type("/so")
    page.keyboard.press("Enter")
    expect(page.locator("[data-answer-text]")).to_have_value("Dear Customer 0, sorry.")
    _press(page, "Control+Enter")
    assert Message.objects.get(kind="reply").text == "Dear Customer 0, sorry."
    assert Conversation.objects.get(number=first).status == "waiting"

    _press(page, "j")
    _tag_close_and_undo(page, second)
    _draft_and_search(page, third)


def _tag_close_and_undo(page: Page, second: int) -> None:
    assert page.url.endswith(f"/inbox/{second}/")
    page.keyboard.press("t")
    page.keyboard.type("late")
    _press(page, "Enter")
    page.keyboard.press("e")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    _press(page, "Enter")
    row = Conversation.objects.get(number=second)
    assert (row.status, [tag.name for tag in row.tags.all()]) == ("closed", ["late"])
    _press(page, "z")
    row.refresh_from_db()
    assert row.status == "open"


def _draft_and_search(page: Page, third: int) -> None:
    page.keyboard.press("r")
    page.keyboard.type("Half a sentence")
    page.keyboard.press("Tab")
    page.wait_for_timeout(800)
    assert Draft.objects.get().text == "Half a sentence"
    page.locator("h1").click()
    _press(page, "u")
    assert page.url.endswith("/inbox/")
    page.keyboard.press("/")
    page.keyboard.type("question 2")
    expect(page.locator("#list tbody tr")).to_have_count(1)
    assert f"/inbox/{third}/" in page.content()
