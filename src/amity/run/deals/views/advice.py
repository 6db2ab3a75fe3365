"""Help to choose: five questions, three suggestions."""

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError, NotFoundError
from amity.base.text import fold, positive
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import get_customer
from amity.run.deals.forms import ChoiceForm
from amity.run.deals.models import Deal
from amity.run.deals.operations.advice import Advice, record_advice
from amity.run.deals.queries.advice import choice_for
from amity.run.deals.queries.deals import get_deal
from amity.run.deals.rules.choice import Answers, Suggestion
from amity.run.deals.views.common import minor
from amity.ui.notices import notify

QUESTIONS = ("category", "word", "most", "pieces", "familiar")


@dataclass(frozen=True, slots=True)
class _Talk:
    """Whom it is for, what they said, and what fits."""

    customer: Customer
    deal: Deal | None
    currency: str
    form: ChoiceForm
    answers: Answers
    found: list[Suggestion]
    has_products: bool


@requires("deals.view")
def page(request: HttpRequest) -> HttpResponse:
    """The questions, and what fits the answers."""
    talk = _talk(request)
    given = {
        "customer": talk.customer,
        "deal": talk.deal,
        "form": talk.form,
        "found": talk.found,
        "pieces": talk.answers.pieces,
        "has_products": talk.has_products,
        "currency": talk.currency,
        "asked": request.GET.urlencode(),
    }
    return render(request, "deals/advice.html", given, status=422 if talk.form.errors else 200)


@requires("deals.work")
@require_POST
def keep(request: HttpRequest) -> HttpResponse:
    """Keeps what was suggested for the answers of the address, and what was taken."""
    talk = _talk(request)
    asked = {name: request.GET.get(name, "")[:60] for name in QUESTIONS if request.GET.get(name)}
    advice = Advice(
        customer_id=talk.customer.pk,
        deal_id=talk.deal.pk if talk.deal else None,
        minutes=positive(request.POST.get("minutes")) or 0,
        answers=asked,
        suggested=[one.product_id for one in talk.found],
        taken=[pk for pk in map(positive, request.POST.getlist("taken")) if pk is not None],
        prices={one.product_id: one.price_minor or 0 for one in talk.found},
        pieces=talk.answers.pieces,
    )
    try:
        record_advice(advice, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect(f"{reverse('deals:advice')}?{request.GET.urlencode()}")
    notify(request, _("The advice is kept"))
    if talk.deal:
        return redirect("deals:deal", pk=talk.deal.pk)
    return redirect("customer", pk=talk.customer.pk)


def _talk(request: HttpRequest) -> _Talk:
    customer, deal = _about(request)
    choice = choice_for(customer.pk)
    currency = deal.currency if deal else company().currency
    asked = {name: request.GET.get(name, "") for name in QUESTIONS}
    form = ChoiceForm(asked, categories=choice.categories)
    is_clear = form.is_valid()
    answers = _answers(form.cleaned_data if is_clear else {}, currency)
    found = choice.ask(answers) if is_clear else []
    return _Talk(customer, deal, currency, form, answers, found, bool(choice.offers))


def _about(request: HttpRequest) -> tuple[Customer, Deal | None]:
    pk = positive(request.GET.get("deal"))
    try:
        deal = get_deal(pk) if pk is not None else None
        customer_id = deal.customer_id if deal else positive(request.GET.get("customer"))
        if customer_id is None:
            raise Http404("Whom is it for?")
        return get_customer(customer_id), deal
    except NotFoundError as error:
        raise Http404(str(error)) from error


def _answers(given: dict[str, Any], currency: str) -> Answers:
    most = given.get("most")
    return Answers(
        category=given.get("category") or "",
        word=fold(given.get("word") or "").strip(),
        most_minor=None if most is None else minor(most, currency),
        pieces=given.get("pieces") or 1,
        familiar=given.get("familiar") or "",
    )
