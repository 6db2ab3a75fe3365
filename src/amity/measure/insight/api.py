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
from amity.kernel.rest.schemas import Id, Minor, PageOf, Paging, Strict
from amity.measure.insight import queries
from amity.measure.insight.jobs import ask_for_descriptions, ask_for_measurement
from amity.measure.insight.models import AcquisitionSpend, Description, MeasureRun
from amity.measure.insight.rules import USUAL_WINDOW, Options
from amity.measure.insight.spending import drop_spend, enter_spend

router = Router(tags=["insight"])
VIEW, MEASURE = ApiGuard("insight.view"), ApiGuard("insight.measure")
SPEND = ApiGuard("insight.spend")
Name = Literal["value", "rfm", "movement", "cohorts", "contracts", "whale", "backtest"]
DescriptionName = Literal["cost", "acquisition", "attribution", "satisfaction", "baskets"]


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
def get_report(request: HttpRequest, name: Name, days: int = USUAL_WINDOW) -> dict[str, Any]:
    """A report of the last measurement, by its name.

    `days` is the window of movement: 30, 90, 180 or 365.
    """
    return queries.report(name, days=days)


class DescriptionOut(Schema):
    """What was from `since` to `as_of`; money in minor units of `currency`, shares from 0 to 1."""

    name: str
    since: date
    as_of: date
    made_at: datetime
    seconds: float
    currency: str
    body: dict[str, Any]


class SpendOut(Schema):
    """What one month cost at one touchpoint, in minor units of the company's currency."""

    id: int
    month: date
    touchpoint: str = Field(alias="touchpoint.key")
    amount_minor: int
    entered_by: str
    entered_at: datetime


class SpendIn(Strict):
    """What one month cost at one touchpoint; any day of the month names it."""

    month: date
    touchpoint: str = Field(max_length=50)
    amount_minor: Minor


@router.get("/descriptions/{name}", auth=VIEW, response=DescriptionOut)
def get_description(request: HttpRequest, name: DescriptionName) -> Description:
    """What serving or winning customers cost, what they met, said and bought together."""
    found = queries.description(name)
    if found is None:
        raise NotFoundError(f"Nobody looked at {name} yet. POST to it.")
    return found


@router.post("/descriptions/{name}", auth=MEASURE, response={202: MeasureJobOut})
def add_description(request: HttpRequest, name: DescriptionName, response: HttpResponse) -> Job:
    """Asks for a description to be made anew; one that waits or runs is the answer."""
    response.status_code = 202
    return ask_for_descriptions(names=[name], actor=actor_of(request), at=now())


@router.get("/spend", auth=VIEW, response=PageOf[SpendOut])
def list_spend(request: HttpRequest, wanted: Query[Paging]) -> Page[AcquisitionSpend]:
    """What was spent to win customers, the newest month first, page by page."""
    rows = AcquisitionSpend.objects.select_related("touchpoint")
    return page(rows, order="-month", cursor=wanted.cursor, limit=wanted.limit)


@router.put("/spend", auth=SPEND, response=SpendOut)
def put_spend(request: HttpRequest, given: SpendIn) -> AcquisitionSpend:
    """Enters what a month cost at a touchpoint; entered again, the new amount holds."""
    return enter_spend(**given.dict(), actor=actor_of(request), at=now())


@router.delete("/spend/{number}", auth=SPEND, response={204: None})
def delete_spend(request: HttpRequest, number: Id) -> None:
    """Takes an entry out."""
    drop_spend(number, actor=actor_of(request), at=now())
