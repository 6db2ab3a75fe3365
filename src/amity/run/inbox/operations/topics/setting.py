"""Gives a conversation its topic."""

from datetime import datetime

from django.db import transaction

from amity.base.results import NotFoundError
from amity.base.text import fold
from amity.kernel.access.rules import SYSTEM, Actor
from amity.run.inbox.models import Conversation, Topic, TopicTraining
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.change import audit, lock, note_event, save
from amity.run.inbox.rules.automation import Event

Origin = Conversation.TopicOrigin


@transaction.atomic
def set_topic(
    *,
    conversation_id: int,
    topic: str,
    actor: Actor,
    at: datetime,
    version: int | None = None,
) -> Conversation:
    """A person says what it is about; empty: none of the topics. The model leaves it at that.

    Raises:
        NotFoundError: there is no such conversation or topic.
        StaleError: somebody changed it since `version` was read.
    """
    conversation = lock(conversation_id, version=version)
    name = _named(topic, keep=conversation.topic)
    if conversation.topic == name and conversation.topic_origin == Origin.PERSON:
        return conversation
    was = conversation.topic
    conversation.topic, conversation.topic_origin = name, Origin.PERSON
    save(conversation, at=at)
    words = f"It is about {name}." if name else "It is about none of the topics."
    note_event(conversation, "topic", words, actor=actor, at=at, detail={"was": was})
    audit(conversation, "topic_set", actor=actor, at=at, summary=words)
    announce(conversation, Event.TOPIC_SET, at=at)
    return conversation


def _named(name: str, *, keep: str) -> str:
    """The topic's name as it is written; one that is archived may stay, but not be given."""
    if not name or name == keep:
        return name
    found = Topic.objects.filter(name_folded=fold(name), archived_at=None).first()
    if found is None:
        raise NotFoundError(f"There is no topic {name}. Add it where the inbox is set up.")
    return found.name


@transaction.atomic
def follow_guess(*, conversation_id: int, actor: Actor, at: datetime) -> Conversation:
    """Takes back what a person said: it is about what the model guessed, if it was sure.

    Raises:
        NotFoundError: there is no such conversation.
    """
    conversation = lock(conversation_id)
    if conversation.topic_origin != Origin.PERSON:
        return conversation
    conversation.topic = conversation.topic_guess
    guessed = conversation.topic_confidence is not None
    conversation.topic_origin = Origin.MODEL if guessed else Origin.NOBODY
    save(conversation, at=at)
    words = (
        f"It is about {conversation.topic}, says the model."
        if conversation.topic
        else ("Nobody says any more what it is about.")
    )
    note_event(conversation, "topic", words, actor=actor, at=at)
    audit(conversation, "topic_set", actor=actor, at=at, summary=words)
    announce(conversation, Event.TOPIC_SET, at=at)
    return conversation


@transaction.atomic
def set_guess(
    conversation_id: int,
    *,
    topic: str,
    confidence: float,
    model: TopicTraining,
    at: datetime,
) -> Conversation:
    """The model says what it is about; empty: it is not sure. What a person said stays.

    Rules hear of it where it is another than before, and when it is not sure for the first time.

    Raises:
        NotFoundError: there is no such conversation.
    """
    conversation = lock(conversation_id)
    if conversation.topic_origin == Origin.PERSON:
        return conversation
    was, had_looked = conversation.topic, conversation.topic_origin == Origin.MODEL
    conversation.topic = conversation.topic_guess = topic
    conversation.topic_origin = Origin.MODEL
    conversation.topic_confidence, conversation.topic_model = confidence, model
    save(conversation, at=at)
    if topic and topic != was:
        words = f"It is about {topic}, says the model ({min(confidence, 0.99):.0%} likely)."
        detail = {"was": was, "model": model.pk, "confidence": round(confidence, 4)}
        note_event(conversation, "topic", words, actor=SYSTEM, at=at, detail=detail)
    if topic != was or not had_looked:
        announce(conversation, Event.TOPIC_SET, at=at)
    return conversation
