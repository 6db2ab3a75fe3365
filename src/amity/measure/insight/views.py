"""Pages of Measure: value, RFM, cohorts, the whale curve and the back-test; descriptions; spend."""

import csv
from collections.abc import Callable
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.kernel.imports.staging import formula_safe
from amity.measure.insight import charts, queries
from amity.measure.insight.forms import MeasureForm, SpendForm, initial_of
from amity.measure.insight.jobs import ask_for_descriptions, ask_for_measurement
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.rules import USUAL_WINDOW, WINDOWS
from amity.measure.insight.showing import PAGES
from amity.measure.insight.showing.shown import Scene, Sheet, Shown
from amity.measure.insight.spending import drop_spend, enter_spend
from amity.ui.charts import Chart
from amity.ui.notices import notify

Charts = Callable[[MeasureRun], list[tuple[str, Chart]]]


@requires("insight.view")
def value(request: HttpRequest) -> HttpResponse:
    """What customers are worth, with interval and verdict."""
    return _page(
        request,
        "value",
        lambda run: (
            [("value-histogram", charts.histogram(run)), ("value-tenths", charts.tenths(run))]
            if run.reports["value"]["histogram"]
            else []
        ),
    )


@requires("insight.view")
def rfm(request: HttpRequest) -> HttpResponse:
    """The grid of recency and frequency, and the groups by name."""

    def drawn(run: MeasureRun) -> list[tuple[str, Chart]]:
        grid = [("rfm-customers", charts.rfm_customers(run))]
        has_value = run.value_minor is not None
        return [*grid, ("rfm-value", charts.rfm_value(run))] if has_value else grid

    return _page(request, "rfm", drawn)


@requires("insight.view")
def movement(request: HttpRequest) -> HttpResponse:
    """Who moved between the groups in so many `days`, with the way to those customers."""
    run, days = queries.latest_run(), _window(request)
    moves = queries.moves(run, days) if run is not None and run.customers else None
    if moves is not None and request.GET.get("format") == "csv":
        flows = [(one.before, one.after, one.customers) for one in moves.flows]
        columns = (_("From"), _("To"), _("Customers"))
        return _file(f"movement-{days}-days", Sheet("flows", "", columns, flows, ()))
    return _page(
        request,
        "movement",
        lambda run: (
            [("movement", charts.movement(found))]
            if (found := queries.movement_in(run, days))
            else []
        ),
        moves=moves,
        days=days,
        windows=WINDOWS,
        group_name=charts.group_name,
    )


def _window(request: HttpRequest) -> int:
    """The window that the address asks for (`?days=`), else the usual one."""
    asked = request.GET.get("days", "")
    return next((days for days in WINDOWS if str(days) == asked), USUAL_WINDOW)


@requires("insight.view")
def cohorts(request: HttpRequest) -> HttpResponse:
    """The cohort heat map, by month or by week (`?by=week`)."""
    period = "week" if request.GET.get("by") == "week" else "month"
    return _page(
        request, "cohorts", lambda run: [("cohorts", charts.cohorts(run, period))], period=period
    )


@requires("insight.view")
def contracts(request: HttpRequest) -> HttpResponse:
    """How long contracts last: the curve of each group of them, with its model and verdict."""

    def drawn(run: MeasureRun) -> list[tuple[str, Chart]]:
        groups = (run.reports.get("contracts") or {"groups": []})["groups"]
        return [
            (f"contracts-{place}", charts.retention(group)) for place, group in enumerate(groups)
        ]

    return _page(request, "contracts", drawn, group_name=charts.contracts_name)


@requires("insight.view")
def whale(request: HttpRequest) -> HttpResponse:
    """The whale curve."""
    return _page(request, "whale", lambda run: [("whale", charts.whale(run))])


@requires("insight.view")
def backtest(request: HttpRequest) -> HttpResponse:
    """Forecast against what happened."""
    return _page(
        request,
        "backtest",
        lambda run: [("backtest", charts.backtest(run))] if run.reports["backtest"] else [],
    )


@requires("insight.view")
def measuring(request: HttpRequest) -> HttpResponse:
    """The progress of the running measurement; when it has ended, the page is loaded anew."""
    job = queries.active_job()
    if job is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "insight/measuring.html", {"job": job})


@requires("insight.measure")
def new(request: HttpRequest) -> HttpResponse:
    """Asks for a measurement with other assumptions."""
    form = MeasureForm(initial=initial_of(queries.usual_options()))
    return render(request, "insight/new.html", {"form": form})


@require_POST
@requires("insight.measure")
def measurements(request: HttpRequest) -> HttpResponse:
    """Asks for a measurement; an empty form means as usual."""
    options = queries.usual_options()
    if "model" in request.POST:
        form = MeasureForm(request.POST)
        if not form.is_valid():
            return render(request, "insight/new.html", {"form": form}, status=422)
        options = form.options()
    ask_for_measurement(options=options, actor=actor_of(request), at=now())
    notify(request, _("The measurement has begun."))
    return redirect("insight")


@requires("insight.view")
def description(request: HttpRequest, name: str) -> HttpResponse:
    """A description in whichever state it is: never made, being made, too little data, made."""
    shown = _shown(request, name)
    context = {
        "name": name,
        "titles": queries.DESCRIPTIONS,
        "row": shown[0].row if shown else None,
        "shown": shown[1] if shown else None,
        "job": queries.describing(),
        "failure": queries.last_describing_failure(),
        "may_measure": may(actor_of(request), "insight.measure"),
        "may_spend": may(actor_of(request), "insight.spend"),
    }
    return render(request, "insight/description.html", context)


@requires("insight.view")
def sheet(request: HttpRequest, name: str, table: str) -> HttpResponse:
    """A table of a description as a CSV file; money in minor units, shares from 0 to 1."""
    shown = _shown(request, name) if name in PAGES else None
    found = next((one for one in shown[1].sheets if one.name == table), None) if shown else None
    if found is None:
        raise Http404
    return _file(f"{name}-{table}", found)


@requires("insight.view")
def describing(request: HttpRequest) -> HttpResponse:
    """The progress of the descriptions; when they are made, the page is loaded anew."""
    job = queries.describing()
    if job is None:
        return HttpResponse(headers={"HX-Refresh": "true"})
    return render(request, "insight/describing.html", {"job": job})


@require_POST
@requires("insight.measure")
def descriptions(request: HttpRequest) -> HttpResponse:
    """Asks for a description to be made anew (`name`)."""
    name = request.POST.get("name", "")
    ask_for_descriptions(names=[name], actor=actor_of(request), at=now())
    notify(request, _("It is being looked at."))
    return redirect(f"insight_{name}")


@requires("insight.view")
def spend(request: HttpRequest) -> HttpResponse:
    """What was spent to win customers."""
    may_spend = may(actor_of(request), "insight.spend")
    return render(request, "insight/spend.html", _spend_context(SpendForm(), may_spend=may_spend))


@require_POST
@requires("insight.spend")
def spend_entries(request: HttpRequest) -> HttpResponse:
    """Enters what a month cost at a touchpoint."""
    form = SpendForm(request.POST)
    if not form.is_valid():
        context = _spend_context(form, may_spend=True)
        return render(request, "insight/spend.html", context, status=422)
    enter_spend(**form.spend(), actor=actor_of(request), at=now())
    notify(request, _("Entered. The figures follow when acquisition is looked at again."))
    return redirect("insight_spend")


def _spend_context(form: SpendForm, *, may_spend: bool) -> dict[str, Any]:
    return {
        "name": "spend",
        "form": form,
        "rows": queries.spends()[:200],
        "currency": form.currency,
        "may_spend": may_spend,
    }


@require_POST
@requires("insight.spend")
def spend_deletion(request: HttpRequest, number: int) -> HttpResponse:
    """Takes an entry out."""
    drop_spend(number, actor=actor_of(request), at=now())
    notify(request, _("Taken out."))
    return redirect("insight_spend")


def _shown(request: HttpRequest, name: str) -> tuple[Scene, Shown] | None:
    row = queries.description(name)
    if row is None:
        return None
    scene = Scene(row, queries.names(), request.GET.get("by", ""))
    return scene, PAGES[name](scene)


def _file(name: str, found: Sheet) -> HttpResponse:
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    written = csv.writer(answer)
    written.writerow(found.columns)
    for row in found.rows:
        written.writerow(["" if cell is None else formula_safe(str(cell)) for cell in row])
    return answer


def _page(request: HttpRequest, name: str, drawn: Charts, **more: Any) -> HttpResponse:
    """One of the pages in whichever state it is: never measured, too few data, measured."""
    run = queries.latest_run()
    has_customers = run is not None and run.customers > 0
    context = {
        "name": name,
        "titles": queries.REPORTS,
        "run": run,
        "charts": drawn(run) if run is not None and has_customers else [],
        "report": run.reports.get(name) if run is not None and has_customers else None,
        "job": queries.active_job(),
        "failure": queries.last_failure(),
        "has_orders": has_customers or queries.has_orders(),
        "may_measure": may(actor_of(request), "insight.measure"),
        **more,
    }
    return render(request, f"insight/{name}.html", context)
