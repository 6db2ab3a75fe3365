"""Pages of Measure: value, RFM, cohorts, the whale curve and the back-test."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from amity.base.time import now
from amity.kernel.access.doors import actor_of, requires
from amity.kernel.access.rules import may
from amity.measure.insight import charts, queries
from amity.measure.insight.forms import MeasureForm, initial_of
from amity.measure.insight.jobs import ask_for_measurement
from amity.measure.insight.models import MeasureRun
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
def cohorts(request: HttpRequest) -> HttpResponse:
    """The cohort heat map, by month or by week (`?by=week`)."""
    period = "week" if request.GET.get("by") == "week" else "month"
    return _page(
        request, "cohorts", lambda run: [("cohorts", charts.cohorts(run, period))], period=period
    )


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


def _page(request: HttpRequest, name: str, drawn: Charts, **more: Any) -> HttpResponse:
    """One of the five pages in whichever state it is: never measured, too few data, measured."""
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
