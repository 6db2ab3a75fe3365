"""Meetings that customers book themselves: whose time, which times, and for whom."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core import mail
from django.test import Client

from amity.base.results import ConflictError, NotFoundError
from amity.base.time import now
from amity.kernel.access.models import Absence, User
from amity.kernel.access.rules import SYSTEM
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations import NewIdentity, add_identity
from amity.kernel.jobs.worker import run_until_idle
from amity.run.accounts.models import BookingLink, BookingTerms, Meeting
from amity.run.accounts.operations.bookings import (
    BookingLinkError,
    book_meeting,
    cancel_booking,
    end_booking_link,
    give_booking_link,
    set_booking_terms,
)
from amity.run.accounts.queries.bookings import BookingOffer, offer_of
from amity.run.accounts.rules.booking import free_slots
from amity.run.accounts.tests.conftest import HOUR, Make, meeting
from amity.testing import canvases

pytestmark = pytest.mark.django_db


def open_for_booking(user: User, at: datetime, *, minutes: int = 60) -> BookingTerms:
    return set_booking_terms(
        user, minutes=minutes, notice_hours=24, days_ahead=7, place="Vienna", actor=SYSTEM, at=at
    )


def offered(link: BookingLink, at: datetime) -> BookingOffer:
    offer = offer_of(link.secret, at)
    assert offer is not None
    return offer


@pytest.fixture
def link(account: Make, ada: User, at: datetime) -> BookingLink:
    """The link of Ada's customer; Ada can be booked for an hour, from tomorrow noon on."""
    canvases.office_hours()
    pumps: Customer = account()
    eve = NewIdentity("email", "eve@example.com")
    add_identity(pumps.pk, identity=eve, actor=SYSTEM, at=at)
    open_for_booking(ada, at)
    return give_booking_link(pumps.pk, actor=SYSTEM, at=at)


def test_slots_follow_the_opening_and_leave_out_what_is_taken() -> None:
    nine = datetime(2026, 11, 3, 9, tzinfo=UTC)
    openings = [(nine, nine + 3.5 * HOUR)]
    busy = [(nine + 1.5 * HOUR, nine + 2 * HOUR)]

    found = free_slots(openings, busy, minutes=60, first=nine)

    assert found == [nine, nine + 2 * HOUR]
    assert free_slots(openings, [], minutes=60, first=nine + timedelta(minutes=1))[0] == nine + HOUR
    assert free_slots([], [], minutes=60, first=nine) == []


def test_free_times_are_working_hours_without_meetings_and_absences(
    link: BookingLink, ada: User, at: datetime
) -> None:
    before = offered(link, at).slots
    Meeting.objects.create(
        customer_id=link.customer_id,
        organizer=ada,
        title="Other",
        uid="x",
        starts_at=before[0],
        ends_at=before[0] + HOUR,
        created_at=at,
        updated_at=at,
    )
    away = before[-1].replace(hour=0)
    Absence.objects.create(user=ada, starts_at=away, ends_at=away + timedelta(days=1))

    after = offered(link, at).slots

    assert min(before) >= at + timedelta(hours=24)
    assert max(before) < at + timedelta(days=7)
    assert before[0] not in after
    assert [slot for slot in before if slot.date() == away.date()]
    assert not [slot for slot in after if slot.date() == away.date()]


def test_a_booking_invites_the_customer_and_takes_the_time(
    link: BookingLink, ada: User, at: datetime
) -> None:
    start = offered(link, at).slots[0]

    made = book_meeting(link.secret, starts_at=start, about="Prices", actor=SYSTEM, at=at)
    run_until_idle()

    assert (made.organizer, made.title, made.place) == (ada, "Pumps Ltd: Prices", "Vienna")
    assert made.ends_at - made.starts_at == HOUR
    assert [one.to for one in mail.outbox] == [["eve@example.com"]]
    with pytest.raises(ConflictError):
        book_meeting(link.secret, starts_at=start, about="", actor=SYSTEM, at=at)
    assert Meeting.objects.count() == 1
    cancel_booking(link.secret, meeting_id=made.pk, actor=SYSTEM, at=at)
    assert start in offered(link, at).slots


def test_it_is_with_who_stands_in_while_the_owner_is_away(
    account: Make, ada: User, ben: User, at: datetime
) -> None:
    canvases.office_hours()
    pumps = account(owner=ada, deputy=ben)
    open_for_booking(ben, at)
    link = give_booking_link(pumps.pk, actor=SYSTEM, at=at)
    assert offered(link, at).slots == []  # Ada cannot be booked

    Absence.objects.create(user=ada, starts_at=at - HOUR, ends_at=at + HOUR)

    assert offered(link, at).person == ben
    assert offered(link, at).slots


def test_a_link_books_three_meetings_ahead_and_no_more(link: BookingLink, at: datetime) -> None:
    for start in offered(link, at).slots[:3]:
        book_meeting(link.secret, starts_at=start, about="", actor=SYSTEM, at=at)
    with pytest.raises(BookingLinkError):
        book_meeting(
            link.secret, starts_at=offered(link, at).slots[0], about="", actor=SYSTEM, at=at
        )

    assert Meeting.objects.count() == 3


def test_a_link_that_ended_is_none_and_reaches_no_meeting(
    link: BookingLink, ada: User, at: datetime, client: Client
) -> None:
    other = meeting(link.customer, ada, at)
    with pytest.raises(NotFoundError):
        cancel_booking(link.secret, meeting_id=other.pk, actor=SYSTEM, at=at)

    end_booking_link(link.customer_id, actor=SYSTEM, at=at)

    assert offer_of(link.secret, at) is None
    assert client.get(f"/accounts/booking/{link.secret}").status_code == 404
    assert client.get(f"/accounts/booking/{link.secret}/{other.pk}.ics").status_code == 404
    assert give_booking_link(link.customer_id, actor=SYSTEM, at=at).secret != link.secret
    other.refresh_from_db()
    assert other.status == "planned"


def test_the_page_books_and_cancels_without_signing_in(
    link: BookingLink, ada: User, client: Client
) -> None:
    page = f"/accounts/booking/{link.secret}"
    start = offered(link, now()).slots[0].isoformat()
    shown = client.get(page)
    assert start in shown.content.decode().replace("&#43;", "+")
    assert "Meet Ada" in shown.content.decode()
    assert shown["X-Robots-Tag"] == "noindex"

    assert client.post(page, {"starts_at": start, "about": "<b>x</b>"}).status_code == 302
    booked = Meeting.objects.get()
    assert client.post(page, {"starts_at": start}).status_code == 409
    for wrong in ("", "soon", "2026-13-45T00:00", "2027-01-01T10:00"):
        assert client.post(page, {"starts_at": wrong}).status_code == 409
    assert Meeting.objects.count() == 1
    file = client.get(f"{page}/{booked.pk}.ics")
    assert b"BEGIN:VEVENT" in file.content
    assert client.post(page, {"cancel": booked.pk}).status_code == 302
    booked.refresh_from_db()
    assert booked.status == "canceled"


def test_people_say_how_they_can_be_booked(
    account: Make, ada: User, ada_client: Client, ben_client: Client
) -> None:
    pumps = account()
    given = {"minutes": "45", "notice_hours": "2", "days_ahead": "10", "place": "Here"}
    for address in ("/accounts/booking", f"/accounts/{pumps.pk}/booking-link"):
        assert ben_client.post(address, given).status_code == 403
    assert not BookingTerms.objects.exists()
    assert not BookingLink.objects.exists()

    ada_client.post("/accounts/booking", given)
    ada_client.post("/accounts/booking", given | {"minutes": "0"})
    ada_client.post(f"/accounts/{pumps.pk}/booking-link")

    assert BookingTerms.objects.get().minutes == 45
    secret = BookingLink.objects.get().secret
    assert secret in ada_client.get(f"/accounts/{pumps.pk}").content.decode()
    assert "Change it" in ada_client.get("/accounts/calendar").content.decode()
    ada_client.post(f"/accounts/{pumps.pk}/booking-link", {"act": "end"})
    assert secret not in ada_client.get(f"/accounts/{pumps.pk}").content.decode()
    ada_client.post("/accounts/booking", {"act": "end"})
    assert not BookingTerms.objects.exists()
