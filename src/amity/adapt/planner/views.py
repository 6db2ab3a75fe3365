"""Pages of the planner."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.adapt.planner import operations, queries
from amity.adapt.planner.charts import net_chart, resources_chart, segments_chart
from amity.adapt.planner.forms import AskForm, DeclineForm, InputForm, initial_of
from amity.adapt.planner.models import AdviceRun
from amity.adapt.planner.presenting import assumptions
from amity.adapt.planner.queries import Inputs, NoCanvasError, RunNotFoundError
from amity.adapt.planner.rules.building import checked
from amity.adapt.planner.rules.inputs import MEASURES, Input, Key
from amity.adapt.planner.rules.outcome import Outcome
from amity.base.money import minor_digits
from amity.base.results import AmityError
from amity.base.time import now
from amity.base.vocabulary import RelationshipType
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.kernel.jobs.models import Job
from amity.kernel.policy.models import PolicyVersion
from amity.ui.formats import money, percent
from amity.ui.jinja import url_or_none
from amity.ui.notices import notify

WORKING = (AdviceRun.Status.WAITING, AdviceRun.Status.SOLVING)
RECENT = 20


@requires("planner.view")
def index(request: HttpRequest) -> HttpResponse:
    """What the planner may be asked, and what it answered before."""
    inputs = _inputs()
    form = AskForm(capacity=inputs.facts.document.capacity) if inputs else None
    return _index(request, inputs, form)


def _index(
    request: HttpRequest, inputs: Inputs | None, form: AskForm | None, status: int = 200
) -> HttpResponse:
    context = {
        "inputs": inputs,
        "form": form,
        "runs": list(queries.runs()[:RECENT]),
        "amount_in": _amount,
        "may_ask": may(actor_of(request), "planner.run"),
    }
    return render(request, "planner/index.html", context, status=status)


@require_POST
@requires("planner.run")
def question(request: HttpRequest) -> HttpResponse:
    """Asks the planner."""
    inputs = _inputs()
    if inputs is None:
        return redirect("planner")
    form = AskForm(request.POST, capacity=inputs.facts.document.capacity)
    if not form.is_valid():
        return _index(request, inputs, form, status=422)
    run = operations.ask(asked=checked(form.asked()), actor=actor_of(request), at=now())
    return redirect("planner_run", run_id=run.pk)


def _amount(currency: str) -> Callable[[float | None], str]:
    """Writes an amount in major units of this currency."""
    unit = 10 ** minor_digits(currency)

    def write(value: float | None) -> str:
        return money(None if value is None else round(value * unit), currency)

    return write


def _inputs() -> Inputs | None:
    try:
        return queries.current_inputs(now())
    except NoCanvasError:
        return None


def _found(run_id: int) -> AdviceRun:
    try:
        return queries.run_by_id(run_id)
    except RunNotFoundError as error:
        raise Http404(str(error)) from error


# Inputs


@requires("planner.view")
def inputs(request: HttpRequest) -> HttpResponse:
    """Every figure of one segment (or the company) with interval, grade and source."""
    found = _inputs()
    if found is None:
        return redirect("planner")
    names = {
        design.segment: found.facts.segment(design.segment).name
        for design in found.facts.document.segments
    }
    chosen = request.GET.get("segment", next(iter(names), ""))
    context = {
        "inputs": found,
        "names": names,
        "chosen": chosen,
        "rows": found.of(chosen),
        "kinds": {kind.value: kind for kind in RelationshipType},
        "amount": _amount(found.facts.currency),
        "may_write": may(actor_of(request), "planner.run"),
    }
    return render(request, "planner/inputs.html", context)


@requires("planner.run")
def figure(request: HttpRequest) -> HttpResponse:
    """One figure, written over what data or an assumption say."""
    found, row = _figure(request)
    form = InputForm(request.POST if request.method == "POST" else None, initial=initial_of(row))
    problem = ""
    if request.method == "POST" and form.is_valid():
        try:
            operations.write_input(written=form.written(row.key), actor=actor_of(request), at=now())
        except operations.InputError as error:
            problem = str(error)
        else:
            notify(request, _("%(name)s is written.") % {"name": row.measure.label})
            return redirect(_inputs_url(row.key.segment))
    context = {
        "row": row,
        "form": form,
        "problem": problem,
        "segment": found.facts.segment(row.key.segment) if row.key.segment else None,
        "kind": RelationshipType(row.key.type) if row.key.type else None,
        "currency": found.facts.currency,
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "planner/figure.html", context, status=status)


@require_POST
@requires("planner.run")
def figure_removal(request: HttpRequest) -> HttpResponse:
    """Takes a written figure back."""
    key = Key(
        request.POST.get("segment", ""),
        request.POST.get("type", ""),
        request.POST.get("measure", ""),
    )
    _attempt(
        request,
        lambda: operations.clear_input(key=key, actor=actor_of(request), at=now()),
        _("The written figure is taken back."),
    )
    return redirect(_inputs_url(key.segment))


def _figure(request: HttpRequest) -> tuple[Inputs, Input]:
    found = _inputs()
    key = Key(
        request.GET.get("segment", ""), request.GET.get("type", ""), request.GET.get("measure", "")
    )
    row = next((item for item in found.rows if item.key == key), None) if found else None
    if found is None or row is None:
        raise Http404(_("The planner uses no such figure."))
    return found, row


def _inputs_url(segment: str) -> str:
    return f"{reverse('planner_inputs')}?{urlencode({'segment': segment})}"


# Runs


@requires("planner.view")
def run(request: HttpRequest, run_id: int) -> HttpResponse:
    """Progress, then the plan beside today's policy, with adopt, edit and decline."""
    found = _found(run_id)
    outcome = queries.outcome_of(found)
    if outcome is None:
        return render(request, "planner/working.html", _working(request, found))
    limited = [use for use in outcome.plan.resources if _binds(use.key, found)]
    context = {
        **_result(request, found, outcome),
        "net_chart": net_chart(outcome),
        "segments_chart": segments_chart(outcome.plan),
        "resources_chart": resources_chart(outcome.plan, limited) if limited else None,
        "decline_form": DeclineForm(),
        "assumptions": assumptions(found),
    }
    return render(request, "planner/run.html", context)


@requires("planner.view")
def run_progress(request: HttpRequest, run_id: int) -> HttpResponse:
    """The block that is polled; it asks for the whole page once there is an answer."""
    found = _found(run_id)
    response = render(request, "planner/progress.html", _working(request, found))
    if found.status not in WORKING:
        response["HX-Refresh"] = "true"
    return response


@requires("planner.view")
def segment(request: HttpRequest, run_id: int, segment: str) -> HttpResponse:
    """One screen for one segment: decision, money, why, why not, what would change it."""
    found = _found(run_id)
    outcome = queries.outcome_of(found)
    keys = [item.key for item in outcome.plan.segments] if outcome else []
    if outcome is None or segment not in keys:
        raise Http404(_("This advice has no segment %(key)s.") % {"key": segment})
    today = outcome.today.segment(segment) if outcome.today else None
    part, names = outcome.plan.segment(segment), outcome.plan.names
    context = {
        **_result(request, found, outcome),
        "part": part,
        "said": outcome.explanation.segment(segment),
        "today": today,
        "kinds": list(RelationshipType),
        "touchpoints": [names.get(it.touchpoint, it.touchpoint) for it in part.touchpoints],
    }
    return render(request, "planner/segment.html", context)


@requires("planner.view")
def run_figures(request: HttpRequest, run_id: int) -> HttpResponse:
    """The figures that this run was computed from."""
    found = _found(run_id)
    context = {
        "run": found,
        "kinds": {kind.value: kind for kind in RelationshipType},
        "measures": MEASURES,
        "amount": _amount(found.currency or "USD"),
    }
    return render(request, "planner/run_figures.html", context)


@require_POST
@requires("planner.run")
def cancellation(request: HttpRequest, run_id: int) -> HttpResponse:
    """Stops a run."""
    _found(run_id)
    _attempt(
        request,
        lambda: operations.cancel(run_id, actor=actor_of(request), at=now()),
        _("The planner stops."),
    )
    return redirect("planner_run", run_id=run_id)


@require_POST
@requires("policy.edit")
def adoption(request: HttpRequest, run_id: int) -> HttpResponse:
    """Makes the proposal a draft; with `edit` the canvas opens for editing."""
    found = _found(run_id)
    _attempt(
        request,
        lambda: operations.adopt(run_id, actor=actor_of(request), at=now()),
        _("The plan is now a draft of the canvas. Look at it and publish it."),
    )
    canvas = url_or_none("canvas_version", found.proposal.number) if found.proposal else None
    if "edit" in request.POST and canvas is not None:
        return redirect(canvas)
    return redirect("planner_run", run_id=run_id)


@require_POST
@requires("policy.edit")
def refusal(request: HttpRequest, run_id: int) -> HttpResponse:
    """Sets the proposal aside, with the reason."""
    _found(run_id)
    form = DeclineForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    _attempt(
        request,
        lambda: operations.decline(run_id, reason=reason, actor=actor_of(request), at=now()),
        _("The plan is declined and kept among the runs."),
    )
    return redirect("planner_run", run_id=run_id)


def _attempt(request: HttpRequest, change: Any, said: str) -> None:
    try:
        change()
    except AmityError as error:
        notify(request, str(error), kind="bad")
    else:
        notify(request, said)


def _working(request: HttpRequest, found: AdviceRun) -> dict[str, Any]:
    job = Job.objects.filter(pk=found.job_id).first() if found.job_id else None
    working = found.status in WORKING and (job is None or job.status not in ("failed", "canceled"))
    share = None
    if job is not None and job.progress_total:
        share = min(1.0, job.progress_done / job.progress_total)
    return {
        "run": found,
        "job": job,
        "working": working,
        "share": share,
        "may_ask": may(actor_of(request), "planner.run"),
    }


def _result(request: HttpRequest, found: AdviceRun, outcome: Outcome) -> dict[str, Any]:
    proposal = found.proposal
    return {
        "run": found,
        "outcome": outcome,
        "plan": outcome.plan,
        "amount": _amount(outcome.plan.currency),
        "told": outcome.explanation,
        "today_note": _today_note(outcome),
        "proposal": proposal,
        "is_open": proposal is not None and proposal.status == PolicyVersion.Status.PROPOSAL,
        "may_decide": may(actor_of(request), "policy.edit"),
    }


def _today_note(outcome: Outcome) -> str:
    """How today's mix compares, or why it does not."""
    if outcome.today_lacks:
        names = outcome.plan.names
        lacks = [names.get(use.key.partition(":")[2], _("Budget")) for use in outcome.today_lacks]
        return _("needs more than there is: %(what)s") % {"what": ", ".join(lacks)}
    if outcome.better_than_today is None:
        return ""
    share = percent(outcome.better_than_today)
    return _("the plan is better in %(share)s of the cases") % {"share": share}


def _binds(key: str, found: AdviceRun) -> bool:
    """Whether the resource was limited by somebody, and not by the planner's own ceiling."""
    if key == "budget":
        return True
    skill = key.partition(":")[2]
    document = found.base.document if found.base else {}
    planned = (document.get("capacity") or {}).get("hours") or {}
    return skill in found.asked.get("hours", {}) or skill in planned
