"""Pipelines with their stages, and the reasons that deals end for."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.money import to_major
from amity.base.results import AmityError
from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.operations import company
from amity.run.deals.forms import PipelineForm, ReasonForm, StageFormSet, stage_rows
from amity.run.deals.models import Pipeline
from amity.run.deals.operations.pipelines import (
    GivenStage,
    add_reason,
    change_pipeline,
    create_pipeline,
    retire_reason,
)
from amity.run.deals.queries.pipelines import pipelines, reasons
from amity.run.deals.views.common import minor, status_of, tabs_for, told
from amity.ui.notices import notify


@requires("deals.manage")
def page(request: HttpRequest) -> HttpResponse:
    """All pipelines and reasons."""
    return _page(request)


def _page(request: HttpRequest, **bound: Any) -> HttpResponse:
    forms = {"new": PipelineForm(prefix="new"), "reason": ReasonForm()} | bound
    given = {
        "tabs": tabs_for(request, "deals:settings"),
        "parts": [(row, *_forms_of(row)) for row in pipelines().prefetch_related("stages")],
        "reasons": list(reasons()),
        "forms": forms,
        "currency": company().currency,
    }
    return render(request, "deals/settings.html", given, status=status_of(*bound.values()))


def _forms_of(row: Pipeline) -> tuple[PipelineForm, Any]:
    hour = None if row.hour_minor is None else to_major(row.hour_minor, row.currency)
    stages = sorted(
        (stage for stage in row.stages.all() if stage.is_open),
        key=lambda stage: (stage.position, stage.pk),
    )
    form = PipelineForm(initial={"name": row.name, "hour": hour}, auto_id=f"id_{row.pk}_%s")
    prefix = f"stage{row.pk}"
    return form, StageFormSet(initial=stage_rows(stages), prefix=prefix)


@requires("deals.manage")
@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """Makes a pipeline with the usual stages."""
    form = PipelineForm(request.POST, prefix="new")
    if not form.is_valid():
        return _page(request, new=form)
    given = form.cleaned_data
    hour = minor(given["hour"], company().currency) if given["hour"] is not None else None
    try:
        create_pipeline(name=given["name"], hour_minor=hour, actor=actor_of(request), at=now())
    except AmityError as error:
        form.add_error(None, str(error))
        return _page(request, new=form)
    notify(request, _("The pipeline is set up"))
    return redirect("deals:settings")


@requires("deals.manage")
@require_POST
def change(request: HttpRequest, pk: int) -> HttpResponse:
    """Saves a pipeline and its stages."""
    pipeline = pipelines().filter(pk=pk).first()
    form, stages = PipelineForm(request.POST), StageFormSet(request.POST, prefix=f"stage{pk}")
    if not form.is_valid() or not stages.is_valid():
        words = " ".join(
            [told(form), *(told(one) for one in stages if one.is_bound and one.errors)]
        )
        notify(request, words or _("The stages could not be read."), kind="bad")
        return redirect("deals:settings")
    given = form.cleaned_data
    currency = pipeline.currency if pipeline else company().currency
    try:
        change_pipeline(
            pk,
            name=given["name"],
            hour_minor=minor(given["hour"], currency) if given["hour"] is not None else None,
            stages=_stages(stages),
            actor=actor_of(request),
            at=now(),
        )
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("Saved"))
    return redirect("deals:settings")


def _stages(formset: Any) -> list[GivenStage]:
    """The stages that have a name, in the order of their places."""
    rows = [form.cleaned_data for form in formset if form.cleaned_data.get("name")]
    last = len(rows) + 100
    rows.sort(key=lambda row: last if row["place"] is None else row["place"])
    return [GivenStage(row["name"], (row["percent"] or 0) / 100, row["pk"]) for row in rows]


@requires("deals.manage")
@require_POST
def reason(request: HttpRequest) -> HttpResponse:
    """Adds a reason."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        return _page(request, reason=form)
    add_reason(**form.cleaned_data, actor=actor_of(request), at=now())
    notify(request, _("Saved"))
    return redirect("deals:settings")


@requires("deals.manage")
@require_POST
def retirement(request: HttpRequest, pk: int) -> HttpResponse:
    """Offers a reason no more."""
    try:
        retire_reason(pk, actor=actor_of(request), at=now())
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, _("It is not offered any more; deals that have it keep it"))
    return redirect("deals:settings")
