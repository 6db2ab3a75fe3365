"""One place to search: pages and customers, as a page and as the palette's JSON."""

from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from amity.base.text import fold
from amity.kernel.access.doors import requires
from amity.web.shell import shell_of


@dataclass(frozen=True, slots=True)
class Result:
    """Something to go to."""

    label: str
    hint: str
    url: str
    icon: str


def places(request: HttpRequest, words: str) -> list[Result]:
    """Pages whose name or group has the words."""
    wanted = fold(words)
    return [
        Result(place.label, group.label or _("Page"), place.href, place.icon)
        for group in shell_of(request).groups
        for place in group.entries
        if wanted in fold(f"{place.label} {group.label}")
    ]


@requires("home.view")
def page(request: HttpRequest) -> HttpResponse:
    """Results for `q`: JSON where the palette asks, else a page."""
    words = request.GET.get("q", "").strip()[:200]
    results = places(request, words)
    if request.accepts("text/html"):
        return render(request, "web/search.html", {"words": words, "results": results})
    return JsonResponse({"results": [asdict(result) for result in results[:20]]})
