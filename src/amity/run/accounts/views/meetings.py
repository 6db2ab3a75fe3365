"""Meetings of an account, and the calendar that a person subscribes to."""

from datetime import timedelta

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_GET, require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, public, requires
from amity.run.accounts.forms import HeldForm, MeetingForm, MoveForm
from amity.run.accounts.models import Attendee, CalendarFeed, Meeting
from amity.run.accounts.operations.meetings import (
    Invited,
    cancel_meeting,
    feed_digest,
    hold_meeting,
    make_feed,
    move_meeting,
    note_answer,
    plan_meeting,
    revoke_feed,
)
from amity.run.accounts.queries.bookings import terms_of
from amity.run.accounts.queries.meetings import calendar_of, meetings, owner_of_feed
from amity.run.accounts.views.bookings import terms_form
from amity.run.accounts.views.common import me, status_of, tabs_for, told
from amity.ui.notices import notify


@requires("accounts.work")
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Plans a meeting with a customer."""
    form = MeetingForm(request.POST or None)
    if request.method == "POST" and form.is_valid() and _plan(request, pk, form):
        notify(request, _("The meeting is planned; the guests are invited"))
        return redirect("account", pk=pk)
    given = {"tabs": tabs_for(request, "accounts"), "form": form, "customer_id": pk}
    return render(request, "accounts/meeting_new.html", given, status=status_of(form))


def _plan(request: HttpRequest, pk: int, form: MeetingForm) -> bool:
    given = form.cleaned_data
    try:
        plan_meeting(
            customer_id=pk,
            organizer=me(request),
            title=given["title"],
            starts_at=given["starts_at"],
            ends_at=given["starts_at"] + timedelta(minutes=given["minutes"]),
            place=given["place"],
            agenda=given["agenda"],
            guests=[Invited(address) for address in given["guests"]],
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


@requires("accounts.view")
def one(request: HttpRequest, pk: int) -> HttpResponse:
    """One meeting with its guests."""
    meeting = get_object_or_404(meetings(), pk=pk)
    given = {
        "tabs": tabs_for(request, "accounts"),
        "meeting": meeting,
        "answers": Attendee.Answer.choices,
        "is_planned": meeting.status == Meeting.Status.PLANNED,
        "form": MoveForm(
            initial={
                "starts_at": meeting.starts_at,
                "minutes": (meeting.ends_at - meeting.starts_at).seconds // 60,
            }
        ),
    }
    return render(request, "accounts/meeting.html", given)


@requires("accounts.work")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves, cancels or holds a planned meeting."""
    act = {"move": _move, "cancel": _cancel, "hold": _hold}.get(request.POST.get("act", ""))
    try:
        words = act(request, pk) if act is not None else _("Choose what to do with it")
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, words)
    return redirect("accounts_meeting", pk=pk)


def _move(request: HttpRequest, pk: int) -> str:
    form = MoveForm(request.POST)
    if not form.is_valid():
        return told(form)
    starts_at = form.cleaned_data["starts_at"]
    ends_at = starts_at + timedelta(minutes=form.cleaned_data["minutes"])
    move_meeting(pk, starts_at=starts_at, ends_at=ends_at, actor=actor_of(request), at=now())
    return _("The meeting is moved; the guests are told")


def _cancel(request: HttpRequest, pk: int) -> str:
    cancel_meeting(pk, actor=actor_of(request), at=now())
    return _("The meeting is canceled; the guests are told")


def _hold(request: HttpRequest, pk: int) -> str:
    form = HeldForm(request.POST)
    if not form.is_valid():
        return told(form)
    hold_meeting(pk, minutes=form.cleaned_data["minutes"], actor=actor_of(request), at=now())
    return _("Noted, with its minutes")


@requires("accounts.work")
@require_POST
def answer(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes what a guest answered."""
    guest = get_object_or_404(Attendee, pk=pk)
    try:
        note_answer(pk, answer=request.POST.get("answer", ""), actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    return redirect("accounts_meeting", pk=guest.meeting_id)


@requires("accounts.view")
@sensitive_variables("secret")
def calendar(request: HttpRequest) -> HttpResponse:
    """The address under which one's calendar can be subscribed to; made, shown once, ended."""
    user, secret = me(request), ""
    if request.method == "POST":
        if request.POST.get("act") == "end":
            revoke_feed(user, actor=actor_of(request), at=now())
            notify(request, _("The address has ended"))
            return redirect("accounts_calendar")
        secret = make_feed(user, actor=actor_of(request), at=now())
    feed = CalendarFeed.objects.filter(user=user, revoked_at=None).first()
    terms = terms_of(user)
    path = reverse("accounts_feed", args=[secret]) if secret else ""
    given = {
        "tabs": tabs_for(request, "accounts_calendar"),
        "address": f"{settings.BASE_URL}{path}" if secret else "",
        "feed": feed,
        "terms": terms,
        "form": terms_form(terms),
        "meetings": meetings().filter(organizer=user, ends_at__gt=now()).order_by("starts_at")[:50],
    }
    return render(request, "accounts/calendar.html", given)


@public
@require_GET
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind a secret address; an address that ended is not found."""
    user = owner_of_feed(feed_digest(secret))
    if user is None:
        raise Http404
    response = HttpResponse(calendar_of(user, now()), content_type="text/calendar; charset=utf-8")
    response["Cache-Control"] = "private, max-age=300"
    response["X-Robots-Tag"] = "noindex"
    return response
