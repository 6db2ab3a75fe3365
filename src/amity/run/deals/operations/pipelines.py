"""Pipelines, their stages, and the reasons that deals end for."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import ProtectedError
from django.utils.text import slugify

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.run.deals.models import CloseReason, Deal, DealEvent, Pipeline, PipelineStage
from amity.run.deals.operations.writing import MOST_MINOR, DealError

USUAL_STAGES = (("First talk", 0.1), ("Needs known", 0.3), ("Offer made", 0.5), ("Agreeing", 0.8))
USUAL_REASONS = {
    "won": ("Fits best", "Price", "They trust us", "Service"),
    "lost": ("Price", "Competitor fits better", "No budget", "No decision", "Bad timing"),
}
MOST_STAGES = 20


@dataclass(frozen=True, slots=True)
class GivenStage:
    """An open stage as it is wanted; `pk` None makes a new one."""

    name: str
    probability: float
    pk: int | None = None


@transaction.atomic
def create_pipeline(
    *, name: str, actor: Actor, at: datetime, currency: str = "", hour_minor: int | None = None
) -> Pipeline:
    """Makes a pipeline with the usual stages, and the usual reasons where there are none yet.

    Raises:
        DealError: it has no name, or a rate below zero.
        ConflictError: there is one of this name.
    """
    said = clean_text(name, field="name", max_length=100)
    key = slugify(said)[:50]
    if not said or not key:
        raise DealError("Give the pipeline a name with letters.")
    try:
        with transaction.atomic():
            pipeline = Pipeline.objects.create(
                key=key,
                name=said,
                currency=currency or company().currency,
                hour_minor=_rate(hour_minor),
                created_at=at,
            )
    except IntegrityError:
        raise ConflictError(f"There is a pipeline {said} already.") from None
    _usual_stages(pipeline)
    if not CloseReason.objects.exists():
        CloseReason.objects.bulk_create(
            CloseReason(kind=kind, name=reason)
            for kind, reasons in USUAL_REASONS.items()
            for reason in reasons
        )
    _audit(pipeline, "created", actor, at)
    return pipeline


def _usual_stages(pipeline: Pipeline) -> None:
    stages = [
        PipelineStage(
            pipeline=pipeline, key=slugify(name), name=name, position=place, probability=probability
        )
        for place, (name, probability) in enumerate(USUAL_STAGES)
    ]
    PipelineStage.objects.bulk_create(
        [
            *stages,
            PipelineStage(
                pipeline=pipeline, key="won", name="Won", position=98, probability=1, is_won=True
            ),
            PipelineStage(
                pipeline=pipeline, key="lost", name="Lost", position=99, probability=0, is_lost=True
            ),
        ]
    )


@transaction.atomic
def change_pipeline(
    pipeline_id: int,
    *,
    name: str,
    hour_minor: int | None,
    stages: Sequence[GivenStage],
    actor: Actor,
    at: datetime,
) -> Pipeline:
    """Sets the name, the rate of an hour, and the open stages in their order.

    Raises:
        NotFoundError: there is no such pipeline or stage.
        ConflictError: a stage that deals stood in would go.
        DealError: no name, no stage, more than 20, two of one name, or no share of 0 to 1.
    """
    pipeline = Pipeline.objects.select_for_update().filter(pk=pipeline_id).first()
    if pipeline is None:
        raise NotFoundError(f"There is no pipeline {pipeline_id}.")
    said = clean_text(name, field="name", max_length=100)
    if not said:
        raise DealError("Give the pipeline a name.")
    pipeline.name, pipeline.hour_minor = said, _rate(hour_minor)
    pipeline.save(update_fields=["name", "hour_minor"])
    _set_stages(pipeline, stages)
    _audit(pipeline, "changed", actor, at)
    return pipeline


def _set_stages(pipeline: Pipeline, given: Sequence[GivenStage]) -> None:
    _check(given)
    there = {row.pk: row for row in pipeline.stages.filter(is_won=False, is_lost=False)}
    for row in there.values():
        if row.pk not in {one.pk for one in given}:
            _remove(row)
    taken = {row.key for row in pipeline.stages.all()}
    for place, one in enumerate(given):
        if one.pk is None:
            key = _free_key(one.name, taken)
            taken.add(key)
            row = PipelineStage(pipeline=pipeline, key=key)
        elif one.pk in there:
            row = there[one.pk]
        else:
            raise NotFoundError(f"{pipeline.name} has no open stage {one.pk}.")
        row.name, row.position, row.probability = one.name.strip(), place, one.probability
        row.save()


def _check(given: Sequence[GivenStage]) -> None:
    names = [clean_text(one.name, field="stage", max_length=60) for one in given]
    if not 1 <= len(given) <= MOST_STAGES or not all(names):
        raise DealError(f"A pipeline has 1 to {MOST_STAGES} open stages, each with a name.")
    if len({name.casefold() for name in names}) < len(names):
        raise DealError("Two stages have the same name.")
    if not all(0 <= one.probability <= 1 for one in given):
        raise DealError("The chance of a stage is 0 to 100 percent.")


def _remove(row: PipelineStage) -> None:
    is_used = (
        Deal.objects.filter(stage=row).exists()
        or DealEvent.objects.filter(to_stage=row).exists()
        or DealEvent.objects.filter(from_stage=row).exists()
    )
    if is_used:
        raise ConflictError(f"Deals stood in {row.name}, so its history stays. Rename it instead.")
    try:
        row.delete()
    except ProtectedError:  # a deal came to it meanwhile
        raise ConflictError(f"A deal came to {row.name} meanwhile.") from None


def _free_key(name: str, taken: set[str]) -> str:
    base = slugify(name)[:40] or "stage"
    numbered = (f"{base}-{number}" for number in range(2, len(taken) + 3))
    return base if base not in taken else next(key for key in numbered if key not in taken)


def _rate(hour_minor: int | None) -> int | None:
    if hour_minor is not None and not 0 <= hour_minor <= MOST_MINOR // 1000:
        raise DealError("What an hour costs is 0 or more.")
    return hour_minor


@transaction.atomic
def add_reason(*, kind: str, name: str, actor: Actor, at: datetime) -> CloseReason:
    """Adds a reason, or takes a retired one up again.

    Raises:
        DealError: it has no name, or is for neither wins nor losses.
    """
    said = clean_text(name, field="name", max_length=100)
    if kind not in CloseReason.Kind.values or not said:
        raise DealError("Say why, and whether deals are won or lost for it.")
    reason, _is_new = CloseReason.objects.update_or_create(
        kind=kind, name=said, defaults={"is_retired": False}
    )
    _audit(reason, "reason_added", actor, at)
    return reason


@transaction.atomic
def retire_reason(reason_id: int, *, actor: Actor, at: datetime) -> CloseReason:
    """Offers a reason no more; deals that have it keep it.

    Raises:
        NotFoundError: there is no such reason.
    """
    reason = CloseReason.objects.select_for_update().filter(pk=reason_id).first()
    if reason is None:
        raise NotFoundError(f"There is no reason {reason_id}.")
    reason.is_retired = True
    reason.save(update_fields=["is_retired"])
    _audit(reason, "reason_retired", actor, at)
    return reason


def _audit(about: Pipeline | CloseReason, action: str, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"deals.{action}" if isinstance(about, CloseReason) else f"deals.pipeline_{action}",
        object_type="close_reason" if isinstance(about, CloseReason) else "pipeline",
        object_id=about.pk,
        at=at,
        summary=about.name,
    )
