"""Renewals by month, and how they end."""

from datetime import timedelta

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.run.accounts.operations.renewals import decide_renewal, reopen_renewal
from amity.run.accounts.queries.plans import renewals_by_month
from amity.run.accounts.views.common import me, tabs_for
from amity.ui.notices import notify

BACK, AHEAD = timedelta(days=60), timedelta(days=365)


@requires("accounts.view")
def index(request: HttpRequest) -> HttpResponse:
    """The renewals from two months back to a year ahead; `whose=mine` has one's own accounts."""
    today, is_mine = now().date(), request.GET.get("whose") == "mine"
    months = renewals_by_month(
        first=today - BACK, last=today + AHEAD, user_id=me(request).pk if is_mine else None
    )
    given = {
        "tabs": tabs_for(request, "accounts_renewals"),
        "months": months,
        "open_minor": sum(month.open_minor for month in months),
        "today": today,
        "is_mine": is_mine,
        "currency": company().currency,
    }
    return render(request, "accounts/renewals.html", given)


@requires("accounts.work")
@require_POST
def decision(request: HttpRequest, pk: int) -> HttpResponse:
    """Says how a renewal ended; can be undone."""
    try:
        row = decide_renewal(
            pk,
            status=request.POST.get("status", ""),
            reason=request.POST.get("reason", "")[:300],
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        undo = reverse("accounts_renewal_reopening", args=[pk])
        words = _("%(name)s: %(end)s") % {"name": row.name, "end": row.get_status_display()}
        notify(request, words, undo_url=undo)
    return redirect("accounts_renewals")


@requires("accounts.work")
@require_POST
def reopening(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes the decision back."""
    row = reopen_renewal(pk, actor=actor_of(request), at=now())
    notify(request, _("%s is to be decided again") % row.name)
    return redirect("accounts_renewals")
