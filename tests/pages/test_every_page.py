"""Every page in a real browser: axe finds nothing, the console stays empty, nothing overflows.

The pages are found, not listed: every address without parameters that answers Ada with HTML, of the
house and of each capability; and the pages of one customer, job, touchpoint and so on.
"""

import os
import shutil
from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from amity.base.text import fold
from amity.base.time import now
from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Identity, Tag
from amity.kernel.interactions.models import Interaction
from amity.kernel.jobs.models import Job
from amity.kernel.segments.models import Segment, SegmentMembership
from amity.kernel.traits.models import Trait

CHROMIUM = os.environ.get("AMITY_CHROMIUM") or shutil.which("chromium")
SIZES = ((1280, 900, "light"), (360, 740, "dark"))

pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine"),
]


def _routes(patterns: list[Any], prefix: str = "/") -> Iterator[str]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from _routes(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern) and not set(route) & set("<(^"):
            yield route


def pages_of(client: Client) -> list[str]:
    """The addresses that answer with a page."""
    found = []
    for route in sorted(set(_routes(get_resolver().url_patterns))):
        if route.startswith(("/api/", "/v1/")):
            continue
        response = client.get(route)
        if response.status_code == 200 and response.content.startswith(b"<!doctype html>"):
            found.append(route)  # a part that a page swaps in has no doctype
    return found


def furnish() -> list[str]:
    """A little of everything; returns the addresses of single things."""
    at = now()
    segment = Segment.objects.create(
        key="loyal", name="Loyal regulars", rule={"everyone": True}, color=1, created_at=at
    )
    names = ["Brunhilde Oberschwarzenbergerin-Höfelmeyer", "Li Wei", "مريم الخوارزمي"]
    for index, name in enumerate(names):
        customer = Customer.objects.create(
            name=name, name_folded=fold(name), country="DE", created_at=at, updated_at=at
        )
        email = f"person.{index}@example.com"
        Identity.objects.create(
            customer=customer, kind="email", value=email, shown=email, created_at=at
        )
        customer.tags.add(Tag.objects.get_or_create(name="vip")[0])
        SegmentMembership.objects.create(segment=segment, customer=customer, since=at)
        for trait, number in (("orders", 3), ("clv_12m", 123_400), ("p_alive", 0.8)):
            Trait.objects.create(
                customer=customer, name=trait, number=number, as_of=at, source="test"
            )
        _shop(customer, at)
    running = Job.objects.create(
        kind="jobs.prune",
        status="running",
        run_at=at,
        created_at=at,
        progress_done=1,
        progress_total=4,
        lease_until=at + timedelta(hours=1),
        worker="test",
    )
    pk = customer.pk
    return [f"/customers/{pk}", f"/customers/{pk}/edit", f"/jobs/{running.pk}", "/no/such/page"]


def _shop(customer: Customer, at: Any) -> None:
    for n in range(3):
        number = f"{customer.pk}-{n}"
        Order.objects.create(
            number=number,
            customer=customer,
            ordered_on=date(2026, 1, 1 + n),
            ordered_at=at,
            currency="USD",
            gross_minor=4200,
            net_minor=4200,
            line_count=2,
        )
        Interaction.objects.create(
            happened_at=at - timedelta(days=n),
            recorded_at=at,
            customer=customer,
            kind="commerce.ordered",
            relationship_type="self_service",
            stage="transact",
            currency="USD",
            value_minor=4200,
            source="test",
            source_id=number,
        )


def visit(address: str, paths: list[str], cookie: str) -> dict[str, list[str]]:
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
            problems = [one for size in SIZES for one in look(page, *size)]
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
    too_wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [*found, f"{width}: {too_wide} px too wide"] if too_wide > 0 else found


def _cookie(client: Client) -> str:
    return str(client.cookies["sessionid"].value)


def test_every_page_of_an_empty_house(live_server: LiveServer, ada_client: Client) -> None:
    company()
    paths = pages_of(ada_client)

    assert {"/", "/customers", "/jobs", "/settings", "/ui/"} <= set(paths)
    assert visit(live_server.url, paths, _cookie(ada_client)) == {}


def test_every_page_of_a_house_that_is_lived_in(
    live_server: LiveServer, ada_client: Client
) -> None:
    company()
    single = furnish()
    paths = pages_of(ada_client) + single

    assert visit(live_server.url, paths, _cookie(ada_client)) == {}


def test_the_pages_for_strangers(live_server: LiveServer) -> None:
    paths = ["/sign-in", "/sign-in/link", "/sign-in/link?sesame=x", "/nothing/here"]

    assert visit(live_server.url, paths, "none") == {}
