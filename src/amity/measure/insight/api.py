"""/insight: measurements and their reports."""

from datetime import date, datetime
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse
from ninja import Field, Query, Router, Schema

from amity.base.results import NotFoundError
from amity.base.time import now
from amity.kernel.access.doors import ApiGuard, actor_of
from amity.kernel.jobs.models import Job
from amity.kernel.rest.paging import Page, page
from amity.kernel.rest.schemas import Id, PageOf, Paging, Strict
from amity.measure.insight import queries
from amity.measure.insight.jobs import ask_for_measurement
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.rules import Options

router = Router(tags=["insight"])
VIEW, MEASURE = ApiGuard("insight.view"), ApiGuard("insight.measure")
Name = Literal["value", "rfm", "cohorts", "whale", "backtest"]


class MeasurementOut(Schema):
    """One measurement; money in minor units, parameters per `unit`, times of purchases in days.

    `band` is the relative half-width that the back-test found; `forecast`, `actual` and `error`
    are those of the back-test.
    """

    id: int
    as_of: date
    measured_at: datetime
    seconds: float
    customers: int
    repeaters: int
    purchases: int
    model: str
    verdict: str
    reason: str
    fallback: str
    unit: str
    parameters: dict[str, float]
    standard_errors: dict[str, float]
    log_likelihood: float | None
    holdout_from: date | None
    holdout_days: int | None
    forecast: float | None
    actual: int | None
    error: float | None
    band_low: float | None
    band_high: float | None
    band: float | None
    currency: str
    discount: float
    margin: float
    months: int
    expected_purchases: float
    value_minor: float | None
    value_low: float | None
    value_high: float | None
    notes: list[str]


class MeasurementIn(Strict):
    """What to measure; what is left out is as the last time."""

    as_of: date | None = None
    holdout: int | None = Field(None, ge=1, le=3650)
    model: Literal["BG/NBD", "MBG/NBD"] | None = None
    discount: float | None = Field(None, ge=0, lt=1)
    margin: float | None = Field(None, gt=0, le=1)


class MeasureJobOut(Schema):
    """The job that measures."""

    job_id: int = Field(alias="pk")
    status: str


@router.get("/measurements", auth=VIEW, response=PageOf[MeasurementOut])
def list_measurements(request: HttpRequest, wanted: Query[Paging]) -> Page[MeasureRun]:
    """Measurements, the newest first, page by page."""
    rows = MeasureRun.objects.all()
    return page(rows, order="-measured_at", cursor=wanted.cursor, limit=wanted.limit)


@router.post("/measurements", auth=MEASURE, response={202: MeasureJobOut})
def add_measurement(request: HttpRequest, given: MeasurementIn, response: HttpResponse) -> Job:
    """Asks for a measurement; it runs in the worker. One that waits or runs is the answer."""
    usual = queries.usual_options()
    options = Options(
        given.as_of,
        given.holdout,
        given.model or usual.model,
        usual.discount if given.discount is None else given.discount,
        usual.margin if given.margin is None else given.margin,
    )
    response.status_code = 202
    return ask_for_measurement(options=options, actor=actor_of(request), at=now())


@router.get("/measurements/{number}", auth=VIEW, response=MeasurementOut)
def get_measurement(request: HttpRequest, number: Id) -> MeasureRun:
    """One measurement."""
    run = MeasureRun.objects.filter(pk=number).first()
    if run is None:
        raise NotFoundError(f"There is no measurement {number}. List them.")
    return run


@router.get("/reports/{name}", auth=VIEW, response=dict[str, Any])
def get_report(request: HttpRequest, name: Name) -> dict[str, Any]:
    """A report of the last measurement: value, rfm, cohorts, whale or backtest."""
    return queries.report(name)
