"""Pages of contracts: all of them, a new one, and one that is changed or ended."""

from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from amity.base.results import AmityError, NotFoundError
from amity.base.text import positive
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Contract
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers, get_customer
from amity.kernel.customers.search import search
from amity.run.contracts.forms import ContractForm
from amity.run.contracts.operations.recording import GivenContract, add_contract, record_contracts
from amity.run.contracts.queries import contracts_wanted, get_contract
from amity.run.contracts.rules import Terms
from amity.ui.notices import notify
from amity.ui.paging import CursorError, keyset_page

FOUND = 10
STATES = {
    "": gettext_noop("All"),
    "running": gettext_noop("Running"),
    "ended": gettext_noop("Ended"),
}


@requires("customers.view")
def index(request: HttpRequest) -> HttpResponse:
    """Contracts, the latest start first."""
    asked = {name: _text(request, name) for name in ("q", "state")}
    rows = contracts_wanted(text=asked["q"], state=asked["state"])
    after, before = request.GET.get("after", ""), request.GET.get("before", "")
    order = ["-started_on", "-id"]
    try:
        page = keyset_page(rows, order=order, after=after, before=before)
    except CursorError as error:
        notify(request, str(error), kind="bad")
        page = keyset_page(rows, order=order)
    here = _address(**asked)
    given = {
        "page": page,
        "asked": asked,
        "states": [(key, name, _address(q=asked["q"], state=key)) for key, name in STATES.items()],
        "today": timezone.localdate(now()),
        "next_url": f"{here}&after={page.next}" if page.next else "",
        "previous_url": f"{here}&before={page.previous}" if page.previous else "",
    }
    return render(request, "contracts/list.html", given)


@requires("commerce.record")
def new(request: HttpRequest) -> HttpResponse:
    """Adds a contract of a customer; without one it asks for whom."""
    customer = _customer(positive(request.GET.get("customer")))
    if customer is None:
        return _for_whom(request)
    form = ContractForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        terms = form.terms(key=form.cleaned_data["key"], currency=company().currency)
        if _is_added(request, customer, terms, form):
            notify(request, _("Contract %s is added") % terms.key)
            return redirect("customer", pk=customer.pk)
    return _page(request, form, customer, None)


@requires("commerce.record")
def edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Changes or ends a contract; the log keeps what it said before."""
    try:
        contract = get_contract(pk)
    except NotFoundError as error:
        raise Http404(str(error)) from error
    form = ContractForm(request.POST or None, contract=contract)
    if request.method == "POST" and form.is_valid():
        terms = form.terms(key=contract.key, currency=contract.currency)
        if _is_changed(request, contract, terms, form):
            notify(request, _("Contract %s is saved") % contract.key)
            return redirect("customer", pk=contract.customer_id)
    return _page(request, form, contract.customer, contract)


def _text(request: HttpRequest, name: str) -> str:
    return request.GET.get(name, "").replace("\x00", "")[:200]


def _address(**asked: str) -> str:
    return "?" + urlencode({name: value for name, value in asked.items() if value})


def _customer(number: int | None) -> Customer | None:
    try:
        return get_customer(number) if number is not None else None
    except NotFoundError as error:
        raise Http404(str(error)) from error


def _for_whom(request: HttpRequest) -> HttpResponse:
    text = _text(request, "q")
    found = list(search(active_customers(), text)[:FOUND]) if text.strip() else []
    return render(request, "contracts/whom.html", {"text": text, "found": found})


def _is_added(request: HttpRequest, customer: Customer, terms: Terms, form: ContractForm) -> bool:
    try:
        add_contract(terms, customer_id=customer.pk, actor=actor_of(request), at=now())
    except AmityError as error:
        _tell(form, error)
        return False
    return True


def _is_changed(request: HttpRequest, contract: Contract, terms: Terms, form: ContractForm) -> bool:
    given = GivenContract(terms, customer_id=contract.customer_id)
    try:
        record_contracts([given], source=contract.source, actor=actor_of(request), at=now())
    except AmityError as error:
        _tell(form, error)
        return False
    return True


def _tell(form: ContractForm, error: AmityError) -> None:
    """Puts each message of a refusal at its field."""
    fields: dict[str, str] = getattr(error, "errors", {}) or {"": str(error)}
    for name, text in fields.items():
        field = name.removeprefix("items.0.")
        form.add_error(field if field in form.fields else None, text)


def _page(
    request: HttpRequest, form: ContractForm, customer: Customer, contract: Contract | None
) -> HttpResponse:
    currency = contract.currency if contract else company().currency
    given = {"form": form, "customer": customer, "contract": contract, "currency": currency}
    status = 422 if form.is_bound and form.errors else 200
    return render(request, "contracts/contract.html", given, status=status)
