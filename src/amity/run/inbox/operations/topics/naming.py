"""The company's own topics."""

from datetime import datetime

from django.db import IntegrityError, transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text, fold
from amity.kernel.access.operations import record_audit
from amity.kernel.access.rules import Actor
from amity.run.inbox.models import Conversation, Topic
from amity.run.inbox.rules.listing import NOT_SURE, UNSURE
from amity.run.inbox.rules.working import InboxError

MOST_TOPICS = 200


@transaction.atomic
def save_topic(*, name: str, actor: Actor, at: datetime, topic_id: int | None = None) -> Topic:
    """Makes a topic or names it anew; conversations that have it follow.

    Raises:
        NotFoundError: there is no such topic.
        ConflictError: the name is taken.
        InboxError: it has no name, or there are too many topics.
    """
    called = topic_name(name)
    if topic_id is None and Topic.objects.count() >= MOST_TOPICS:
        raise InboxError(f"There are {MOST_TOPICS} topics already. Name one of them anew.")
    topic = _found(topic_id) if topic_id is not None else Topic(created_at=at)
    was, topic = topic.name, topic.called(called)
    try:
        with transaction.atomic():
            topic.save()
    except IntegrityError as error:
        raise ConflictError(f"There is a topic {called} already, perhaps archived.") from error
    if was and was != called:
        Conversation.objects.filter(topic=was).update(topic=called)
        Conversation.objects.filter(topic_guess=was).update(topic_guess=called)
    _audit("topic_renamed" if was else "topic_made", topic, actor=actor, at=at)
    return topic


def topic_name(name: str) -> str:
    """A name that a topic may have.

    Raises:
        InboxError: it is empty or too long, or no name.
        UnsafeTextError: it holds what no field may hold.
    """
    called = " ".join(clean_text(name, field="name", max_length=100).split())
    if not called or fold(called) in {UNSURE, NOT_SURE}:
        raise InboxError("Give the topic a name, as in returns.")
    if len(fold(called)) > 100:
        raise InboxError("The name is too long. Use at most 100 characters.")
    return called


@transaction.atomic
def archive_topic(topic_id: int, *, is_archived: bool, actor: Actor, at: datetime) -> Topic:
    """Puts a topic away, or takes it up again; conversations keep what they have.

    Raises:
        NotFoundError: there is no such topic.
    """
    topic = _found(topic_id)
    if (topic.archived_at is not None) == is_archived:
        return topic
    topic.archived_at = at if is_archived else None
    topic.save(update_fields=["archived_at"])
    _audit("topic_archived" if is_archived else "topic_restored", topic, actor=actor, at=at)
    return topic


def _found(topic_id: int) -> Topic:
    topic = Topic.objects.select_for_update().filter(pk=topic_id).first()
    if topic is None:
        raise NotFoundError(f"There is no topic {topic_id}.")
    return topic


def _audit(action: str, topic: Topic, *, actor: Actor, at: datetime) -> None:
    record_audit(
        actor=actor,
        action=f"inbox.{action}",
        object_type="inbox_topic",
        object_id=topic.pk,
        at=at,
        summary=topic.name,
    )
