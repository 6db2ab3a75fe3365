"""What is written on the page of an account: plan, goals, notes, renewals."""

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.run.accounts.forms import GoalForm, GoalStateForm, NoteForm, PlanForm, RenewalForm
from amity.run.accounts.models import Goal
from amity.run.accounts.operations.plans import add_goal, change_goal, save_plan, write_note
from amity.run.accounts.operations.renewals import add_renewal
from amity.run.accounts.views.common import me, minor, told
from amity.ui.notices import notify


def saved(
    request: HttpRequest, pk: int, form: forms.Form, save: Callable[[dict[str, Any]], object]
) -> HttpResponse:
    """Saves what a small form of the account says; what it cannot be is told as a notice."""
    if not form.is_valid():
        notify(request, told(form), kind="bad")
        return redirect("account", pk=pk)
    try:
        save(form.cleaned_data)
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("Saved"))
    return redirect("account", pk=pk)


@requires("accounts.work")
@require_POST
def plan(request: HttpRequest, pk: int) -> HttpResponse:
    """Writes the plan of an account."""
    return saved(
        request,
        pk,
        PlanForm(request.POST),
        lambda given: save_plan(pk, **given, actor=actor_of(request), at=now()),
    )


@requires("accounts.work")
@require_POST
def goal(request: HttpRequest, pk: int) -> HttpResponse:
    """Adds a goal."""
    return saved(
        request,
        pk,
        GoalForm(request.POST),
        lambda given: add_goal(pk, **given, actor=actor_of(request), at=now()),
    )


@requires("accounts.work")
@require_POST
def goal_state(request: HttpRequest, pk: int) -> HttpResponse:
    """Says where a goal stands."""
    found = get_object_or_404(Goal.objects.select_related("plan"), pk=pk)
    return saved(
        request,
        found.plan.customer_id,
        GoalStateForm(request.POST),
        lambda given: change_goal(pk, **given, actor=actor_of(request), at=now()),
    )


@requires("accounts.work")
@require_POST
def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes what colleagues should know."""
    return saved(
        request,
        pk,
        NoteForm(request.POST),
        lambda given: write_note(
            pk, **given, author=me(request), actor=actor_of(request), at=now()
        ),
    )


@requires("accounts.work")
@require_POST
def renewal(request: HttpRequest, pk: int) -> HttpResponse:
    """Notes a renewal."""

    def save(given: dict[str, Any]) -> object:
        value = minor(given.pop("value"), company().currency)
        return add_renewal(pk, **given, value_minor=value, actor=actor_of(request), at=now())

    return saved(request, pk, RenewalForm(request.POST), save)
