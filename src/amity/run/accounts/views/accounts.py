"""One account: how it stands, what is to be done, and the hours it took."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.kernel.customers.queries import get_customer
from amity.run.accounts.forms import (
    GoalForm,
    HoursForm,
    NoteForm,
    PlanForm,
    RenewalForm,
    TaskForm,
    TermsForm,
)
from amity.run.accounts.models import Goal, Plan
from amity.run.accounts.operations.hours import book_minutes, take_back_minutes
from amity.run.accounts.operations.terms import set_terms
from amity.run.accounts.queries.accounts import account_of
from amity.run.accounts.views.bookings import address_of
from amity.run.accounts.views.common import me, status_of, tabs_for
from amity.ui.formats import money
from amity.ui.notices import notify


@requires("accounts.view")
def index(request: HttpRequest, pk: int) -> HttpResponse:
    """One account; a merged customer leads to the survivor."""
    customer = get_customer(pk)
    if customer.pk != pk:
        return redirect("account", pk=customer.pk)
    return page(request, pk)


def page(
    request: HttpRequest, pk: int, *, hours: HoursForm | None = None, terms: TermsForm | None = None
) -> HttpResponse:
    """The page of an account, with a refused form where there was one."""
    at = now()
    account = account_of(pk, at)
    own = account.condition.standing
    given = {
        "tabs": tabs_for(request, "accounts"),
        "account": account,
        "customer": account.customer,
        "booking_address": address_of(account.booking_link) if account.booking_link else "",
        "hours": hours or HoursForm(),
        "terms": terms
        or TermsForm(
            initial={
                "cadence_days": own.cadence_days if own.is_own_cadence else None,
                "hours_a_year": own.hours if own.is_own_hours else None,
            }
        ),
        "task": TaskForm(
            initial={"due_on": at.date(), "assignee": me(request).pk, "customer": pk},
            auto_id="task_%s",
        ),
        "plan_form": PlanForm(initial=_initial(account.plan), auto_id="plan_%s"),
        "goal_form": GoalForm(auto_id="goal_%s"),
        "note_form": NoteForm(auto_id="note_%s"),
        "renewal_form": RenewalForm(auto_id="renewal_%s"),
        "goal_states": Goal.Status.choices,
        "today": at.date(),
        "currency": company().currency,
    }
    return render(request, "accounts/account.html", given, status=status_of(hours, terms))


def _initial(plan: Plan | None) -> dict[str, object]:
    if plan is None:
        return {}
    return {"aim": plan.aim, "strategy": plan.strategy, "review_on": plan.review_on}


@requires("accounts.work")
@require_POST
def hours(request: HttpRequest, pk: int) -> HttpResponse:
    """Books minutes on the customer; can be undone."""
    form = HoursForm(request.POST)
    if not form.is_valid() or not _book(request, pk, form):
        return page(request, pk, hours=form)
    return redirect("account", pk=pk)


def _book(request: HttpRequest, pk: int, form: HoursForm) -> bool:
    try:
        booked = book_minutes(
            customer_id=pk, **form.cleaned_data, user=me(request), actor=actor_of(request), at=now()
        )
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    undo = reverse("account_hours_undo", args=[pk, booked.interaction.pk])
    if booked.cost_minor is None:
        words = _("%(n)s minutes booked; nobody said yet what an hour costs") % {
            "n": booked.minutes
        }
    else:
        cost = money(booked.cost_minor, company().currency, exact=True)
        words = _("%(n)s minutes booked: %(cost)s") % {"n": booked.minutes, "cost": cost}
    notify(request, words, undo_url=undo)
    return True


@requires("accounts.work")
@require_POST
def hours_undo(request: HttpRequest, pk: int, interaction: int) -> HttpResponse:
    """Takes a booking back."""
    take_back_minutes(pk, interaction, actor=actor_of(request), at=now())
    notify(request, _("Taken back"))
    return redirect("account", pk=pk)


@requires("accounts.work")
@require_POST
def terms(request: HttpRequest, pk: int) -> HttpResponse:
    """Sets the cadence and the hours of this account alone."""
    form = TermsForm(request.POST)
    if not form.is_valid():
        return page(request, pk, terms=form)
    set_terms(pk, **form.cleaned_data, actor=actor_of(request), at=now())
    notify(request, _("Saved"))
    return redirect("account", pk=pk)
