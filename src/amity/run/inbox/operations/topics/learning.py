"""Learns the topics; jobs and the command alone import it, since it loads scikit-learn."""

import hashlib
from datetime import datetime

from django.db import transaction

from amity.base.results import NotFoundError
from amity.run.inbox.models import TopicTraining
from amity.run.inbox.queries.topics import lessons
from amity.run.inbox.rules.topics.learning import Hear, learn
from amity.run.inbox.rules.topics.lessons import NotEnoughError
from amity.run.inbox.rules.topics.model import to_bytes

KEPT = 3  # models whose bytes are kept


def train(training_id: int, *, at: datetime, hear: Hear = lambda *_said: None) -> TopicTraining:
    """Learns, judges, and puts the model in use; one that refused says why and changes nothing.

    Run again after a kill it begins anew.

    Raises:
        NotFoundError: there is no such training.
    """
    training = TopicTraining.objects.filter(pk=training_id).first()
    if training is None:
        raise NotFoundError(f"There is no training {training_id}.")
    if training.trained_at is not None:
        return training
    try:
        model, report = learn(lessons(), precision=training.precision_wanted, hear=hear)
    except NotEnoughError as error:
        training.refusal = str(error)
        training.save(update_fields=["refusal"])
        return training
    training.model = to_bytes(model)
    training.digest = hashlib.sha256(training.model).hexdigest()
    training.report = report.as_json()
    training.trained_at = at
    return _put_in_use(training)


@transaction.atomic
def _put_in_use(training: TopicTraining) -> TopicTraining:
    TopicTraining.objects.filter(is_in_use=True).update(is_in_use=False)
    training.is_in_use = True
    training.save()
    newest = TopicTraining.objects.exclude(model=None).order_by("-pk").values("pk")[:KEPT]
    TopicTraining.objects.exclude(pk__in=[row["pk"] for row in newest]).update(model=None)
    return training
