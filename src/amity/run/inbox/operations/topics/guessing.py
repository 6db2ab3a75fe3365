"""Gives conversations to the model that is in use."""

import hashlib
from collections.abc import Callable
from datetime import datetime

from amity.kernel.jobs.operations import enqueue
from amity.run.inbox.models import Conversation, Topic, TopicTraining
from amity.run.inbox.operations.topics.setting import set_guess
from amity.run.inbox.queries.lists import live
from amity.run.inbox.queries.once import once
from amity.run.inbox.queries.topics import training_in_use, with_texts
from amity.run.inbox.rules.topics.model import TopicModel, TopicModelError, from_bytes

Origin = Conversation.TopicOrigin
_LOADED: dict[int, TopicModel] = {}  # the one in use, by its training; a process keeps one


def ask_guess(conversation: Conversation, *, at: datetime) -> None:
    """Asks for the model's word in the transaction of a message; nothing where none is in use.

    What a person said, and what the model was sure of before, stays.
    """
    if conversation.topic or conversation.topic_origin == Origin.PERSON:
        return
    if once("topic model", _is_model_in_use):
        enqueue("inbox.find_topic", {"conversation": conversation.pk}, at=at)


def _is_model_in_use() -> bool:
    return TopicTraining.objects.filter(is_in_use=True).exists()


def find_topic(conversation_id: int, *, at: datetime) -> Conversation | None:
    """Lets the model in use say what a conversation is about; None where there is none.

    Raises:
        NotFoundError: there is no such conversation.
        TopicModelError: the stored model is damaged.
    """
    training = training_in_use()
    rows = Conversation.objects.filter(pk=conversation_id)
    if training is None:
        return None
    for conversation, text in with_texts(rows):
        return _guess(conversation, text, training, at)
    return None


def guess_open(*, at: datetime, alive: Callable[[], None] = lambda: None) -> int:
    """Lets the model in use look at all that is not closed, but for a person's word; how many."""
    training = training_in_use()
    if training is None:
        return 0
    rows = live().exclude(status=Conversation.Status.CLOSED).exclude(topic_origin=Origin.PERSON)
    done = 0
    for conversation, text in with_texts(rows.exclude(topic_model=training).order_by("pk")):
        _guess(conversation, text, training, at)
        done += 1
        alive()
    return done


def _guess(
    conversation: Conversation, text: str, training: TopicTraining, at: datetime
) -> Conversation:
    guess = _model_of(training).guess(text)
    found = (
        Topic.objects.filter(pk=guess.topic, archived_at=None).first() if guess.is_sure else None
    )
    return set_guess(
        conversation.pk,
        topic=found.name if found is not None else "",
        confidence=guess.confidence,
        model=training,
        at=at,
    )


def _model_of(training: TopicTraining) -> TopicModel:
    """The stored model, unpacked once in each process.

    Raises:
        TopicModelError: it is not what was stored.
    """
    if training.pk not in _LOADED:
        stored = bytes(training.model or b"")
        if hashlib.sha256(stored).hexdigest() != training.digest:
            raise TopicModelError("The stored topic model is damaged. Train it again.")
        model = from_bytes(stored)
        _LOADED.clear()
        _LOADED[training.pk] = model
    return _LOADED[training.pk]
