"""One deal: opened, changed, filled with lines, worked on, won or lost."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.money import to_major
from amity.base.results import AmityError, NotFoundError
from amity.base.text import positive
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers, get_customer
from amity.kernel.customers.search import search
from amity.run.deals.forms import DealForm, EndForm, LineForm, NewDealForm, WorkForm
from amity.run.deals.models import Deal
from amity.run.deals.operations.closing import Ending, lose_deal, reopen_deal, win_deal
from amity.run.deals.operations.deals import NewDeal, book_minutes, edit_deal, open_deal
from amity.run.deals.operations.lines import NewLine, add_line, remove_line
from amity.run.deals.queries.deals import deal_page, get_deal
from amity.run.deals.queries.pipelines import pipelines
from amity.run.deals.views.common import minor, status_of, tabs_for
from amity.ui.notices import notify

FOUND = 10
USUAL_DAYS = timedelta(days=30)


def _deal(pk: int) -> Deal:
    try:
        return get_deal(pk)
    except NotFoundError as error:
        raise Http404(str(error)) from error


@requires("deals.view")
def page(request: HttpRequest, pk: int) -> HttpResponse:
    """One deal with its lines and history."""
    return _page(request, pk)


def _page(request: HttpRequest, pk: int, **bound: Any) -> HttpResponse:
    at = now()
    try:
        shown = deal_page(pk, at)
    except NotFoundError as error:
        raise Http404(str(error)) from error
    first = {"version": shown.deal.version, "competitor": shown.deal.competitor}
    forms = {
        "won": EndForm(kind="won", initial=first, prefix="won"),
        "lost": EndForm(kind="lost", initial=first, prefix="lost"),
        "line": LineForm(),
        "work": WorkForm(),
    } | bound
    given = {
        "tabs": tabs_for(request, "deals:deal"),
        "shown": shown,
        "deal": shown.deal,
        "forms": forms,
        "today": at.date(),
        "is_open": shown.deal.status == Deal.Status.OPEN,
    }
    return render(request, "deals/deal.html", given, status=status_of(*bound.values()))


@requires("deals.work")
def new(request: HttpRequest) -> HttpResponse:
    """Opens a deal with a customer; without one it asks for whom."""
    customer = _customer(positive(request.GET.get("customer")))
    if customer is None or not pipelines().exists():
        return _for_whom(request)
    first = {
        "expected_close_on": now().date() + USUAL_DAYS,
        "owner": None,
        "pipeline": pipelines().first(),
    }
    form = NewDealForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid():
        deal = _opened(request, customer, form)
        if deal is not None:
            notify(request, _("“%s” is opened") % deal.title)
            return redirect("deals:deal", pk=deal.pk)
    given = {"tabs": tabs_for(request, "deals:new"), "form": form, "customer": customer}
    return render(request, "deals/new.html", given, status=status_of(form))


def _customer(pk: int | None) -> Customer | None:
    try:
        return get_customer(pk) if pk is not None else None
    except NotFoundError as error:
        raise Http404(str(error)) from error


def _for_whom(request: HttpRequest) -> HttpResponse:
    text = request.GET.get("q", "").replace("\x00", "")[:200]
    found = list(search(active_customers(), text)[:FOUND]) if text.strip() else []
    given = {
        "tabs": tabs_for(request, "deals:new"),
        "text": text,
        "found": found,
        "has_pipeline": pipelines().exists(),
    }
    return render(request, "deals/whom.html", given)


def _opened(request: HttpRequest, customer: Customer, form: NewDealForm) -> Deal | None:
    given = form.cleaned_data
    pipeline = given["pipeline"]
    wanted = NewDeal(
        customer_id=customer.pk,
        title=given["title"],
        expected_close_on=given["expected_close_on"],
        pipeline_key=pipeline.key,
        owner_id=given["owner"].pk if given["owner"] else None,
        amount_minor=minor(given["amount"], pipeline.currency),
        touchpoint_key=given["touchpoint"].key if given["touchpoint"] else "",
        competitor=given["competitor"],
        note=given["note"],
        is_committed=given["is_committed"],
        minutes=given["minutes"] or 0,
    )
    try:
        return open_deal(wanted, actor=actor_of(request), at=now())
    except AmityError as error:
        form.add_error(None, str(error))
        return None


@requires("deals.work")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes an open deal; a change that somebody else made meanwhile is not written over."""
    deal = _deal(pk)
    first = {
        "title": deal.title,
        "amount": to_major(deal.amount_minor, deal.currency),
        "expected_close_on": deal.expected_close_on,
        "owner": deal.owner_id,
        "is_committed": deal.is_committed,
        "touchpoint": deal.touchpoint_id,
        "competitor": deal.competitor,
        "note": deal.note,
    }
    form = DealForm(request.POST or None, initial=first)
    if request.method == "POST" and form.is_valid() and _edited(request, deal, form):
        notify(request, _("Saved"))
        return redirect("deals:deal", pk=pk)
    version = positive(request.POST.get("version")) or deal.version
    given = {"tabs": tabs_for(request, ""), "form": form, "deal": deal, "version": version}
    return render(request, "deals/edit.html", given, status=status_of(form))


def _edited(request: HttpRequest, deal: Deal, form: DealForm) -> bool:
    given = dict(form.cleaned_data)
    amount, owner, touchpoint = (given.pop(name) for name in ("amount", "owner", "touchpoint"))
    given["amount_minor"] = minor(amount, deal.currency)
    given["owner"] = owner.pk if owner else None
    given["touchpoint"] = touchpoint.key if touchpoint else ""
    version = positive(request.POST.get("version")) or 0
    try:
        edit_deal(deal.pk, changes=given, version=version, actor=actor_of(request), at=now())
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


@requires("deals.work")
@require_POST
def win(request: HttpRequest, pk: int) -> HttpResponse:
    """Wins a deal; can be undone."""
    return _end(request, pk, "won", win_deal)


@requires("deals.work")
@require_POST
def lose(request: HttpRequest, pk: int) -> HttpResponse:
    """Loses a deal for a reason; can be undone."""
    return _end(request, pk, "lost", lose_deal)


def _end(request: HttpRequest, pk: int, kind: str, close: Callable[..., Deal]) -> HttpResponse:
    form = EndForm(request.POST, kind=kind, prefix=kind)
    if not form.is_valid():
        return _page(request, pk, **{kind: form})
    given = form.cleaned_data
    ending = Ending(
        reason_id=given["reason"].pk if given["reason"] else None,
        competitor=given["competitor"],
        minutes=given["minutes"] or 0,
    )
    try:
        deal = close(pk, ending, version=given["version"], actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("deals:deal", pk=pk)
    words = _("“%(title)s” is %(end)s") % {
        "title": deal.title,
        "end": deal.get_status_display().lower(),
    }
    notify(request, words, undo_url=reverse("deals:reopening", args=[pk]))
    return redirect("deals:deal", pk=pk)


@requires("deals.work")
@require_POST
def reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """Opens a closed deal again."""
    deal = _deal(pk)
    version = positive(request.POST.get("version")) or deal.version
    try:
        reopen_deal(pk, version=version, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("“%s” is open again") % deal.title)
    return redirect("deals:deal", pk=pk)


@requires("deals.work")
@require_POST
def work(request: HttpRequest, pk: int) -> HttpResponse:
    """Books minutes on a deal."""
    form = WorkForm(request.POST)
    if not form.is_valid():
        return _page(request, pk, work=form)
    return _done(
        request,
        pk,
        lambda: book_minutes(pk, **form.cleaned_data, actor=actor_of(request), at=now()),
    )


@requires("deals.work")
@require_POST
def line(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a line."""
    form, deal = LineForm(request.POST), _deal(pk)
    if not form.is_valid():
        return _page(request, pk, line=form)
    given = form.cleaned_data
    wanted = NewLine(
        description=given["description"],
        product_id=form.product_id(),
        quantity_milli=int(given["quantity"] * 1000),
        unit_price_minor=minor(given["unit_price"], deal.currency),
        discount_minor=minor(given["discount"], deal.currency),
    )
    return _done(request, pk, lambda: add_line(pk, wanted, actor=actor_of(request), at=now()))


@requires("deals.work")
@require_POST
def line_removal(request: HttpRequest, pk: int, line_id: int) -> HttpResponse:
    """Takes a line away."""
    return _done(request, pk, lambda: remove_line(pk, line_id, actor=actor_of(request), at=now()))


def _done(request: HttpRequest, pk: int, change: Callable[[], object]) -> HttpResponse:
    """Does it and says so, or says why not; back to the deal."""
    _deal(pk)
    try:
        change()
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("Saved"))
    return redirect("deals:deal", pk=pk)
