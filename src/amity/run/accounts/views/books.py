"""Books of business: everybody's, and one person's."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from amity.base.time import now
from amity.kernel.access.doors import requires
from amity.kernel.access.models import User
from amity.run.accounts.queries.books import book_of, books
from amity.run.accounts.queries.health import calibration
from amity.run.accounts.views.common import tabs_for


@requires("accounts.view")
def index(request: HttpRequest) -> HttpResponse:
    """All books, with the hours that they need and those that there are."""
    found = books(now())
    given = {
        "tabs": tabs_for(request, "accounts"),
        "books": found,
        "calibration": calibration(),
        "accounts": sum(one.coverage.accounts for one in found),
        "planned": sum(one.coverage.planned for one in found),
        "capacity": sum(one.coverage.capacity or 0 for one in found),
    }
    return render(request, "accounts/index.html", given)


@requires("accounts.view")
def book(request: HttpRequest, pk: int) -> HttpResponse:
    """The accounts of one person, those that need somebody first."""
    manager = get_object_or_404(User, pk=pk)
    given = {"tabs": tabs_for(request, "accounts"), "book": book_of(manager, now())}
    return render(request, "accounts/book.html", given)
