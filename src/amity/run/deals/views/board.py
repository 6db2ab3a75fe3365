"""Open deals by stage, and moving one."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.run.deals.forms import MoveForm
from amity.run.deals.operations.deals import move_deal
from amity.run.deals.queries.board import board_of
from amity.run.deals.queries.pipelines import pipelines
from amity.run.deals.views.common import chosen_pipeline, me, tabs_for, told
from amity.ui.notices import notify


@requires("deals.view")
def page(request: HttpRequest) -> HttpResponse:
    """The board of a pipeline; `whose=mine` has one's own deals."""
    pipeline, is_mine = chosen_pipeline(request), request.GET.get("whose") == "mine"
    given = {
        "tabs": tabs_for(request, "deals:board"),
        "pipelines": list(pipelines()),
        "board": board_of(pipeline, owner_id=me(request).pk if is_mine else None)
        if pipeline
        else None,
        "today": now().date(),
        "is_mine": is_mine,
    }
    return render(request, "deals/board.html", given)


@requires("deals.work")
@require_POST
def move(request: HttpRequest, pk: int) -> HttpResponse:
    """Moves a deal to another stage."""
    form = MoveForm(request.POST)
    if not form.is_valid():
        notify(request, told(form), kind="bad")
        return redirect("deals:deal", pk=pk)
    given = form.cleaned_data
    try:
        deal = move_deal(
            pk,
            stage_key=given["stage"],
            version=given["version"],
            minutes=given["minutes"] or 0,
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
        return redirect("deals:deal", pk=pk)
    notify(request, _("“%(title)s” is at %(stage)s") % {"title": deal.title, "stage": deal.stage})
    if request.POST.get("from") == "board":
        whose = "&whose=mine" if request.POST.get("whose") == "mine" else ""
        return redirect(f"{reverse('deals:board')}?pipeline={deal.pipeline.key}{whose}")
    return redirect("deals:deal", pk=pk)
