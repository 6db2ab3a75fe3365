"""The list of customers."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from amity.kernel.access.doors import requires
from amity.web.customers import queries
from amity.web.customers.columns import Column, all_columns
from amity.web.customers.rules import Listing, read_listing

KINDS = {"person": _("people"), "organization": _("organizations")}


@requires("customers.view")
def index(request: HttpRequest) -> HttpResponse:
    """One page of the customers that the address asks for."""
    columns = all_columns()
    listing = read_listing(request.GET, columns)
    page = queries.page_of(
        listing, after=request.GET.get("after", ""), before=request.GET.get("before", "")
    )
    segments = queries.segments_to_choose()
    return render(
        request,
        "web/customers/index.html",
        {
            "listing": listing,
            "page": page,
            "total": queries.counted(listing),
            "columns": [columns[name] for name in listing.columns if name in columns],
            "column_choices": _column_choices(listing, columns),
            "segments": segments,
            "filters": _filters(listing, {segment.key: segment.name for segment in segments}),
            "hidden": [(k, v) for k, v in listing.parts().items() if v],
            "next_url": listing.address(after=page.next) if page.next else "",
            "previous_url": listing.address(before=page.previous) if page.previous else "",
        },
    )


def _filters(listing: Listing, segment_names: dict[str, str]) -> list[tuple[str, str]]:
    """(words, address without it) for each filter that is set."""
    words = {
        "segment": _("in %s") % segment_names.get(listing.segment, listing.segment),
        "tag": _("tagged %s") % listing.tag,
        "kind": _("only %s") % KINDS.get(listing.kind, listing.kind),
        "country": _("in country %s") % listing.country.upper(),
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
