"""What follows from a change: clocks, routing, rules. One place, so that no change forgets one."""

from datetime import datetime

from amity.base.vocabulary import RelationshipType
from amity.kernel.access.queries import absent_user_ids
from amity.run.inbox.models import Conversation, Message
from amity.run.inbox.operations import promises, routing
from amity.run.inbox.operations.announcing import announce
from amity.run.inbox.operations.topics.guessing import ask_guess
from amity.run.inbox.operations.urgency import refresh
from amity.run.inbox.rules.automation import Event
from amity.run.inbox.rules.first_help import asks_for_person

Status = Conversation.Status
NEW = "A new conversation."


def received(
    conversation: Conversation, message: Message, *, is_new: bool, was_closed: bool, at: datetime
) -> None:
    """After a message of a customer; one that a machine wrote owes nothing to anybody."""
    if message.is_automatic or conversation.is_spam:
        return
    if was_closed:
        promises.reopened(conversation, at=at)
    answer = promises.customer_wrote(conversation, at=at, is_new=is_new)
    why = _why_route(conversation, message, is_new=is_new, at=at)
    if conversation.relationship_type == RelationshipType.SELF_SERVICE and why != NEW:
        routing.human_asked(conversation, at=at, why=why)
    else:
        if why:
            routing.route(conversation, at=at, why=why, answer=answer, is_first=is_new)
        refresh(conversation, at=at)
    if was_closed:
        announce(conversation, Event.REOPENED, at=at)
    ask_guess(conversation, at=at)
    event = Event.OPENED if is_new else Event.CUSTOMER_WROTE
    announce(conversation, event, at=at)


def _why_route(conversation: Conversation, message: Message, *, is_new: bool, at: datetime) -> str:
    """Why somebody is looked for now; empty where who has it keeps it."""
    if conversation.relationship_type == RelationshipType.SELF_SERVICE:
        if asks_for_person(message.text):
            return "The customer asked for a person."
        return NEW if is_new else "The first answer did not help."
    if is_new:
        return NEW
    if conversation.assignee_id is None:
        return "The customer wrote and nobody has it."
    if conversation.assignee_id in absent_user_ids(at):
        return "The customer wrote and who has it is away."
    return ""


def replied(conversation: Conversation, message: Message, *, at: datetime) -> None:
    """After an answer."""
    promises.staff_replied(conversation, at=at, is_automatic=message.is_automatic)
    if message.is_automatic:
        return
    announce(conversation, Event.REPLIED, at=at)
    if conversation.status == Status.CLOSED:
        promises.closed(conversation, at=at)
        announce(conversation, Event.CLOSED, at=at)


def status_changed(conversation: Conversation, *, before: str, at: datetime) -> None:
    """After a conversation was opened, put aside, closed, or waits for the customer."""
    if conversation.status == Status.CLOSED:
        promises.closed(conversation, at=at)
        announce(conversation, Event.CLOSED, at=at)
        return
    if conversation.status == Status.OPEN:
        if before == Status.CLOSED:
            promises.reopened(conversation, at=at)
            announce(conversation, Event.REOPENED, at=at)
        promises.resumed(conversation, at=at)
    else:
        promises.paused(conversation, at=at)
    announce(conversation, Event.STATUS_CHANGED, at=at)


def spam_changed(conversation: Conversation, *, at: datetime) -> None:
    """After a conversation became spam, or is none any more."""
    if conversation.is_spam:
        promises.spam(conversation, at=at)
    else:
        promises.not_spam(conversation, at=at)


def merged(survivor: Conversation, absorbed: Conversation, *, at: datetime) -> None:
    """After one conversation was taken into another."""
    promises.merged(survivor, absorbed, at=at)


def unmerged(survivor: Conversation, absorbed: Conversation, *, at: datetime) -> None:
    """After a merge was taken back; its clocks stand again as they did."""
    for one in (survivor, absorbed):
        refresh(one, at=at)


def split(origin: Conversation, new: Conversation, *, at: datetime) -> None:
    """After messages of a conversation became one of their own."""
    promises.split(origin, new, at=at)


def customer_changed(conversation: Conversation, *, at: datetime) -> None:
    """After it was said whose matter it is."""
    promises.customer_known(conversation, at=at)
    if conversation.assignee_id is None and conversation.status == Status.OPEN:
        routing.route(conversation, at=at, why="It is known now whose matter it is.")
        refresh(conversation, at=at)
