"""The lists of conversations, and what is done to many at once."""

from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.kernel.segments.models import SavedView
from amity.kernel.segments.saved_views import delete_view, save_view, views_for
from amity.run.inbox.operations.bulk_jobs import start_bulk
from amity.run.inbox.operations.conversations import apply_to_many, undo_bulk
from amity.run.inbox.queries import lists
from amity.run.inbox.queries.choices import Choices, choices
from amity.run.inbox.queries.live import EVERYTHING, marks_of
from amity.run.inbox.rules.bulk import BulkAction
from amity.run.inbox.rules.listing import FILTERS, UNSURE, VIEWS, Listing, read_listing
from amity.run.inbox.rules.working import OUTCOMES
from amity.run.inbox.views.keys import LIST_KEYS
from amity.ui.notices import notify

LIST_NAME = "inbox"
MOST_AT_ONCE = 500  # more are changed by a job
MOST = 50_000


@requires("inbox.view")
def page(request: HttpRequest) -> HttpResponse:
    """One page of the conversations that the address asks for."""
    listing = read_listing(request.GET)
    actor = actor_of(request)
    at = now()
    found = lists.find(listing)
    shown = lists.page_of(
        listing,
        user_id=actor.user_id,
        at=at,
        found=found,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    counts, total = lists.counts(listing, user_id=actor.user_id, found=found)
    offered = choices()
    given = {
        "listing": listing,
        "page": shown,
        "total": total,
        "tabs": [
            (
                _(label),
                listing.address(**_only_view(view)),
                view == listing.view,
                counts.get(view) or None,
            )
            for view, label in VIEWS.items()
        ],
        "counts": counts,
        "filters": _filters(listing, offered),
        "choices": offered,
        "views": _views(actor.user_id),
        "outcomes": OUTCOMES,
        "may_reply": may(actor, "inbox.reply"),
        "me": actor.user_id,
        "page_keys": LIST_KEYS,
        "snoozes": snooze_choices(at),
        "mark": marks_of([EVERYTHING])[EVERYTHING],
        "next_url": listing.address(after=shown.next) if shown.next else "",
        "previous_url": listing.address(before=shown.previous) if shown.previous else "",
    }
    return render(request, "inbox/page.html", given)


def _only_view(view: str) -> dict[str, str]:
    """Changes that show another view without the filters of this one."""
    cleared = dict.fromkeys(("q", "sort", *FILTERS), "")
    return {**cleared, "view": "" if view == "queue" else view}


def _filters(listing: Listing, offered: Choices) -> list[tuple[str, str]]:
    """(words, address without it) for each filter that is set; they read on from the view."""
    people = {one.id: one.name for one in offered.people}
    named = {
        "segment": {one.key: one.name for one in offered.segments},
        "team": {one.key: one.name for one in offered.teams},
        "channel": {one.key: one.name for one in offered.channels},
        "assignee": people,
        "topic": {UNSURE: _("what the model was not sure of")},
    }
    words = {
        "tag": _("tagged %s"),
        "channel": _("by %s"),
        "type": _("promised %s"),
        "segment": _("from %s"),
        "priority": _("of priority %s"),
        "assignee": _("given to %s"),
        "team": _("for the team %s"),
        "customer": _("of customer %s"),
        "topic": _("about %s"),
    }
    return [
        (
            text % named.get(name, {}).get(value, value.replace("_", " ")),
            listing.address(**{name: ""}),
        )
        for name, text in words.items()
        if (value := str(getattr(listing, name)))
    ]


def _views(user_id: int | None) -> list[dict[str, Any]]:
    """The saved views of this list, each with the address that shows it."""
    if user_id is None:
        return []
    return [
        {"view": view, "href": address_of(view), "is_mine": view.owner_id == user_id}
        for view in views_for(user_id, LIST_NAME)
    ]


def address_of(view: SavedView) -> str:
    """The address that shows a saved view."""
    return read_listing(dict(parse_qsl(view.search))).address()


@requires("inbox.view")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keeps the list as it is under a name."""
    user_id = actor_of(request).user_id
    if user_id is None:
        raise PermissionDenied
    listing = read_listing(dict(parse_qsl(request.POST.get("list", ""))))
    view = save_view(
        user_id=user_id,
        name=request.POST.get("name", ""),
        at=now(),
        rule=None,
        search=listing.query(),
        is_shared=request.POST.get("shared") == "1",
        list_name=LIST_NAME,
    )
    notify(request, _("View “%s” saved") % view.name)
    return redirect(listing.address())


@requires("inbox.view")
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes one's own view."""
    view = delete_view(pk, user_id=actor_of(request).user_id or 0)
    notify(request, _("View “%s” removed") % view.name)
    return redirect("inbox:page")


def snooze_choices(at: datetime) -> list[tuple[str, str]]:
    """(words, hours from now) of the times that one puts things aside until."""
    return [
        (_("In an hour"), "1"),
        (_("In four hours"), "4"),
        (_("Tomorrow"), "24"),
        (_("In three days"), "72"),
        (_("In a week"), "168"),
    ]


def snooze_until(given: str, at: datetime) -> datetime:
    """The instant that a choice stands for: hours from now, or a local day and time.

    Raises:
        AmityError: it is neither.
    """
    if given.isdecimal() and 0 < int(given) <= 24 * 366:
        return at + timedelta(hours=int(given))
    try:
        return datetime.fromisoformat(given).astimezone()
    except ValueError as error:
        raise AmityError("Choose how long to put it aside.") from error


@requires("inbox.reply")
@require_POST
def bulk(request: HttpRequest) -> HttpResponse:
    """Does the same to the chosen conversations; can be undone."""
    listing = read_listing(dict(parse_qsl(request.POST.get("list", ""))))
    actor = actor_of(request)
    at = now()
    ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal()]
    if request.POST.get("everything") == "1":
        ids = lists.chosen_ids(listing, user_id=actor.user_id, most=MOST)
    try:
        action = _action(request, at)
        if len(ids) > MOST_AT_ONCE:
            job = start_bulk(ids[:MOST], action=action, actor=actor, at=at)
            return redirect("inbox:bulk_change", pk=job.pk)
        change = apply_to_many(ids, action=action, actor=actor, at=at)
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect(listing.address())
    count = len(change.before)
    words = ngettext("%(n)s conversation changed", "%(n)s conversations changed", count) % {
        "n": f"{count:,}"
    }
    undo_url = reverse("inbox:bulk_undo", args=[change.pk]) if count else ""
    notify(request, words if count else _("It was so already"), undo_url=undo_url)
    return redirect(listing.address())


def _action(request: HttpRequest, at: datetime) -> BulkAction:
    do = request.POST.get("act", "")
    if do == "take":
        return BulkAction("assign", actor_of(request).user_id)
    number = request.POST.get({"assign": "assignee_id", "team": "team_id"}.get(do, do), "")
    until = snooze_until(request.POST.get("until", "24"), at) if do == "snooze" else None
    texts = {"close": "outcome", "tag": "tag_name", "untag": "tag_name", "topic": "topic"}
    return BulkAction(
        do,
        int(number) if number.isdecimal() else None,
        request.POST.get(texts.get(do, ""), ""),
        until,
    )


@requires("inbox.reply")
@require_POST
def bulk_undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes one's own change of many back."""
    changed = undo_bulk(pk, actor=actor_of(request), at=now())
    count = len(changed)
    notify(request, ngettext("Taken back", "%(n)s taken back", count) % {"n": f"{count:,}"})
    if count == 1:
        return redirect("inbox:conversation", number=lists.number_of(changed[0]))
    return redirect("inbox:page")
