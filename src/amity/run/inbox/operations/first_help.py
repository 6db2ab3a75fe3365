"""Self-service first, where that was promised: a machine's answer, and the way to a person."""

from datetime import datetime

from django.conf import settings
from django.core import signing
from django.db import transaction

from amity.base.results import ConflictError, NotFoundError
from amity.base.vocabulary import RelationshipType
from amity.kernel.access.rules import SYSTEM
from amity.kernel.interactions.models import Interaction
from amity.kernel.policy.compiled import PromiseAnswer
from amity.kernel.policy.promises import promise_for
from amity.run.inbox.models import Conversation
from amity.run.inbox.operations import conversations
from amity.run.inbox.operations.change import inbox_settings, lock, log, note_event
from amity.run.inbox.operations.routing import human_asked
from amity.run.inbox.rules.first_help import first_answer
from amity.run.inbox.rules.promised import promised_of

SALT = "inbox.first_help"
OFFERED = "first_help"


@transaction.atomic
def offer(conversation_id: int, *, at: datetime) -> bool:
    """Answers by machine with the help that there is, once; False where a person has it by now."""
    conversation = lock(conversation_id)
    if not _is_waiting_for_it(conversation):
        return False
    choices = inbox_settings()
    link = f"{settings.BASE_URL}/inbox/help/{token_for(conversation)}/"
    text = first_answer(
        text=choices.self_service_text,
        links=(("Help", choices.self_service_url),) if choices.self_service_url else (),
        helped_url=link,
        human_url=link if is_person_promised(conversation) else "",
    )
    note_event(conversation, OFFERED, "Self-service was offered first.", actor=SYSTEM, at=at)
    conversations.reply(
        conversation_id=conversation.pk, actor=SYSTEM, text=text, at=at, is_automatic=True
    )
    conversations.wait_for_customer(conversation_id=conversation.pk, actor=SYSTEM, at=at)
    return True


def _is_waiting_for_it(conversation: Conversation) -> bool:
    return (
        conversation.relationship_type == RelationshipType.SELF_SERVICE
        and conversation.status == Conversation.Status.OPEN
        and not conversation.is_spam
        and not conversation.events.filter(kind=OFFERED).exists()
    )


@transaction.atomic
def want_person(token: str, *, at: datetime) -> Conversation:
    """The customer pressed “reach a person”: somebody has it at once; again, nothing more.

    Raises:
        NotFoundError: the link is none of ours.
        ConflictError: no person was promised.
    """
    conversation = lock(conversation_of(token).pk)
    if not is_person_promised(conversation):
        raise ConflictError("For this question there is help to read; write again if it does not.")
    if conversation.relationship_type == RelationshipType.SELF_SERVICE:
        conversations.reopen(conversation_id=conversation.pk, actor=SYSTEM, at=at)
        conversation = lock(conversation.pk)
        _came_back(conversation, at)
        human_asked(conversation, at=at, why="The customer asked for a person.")
    return conversation


def _came_back(conversation: Conversation, at: datetime) -> None:
    """The customer has waited for a person since now."""
    conversation.waiting_since = at
    Conversation.objects.filter(pk=conversation.pk).update(waiting_since=at)


@transaction.atomic
def was_helped(token: str, *, at: datetime) -> Conversation:
    """The customer says that the first answer solved it: the matter is closed; again, the same.

    Raises:
        NotFoundError: the link is none of ours.
    """
    conversation = lock(conversation_of(token).pk)
    if conversation.relationship_type != RelationshipType.SELF_SERVICE:
        return conversation
    if conversation.status == Conversation.Status.CLOSED:
        return conversation
    log(
        conversation,
        "helped_itself",
        f"helped:{conversation.pk}",
        happened_at=at,
        at=at,
        doer=Interaction.Actor.CUSTOMER,
        outcome="confirmed",
    )
    return conversations.close(
        conversation_id=conversation.pk,
        actor=SYSTEM,
        at=at,
        outcome="resolved",
        reason="The first answer helped.",
    )


def is_person_promised(conversation: Conversation) -> bool:
    """Whether the customer may ask for a person."""
    if conversation.customer_id is None:
        return True
    answer: PromiseAnswer = promise_for(conversation.customer_id)
    return promised_of(answer, can_help_itself=True).is_human_reachable


def token_for(conversation: Conversation) -> str:
    """What the link in the first answer carries; signed, so that nobody guesses another's."""
    return _signer().sign(str(conversation.pk))


def conversation_of(token: str) -> Conversation:
    """The conversation of a link.

    Raises:
        NotFoundError: the link is none of ours.
    """
    try:
        number = int(_signer().unsign(token))
    except signing.BadSignature as error:
        raise NotFoundError("This link is not one of ours. Answer the mail instead.") from error
    found = Conversation.objects.filter(pk=number).first()
    if found is None:
        raise NotFoundError("This matter is not there any more.")
    return found


def _signer() -> signing.Signer:
    return signing.Signer(salt=SALT, sep=".")
