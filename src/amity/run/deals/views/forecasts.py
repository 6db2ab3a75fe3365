"""What is expected to come, and why deals ended."""

from datetime import UTC, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from amity.base.time import now
from amity.kernel.access.doors import requires
from amity.run.deals.queries.forecasts import forecast_of, outcomes_of
from amity.run.deals.queries.pipelines import pipelines
from amity.run.deals.views.common import chosen_pipeline, tabs_for

EVER = datetime(1900, 1, 1, tzinfo=UTC)  # files bring no date before it


@requires("deals.view")
def page(request: HttpRequest) -> HttpResponse:
    """The forecast by month, and how stages convert."""
    pipeline = chosen_pipeline(request)
    given = {
        "tabs": tabs_for(request, "deals:forecast"),
        "pipelines": list(pipelines()),
        "pipeline": pipeline,
        "forecast": forecast_of(pipeline) if pipeline else None,
        "today": now().date(),
    }
    return render(request, "deals/forecast.html", given)


@requires("deals.view")
def outcomes(request: HttpRequest) -> HttpResponse:
    """Why deals were won and lost in a year, or ever, against whom, of whom and of what."""
    pipeline = chosen_pipeline(request)
    is_ever = request.GET.get("span") == "ever"
    since = EVER if is_ever else None
    given = {
        "tabs": tabs_for(request, "deals:outcomes"),
        "pipelines": list(pipelines()),
        "pipeline": pipeline,
        "outcomes": outcomes_of(pipeline, now(), since=since) if pipeline else None,
        "is_ever": is_ever,
    }
    return render(request, "deals/outcomes.html", given)
