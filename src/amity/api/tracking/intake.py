"""Messages into the log: each messageId once for ever, all of a request in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from amity.api.tracking.messages import Message
from amity.api.tracking.people import People
from amity.base.results import ConflictError, NotFoundError
from amity.base.vocabulary import RelationshipType, Stage
from amity.kernel.access.models import WriteKey
from amity.kernel.access.operations import company
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import Fact, record_many
from amity.kernel.touchpoints.models import Touchpoint

SOURCE = "tracking"
KINDS = {
    "identify": "tracking.identified",
    "track": "tracking.tracked",
    "page": "tracking.page_viewed",
    "screen": "tracking.screen_viewed",
    "group": "tracking.group_joined",
    "alias": "tracking.aliased",
}


@dataclass(frozen=True, slots=True)
class Place:
    """Where the messages of a write key happen."""

    touchpoint_id: int | None
    relationship_type: str
    stage: str
    currency: str


def take_in(messages: Sequence[Message], *, place: Place, at: datetime) -> int:
    """Writes the messages that were never seen before; how many these were.

    Raises:
        ConflictError: others changed the same customers all the while; the sender should repeat.
    """
    try:
        return _take_in(messages, place=place, at=at)
    except (ConflictError, NotFoundError):  # somebody merged or named one of them meanwhile
        pass
    try:
        return _take_in(messages, place=place, at=at)
    except NotFoundError as error:
        raise ConflictError(str(error)) from error


@transaction.atomic
def _take_in(messages: Sequence[Message], *, place: Place, at: datetime) -> int:
    fresh = _unseen(messages)
    if not fresh:
        return 0
    people = People(fresh, at=at)
    return record_many([_fact(message, people, place, at) for message in fresh]).created


def place_of(key: WriteKey) -> Place:
    """What the key's touchpoint says; self-service, before the sale, where it has none."""
    touchpoint = Touchpoint.objects.filter(key=key.touchpoint).first() if key.touchpoint else None
    types = touchpoint.relationship_types if touchpoint else []
    stages = touchpoint.stages if touchpoint else []
    return Place(
        touchpoint_id=touchpoint.pk if touchpoint else None,
        relationship_type=types[0] if types else RelationshipType.SELF_SERVICE,
        stage=stages[0] if stages else Stage.DIFFERENTIATE,
        currency=company().currency,
    )


def _unseen(messages: Sequence[Message]) -> list[Message]:
    first = {message.message_id: message for message in reversed(messages)}
    ids = list(first)
    seen: set[str] = set()
    for start in range(0, len(ids), 500):
        rows = Interaction.objects.filter(source=SOURCE, source_id__in=ids[start : start + 500])
        seen.update(rows.values_list("source_id", flat=True))
    unique = [message for message in messages if first.get(message.message_id) is message]
    return [message for message in unique if message.message_id not in seen]


def _fact(message: Message, people: People, place: Place, at: datetime) -> Fact:
    outcome = ""
    if message.type == "alias":
        outcome = people.alias(message)
    customer_id = people.who(message)
    if message.type == "identify" and message.traits:
        people.learn(customer_id, message.traits)
    if message.type == "group":
        people.join_group(customer_id, message)
    return Fact(
        kind=KINDS[message.type],
        source=SOURCE,
        source_id=message.message_id,
        happened_at=message.happened_at,
        recorded_at=at,
        relationship_type=place.relationship_type,
        stage=place.stage,
        currency=place.currency,
        customer_id=customer_id,
        touchpoint_id=place.touchpoint_id,
        direction=Interaction.Direction.INBOUND,
        actor=Interaction.Actor.CUSTOMER,
        outcome=outcome,
        subject=message.subject,
        properties=message.properties,
    )
