"""One place to search: pages and customers, as a page and as the palette's JSON."""

from dataclasses import asdict, dataclass

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from amity.base.text import fold
from amity.kernel.access.doors import requires
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search
from amity.ui.formats import day
from amity.ui.jinja import url_or_none
from amity.web.customers.queries import rows_of
from amity.web.shell import shell_of

CUSTOMERS_SHOWN = 12
SHORTEST = 2  # letters before customers are searched


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


def customers(words: str) -> list[Result]:
    """Customers whose name, address or number has the words; two statements."""
    found = search(active_customers(), words).order_by("name_folded", "pk")[:CUSTOMERS_SHOWN]
    rows = rows_of([customer.pk for customer in found], ())
    return [
        Result(
            row.customer.name,
            row.line or _("Customer"),
            reverse("customer", args=[row.customer.pk]),
            "building" if row.customer.kind == Customer.Kind.ORGANIZATION else "user",
        )
        for row in sorted(rows, key=lambda row: row.customer.name_folded)
    ]


def orders(words: str) -> list[Result]:
    """Orders with exactly this number, at the customer they belong to; one statement."""
    found = Order.objects.filter(number=words, customer__isnull=False).select_related("customer")
    return [
        Result(
            _("Order %s") % order.number,
            f"{order.customer}, {day(order.ordered_on)}",
            reverse("customer", args=[order.customer_id]) + "#orders",
            "receipt",
        )
        for order in found.order_by("-ordered_on", "pk")[:5]
    ]


def actions(request: HttpRequest, words: str) -> list[Result]:
    """What one can do from anywhere."""
    shell = shell_of(request)
    known = [
        (_("New customer"), "customer_new", "user-plus", "customers.edit"),
        (_("Import a file"), "import_new", "upload", "imports.run"),
    ]
    return [
        Result(label, _("Action"), url, icon)
        for label, name, icon, permission in known
        if (url := url_or_none(name)) and shell.may(permission) and fold(words) in fold(label)
    ]


@requires("home.view")
def page(request: HttpRequest) -> HttpResponse:
    """Results for `q`: JSON where the palette asks, else a page."""
    words = request.GET.get("q", "").strip()[:200]
    results = places(request, words) + actions(request, words)
    if len(words) >= SHORTEST and shell_of(request).may("customers.view"):
        results = orders(words) + customers(words) + results
    if request.accepts("text/html"):
        return render(request, "web/search.html", {"words": words, "results": results})
    return JsonResponse({"results": [asdict(result) for result in results[:20]]})
