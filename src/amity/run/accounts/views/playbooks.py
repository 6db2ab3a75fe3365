"""Playbooks: read, written, begun."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.ids import uuid7
from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.run.accounts.forms import PlaybookForm, PlayForm
from amity.run.accounts.operations.playbooks import save_playbook, start_play
from amity.run.accounts.queries.plans import playbooks
from amity.run.accounts.views.common import status_of, tabs_for, told
from amity.ui.notices import notify


@requires("accounts.view")
def index(request: HttpRequest) -> HttpResponse:
    """All playbooks."""
    return _page(request, PlaybookForm())


def _page(request: HttpRequest, form: PlaybookForm) -> HttpResponse:
    given = {
        "tabs": tabs_for(request, "accounts_playbooks"),
        "playbooks": playbooks()[:200],
        "form": form,
    }
    return render(request, "accounts/playbooks.html", given, status=status_of(form))


@requires("accounts.manage")
@require_POST
def save(request: HttpRequest) -> HttpResponse:
    """Writes a playbook; the one of the same name anew."""
    form = PlaybookForm(request.POST)
    if not form.is_valid():
        return _page(request, form)
    try:
        playbook = save_playbook(**form.cleaned_data, actor=actor_of(request), at=now())
    except AmityError as error:
        form.add_error(None, str(error))
        return _page(request, form)
    notify(request, _("Playbook “%s” saved") % playbook.name)
    return redirect("accounts_playbooks")


@requires("accounts.work")
@require_POST
def play(request: HttpRequest, pk: int) -> HttpResponse:
    """Begins a playbook for a customer."""
    form, at = PlayForm(request.POST), now()
    if not form.is_valid():
        notify(request, told(form), kind="bad")
        return redirect("accounts_playbooks")
    customer_id = form.cleaned_data["customer"]
    try:
        begun, _is_new = start_play(
            pk,
            customer_id=customer_id,
            occasion=f"hand:{uuid7(at)}",
            actor=actor_of(request),
            at=at,
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("accounts_playbooks")
    notify(request, _("“%s” has begun") % begun.playbook.name)
    return redirect("account", pk=begun.customer_id)
