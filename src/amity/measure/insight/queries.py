"""Reads of measurements."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from amity.base.results import NotFoundError
from amity.kernel.commerce.models import Contract, Order
from amity.kernel.jobs.models import Job
from amity.kernel.segments.models import Segment
from amity.kernel.touchpoints.models import Touchpoint
from amity.measure.insight.models import AcquisitionSpend, Description, MeasureRun
from amity.measure.insight.rules import USUAL_WINDOW, WINDOWS, Options, direction_of

JOB_KIND = "insight.measure"
DESCRIBE_KIND = "insight.describe"
REPORTS = {
    "value": "What customers are worth",
    "rfm": "How recently and how often they buy",
    "movement": "Who moved between the groups",
    "cohorts": "How long cohorts stay",
    "contracts": "How long contracts last",
    "whale": "Who pays for whom",
    "backtest": "How good the forecast was",
}
DESCRIPTIONS = {
    "cost": "What serving costs",
    "acquisition": "What winning customers costs",
    "attribution": "What they met before they ordered",
    "satisfaction": "What customers say",
    "baskets": "What they buy together",
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
    return Order.objects.exists() or Contract.objects.exists()


def active_job() -> Job | None:
    """The measurement that waits or runs now."""
    active = (Job.Status.READY, Job.Status.RUNNING)
    return Job.objects.filter(kind=JOB_KIND, status__in=active).order_by("pk").first()


def last_failure() -> Job | None:
    """The last measurement job, where it failed."""
    job = Job.objects.filter(kind=JOB_KIND).order_by("-pk").first()
    return job if job is not None and job.status == Job.Status.FAILED else None


def description(name: str) -> Description | None:
    """What a description says; None before it is made."""
    return Description.objects.filter(name=name).first()


def describing() -> Job | None:
    """The descriptions that wait or are made now."""
    active = (Job.Status.READY, Job.Status.RUNNING)
    return Job.objects.filter(kind=DESCRIBE_KIND, status__in=active).order_by("pk").first()


def last_describing_failure() -> Job | None:
    """The last job that made descriptions, where it failed."""
    job = Job.objects.filter(kind=DESCRIBE_KIND).order_by("-pk").first()
    return job if job is not None and job.status == Job.Status.FAILED else None


@dataclass(frozen=True, slots=True)
class Names:
    """What people call the segments and touchpoints that a description names by their keys."""

    segments: Mapping[str, str]
    touchpoints: Mapping[str, str]


def names() -> Names:
    """The names of all segments and touchpoints; two statements."""
    return Names(
        dict(Segment.objects.values_list("key", "name")),
        dict(Touchpoint.objects.values_list("key", "name")),
    )


def spends() -> QuerySet[AcquisitionSpend]:
    """What was entered as spent to win customers, the newest month first."""
    return AcquisitionSpend.objects.select_related("touchpoint").order_by(
        "-month", "touchpoint__name"
    )


def report(name: str, *, days: int = USUAL_WINDOW) -> dict[str, Any]:
    """A report of the newest measurement, with what one needs to read it.

    `days` is the window of movement, one of WINDOWS; the other reports have none.

    Raises:
        NotFoundError: there is no such report or window, or nothing was measured yet.
    """
    if name not in REPORTS:
        raise NotFoundError(f"There is no report {name}. There are: {', '.join(REPORTS)}.")
    if days not in WINDOWS:
        known = ", ".join(str(window) for window in WINDOWS)
        raise NotFoundError(f"Movement over {days} days is not measured. There are: {known}.")
    run = latest_run()
    if run is None:
        raise NotFoundError("Nothing was measured yet. Run: amity measure")
    return {**header(run), "report": name, **(_body(run, name, days))}


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


def _body(run: MeasureRun, name: str, days: int) -> dict[str, Any]:
    found = run.reports.get(name)
    if name == "movement":
        return {"days": days, "windows": list(WINDOWS), **(movement_in(run, days) or {})}
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
        total["habits"] = run.reports.get("habits")
        return total | (found or {}) | {"segments": run.reports.get("segments", [])}
    return found or {}


@dataclass(frozen=True, slots=True)
class Flow:
    """Customers who went from one RFM group to another; `where` is the rule that finds them."""

    before: str
    after: str
    customers: int
    where: str


@dataclass(frozen=True, slots=True)
class Moves:
    """Where customers went: the flows, the largest first, and how many rose, fell, stayed, came."""

    flows: tuple[Flow, ...]
    rose: int
    fell: int
    stayed: int
    came: int


def movement_in(run: MeasureRun, days: int) -> dict[str, Any] | None:
    """The stored movement over so many days; None where the measurement is older than that."""
    found: dict[str, Any] | None = run.reports.get("movement", {}).get(str(days))
    return found


def moves(run: MeasureRun, days: int) -> Moves | None:
    """Movement over so many days; None where the measurement is older than the report."""
    found = movement_in(run, days)
    if found is None:
        return None
    counted = [
        (before, after, count)
        for before, line in zip(found["groups"], found["customers"], strict=True)
        for after, count in zip(found["groups"], line, strict=True)
        if count
    ]
    sums = Counter[str]()
    for before, after, count in counted:
        sums[direction_of(before, after)] += count
    flows = [Flow(a, b, n, _rule(a, b, days)) for a, b, n in counted if a != b]
    flows.sort(key=lambda flow: (-flow.customers, flow.before, flow.after))
    return Moves(tuple(flows), sums["up"], sums["down"], sums["same"], sums["new"])


def _rule(before: str, after: str, days: int) -> str:
    return f'trait.rfm_group_{days}d is "{before}" and trait.rfm_group is "{after}"'
