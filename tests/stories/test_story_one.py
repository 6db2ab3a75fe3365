"""A key contact writes at ten while the owner is away; the deputy answers at 11:20."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.test import Client
from django.urls import reverse
from playwright.sync_api import Browser, Page, expect
from pytest_django.live_server_helper import LiveServer

from amity.kernel.access.models import User
from amity.kernel.access.operations import set_absence
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer, Membership
from amity.kernel.customers.operations import assign_owner
from amity.kernel.interactions.models import Interaction
from amity.kernel.segments.models import Segment
from amity.run.inbox.models import AgentProfile, Conversation
from amity.run.inbox.operations.conversations import release_held
from amity.run.inbox.operations.mail.intake import ingest
from amity.run.inbox.tests.company import customer, house, person

pytestmark = pytest.mark.browser
expect.set_options(timeout=20_000)
DAY = datetime(2027, 5, 3, tzinfo=UTC)  # a Monday yet to come, so that no cookie is too old
MAIL = b"""\
From: Cora <cora@customer.example>
To: help@pumps.example
Subject: The pump in hall two stands still
Message-ID: <one@customer.example>
Date: Mon, 03 May 2027 10:00:00 +0000

It stopped this morning. What shall we do?
"""


def at(clock: str) -> datetime:
    hours, minutes = clock.split(":")
    return DAY.replace(hour=int(hours), minute=int(minutes))


@pytest.fixture(scope="session", autouse=True)
def _loop() -> Iterator[None]:
    """The browser runs a loop in this thread, which Django takes for an asynchronous one."""
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    yield
    del os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"]


def _pump_maker() -> tuple[Customer, User]:
    """Waterworks with a contact, an owner who is away, and a deputy."""
    pumps = house("Ida")
    owner, deputy = person("Ola"), person("Dea")
    for user in (owner, deputy):
        AgentProfile.objects.create(user=user, takes_turns=False)
    works = Customer.objects.create(
        name="Waterworks", kind="organization", created_at=DAY, updated_at=DAY
    )
    contact = customer("cora", Segment.objects.get(key="key"))
    Membership.objects.create(organization=works, person=contact, role="buyer")
    assign_owner(works.pk, owner=owner, deputy=deputy, actor=SYSTEM, at=DAY)
    set_absence(
        user_id=owner.pk,
        starts_at=DAY - timedelta(days=1),
        ends_at=DAY + timedelta(days=5),
        actor=SYSTEM,
        at=DAY,
    )
    assert pumps.channel.address == "help@pumps.example"
    return contact, deputy


def _page_of(user: User, browser: Browser, address: str) -> Page:
    client = Client()
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    context = browser.new_context(viewport={"width": 1280, "height": 900})
    cookie = client.cookies["sessionid"].value
    context.add_cookies([{"name": "sessionid", "value": cookie, "url": address}])
    page = context.new_page()
    page.set_default_timeout(60_000)
    return page


def test_the_deputy_answers_in_time_and_25_minutes_cost_2292(
    browser: Browser, live_server: LiveServer
) -> None:
    with time_machine.travel(at("10:00"), tick=True) as clock:
        contact, deputy = _pump_maker()
        assert ingest(MAIL, at=at("10:00")).status == "stored"
        conversation = Conversation.objects.get()
        assert (conversation.assignee, conversation.due_at) == (deputy, at("12:00"))
        assert conversation.assigned_at is not None
        assert conversation.assigned_at <= at("10:15")

        clock.move_to(at("10:15"))
        page = _page_of(deputy, browser, live_server.url)
        page.goto(f"{live_server.url}/inbox/")
        expect(page.get_by_text("The pump in hall two stands still").first).to_be_visible()
        page.locator(f"a[href*='/inbox/{conversation.number}/']").first.click()
        expect(page.get_by_text("Dea stands in for the owner; Key is promised")).to_be_visible()
        expect(page.get_by_text("It stopped this morning.").first).to_be_visible()
        page.get_by_role("link", name="What was promised, and who got it why").click()
        expect(page.get_by_text("to Key by version 1").first).to_be_visible()
        expect(page.get_by_text("Ola looks after the customer, but is away.")).to_be_visible()
        expect(page.get_by_text("12:00").first).to_be_visible()

        clock.move_to(at("11:20"))
        page.goto(f"{live_server.url}/inbox/{conversation.number}/")
        page.get_by_label("Your words").fill("A technician is on the way.")
        page.locator("[data-minutes]").fill("25")
        page.get_by_role("button", name="Send", exact=True).click()
        expect(page.get_by_text("A technician is on the way.").first).to_be_visible()
        message = conversation.messages.get(kind="reply")
        assert release_held(message.pk, at=at("11:21"))

        replied = Interaction.objects.get(kind="inbox.replied")
        assert (replied.staff_seconds, replied.cost_minor, replied.currency) == (1500, 2292, "EUR")
        assert replied.customer == contact
        assert at("11:20") <= replied.happened_at < at("11:21")
        first = conversation.clocks.get(target="first_response")
        assert (first.state, first.used_seconds // 60) == ("kept", 80)
        page.goto(live_server.url + reverse("customer", args=[contact.pk]))
        expect(page.get_by_text("22.92").first).to_be_visible()
        page.context.close()
