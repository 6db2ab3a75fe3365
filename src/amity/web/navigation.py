"""The numbers beside the places of the sidebar, asked for by a page that already stands."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.kernel.access.doors import actor_of, requires
from amity.web.shell import are_counted, count_places, shell_of


@requires("home.view")
def counts(request: HttpRequest) -> HttpResponse:
    """Each number as a part that the page puts in its place."""
    actor = actor_of(request)
    if not are_counted(actor):
        count_places(actor)
    places = [place for group in shell_of(request).groups for place in group.entries]
    context = {"places": [place for place in places if place.is_counted]}
    return render(request, "web/navigation_counts.html", context)
