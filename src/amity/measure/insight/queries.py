"""Reads of measurements."""

from typing import Any

from django.db.models import QuerySet

from amity.base.results import NotFoundError
from amity.kernel.commerce.models import Order
from amity.kernel.jobs.models import Job
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.rules import Options

JOB_KIND = "insight.measure"
REPORTS = {
    "value": "What customers are worth",
    "rfm": "How recently and how often they buy",
    "cohorts": "How long cohorts stay",
    "whale": "Who pays for whom",
    "backtest": "How good the forecast was",
}


def latest_run() -> MeasureRun | None:
    """The newest measurement; None before the first."""
    return runs().first()


def runs() -> QuerySet[MeasureRun]:
    """All measurements, the newest first."""
    return MeasureRun.objects.order_by("-measured_at", "-pk")


def usual_options() -> Options:
    """The assumptions of the last measurement, else the defaults; up to the last day."""
    run = latest_run()
    if run is None:
        return Options()
    asked = run.reports["fits"][0]["asked"]
    return Options(model=asked, discount=run.discount, margin=run.margin)


def has_orders() -> bool:
    """Whether there is anything to measure."""
    return Order.objects.exists()


def active_job() -> Job | None:
    """The measurement that waits or runs now."""
    active = (Job.Status.READY, Job.Status.RUNNING)
    return Job.objects.filter(kind=JOB_KIND, status__in=active).order_by("pk").first()


def last_failure() -> Job | None:
    """The last measurement job, where it failed."""
    job = Job.objects.filter(kind=JOB_KIND).order_by("-pk").first()
    return job if job is not None and job.status == Job.Status.FAILED else None


def report(name: str) -> dict[str, Any]:
    """A report of the newest measurement, with what one needs to read it.

    Raises:
        NotFoundError: there is no such report, or nothing was measured yet.
    """
    if name not in REPORTS:
        raise NotFoundError(f"There is no report {name}. There are: {', '.join(REPORTS)}.")
    run = latest_run()
    if run is None:
        raise NotFoundError("Nothing was measured yet. Run: amity measure")
    return {**header(run), "report": name, **(_body(run, name))}


def header(run: MeasureRun) -> dict[str, Any]:
    """What every report says of the measurement behind it."""
    return {
        "as_of": run.as_of.isoformat(),
        "measured_at": run.measured_at.isoformat(),
        "customers": run.customers,
        "model": run.model,
        "verdict": run.verdict,
        "reason": run.reason,
        "grade": "B",
        "band": run.band,
        "currency": run.currency,
        "notes": run.notes,
    }


def measured(run: MeasureRun, *, with_holdout: bool) -> dict[str, Any]:
    """What `amity measure --json` prints. Without a hold-out its four figures are null."""
    held = with_holdout and run.forecast is not None
    return {
        "customers": run.customers,
        "repeaters": run.repeaters,
        "purchases": run.purchases,
        "model": run.model,
        "verdict": run.verdict,
        "reason": run.reason,
        "parameters": run.parameters,
        "standard_errors": run.standard_errors,
        "log_likelihood": run.log_likelihood,
        "unit": run.unit,
        "forecast": run.forecast if held else None,
        "actual": run.actual if held else None,
        "error": run.error if held else None,
        "band": [run.band_low, run.band_high] if held else None,
    }


def _body(run: MeasureRun, name: str) -> dict[str, Any]:
    found = run.reports.get(name)
    if name == "backtest":
        return {
            "fitted_to": run.holdout_from.isoformat() if run.holdout_from else None,
            "days": run.holdout_days,
            "forecast": run.forecast,
            "actual": run.actual,
            "error": run.error,
            "low": run.band_low,
            "high": run.band_high,
            "rows": found["rows"] if found else [],
        }
    if name == "value":
        total = {
            "months": run.months,
            "discount": run.discount,
            "margin": run.margin,
            "expected_purchases": run.expected_purchases,
            "value": run.value_minor,
            "value_low": run.value_low,
            "value_high": run.value_high,
        }
        return total | (found or {}) | {"segments": run.reports.get("segments", [])}
    return found or {}
