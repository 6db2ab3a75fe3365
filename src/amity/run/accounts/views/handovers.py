"""Who should look after whom, and what happens when somebody leaves."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.models import User
from amity.run.accounts.forms import HandoverForm
from amity.run.accounts.operations.assignments import adopt_choices
from amity.run.accounts.operations.handovers import hand_over, undo_handover
from amity.run.accounts.queries.assignments import proposal
from amity.run.accounts.queries.books import book_of
from amity.run.accounts.queries.handovers import as_json, handovers, pack_of
from amity.run.accounts.queries.tasks import open_tasks
from amity.run.accounts.views.common import tabs_for, told
from amity.ui.notices import notify


@requires("accounts.view")
def assignment(request: HttpRequest) -> HttpResponse:
    """Whom it pays to look after, best first, with reasons; a person decides."""
    given = {"tabs": tabs_for(request, "accounts_assignment"), "page": proposal(now())}
    return render(request, "accounts/assignment.html", given)


@requires("accounts.manage")
@require_POST
def adoption(request: HttpRequest) -> HttpResponse:
    """Gives the chosen customers the proposed owners."""
    ids = [int(one) for one in request.POST.getlist("ids") if one.isdecimal() and len(one) < 18]
    try:
        given = adopt_choices(ids, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        words = ngettext("%(n)s account has an owner", "%(n)s accounts have an owner", len(given))
        notify(request, words % {"n": len(given)})
    return redirect("accounts_assignment")


@requires("accounts.manage")
def index(request: HttpRequest) -> HttpResponse:
    """What was handed over, and a form whose answer is a preview."""
    form = HandoverForm(request.GET if "source" in request.GET else None)
    preview = None
    if form.is_bound and form.is_valid():
        source = form.cleaned_data["source"]
        preview = {
            "source": source,
            "target": form.cleaned_data["target"],
            "book": book_of(source, now()),
            "tasks": open_tasks(user_id=source.pk).count(),
        }
    given = {
        "tabs": tabs_for(request, "accounts_handovers"),
        "form": form,
        "preview": preview,
        "handovers": handovers(),
    }
    return render(request, "accounts/handovers.html", given)


@requires("accounts.manage")
@require_POST
def transfer(request: HttpRequest) -> HttpResponse:
    """Hands a whole book over; can be undone."""
    form = HandoverForm(request.POST)
    if not form.is_valid():
        notify(request, told(form), kind="bad")
        return redirect("accounts_handovers")
    try:
        done = hand_over(**form.cleaned_data, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("accounts_handovers")
    count = len(done.moved["customers"])
    words = ngettext("%(n)s account handed over", "%(n)s accounts handed over", count)
    undo = reverse("accounts_handover_undo", args=[done.pk])
    notify(request, words % {"n": count}, undo_url=undo)
    return redirect("accounts_handovers")


@requires("accounts.manage")
@require_POST
def undo(request: HttpRequest, pk: int) -> HttpResponse:
    """Takes a handover back."""
    try:
        undo_handover(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("Taken back"))
    return redirect("accounts_handovers")


@requires("accounts.view")
def pack(request: HttpRequest, pk: int) -> HttpResponse:
    """The handover pack of a person, to read or print; `format=json` gives it as values."""
    manager, at = get_object_or_404(User, pk=pk), now()
    found = pack_of(manager, at)
    if request.GET.get("format") == "json":
        return JsonResponse(as_json(found, at))
    return render(request, "accounts/pack.html", {"pack": found, "at": at})
