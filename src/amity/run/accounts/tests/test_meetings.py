"""Meetings: invitations, minutes, and the calendar to subscribe to."""

import re
from datetime import datetime, timedelta
from email import message_from_bytes
from typing import Any

import pytest
from django.core import mail
from django.test import Client
from icalendar import Calendar

from amity.base.results import ConflictError
from amity.base.time import now
from amity.kernel.access.models import User
from amity.kernel.access.operations import set_rate
from amity.kernel.access.rules import SYSTEM
from amity.kernel.interactions.queries import timeline
from amity.kernel.jobs.worker import run_until_idle
from amity.run.accounts.models import (
    AccountNote,
    Attendee,
    Meeting,
)
from amity.run.accounts.operations.meetings import (
    MeetingError,
    cancel_meeting,
    hold_meeting,
    make_feed,
    move_meeting,
    plan_meeting,
    revoke_feed,
)
from amity.run.accounts.operations.tasks import NewTask, add_task
from amity.run.accounts.tests.conftest import DAY, HOUR, Make, meeting

pytestmark = pytest.mark.django_db


def test_guests_get_an_invitation_that_calendars_understand(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    row = meeting(pumps, ada, at, "eve@example.com", "Eve@example.com", "max@example.com")
    move_meeting(row.pk, starts_at=at + 2 * DAY, ends_at=at + 2 * DAY + HOUR, actor=SYSTEM, at=at)
    cancel_meeting(row.pk, actor=SYSTEM, at=at)
    run_until_idle()

    assert sorted((one.to[0], one.subject.partition(":")[0]) for one in mail.outbox) == [
        (guest, word)
        for guest in ("eve@example.com", "max@example.com")
        for word in ("Canceled", "Changed", "Invitation")
    ]
    method, calendar = calendar_in(mail.outbox[0])
    event = calendar.walk("VEVENT")[0]
    assert (method, calendar["method"]) == ("request", "REQUEST")
    assert (event["uid"], event["summary"], event["dtstart"].dt) == (row.uid, "Review ✓", at + DAY)
    guests = {str(one) for one in event["attendee"]}
    assert guests == {"mailto:eve@example.com", "mailto:max@example.com"}
    ended, canceled = calendar_in(mail.outbox[-1])
    assert (ended, canceled["method"]) == ("cancel", "CANCEL")
    assert canceled.walk("VEVENT")[0]["sequence"] == 2


def calendar_in(sent: Any) -> tuple[str, Any]:
    """The method of a mail's calendar part, and the calendar."""
    parts = message_from_bytes(sent.message().as_bytes()).walk()
    part: Any = next(one for one in parts if one.get_content_type() == "text/calendar")
    return str(part.get_param("method")), Calendar.from_ical(part.get_payload(decode=True))


def test_a_meeting_that_was_held_costs_its_minutes_and_breaks_the_silence(
    account: Make, ada: User, at: datetime
) -> None:
    pumps = account()
    set_rate(hour_minor=6_000, actor=SYSTEM, at=at)
    row = meeting(pumps, ada, at)
    hold_meeting(row.pk, minutes=90, actor=SYSTEM, at=at + 2 * DAY)
    with pytest.raises(ConflictError):
        cancel_meeting(row.pk, actor=SYSTEM, at=at)

    fact = timeline(pumps.pk)[0]
    assert (fact.kind, fact.cost_minor, fact.direction) == ("accounts.met", 9_000, "out")
    assert fact.happened_at == at + DAY
    assert mail.outbox == []


def test_a_meeting_that_cannot_be_is_refused(account: Make, ada: User, at: datetime) -> None:
    pumps = account()
    with pytest.raises(MeetingError):
        plan_meeting(
            customer_id=pumps.pk,
            organizer=ada,
            title="x",
            starts_at=at,
            ends_at=at,
            actor=SYSTEM,
            at=at,
        )

    assert not Meeting.objects.exists()


def test_a_feed_shows_meetings_and_tasks_until_it_is_revoked(
    account: Make, ada: User, client: Client
) -> None:
    pumps, at = account(), now()
    meeting(pumps, ada, at)
    add_task(NewTask("Call Eve", at.date(), pumps.pk, ada), actor=SYSTEM, at=at)
    secret = make_feed(ada, actor=SYSTEM, at=at)

    answer = client.get(f"/accounts/feed/{secret}.ics")

    assert answer["Content-Type"] == "text/calendar; charset=utf-8"
    titles = {str(one["summary"]) for one in Calendar.from_ical(answer.content).walk("VEVENT")}
    assert titles == {"Review ✓", "Call Eve (Pumps Ltd)"}
    assert client.get(f"/accounts/feed/{secret[:-1]}x.ics").status_code == 404
    newer = make_feed(ada, actor=SYSTEM, at=at)
    assert client.get(f"/accounts/feed/{secret}.ics").status_code == 404
    assert client.get(f"/accounts/feed/{newer}.ics").status_code == 200
    revoke_feed(ada, actor=SYSTEM, at=at)
    assert client.get(f"/accounts/feed/{newer}.ics").status_code == 404


def test_a_meeting_is_answered_moved_held_on_its_page(
    account: Make, ada: User, ada_client: Client
) -> None:
    row = meeting(account(), ada, now(), "eve@example.com")
    guest = Attendee.objects.get()
    ada_client.post(f"/accounts/guests/{guest.pk}/answer", {"answer": "accepted"})
    page = f"/accounts/meetings/{row.pk}"
    assert "Comes" in ada_client.get(page).content.decode()
    move = {"act": "move", "starts_at": "2027-01-01T10:00", "minutes": "30"}
    ada_client.post(f"{page}/change", move)
    row.refresh_from_db()
    assert (row.ends_at - row.starts_at, row.sequence) == (timedelta(minutes=30), 1)
    ada_client.post(f"{page}/change", {"act": "hold", "minutes": "30"})
    row.refresh_from_db()
    assert row.status == "held"
    ada_client.post(f"{page}/change", {"act": "cancel"})
    row.refresh_from_db()
    assert row.status == "held"


def test_notes_of_colleagues_never_leave(
    account: Make, ada: User, ada_client: Client, client: Client
) -> None:
    pumps, at = account(), now()
    AccountNote.objects.create(customer=pumps, text="canary-7261", written_at=at)
    meeting(pumps, ada, at, "eve@example.com")
    add_task(NewTask("Call", at.date(), pumps.pk, ada, note="canary-7262"), actor=SYSTEM, at=at)
    secret = make_feed(ada, actor=SYSTEM, at=at)
    run_until_idle()

    left = client.get(f"/accounts/feed/{secret}.ics").content.decode()
    left += "".join(one.message().as_string() for one in mail.outbox)
    assert not re.search("canary", left)


def test_a_calendar_address_is_shown_once(ada_client: Client) -> None:
    made = ada_client.post("/accounts/calendar").content.decode()

    assert "/accounts/feed/" in made
    assert "/accounts/feed/" not in ada_client.get("/accounts/calendar").content.decode()
    ada_client.post("/accounts/calendar", {"act": "end"})
    assert "Make an address" in ada_client.get("/accounts/calendar").content.decode()
