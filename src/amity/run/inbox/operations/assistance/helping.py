"""Asks the endpoint: the one call, guarded, bounded in time and size, and its answer kept."""

from datetime import datetime

from django.conf import settings

from amity.base.results import AmityError, NotFoundError
from amity.kernel.access.operations import company
from amity.kernel.messaging.fetch import Fetched, safe_fetch
from amity.kernel.messaging.rules import FetchError
from amity.run.inbox.models import Assistance, Message
from amity.run.inbox.operations.assistance.asking import finish
from amity.run.inbox.queries.assistance import is_on
from amity.run.inbox.rules.assistance.answers import (
    MOST_BYTES,
    Answer,
    AssistanceError,
    read_answer,
)
from amity.run.inbox.rules.assistance.asking import (
    MOST_MESSAGES,
    Said,
    Task,
    conversation_data,
    instruction,
    request_body,
    text_data,
)

State = Assistance.State


def help_out(assistance_id: int, *, at: datetime) -> Assistance:
    """Asks the model and keeps what it said, or why it did not; again, nothing more.

    Raises:
        NotFoundError: nobody asked for it.
    """
    rows = Assistance.objects.select_related("conversation__customer", "message")
    asked = rows.filter(pk=assistance_id).first()
    if asked is None:
        raise NotFoundError(f"Nobody asked for the help {assistance_id}.")
    if asked.state != State.ASKED:
        return asked
    try:
        answer = _asked_of_model(asked)
    except AmityError as error:
        asked.state, asked.error = State.FAILED, str(error)[:500]
    else:
        asked.state, asked.text = State.DONE, answer.text
        asked.model = answer.model or settings.ASSIST_MODEL[:100]
        asked.tokens_in, asked.tokens_out = answer.tokens_in, answer.tokens_out
    finish(asked, at=at)
    return asked


def _asked_of_model(asked: Assistance) -> Answer:
    if not is_on():
        raise AssistanceError("The language model was switched off meanwhile.")
    task = Task(asked.task)
    body = request_body(
        model=settings.ASSIST_MODEL,
        instruction=instruction(task, company=company().name, language=asked.language),
        data=_data(asked, task),
    )
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    if settings.ASSIST_KEY:
        headers["Authorization"] = f"Bearer {settings.ASSIST_KEY}"
    fetched = _fetched(body, headers)
    return read_answer(fetched.status, fetched.body)


def _fetched(body: bytes, headers: dict[str, str]) -> Fetched:
    """What the endpoint answers.

    Raises:
        AssistanceError: nothing in time, or too much.
        FetchError: the address may not be fetched.
    """
    try:
        return safe_fetch(
            f"{settings.ASSIST_URL}/chat/completions",
            method="POST",
            body=body,
            headers=headers,
            max_bytes=MOST_BYTES,
            timeout=float(settings.ASSIST_SECONDS),
            follow=False,
        )
    except FetchError as error:
        if "did not answer" in str(error) or "too long" in str(error):
            raise AssistanceError(
                f"The endpoint did not answer within {settings.ASSIST_SECONDS} seconds, or broke "
                "off. Nothing was changed; ask again, or go on without."
            ) from error
        raise


def _data(asked: Assistance, task: Task) -> str:
    if task == Task.MESSAGE:
        return text_data(asked.message.text if asked.message is not None else "")
    if task == Task.WORDS:
        return text_data(asked.given)
    return conversation_data(asked.conversation.subject, _story(asked))


def _story(asked: Assistance) -> list[Said]:
    """What customers saw, the newest; notes among colleagues stay in the house."""
    seen = (Message.Kind.INCOMING, Message.Kind.REPLY)
    rows = Message.objects.filter(conversation=asked.conversation_id, kind__in=seen)
    newest = rows.order_by("-at", "-pk").values_list("kind", "text")[:MOST_MESSAGES]
    return [Said(kind == Message.Kind.INCOMING, text) for kind, text in newest][::-1]
