"""Asks for topics to be learned, and says which model is in use."""

from datetime import datetime

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.jobs.operations import enqueue, request_cancel
from amity.run.inbox.models import TopicTraining
from amity.run.inbox.queries.topics import last_training, lesson_counts
from amity.run.inbox.rules.topics.lessons import check_enough
from amity.run.inbox.rules.working import InboxError

JOB = "inbox.learn_topics"
PRECISIONS = (0.8, 0.9, 0.95)


@transaction.atomic
def ask_training(*, precision: float, actor: Actor, at: datetime) -> TopicTraining:
    """Asks for a model that is right `precision` (0..1) of the times that it is sure.

    Raises:
        NotEnoughError: there is too little to learn from.
        ConflictError: one is being learned.
        InboxError: there is no such precision.
    """
    last = last_training()
    if last is not None and last.is_running:
        raise ConflictError("Topics are being learned already. Wait for it, or stop it.")
    training = begin(precision=precision, actor=actor, at=at)
    job = enqueue(JOB, {"training": training.pk}, at=at, unique_key=JOB, created_by=actor.user_id)
    training.job_id = job.pk
    training.save(update_fields=["job_id"])
    return training


@transaction.atomic
def begin(*, precision: float, actor: Actor, at: datetime) -> TopicTraining:
    """The row of a training that the caller runs.

    Raises:
        NotEnoughError: there is too little to learn from.
        InboxError: there is no such precision.
    """
    if precision not in PRECISIONS:
        raise InboxError("Choose how often it should be right: 80, 90 or 95 of 100 times.")
    check_enough(lesson_counts())
    training = TopicTraining.objects.create(
        asked_at=at, asked_by_name=actor.name[:200], precision_wanted=precision
    )
    _audit("topics_training_asked", training, actor=actor, at=at)
    return training


@transaction.atomic
def cancel_training(*, actor: Actor, at: datetime) -> None:
    """Stops the training that runs; the model in use stays.

    Raises:
        NotFoundError: none runs.
    """
    last = last_training()
    if last is None or last.job is None or not last.is_running:
        raise NotFoundError("Nothing is being learned now.")
    request_cancel(last.job.pk, actor=actor, at=at)
    _audit("topics_training_canceled", last.training, actor=actor, at=at)


@transaction.atomic
def stop_using(*, actor: Actor, at: datetime) -> None:
    """New conversations are given to no model any more; what it said stays.

    Raises:
        NotFoundError: none is in use.
    """
    training = TopicTraining.objects.select_for_update().filter(is_in_use=True).first()
    if training is None:
        raise NotFoundError("No model is in use.")
    training.is_in_use = False
    training.save(update_fields=["is_in_use"])
    _audit("topics_model_put_away", training, actor=actor, at=at)


def _audit(action: str, training: TopicTraining, *, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"inbox.{action}",
        object_type="inbox_topic_model",
        object_id=training.pk,
        at=at,
        summary=str(training),
    )
