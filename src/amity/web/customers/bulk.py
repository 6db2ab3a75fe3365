"""What one does with many customers at once: tag them, take the tag off, export them."""

import csv
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from amity.base.money import to_major
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import record_audit
from amity.kernel.customers.models import Customer
from amity.kernel.customers.operations.tagging import tag_customers, untag_customers
from amity.ui.notices import notify
from amity.web.customers import queries
from amity.web.customers.columns import Column, all_columns
from amity.web.customers.filtering import condition_of
from amity.web.customers.rules import Listing, read_listing
from amity.web.shell import shell_of

UNDO_KEY = "customers:tagged"
UNDO_LIMIT = 2_000  # numbers kept in the session so that a tag can be taken back exactly
BATCH = 500
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run a cell that begins so


def chosen(request: HttpRequest) -> tuple[Iterable[int], Listing]:
    """The numbers of the customers that are meant: those ticked, or all that match."""
    listing = read_listing(request.POST, all_columns())
    if request.POST.get("everything") != "1":
        return [int(one) for one in request.POST.getlist("ids") if one.isdecimal()], listing
    where = None
    if listing.where:
        segments = queries.segments_to_choose()
        currency = shell_of(request).currency
        where = condition_of(listing.where, segments=segments, currency=currency, at=now())
    found = queries.matching(listing, where).order_by("pk")
    return found.values_list("pk", flat=True).iterator(chunk_size=BATCH), listing


@requires("customers.edit")
@require_POST
def tag(request: HttpRequest) -> HttpResponse:
    """Puts a tag on the chosen customers, or takes it off; can be undone."""
    ids, listing = chosen(request)
    name = request.POST.get("tag_name", "")
    is_off = request.POST.get("act") == "untag"
    change = untag_customers if is_off else tag_customers
    changed = change(list(ids), name=name, actor=actor_of(request), at=now())
    undo_url = ""
    if changed and len(changed) <= UNDO_LIMIT:
        request.session[UNDO_KEY] = {"name": name, "ids": changed, "was_off": is_off}
        undo_url = reverse("customers_tagging_undo")
    words = (
        ngettext("%(n)s customer untagged", "%(n)s customers untagged", len(changed))
        if is_off
        else ngettext("%(n)s customer tagged", "%(n)s customers tagged", len(changed))
    )
    notify(request, words % {"n": f"{len(changed):,}"}, undo_url=undo_url)
    return redirect(listing.address())


@requires("customers.edit")
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """Takes the last tagging back, for exactly the customers that it changed."""
    last = request.session.pop(UNDO_KEY, None)
    if last is None:
        notify(request, _("There is nothing to take back any more"), kind="bad")
        return redirect("customers")
    change = tag_customers if last["was_off"] else untag_customers
    change(last["ids"], name=last["name"], actor=actor_of(request), at=now())
    notify(request, _("Taken back"))
    return redirect("customers")


@requires("customers.view")
@require_POST
def export(request: HttpRequest) -> StreamingHttpResponse:
    """The chosen customers as CSV, with the columns that the list shows, exact."""
    shell = shell_of(request)
    if not shell.may("customers.export"):
        raise PermissionDenied("customers.export")
    ids, listing = chosen(request)
    columns = [column for name, column in all_columns().items() if name in listing.columns]
    record_audit(
        actor=actor_of(request),
        action="customers.exported",
        object_type="customers",
        object_id="list",
        at=now(),
        summary=listing.query() or "all",
    )
    response = StreamingHttpResponse(
        csv_lines(ids, columns, shell.currency), content_type="text/csv; charset=utf-8"
    )
    response["Content-Disposition"] = 'attachment; filename="customers.csv"'
    return response


class _Echo:
    """A file that gives back what is written to it."""

    def write(self, value: str) -> str:
        return value


def csv_lines(ids: Iterable[int], columns: list[Column], currency: str) -> Iterator[str]:
    """The lines of the export, in bounded memory."""
    writer = csv.writer(_Echo())
    head = ["id", "name", "kind", "email", "city", "country", *(one.name for one in columns)]
    yield "\ufeff" + writer.writerow(head)
    stream = iter(ids)
    while batch := list(islice(stream, BATCH)):
        for row in queries.rows_of(batch, tuple(column.name for column in columns)):
            plain = _plain_cells(row.customer)
            cells = [_cell(row, column, currency) for column in columns]
            yield writer.writerow([_safe(one) for one in (*plain, *cells)])


def _plain_cells(customer: Customer) -> list[Any]:
    email = getattr(customer, "email", None) or ""
    return [customer.pk, customer.name, customer.kind, email, customer.city, customer.country]


def _cell(row: queries.Row, column: Column, currency: str) -> Any:
    trait = row.traits.get(column.name)
    if trait is None:
        return _plain_cell(row, column.kind)
    if trait.number is None or column.kind in {"text", "date"}:
        return trait.text
    return to_major(round(trait.number), currency) if column.kind == "money" else trait.number


def _plain_cell(row: queries.Row, kind: str) -> str:
    if kind == "segment":
        return ", ".join(segment.name for segment in row.segments)
    if kind == "tags":
        return ", ".join(row.tags)
    if kind == "owner":
        return row.owner.label if row.owner is not None else ""
    return row.line if kind == "place" else ""


def _safe(value: Any) -> Any:
    return f"'{value}" if isinstance(value, str) and value.startswith(FORMULA) else value
