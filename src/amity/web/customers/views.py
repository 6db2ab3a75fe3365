"""The list of customers."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.queries import active_people
from amity.kernel.segments.language.codec import to_json
from amity.kernel.segments.models import SavedView, Segment
from amity.kernel.segments.rules import to_text
from amity.kernel.segments.saved_views import delete_view, save_view, views_for
from amity.ui.notices import notify
from amity.web.customers import queries
from amity.web.customers.columns import Column, all_columns
from amity.web.customers.filtering import RuleError, condition_of, rule_of
from amity.web.customers.rules import Listing, read_listing
from amity.web.shell import shell_of

KINDS = {"person": gettext_noop("people"), "organization": gettext_noop("organizations")}


@requires("customers.view")
def index(request: HttpRequest) -> HttpResponse:
    """One page of the customers that the address asks for."""
    listing = read_listing(request.GET, all_columns())
    segments = queries.segments_to_choose()
    try:
        where = _written(request, listing, segments)
    except RuleError as error:
        return _page(request, listing, segments, problem=str(error))
    page = queries.page_of(
        listing,
        where=where,
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    total = queries.counted(listing, where)
    return _page(request, listing, segments, page=page, total=total)


def _written(request: HttpRequest, listing: Listing, segments: list[Segment]) -> Q | None:
    if not listing.where:
        return None
    currency = shell_of(request).currency
    return condition_of(listing.where, segments=segments, currency=currency, at=now())


def _page(
    request: HttpRequest,
    listing: Listing,
    segments: list[Segment],
    *,
    page: queries.CustomerPage | None = None,
    total: int = 0,
    problem: str = "",
) -> HttpResponse:
    columns = all_columns()
    page = page or queries.CustomerPage([], "", "", None)
    given = {
        "listing": listing,
        "page": page,
        "total": total,
        "problem": problem,
        "columns": [columns[name] for name in listing.columns if name in columns],
        "column_choices": _column_choices(listing, columns),
        "segments": segments,
        "owners": active_people(),
        "filters": _filters(listing, {segment.key: segment.name for segment in segments}),
        "hidden": [(k, v) for k, v in listing.parts().items() if v],
        "views": _views(request),
        "next_url": listing.address(after=page.next) if page.next else "",
        "previous_url": listing.address(before=page.previous) if page.previous else "",
    }
    status = 422 if problem else 200
    return render(request, "web/customers/index.html", given, status=status)


def _views(request: HttpRequest) -> list[dict[str, Any]]:
    """The saved views, each with the address that shows it."""
    user_id = actor_of(request).user_id
    if user_id is None:
        return []
    return [
        {"view": view, "href": address_of(view), "is_mine": view.owner_id == user_id}
        for view in views_for(user_id)
    ]


def address_of(view: SavedView) -> str:
    """The address that shows a saved view."""
    return Listing().address(
        q=view.search,
        where=to_text(view.rule) if view.rule else "",
        sort=view.sort,
        columns=",".join(view.columns),
    )


@requires("customers.view")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Keeps the list as it is under a name."""
    listing = read_listing(request.POST, all_columns())
    rule = rule_of(listing)
    user_id = actor_of(request).user_id
    if user_id is None:
        raise PermissionDenied
    view = save_view(
        user_id=user_id,
        name=request.POST.get("name", ""),
        at=now(),
        rule=to_json(rule) if rule is not None else None,
        search=listing.q,
        columns=listing.columns if listing.parts()["columns"] else (),
        sort=listing.parts()["sort"],
        is_shared=request.POST.get("shared") == "1",
    )
    notify(request, _("View “%s” saved") % view.name)
    return redirect(address_of(view))


@requires("customers.view")
@require_POST
def forget(request: HttpRequest, pk: int) -> HttpResponse:
    """Removes one's own view."""
    view = delete_view(pk, user_id=actor_of(request).user_id or 0)
    notify(request, _("View “%s” removed") % view.name)
    return redirect("customers")


def _filters(listing: Listing, segment_names: dict[str, str]) -> list[tuple[str, str]]:
    """(words, address without it) for each filter that is set."""
    words = {
        "segment": _("in %s") % segment_names.get(listing.segment, listing.segment),
        "tag": _("tagged %s") % listing.tag,
        "kind": _("only %s") % _(KINDS.get(listing.kind, listing.kind) or " "),
        "country": _("in country %s") % listing.country.upper(),
        "owner": _("looked after by %s") % listing.owner,
        "where": listing.where,
    }
    parts = listing.parts()
    return [(text, listing.address(**{name: ""})) for name, text in words.items() if parts[name]]


def _column_choices(listing: Listing, columns: dict[str, Column]) -> list[dict[str, Any]]:
    """The columns that may be added or taken off, each with the address that does it."""
    choices = []
    for name, column in columns.items():
        shown = name in listing.columns
        wanted = [one for one in listing.columns if one != name] + ([] if shown else [name])
        if wanted:
            address = listing.address(columns=",".join(wanted))
            choices.append({"label": column.label, "shown": shown, "href": address})
    return choices
