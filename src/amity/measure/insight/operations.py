"""The measurement: from the orders to traits and a stored run."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from django.db import transaction

from amity.base.results import Grade
from amity.base.time import day_number, from_day_number
from amity.kernel.access.models import Company
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.segments.operations import refresh_soon
from amity.kernel.traits.operations import drop_stale_traits, write_traits
from amity.measure.analytics.arrays import Ints
from amity.measure.analytics.backtest import backtest, choose_holdout, compare
from amity.measure.analytics.base import base_of
from amity.measure.analytics.clv import Outlook, Values, value_customers
from amity.measure.analytics.regularity import regularity
from amity.measure.analytics.rfm import score
from amity.measure.analytics.season import Season, operational, season_of
from amity.measure.analytics.segments import SegmentFit, fit_segments, value_segments
from amity.measure.analytics.summary import Log, Summary, occasions, summarize
from amity.measure.analytics.verdict import (
    PurchaseFit,
    Verdict,
    fit_purchases,
    fit_spend,
)
from amity.measure.insight.findings import PER_CUSTOMER, SOURCE, findings
from amity.measure.insight.log import OrderLog, order_log
from amity.measure.insight.measurement import Held, Measurement, run_of
from amity.measure.insight.models import MeasureRun
from amity.measure.insight.parts import Part, parts_of
from amity.measure.insight.rules import MONTHS, Options, check, check_holdout, end_of

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
    progress(0, WHOLE, "Reading orders")
    house = company()
    orders = order_log(house.currency)
    as_of = options.as_of or min(orders.last_day or at.date(), at.date())
    if options.holdout is not None:
        check_holdout(as_of, options.holdout, orders.last_day)
    progress(10, WHOLE, "Summarizing customers")
    summary = summarize(orders.log, day_number(as_of))
    found = _analyze(orders, summary, options, parts_of(summary), progress)
    _write_traits(found, end_of(as_of, house.time_zone), progress)
    run = run_of(found)
    run.measured_at, run.actor_name, run.job_id = at, actor.name[:200], job_id
    run.seconds = round(time.monotonic() - started, 2)
    return _store(run, house, actor)


def _analyze(
    orders: OrderLog,
    summary: Summary,
    options: Options,
    parts: tuple[Part, ...],
    progress: Progress,
) -> Measurement:
    """Fits, back-test and values; touches no database."""
    progress(20, WHOLE, "Fitting the models")
    rows = occasions(orders.log.until(summary.as_of))
    season = season_of(rows, summary.as_of)
    timed = operational(summary, season)
    fit, alive_fit = fit_purchases(timed, options.model), fit_purchases(timed, "MBG/NBD")
    spend = fit_spend(summary)
    progress(25, WHOLE, "Back-testing")
    held = _hold(orders.log, timed, fit, options, season)
    progress(30, WHOLE, "Valuing customers")
    outlook = Outlook(MONTHS, options.discount, options.margin, held.result.band if held else None)
    members = {part.key: part.rows for part in parts}
    segments = _fit_parts(timed, members, fit)
    if segments:
        values = value_segments(timed, members, segments, spend, outlook)
    else:
        values = value_customers(timed, fit, spend, outlook)
    return Measurement(
        options=options,
        as_of=from_day_number(summary.as_of),
        orders=orders,
        summary=summary,
        fit=fit,
        alive_fit=alive_fit,
        spend=spend,
        held=held,
        values=_alive_by(alive_fit, fit, timed, members, values),
        rfm=score(summary),
        habits=regularity(rows),
        season=season,
        parts=parts,
        segments=segments,
    )


def _fit_parts(
    summary: Summary, members: dict[str, Ints], fit: PurchaseFit
) -> dict[str, SegmentFit]:
    """A fit of each segment; none where the base carries no model or is one segment alone."""
    if len(members) < 2 or fit.verdict is not Verdict.OK:
        return {}
    return fit_segments({key: base_of(summary.of(rows)) for key, rows in members.items()}, fit)


def _hold(
    log: Log, summary: Summary, fit: PurchaseFit, options: Options, season: Season
) -> Held | None:
    """The asked hold-out after the day, else one inside the history where it is long enough."""
    if options.holdout is not None:
        ahead = season.ahead(summary.as_of, options.holdout)
        return Held(fit, compare(log, summary, fit, options.holdout, ahead))
    days = choose_holdout(summary)
    if days < 7:
        return None
    return Held(*backtest(log.until(summary.as_of), summary.as_of - days, days, options.model))


def _alive_by(
    alive_fit: PurchaseFit,
    fit: PurchaseFit,
    summary: Summary,
    members: dict[str, Ints],
    values: Values,
) -> Values:
    """P(alive) of MBG/NBD where both fit: BG/NBD says that a one-time buyer never leaves."""
    if alive_fit.verdict is not Verdict.OK or fit.verdict is not Verdict.OK:
        return values
    alive = alive_fit.model.alive(summary.x, summary.t_x, summary.T)
    for key, found in _fit_parts(summary, members, alive_fit).items():
        part = summary.of(members[key])
        alive[members[key]] = found.fit.model.alive(part.x, part.t_x, part.T)
    return replace(values, alive=alive)


def _write_traits(found: Measurement, at: datetime, progress: Progress) -> None:
    total = found.summary.customers * PER_CUSTOMER
    rows = findings(found.summary, found.rfm, found.values)
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
