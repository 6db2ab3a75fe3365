"""The measurement: from the orders to traits and a stored run."""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime
from itertools import chain

import numpy as np
from django.db import transaction

from amity.base.results import Grade
from amity.base.time import day_number, from_day_number
from amity.kernel.access.models import Company
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.segments.operations import refresh_soon
from amity.kernel.traits.operations import drop_stale_traits, write_traits
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.clv import Outlook, Values, value_customers
from amity.measure.analytics.contracted import Horizon
from amity.measure.analytics.rfm import score
from amity.measure.analytics.segments import SegmentFit, value_segments
from amity.measure.analytics.summary import Summary, occasions, summarize
from amity.measure.analytics.valuation import Models, Question, fit_models
from amity.measure.insight.contracts import (
    Basis,
    ContractLog,
    contract_log,
    contracts_count,
    first,
    longer,
    measure_contracts,
    valued_customers,
)
from amity.measure.insight.findings import PER_CUSTOMER, SOURCE, contract_findings, findings
from amity.measure.insight.log import OrderLog
from amity.measure.insight.measurement import Measurement, groups_before, run_of
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.parts import Canvas, Part, canvas_now, parts_of
from amity.measure.insight.presence import alive_by, fit_parts, shares_of, telling_fits
from amity.measure.insight.rules import MONTHS, Options, check, check_holdout, end_of
from amity.measure.insight.states import order_log

Progress = Callable[[int, int | None, str], None]
WHOLE, WRITING = 100, 40  # progress in percent; from 40 on traits are written


def _quiet(_done: int, _total: int | None, _message: str) -> None:
    """Nobody listens."""


def measure(
    *,
    options: Options,
    at: datetime,
    actor: Actor,
    progress: Progress = _quiet,
    job_id: int | None = None,
) -> MeasureRun:
    """Measures the customer base and stores what was found; safe to run again.

    Traits are written in batches, the run and the end of stale traits in one transaction, so a
    stop in between leaves the former run and is mended by the next. `progress` is called between
    the stages and batches and may raise to stop.

    Raises:
        MeasureError: an option makes no sense, or the log does not reach through the hold-out.
    """
    check(options)
    started = time.monotonic()
    progress(0, WHOLE, "Reading the running state")
    house = company()
    orders = order_log(at=at)
    contracts = contract_log(orders, house.currency, at.date())
    orders = replace(orders, currency=contracts.currency)
    as_of = options.as_of or _last_day(orders, contracts, at.date())
    if options.holdout is not None:
        check_holdout(as_of, options.holdout, orders.last_day)
    progress(10, WHOLE, "Summarizing customers")
    summary = summarize(orders.log, day_number(as_of))
    found = _analyze(Facts(orders, contracts, canvas_now()), summary, options, progress)
    _write_traits(found, end_of(as_of, house.time_zone), progress)
    run = run_of(found)
    run.measured_at, run.actor_name, run.job_id = at, actor.name[:200], job_id
    run.seconds = round(time.monotonic() - started, 2)
    return _store(run, house, actor)


def _last_day(orders: OrderLog, contracts: ContractLog, today: date) -> date:
    """The last day of which orders or contracts tell, today at the latest."""
    days = [day for day in (orders.last_day, contracts.last_day) if day is not None]
    return min(max(days, default=today), today)


@dataclass(frozen=True, slots=True)
class Facts:
    """What was read: orders, contracts, and whom the published canvas serves how."""

    orders: OrderLog
    contracts: ContractLog
    canvas: Canvas | None


def _analyze(facts: Facts, summary: Summary, options: Options, progress: Progress) -> Measurement:
    """Fits, back-test and values; touches no database."""
    orders, contracts, canvas = facts.orders, facts.contracts, facts.canvas
    progress(20, WHOLE, "Fitting the models")
    question = Question(options.model, MONTHS, options.discount, options.margin, options.holdout)
    models = fit_models(orders.log, summary, question)
    progress(30, WHOLE, "Valuing customers")
    outlook = question.outlook(models.held)
    beside = np.setdiff1d(valued_customers(contracts, canvas, summary.as_of), summary.customer)
    customers = np.concatenate((summary.customer, beside))
    parts = parts_of(canvas, customers)
    members = {part.key: rows for part in parts if len(rows := _buyers(part, summary))}
    segments = fit_parts(models.timed, members, models.fit)
    telling = telling_fits(models, members, segments)
    values = models.habitual_values(outlook)
    if values is None:
        usual = _usual_values(models, members, segments, outlook)
        values = alive_by(models, members, telling, usual)
    horizon = Horizon(MONTHS, options.discount, options.margin)
    contracted = measure_contracts(
        contracts,
        canvas,
        occasions(orders.log.until(summary.as_of)),
        Basis(summary.as_of, horizon, models, values),
    )
    everyone = contracts_count(longer(values, len(beside)), customers, contracted)
    return Measurement(
        options=options,
        as_of=from_day_number(summary.as_of),
        orders=orders,
        models=models,
        values=first(everyone, summary.customers),
        customers=customers,
        everyone=everyone,
        rfm=score(summary),
        before=groups_before(orders.log, summary),
        parts=parts,
        segments=segments,
        shares=shares_of(models, members, telling, values.alive),
        contracted=contracted,
        foreign_contracts=contracts.foreign,
    )


def _buyers(part: Part, summary: Summary) -> Ints:
    """The rows of a part that bought at least once."""
    return part.rows[part.rows < summary.customers]


def _usual_values(
    models: Models, members: dict[str, Ints], segments: dict[str, SegmentFit], outlook: Outlook
) -> Values:
    """Values by the fit of each segment, else of the base."""
    if segments:
        return value_segments(models.timed, members, segments, models.spend, outlook)
    return value_customers(models.timed, models.fit, models.spend, outlook)


def _write_traits(found: Measurement, at: datetime, progress: Progress) -> None:
    summary = found.models.summary
    beside = slice(summary.customers, None)
    total = summary.customers * PER_CUSTOMER
    rows = chain(
        findings(summary, found.rfm, found.values, found.before),
        contract_findings(found.customers[beside].tolist(), found.everyone, beside),
    )
    for written in write_traits(findings=rows, source=SOURCE, as_of=at, grade=Grade.B):
        share = min(written / max(total, 1), 1.0)
        progress(WRITING + int(share * (WHOLE - WRITING)), WHOLE, "Writing traits")


@transaction.atomic
def _store(run: MeasureRun, house: Company, actor: Actor) -> MeasureRun:
    if run.job_id is not None:
        MeasureRun.objects.filter(job_id=run.job_id).delete()
    run.save()
    drop_stale_traits(source=SOURCE, as_of=end_of(run.as_of, house.time_zone))
    record_audit(
        actor=actor,
        action="insight.measured",
        object_type="measure_run",
        object_id=run.pk,
        at=run.measured_at,
        summary=f"{run.customers:,} customers as of {run.as_of}: {run.verdict}",
    )
    refresh_soon(at=run.measured_at, created_by=actor.user_id)  # their rules ask for these traits
    return run
