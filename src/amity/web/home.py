"""The first page: the loop, its numbers, and the one next step."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.kernel.access.doors import requires


@requires("home.view")
def page(request: HttpRequest) -> HttpResponse:
    """Home."""
    return render(request, "web/home.html")
