"""Asks for help, and puts it away. Nothing here sends anything to a customer."""

from datetime import datetime, timedelta

from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.text import clean_text
from amity.kernel.access.rules import Actor
from amity.kernel.jobs.operations import enqueue
from amity.run.inbox.models import Assistance, Message
from amity.run.inbox.operations.change import audit, lock, note_event, ring, user_of
from amity.run.inbox.operations.drafts import save_draft
from amity.run.inbox.queries.assistance import is_on
from amity.run.inbox.rules.assistance.answers import AssistanceError
from amity.run.inbox.rules.assistance.asking import LANGUAGES, MOST_IN_ALL, TASK_LABELS, Task

JOB = "inbox.assist"
SPAN = timedelta(minutes=10)
MOST_OF_ONE = 20  # requests of a person in that time
MOST_OF_ALL = 200


@transaction.atomic
def ask(
    *,
    conversation_id: int,
    task: Task,
    actor: Actor,
    at: datetime,
    language: str = "",
    message_id: int | None = None,
    words: str = "",
) -> Assistance:
    """Asks for help in a job; what one was shown before of the same kind is put away.

    Raises:
        NotFoundError: there is no such conversation or message.
        AssistanceError: it is switched off, asked for too often, or there is nothing to translate.
        InboxError: no person asks.
    """
    user_id = user_of(actor)
    if not is_on():
        raise AssistanceError("No language model is set up. The operator's handbook says how.")
    _check_rate(user_id, at)
    conversation = lock(conversation_id)
    message = _translatable(conversation.pk, message_id) if task == Task.MESSAGE else None
    given = clean_text(words, field="text", max_length=MOST_IN_ALL) if task == Task.WORDS else ""
    if task == Task.WORDS and not given:
        raise AssistanceError("Write something first; then it can be translated.")
    if task in {Task.MESSAGE, Task.WORDS} and language not in LANGUAGES:
        raise AssistanceError("Choose the language to translate into.")
    shown = Assistance.objects.filter(conversation=conversation, user=user_id, put_away_at=None)
    shown.filter(task=task.value, message=message).update(put_away_at=at)
    asked = Assistance.objects.create(
        conversation=conversation,
        message=message,
        user_id=user_id,
        task=task.value,
        language=language if language in LANGUAGES else "",
        given=given,
        asked_at=at,
    )
    enqueue(JOB, {"assistance": asked.pk}, at=at, priority=10, created_by=user_id)
    words = f"{TASK_LABELS[task]} asked of a language model."
    detail = {"assistance": asked.pk, "task": task.value}
    note_event(conversation, "assistance", words, actor=actor, at=at, detail=detail)
    audit(conversation, "assistance_asked", actor=actor, at=at, summary=words)
    return asked


def _check_rate(user_id: int, at: datetime) -> None:
    lately = Assistance.objects.filter(asked_at__gt=at - SPAN)
    if lately.filter(user=user_id).count() >= MOST_OF_ONE or lately.count() >= MOST_OF_ALL:
        raise AssistanceError("That was often within ten minutes. Wait a little, then ask again.")


def _translatable(conversation_id: int, message_id: int | None) -> Message:
    rows = Message.objects.filter(conversation=conversation_id).exclude(kind=Message.Kind.NOTE)
    message = rows.filter(pk=message_id or 0).first()
    if message is None:
        raise NotFoundError("There is no such message of the customer's in this conversation.")
    return message


@transaction.atomic
def put_away(assistance_id: int, *, actor: Actor, at: datetime) -> Assistance:
    """Shows it no more.

    Raises:
        NotFoundError: this person asked for no such help.
    """
    asked = _own(assistance_id, actor)
    asked.put_away_at = asked.put_away_at or at
    asked.save(update_fields=["put_away_at"])
    return asked


@transaction.atomic
def take_words(assistance_id: int, *, actor: Actor, at: datetime) -> Assistance:
    """Puts the suggested words into one's answer, in place of what is there; nothing is sent.

    Raises:
        NotFoundError: this person asked for no such help.
        ConflictError: it has no words for an answer.
    """
    asked = _own(assistance_id, actor)
    if asked.state != Assistance.State.DONE or asked.task not in {Task.DRAFT, Task.WORDS}:
        raise ConflictError("This is not meant as an answer.")
    save_draft(
        conversation_id=asked.conversation_id,
        kind="reply",
        text=asked.text,
        seconds=0,
        actor=actor,
        at=at,
    )
    return asked


@transaction.atomic
def note_sent(message: Message, *, actor: Actor, at: datetime) -> None:
    """After a person's answer: the suggestions that they had before them led to it."""
    Assistance.objects.filter(
        conversation=message.conversation_id,
        user=actor.user_id or 0,
        task__in=[Task.DRAFT.value, Task.WORDS.value],
        state=Assistance.State.DONE,
        put_away_at=None,
    ).update(put_away_at=at, sent_as=message)


def _own(assistance_id: int, actor: Actor) -> Assistance:
    rows = Assistance.objects.select_for_update(of=("self",)).select_related("conversation")
    asked = rows.filter(pk=assistance_id, user=user_of(actor)).first()
    if asked is None:
        raise NotFoundError("You asked for no such help.")
    return asked


def finish(asked: Assistance, *, at: datetime) -> None:
    """Keeps what came of it; pages that show the conversation hear of it."""
    asked.done_at = at
    asked.save()
    ring()
