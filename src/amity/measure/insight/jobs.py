"""The measurement in the worker."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

from amity.base.results import NotFoundError
from amity.kernel.access.models import User
from amity.kernel.access.rules import SYSTEM, Actor
from amity.kernel.jobs.context import JobContext
from amity.kernel.jobs.models import Job
from amity.kernel.jobs.operations import enqueue
from amity.measure.insight import lake
from amity.measure.insight.descriptions import MAKERS, describe
from amity.measure.insight.operations import measure
from amity.measure.insight.queries import DESCRIBE_KIND, JOB_KIND, usual_options
from amity.measure.insight.rules import Options, check
from amity.measure.insight.states import refresh_states


def run_measure(context: JobContext) -> dict[str, Any]:
    """Job `insight.measure`; its payload is that of `payload_of`. Descriptions follow it."""
    options = options_of(context.payload)
    run = measure(
        options=options,
        at=context.now(),
        actor=_actor(context.created_by),
        progress=context.progress,
        job_id=context.job_id,
    )
    ask_for_descriptions(names=list(MAKERS), actor=SYSTEM, at=context.now())
    return {"measure_run": run.pk, "customers": run.customers, "verdict": run.verdict}


def refresh_lake(context: JobContext) -> dict[str, Any]:
    """Job `insight.refresh_lake`: the analytic tables, block by block; what is done stays done."""
    return asdict(lake.refresh(at=context.now(), progress=context.progress))


def run_describe(context: JobContext) -> dict[str, Any]:
    """Job `insight.describe`: the descriptions that its payload names; an empty one means all."""
    names = list(context.payload.get("names") or MAKERS)
    made = describe(names=names, at=context.now(), progress=context.progress)
    return {row.name: row.seconds for row in made}


def ask_for_descriptions(*, names: list[str], actor: Actor, at: datetime) -> Job:
    """Puts descriptions in the queue; where the same ones wait or run, that job is the answer.

    Raises:
        NotFoundError: there is no such description.
    """
    unknown = [name for name in names if name not in MAKERS]
    if unknown:
        raise NotFoundError(
            f"There is no description {unknown[0]}. There are: {', '.join(MAKERS)}."
        )
    return enqueue(
        DESCRIBE_KIND,
        {"names": names},
        at=at,
        unique_key=f"{DESCRIBE_KIND}:{','.join(names)}",
        created_by=actor.user_id,
    )


def run_states(context: JobContext) -> dict[str, Any]:
    """Job `insight.refresh_states`; with `rebuild` in its payload all states are made anew."""
    changed = refresh_states(at=context.now(), rebuild=bool(context.payload.get("rebuild")))
    return {"customers": changed}


def ask_for_measurement(*, options: Options, actor: Actor, at: datetime) -> Job:
    """Puts a measurement in the queue; one that waits or runs already is the answer.

    Raises:
        MeasureError: an option makes no sense.
    """
    check(options)
    return enqueue(
        JOB_KIND,
        payload_of(options),
        at=at,
        unique_key=JOB_KIND,
        created_by=actor.user_id,
    )


def payload_of(options: Options) -> dict[str, Any]:
    """The options as a job's payload."""
    return {**asdict(options), "as_of": options.as_of.isoformat() if options.as_of else None}


def options_of(payload: dict[str, Any]) -> Options:
    """The options of a job's payload; an empty one (the nightly job's) means as usual."""
    if not payload:
        return usual_options()
    given = dict(payload)
    if given.get("as_of"):
        given["as_of"] = date.fromisoformat(given["as_of"])
    return Options(**given)


def _actor(user_id: int | None) -> Actor:
    user = User.objects.filter(pk=user_id).first() if user_id else None
    return SYSTEM if user is None else Actor("user", str(user), None, user_id=user.pk)
