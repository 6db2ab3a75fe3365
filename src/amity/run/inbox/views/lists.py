"""The lists of conversations."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.kernel.access.doors import requires
from amity.run.inbox.queries import lists
from amity.ui.paging import keyset_page


@requires("inbox.view")
def page(request: HttpRequest) -> HttpResponse:
    """Open conversations in the order of their urgency."""
    shown = keyset_page(
        lists.recent(),
        order=["-urgency", "-id"],
        after=request.GET.get("after", ""),
        before=request.GET.get("before", ""),
    )
    return render(request, "inbox/page.html", {"page": shown})
