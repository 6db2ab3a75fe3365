"""Markup from outside runs nowhere: planted in every sink, looked at in a real browser.

A few payloads of our own families each time; all of files, in batches, where AMITY_PAYLOADS names
them (parted by a colon) and AMITY_PAYLOADS_RESULT where the counts go. The lists of others are not
kept here.
"""

import csv
import io
import json
import os
import time
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client
from furnished import furnished
from hostile_markup import SINKS, Planted, own_payloads, payloads_of
from playwright.sync_api import Page, expect, sync_playwright
from pytest_django.live_server_helper import LiveServer
from test_every_page import CHROMIUM

from amity.kernel.imports.models import Import
from amity.run.inbox.queries.live import BUS

FILES = [one for one in os.environ.get("AMITY_PAYLOADS", "").split(":") if one]
RESULT = os.environ.get("AMITY_PAYLOADS_RESULT")
BATCH = 50
OWN = 40

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]

TRAP = """
window.ran = [];
for (const name of ["alert", "confirm", "prompt", "print"])
  window[name] = (...given) => { window.ran.push(`${name}(${given})`); };
window.violations = [];
document.addEventListener("securitypolicyviolation",
  one => window.violations.push(`${one.violatedDirective} ${one.blockedURI} ${one.sample}`));
"""
LOOK = """
() => {
  const bad = [];
  const ours = new URL(location.href).origin;
  const inside = root => [...root.querySelectorAll("*")].flatMap(
    one => [one, ...(one.shadowRoot ? inside(one.shadowRoot) : [])]);
  for (const one of inside(document)) {
    for (const {name, value} of one.attributes) {
      if (name.startsWith("on")) bad.push(`${one.localName} ${name}`);
      if (/^(data-)?hx-on/.test(name)) bad.push(`${one.localName} ${name}`);
      if (/^[\\x00-\\x20]*(javascript|vbscript):/i.test(value.replace(/[\\t\\n\\r]/g, ""))
          && /^(href|src|action|formaction|xlink:href|data|srcdoc|to|values)$/.test(name))
        bad.push(`${one.localName} ${name}=${value.slice(0, 60)}`);
    }
    if (one.localName === "script" && !(one.src && one.src.startsWith(ours))
        && !/json/.test(one.type)) bad.push("script");
    if (/^(iframe|object|embed|base|applet|frame)$/.test(one.localName)) bad.push(one.localName);
    if (one.localName === "meta" && /refresh/i.test(one.httpEquiv)) bad.push("meta refresh");
  }
  return {ran: window.ran, violations: window.violations, bad, here: location.pathname};
}
"""


def wrong_at(page: Page, address: str, path: str) -> list[str]:
    """What a page did that it must not."""
    page.goto(address + path, wait_until="load")
    page.evaluate(
        "for (const one of document.querySelectorAll('details')) one.open = true;"
        "for (const one of document.querySelectorAll('main *')) {"
        "  one.dispatchEvent(new Event('mouseover', {bubbles: false}));"
        "  one.dispatchEvent(new Event('focus', {bubbles: false})); }"
    )
    page.wait_for_timeout(100)
    found = page.evaluate(LOOK)
    moved = [] if path.startswith(found["here"]) else [f"went to {found['here']}"]
    return [
        f"{path}: {one}" for name in ("ran", "violations", "bad") for one in found[name]
    ] + moved


WIDGET = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Shop</title></head>
<body><main><h1>Shop</h1></main>
<script src="/inbox/chat/widget.js" data-channel="hostile" async></script></body></html>"""
HOLD = 1  # seconds that a question for news waits here
TYPED = 3  # payloads of a batch that are typed into the chat, besides those that it shows
TOUCH = """
for (const one of document.querySelector("[data-amity-chat]").shadowRoot.querySelectorAll("*"))
  for (const kind of ["mouseover", "focus"]) one.dispatchEvent(new Event(kind));
"""


def wrong_in_widget(page: Page, address: str, planted: Planted) -> list[str]:
    """What the chat did that it must not, on a page without any policy: its own DOM alone guards.

    It shows all messages of both sides; a few more are typed.
    """
    shop = f"{address}/healthz"
    page.goto(shop)  # as it is, where no chat begins a session of its own meanwhile
    page.evaluate(
        "token => localStorage.setItem('amity-chat:hostile', JSON.stringify({token, claim: ''}))",
        planted.token,
    )
    page.route(shop, lambda route: route.fulfill(body=WIDGET, content_type="text/html"))
    page.reload()
    page.locator("[data-amity-chat] .launch").click()
    bubbles = page.locator("[data-amity-chat] li")
    expect(bubbles).to_have_count(2 * len(planted.payloads) + 1)
    for count, payload in enumerate(planted.payloads[:TYPED], 1):
        page.locator("[data-amity-chat] textarea").fill(payload)
        page.keyboard.press("Enter")
        expect(bubbles).to_have_count(2 * len(planted.payloads) + 1 + count)
        expect(page.locator("[data-amity-chat] [role=alert]")).to_be_hidden()
    page.evaluate(TOUCH)
    page.wait_for_timeout(100)
    found = page.evaluate(LOOK)
    page.unroute(shop)
    page.goto("about:blank")
    page.wait_for_timeout(1000 * HOLD + 200)  # until its last question is answered
    BUS.end()  # and nobody reads while the next batch is planted
    moved = [] if found["here"] == "/healthz" else [f"went to {found['here']}"]
    return [f"chat: {one}" for name in ("ran", "violations", "bad") for one in found[name]] + moved


def is_caught(page: Page, address: str) -> bool:
    """Whether the trap sees markup that got through."""
    page.goto(f"{address}/healthz")
    page.set_content("<a href='javascript:alert(1)' onclick='alert(1)'>x</a><p></p>")
    page.evaluate(
        "document.querySelector('p').attachShadow({mode: 'open'}).innerHTML = '<b onclick=x>'"
    )
    return len(page.evaluate(LOOK)["bad"]) == 3


def import_preview(client: Client, payloads: list[str]) -> list[str]:
    """A file whose headings and cells are payloads, uploaded and waiting."""
    text = io.StringIO()
    rows = csv.writer(text)
    rows.writerow(["order", "customer", "date", "amount", *(one[:80] for one in payloads[:4])])
    for number, payload in enumerate(payloads):
        rows.writerow([number, payload, "2024-03-31", "1.00", *([payload] * 4)])
    file = SimpleUploadedFile(f"{payloads[0][:40].replace('/', ' ')}.csv", text.getvalue().encode())
    assert client.post("/imports/new", {"kind": "orders", "file": file}).status_code == 302
    pk = Import.objects.latest("pk").pk
    return [f"/imports/{pk}", f"/imports/{pk}/mapping", f"/imports/{pk}/preview", "/imports"]


def look_at(address: str, cookie: str, batches: list[list[str]], client: Client) -> Any:
    """Every batch in every sink, one after the other; counts, and what was wrong."""
    wrong: list[str] = []
    seen = pages = 0
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
        context.add_init_script(TRAP)
        page = context.new_page()
        assert is_caught(page, address)
        for batch in batches:
            with transaction.atomic():
                planted = Planted(batch, seen, address)
            paths = planted.pages + import_preview(client, batch)
            for path in paths:
                wrong += wrong_at(page, address, path)
            wrong += wrong_in_widget(page, address, planted)
            seen, pages = seen + len(batch), pages + len(paths) + 1
        browser.close()
    return {"payloads": seen, "sinks": len(SINKS), "pages": pages, "wrong": wrong}


def test_no_payload_runs_in_any_sink(
    live_server: LiveServer,
    ada_client: Client,
    settings: LazySettings,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "1")  # Playwright's loop runs in this thread
    monkeypatch.setattr("amity.run.inbox.views.chat.HOLD", HOLD)
    for pace in ("SESSIONS_AN_HOUR", "CONVERSATIONS_AN_HOUR", "MESSAGES_AN_HOUR"):
        monkeypatch.setattr(f"amity.run.inbox.operations.chat.{pace}", 1_000_000)
    settings.MEDIA_ROOT = tmp_path / "files"
    furnished()
    payloads = payloads_of(FILES) or own_payloads(OWN)
    batches = [payloads[at : at + BATCH] for at in range(0, len(payloads), BATCH)]
    began = time.monotonic()

    found = look_at(
        live_server.url, str(ada_client.cookies["sessionid"].value), batches, ada_client
    )

    if RESULT:
        found["seconds"] = round(time.monotonic() - began)
        found["load"] = os.getloadavg()
        Path(RESULT).write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    assert found["wrong"] == []
    assert found["payloads"] == len(payloads)
