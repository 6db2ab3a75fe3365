"""Hours and rates: who has how much time, what an hour costs, what help is expected to do."""

from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import CostRate, User
from amity.kernel.access.operations import company, set_rate
from amity.kernel.access.rules import may
from amity.run.accounts.forms import CapacityForm, LevelForm, RateForm
from amity.run.accounts.models import Capacity, HelpLevel
from amity.run.accounts.operations.terms import remove_level, save_level, set_capacity
from amity.run.accounts.views.common import minor, status_of, tabs_for
from amity.ui.notices import notify

FORMS = {"capacity": CapacityForm, "rate": RateForm, "level": LevelForm}


@requires("accounts.view")
def index(request: HttpRequest) -> HttpResponse:
    """Capacities, rates and levels, and a form for each."""
    if request.method != "POST":
        return _page(request)
    if not may(actor_of(request), "accounts.manage"):
        raise PermissionDenied("accounts.manage")
    which = request.POST.get("which", "")
    if which not in FORMS:
        return _page(request)
    form = FORMS[which](request.POST)
    if form.is_valid() and _save(request, which, form):
        notify(request, _("Saved"))
        return redirect("accounts_terms")
    return _page(request, **{which: form})


def _save(request: HttpRequest, which: str, form: Any) -> bool:
    save = {"capacity": _capacity, "rate": _rate, "level": _level}[which]
    try:
        save(request, form.cleaned_data)
    except AmityError as error:
        form.add_error(None, str(error))
        return False
    return True


def _capacity(request: HttpRequest, given: dict[str, Any]) -> None:
    set_capacity(
        given["user"], hours_a_year=given["hours_a_year"], actor=actor_of(request), at=now()
    )


def _rate(request: HttpRequest, given: dict[str, Any]) -> None:
    kind, _colon, key = given["whose"].partition(":")
    set_rate(
        hour_minor=minor(given["amount"], company().currency),
        user=User.objects.get(pk=key) if kind == "user" else None,
        role=key if kind == "role" else "",
        actor=actor_of(request),
        at=now(),
    )


def _level(request: HttpRequest, given: dict[str, Any]) -> None:
    save_level(
        segment_key=given["segment_key"],
        name=given["name"],
        hours_a_year=given["hours_a_year"],
        retention_without=given["retention_without"] / 100,
        retention_with=given["retention_with"] / 100,
        margin_minor=minor(given["margin"], company().currency),
        grade=given["grade"],
        actor=actor_of(request),
        at=now(),
    )


def _page(request: HttpRequest, **given: Any) -> HttpResponse:
    forms = {name: given.get(name) or form() for name, form in FORMS.items()}
    context = {
        "tabs": tabs_for(request, "accounts_terms"),
        "forms": forms,
        "capacities": Capacity.objects.select_related("user").order_by("user__name", "pk")[:500],
        "rates": CostRate.objects.select_related("user").order_by("role", "user__name")[:500],
        "levels": HelpLevel.objects.order_by("segment_key", "hours_a_year")[:500],
        "currency": company().currency,
    }
    return render(request, "accounts/terms.html", context, status=status_of(*forms.values()))


@requires("accounts.manage")
@require_POST
def level_removal(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a level of help away."""
    remove_level(pk, actor=actor_of(request), at=now())
    notify(request, _("Taken away"))
    return redirect("accounts_terms")
