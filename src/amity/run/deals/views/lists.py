"""All deals with filters; many given to somebody else at once."""

from datetime import date
from urllib.parse import urlencode
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.text import positive
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.run.deals.forms import people
from amity.run.deals.models import Deal
from amity.run.deals.operations.reassigning import reassign_deals, undo_reassignment
from amity.run.deals.queries.deals import Wanted, deals_wanted
from amity.run.deals.queries.pipelines import pipelines
from amity.run.deals.views.common import tabs_for
from amity.ui.notices import notify
from amity.ui.paging import CursorError, keyset_page

PAGE_SIZE = 50
FILTERS = ("q", "status", "pipeline", "owner", "customer", "competitor", "until")


def _wanted(asked: dict[str, str]) -> Wanted:
    return Wanted(
        status=asked["status"] if asked["status"] in Deal.Status.values else "",
        pipeline=asked["pipeline"],
        owner_id=positive(asked["owner"]),
        customer_id=positive(asked["customer"]),
        competitor=asked["competitor"],
        text=asked["q"],
        until=_day(asked["until"]),
    )


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


@requires("deals.view")
def page(request: HttpRequest) -> HttpResponse:
    """Deals by the day on which they are decided."""
    asked = {name: request.GET.get(name, "").replace("\x00", "")[:200] for name in FILTERS}
    found = deals_wanted(_wanted(asked))
    ends = {name: request.GET.get(name, "") for name in ("after", "before")}
    order = ["expected_close_on", "id"]
    try:
        rows = keyset_page(found, order=order, size=PAGE_SIZE, **ends)
    except CursorError as error:
        notify(request, str(error), kind="bad")
        rows = keyset_page(found, order=order, size=PAGE_SIZE)
    kept = urlencode({name: value for name, value in asked.items() if value})
    given = {
        "tabs": tabs_for(request, "deals:list"),
        "page": rows,
        "asked": asked,
        "statuses": Deal.Status.choices,
        "pipelines": list(pipelines()),
        "people": list(people()),
        "today": now().date(),
        "next_url": f"?{kept}&after={rows.next}" if rows.next else "",
        "previous_url": f"?{kept}&before={rows.previous}" if rows.previous else "",
    }
    return render(request, "deals/list.html", given)


@requires("deals.manage")
@require_POST
def reassign(request: HttpRequest) -> HttpResponse:
    """Gives the chosen deals to a person; can be undone."""
    ids = [pk for pk in map(positive, request.POST.getlist("ids")) if pk is not None]
    try:
        batch, count = reassign_deals(
            ids,
            owner_id=positive(request.POST.get("owner")) or 0,
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("deals:list")
    words = ngettext("%(num)s deal given on", "%(num)s deals given on", count) % {"num": count}
    undo = reverse("deals:reassignment_undo", args=[batch]) if count else ""
    notify(request, words, undo_url=undo)
    return redirect("deals:list")


@requires("deals.manage")
@require_POST
def undo(request: HttpRequest, batch: UUID) -> HttpResponse:
    """Gives them back."""
    try:
        count = undo_reassignment(str(batch), actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("Taken back: %(count)s") % {"count": count})
    return redirect("deals:list")
