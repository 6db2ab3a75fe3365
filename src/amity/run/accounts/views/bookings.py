"""Where customers book a meeting themselves, and where people say how they can be booked."""

import itertools
from datetime import date, datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, public, requires
from amity.kernel.access.operations import company
from amity.run.accounts.forms import BookingTermsForm
from amity.run.accounts.models import BookingLink, BookingTerms, Meeting
from amity.run.accounts.operations.bookings import (
    book_meeting,
    cancel_booking,
    end_booking_link,
    end_booking_terms,
    give_booking_link,
    set_booking_terms,
)
from amity.run.accounts.queries.bookings import BookingOffer, offer_of
from amity.run.accounts.queries.meetings import entry_of, meetings
from amity.run.accounts.rules.calendar_files import invitation
from amity.run.accounts.views.common import me, told
from amity.ui.notices import notify


def address_of(link: BookingLink) -> str:
    """The whole address of a link, to be sent to its customer."""
    return settings.BASE_URL + reverse("accounts_booking", args=[link.secret])


@public
def booking(request: HttpRequest, secret: str) -> HttpResponse:
    """GET shows the free times; a POST books one, or cancels one that was booked here."""
    if request.method != "POST":
        return _page(request, secret)
    try:
        _do(request, secret)
    except AmityError as error:
        return _page(request, secret, refused=str(error))
    return redirect("accounts_booking", secret=secret)


def _do(request: HttpRequest, secret: str) -> Meeting:
    at, actor = now(), actor_of(request)
    canceled = request.POST.get("cancel", "")
    if canceled.isdecimal() and len(canceled) < 19:
        return cancel_booking(secret, meeting_id=int(canceled), actor=actor, at=at)
    starts_at = _instant(request.POST.get("starts_at", ""))
    about = request.POST.get("about", "")[:1000]
    return book_meeting(secret, starts_at=starts_at, about=about, actor=actor, at=at)


def _instant(words: str) -> datetime:
    """The time that was chosen; what is none fits no free time."""
    try:
        found = parse_datetime(words)
    except ValueError:
        found = None
    never = datetime.min.replace(tzinfo=ZoneInfo("UTC"))
    return found if found is not None and found.tzinfo is not None else never


def _page(request: HttpRequest, secret: str, *, refused: str = "") -> HttpResponse:
    offer = offer_of(secret, now())
    if offer is None:
        raise Http404
    given = {
        "offer": offer,
        "days": _days(offer),
        "refused": refused,
        "company_name": company().name,
    }
    with timezone.override(offer.zone):
        response = render(request, "accounts/booking.html", given, status=409 if refused else 200)
    response["X-Robots-Tag"] = "noindex"
    response["Referrer-Policy"] = "same-origin"
    return response


def _days(offer: BookingOffer) -> list[tuple[date, list[datetime]]]:
    """The free times by the day on the calendar's wall."""
    zone = ZoneInfo(offer.zone)
    local = (slot.astimezone(zone) for slot in offer.slots)
    return [(day, list(slots)) for day, slots in itertools.groupby(local, lambda one: one.date())]


@public
@require_GET
def booked_file(request: HttpRequest, secret: str, pk: int) -> HttpResponse:
    """A meeting that was booked by this link, as a file for one's calendar."""
    found = meetings().filter(pk=pk, booked_by__secret=secret, booked_by__ended_at=None).first()
    if found is None:
        raise Http404
    response = HttpResponse(invitation(entry_of(found)), content_type="text/calendar")
    response["Content-Disposition"] = 'attachment; filename="meeting.ics"'
    response["X-Robots-Tag"] = "noindex"
    return response


@requires("accounts.work")
@require_POST
def link(request: HttpRequest, pk: int) -> HttpResponse:
    """Makes a customer's link, or ends it."""
    if request.POST.get("act") == "end":
        end_booking_link(pk, actor=actor_of(request), at=now())
        notify(request, _("The link has ended; what was booked by it stays"))
    else:
        give_booking_link(pk, actor=actor_of(request), at=now())
        notify(request, _("Send them the link; it shows your free times"))
    return redirect("account", pk=pk)


@requires("accounts.work")
@require_POST
def terms(request: HttpRequest) -> HttpResponse:
    """Says how one can be booked, or that one cannot."""
    try:
        words = _set_terms(request)
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, words)
    return redirect("accounts_calendar")


def _set_terms(request: HttpRequest) -> str:
    user, actor, at = me(request), actor_of(request), now()
    if request.POST.get("act") == "end":
        end_booking_terms(user, actor=actor, at=at)
        return _("Nobody can book you now")
    form = BookingTermsForm(request.POST)
    if not form.is_valid():
        return told(form)
    set_booking_terms(user, **form.cleaned_data, actor=actor, at=at)
    return _("The customers you look after can book you by their link")


def terms_form(found: BookingTerms | None) -> BookingTermsForm:
    """The form with what holds now."""
    names = ("minutes", "notice_hours", "days_ahead", "place")
    held = {name: getattr(found, name) for name in names} if found is not None else None
    return BookingTermsForm(initial=held)
