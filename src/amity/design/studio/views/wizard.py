"""The wizard: first the touchpoints, then the interactions. Its state is its address."""

from collections.abc import Mapping
from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import Stage
from amity.design.studio.forms import SafeForm
from amity.design.studio.operations import draft_canvas
from amity.design.studio.queries.facts import facts_for
from amity.design.studio.rules.drafting import Choices, Facts, SegmentFacts, draft
from amity.design.studio.rules.starters import CHOICES, FROM_DATA, UnknownStarterError, starter
from amity.design.studio.rules.words import promise_line
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.jobs.operations import enqueue
from amity.kernel.jobs.registry import UnknownJobKindError
from amity.kernel.policy.document import CanvasDocument
from amity.ui.notices import notify

MEASURE_JOB = "insight.measure"  # declared by whoever measures; named, not imported


class CostForm(SafeForm):
    """What only a person can know; each may stay empty, and then no money is invented."""

    name = forms.CharField(label=gettext_lazy("Name of the canvas"), max_length=200, required=False)
    hour_cost = forms.DecimalField(
        label=gettext_lazy("What does an hour of your staff cost, all in?"),
        min_value=0,
        max_digits=9,
        decimal_places=2,
        required=False,
        help_text=gettext_lazy("Left empty, hours are drafted and no money."),
    )
    budget = forms.DecimalField(
        label=gettext_lazy("What may relationships cost in a year?"),
        min_value=0,
        max_digits=15,
        decimal_places=2,
        required=False,
    )


def _starter(request: HttpRequest) -> tuple[str, CanvasDocument]:
    name = request.GET.get("starter", FROM_DATA)
    try:
        return name, starter(name)
    except UnknownStarterError as error:
        raise Http404(str(error)) from error


@requires("policy.edit")
def touchpoints(request: HttpRequest) -> HttpResponse:
    """Step 1: where customers are met. Choose a starter, keep the touchpoints that are there."""
    name, chosen = _starter(request)
    facts = facts_for(chosen, now())
    context = {
        "starters": CHOICES,
        "starter_name": name,
        "starter": chosen,
        "facts": facts,
        "stages": list(Stage),
        "observed": [found for found in facts.touchpoints if found.source != "starter"],
        "proposed": [found for found in facts.touchpoints if found.source == "starter"],
    }
    return render(request, "canvas/wizard_touchpoints.html", context)


@requires("policy.edit")
def interactions(request: HttpRequest) -> HttpResponse:
    """Step 2: which relationship each segment gets, with every reason; POST drafts the canvas."""
    name, chosen = _starter(request)
    keys = frozenset(request.GET.getlist("touchpoint"))
    if request.method != "POST":
        return _proposal(request, name, chosen, keys=keys, form=CostForm())
    form = CostForm(request.POST)
    segments = frozenset(request.POST.getlist("segment"))
    if form.is_valid() and not segments:
        form.add_error(None, _("Choose at least one segment."))
    if not form.is_valid():
        return _proposal(request, name, chosen, keys=keys, form=form, status=422)
    choices = _choices(form.cleaned_data, keys, segments)
    try:
        taken = draft_canvas(
            name, choices, actor=actor_of(request), at=now(), name=form.cleaned_data["name"]
        )
    except AmityError as error:
        form.add_error(None, str(error))
        return _proposal(request, name, chosen, keys=keys, form=form, status=422)
    notify(request, taken.words)
    return redirect("canvas_version", taken.version.number)


def _choices(
    said: Mapping[str, Any], keys: frozenset[str], segments: frozenset[str] | None
) -> Choices:
    return Choices(
        segments=segments,
        touchpoints=keys,
        hour_cost=said.get("hour_cost"),
        budget=said.get("budget"),
    )


def _proposal(
    request: HttpRequest,
    name: str,
    chosen: CanvasDocument,
    *,
    keys: frozenset[str],
    form: CostForm,
    status: int = 200,
) -> HttpResponse:
    at = now()
    facts = facts_for(chosen, at)
    document = draft(chosen, facts, _choices({}, keys, None), name=chosen.name, on=at.date())
    names = {one.key: one for one in chosen.segment_definitions}
    rows = [
        {
            "design": design,
            "definition": names[design.segment],
            "facts": facts.segments.get(design.segment, SegmentFacts(customers=0)),
            "cells": [
                (kind, cell, promise_line(cell.promise))
                for kind, cell in design.relationship_types.items()
            ],
            "is_chosen": _is_chosen(request, design.segment, facts),
        }
        for design in document.segments
    ]
    back = QueryDict(mutable=True)
    back["starter"] = name
    context = {
        "starter_name": name,
        "starter": chosen,
        "facts": facts,
        "rows": rows,
        "form": form,
        "touchpoints": document.touchpoint_definitions,
        "back": f"{reverse('canvas_wizard')}?{back.urlencode()}",
    }
    return render(request, "canvas/wizard_interactions.html", context, status=status)


def _is_chosen(request: HttpRequest, key: str, facts: Facts) -> bool:
    if request.method == "POST":
        return key in request.POST.getlist("segment")
    known = facts.segments.get(key)
    return not facts.customers or bool(known and known.customers)


@require_POST
@requires("policy.edit")
def measurement(request: HttpRequest) -> HttpResponse:
    """Asks for a measurement of all customers."""
    actor = actor_of(request)
    try:
        enqueue(MEASURE_JOB, {}, at=now(), unique_key=MEASURE_JOB, created_by=actor.user_id)
    except UnknownJobKindError:
        notify(request, _("Nothing in this house measures customers."), kind="bad")
    else:
        notify(request, _("Customers are being measured. It takes a minute or so; come back then."))
    return redirect("canvas_wizard")
