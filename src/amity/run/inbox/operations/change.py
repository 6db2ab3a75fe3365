"""How every change of a conversation begins and ends: the lock, the version, the trail."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from amity.base.results import NotFoundError, StaleError
from amity.base.vocabulary import Stage
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.queries import cost_rates
from amity.kernel.access.rules import Actor, cost_of_time
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import Fact, record, record_many
from amity.kernel.touchpoints.models import Touchpoint
from amity.run.inbox.models import Channel, Conversation, ConversationEvent, InboxSettings, Notice
from amity.run.inbox.queries.live import BELL
from amity.run.inbox.queries.once import once
from amity.run.inbox.rules.working import InboxError

SOURCE = "inbox"


def inbox_settings() -> InboxSettings:
    """The one row of settings; defaults where nobody has changed any."""
    return once("settings", _settings)


def _settings() -> InboxSettings:
    return InboxSettings.objects.order_by("pk").first() or InboxSettings()


def next_number() -> int:
    """The number of a new conversation; taken once, whoever asks at the same time."""
    return next_numbers(1)[0]


def next_numbers(count: int) -> list[int]:
    """The numbers of so many new conversations, ascending; see `next_number`."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT nextval('inbox_conversation_numbers') FROM generate_series(1, %s)", [count]
            )
            return [int(row[0]) for row in cursor.fetchall()]
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(number), 0) + 1 FROM inbox_conversation")
        following = int(cursor.fetchone()[0])
    return list(range(following, following + count))


def lock(conversation_id: int, *, version: int | None = None) -> Conversation:
    """The conversation, ours until the end of the transaction; the survivor where it was merged.

    Raises:
        NotFoundError: there is none.
        StaleError: somebody changed it since `version` was read.
    """
    rows = Conversation.objects.select_for_update(of=("self",)).select_related("channel")
    conversation = rows.filter(pk=conversation_id).first()
    if conversation is None:
        raise NotFoundError(f"There is no conversation {conversation_id}.")
    if conversation.merged_into_id is not None:
        return lock(conversation.merged_into_id, version=version)
    if version is not None and version != conversation.version:
        raise StaleError(_what_changed(conversation))
    return conversation


def _what_changed(conversation: Conversation) -> str:
    last = conversation.events.exclude(kind="routed").order_by("-at", "-pk").first()
    said = conversation.messages.order_by("-at", "-pk").first()
    if said is not None and (last is None or said.at > last.at):
        who = said.author_name or said.author_address or "Somebody"
        return f"Changed by {who}: a new message came meanwhile. Look at it, then do this again."
    who = last.actor_name if last is not None else "somebody"
    what = last.sentence if last is not None else "it was changed"
    return f"Changed by {who} meanwhile: {what} Look at it, then do this again."


@dataclass(slots=True)
class _Gathered:
    """What is to be written of a conversation, and the facts of the log, when all is decided."""

    conversation: Conversation
    names: set[str] = field(default_factory=set)
    is_whole: bool = False
    facts: list[Fact] = field(default_factory=list)


_GATHERED: ContextVar[_Gathered | None] = ContextVar("inbox_gathered", default=None)


@contextmanager
def gathering(conversation: Conversation) -> Iterator[None]:
    """What `save`, `write` and `log` are told inside is written at the end, each in one statement.

    For a change of many steps on one conversation. What reads the conversation's own row inside
    sees it as it was before.
    """
    gathered = _Gathered(conversation)
    token = _GATHERED.set(gathered)
    try:
        yield
    finally:
        _GATHERED.reset(token)
    if gathered.is_whole:
        conversation.save()
    elif gathered.names:
        conversation.save(update_fields=gathered.names)
    if gathered.facts:
        record_many(gathered.facts)


def _gathered(conversation: Conversation) -> _Gathered | None:
    gathered = _GATHERED.get()
    return gathered if gathered is not None and gathered.conversation is conversation else None


def save(conversation: Conversation, *, at: datetime) -> None:
    """Writes the conversation with its next version."""
    conversation.version += 1
    conversation.updated_at = at
    gathered = _gathered(conversation)
    if gathered is not None:
        gathered.is_whole = True
    else:
        conversation.save()
    ring()


def write(conversation: Conversation, **values: Any) -> None:
    """Sets these fields and writes them alone: what others change meanwhile is left to them."""
    for name, value in values.items():
        setattr(conversation, name, value)
    gathered = _gathered(conversation)
    if gathered is not None:
        gathered.names.update(values)
    else:
        Conversation.objects.filter(pk=conversation.pk).update(**values)


def ring() -> None:
    """Tells those who wait for news that something changed, at the commit.

    On SQLite they notice it by themselves.
    """
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_notify(%s, '')", [BELL])


def note_event(
    conversation: Conversation,
    kind: str,
    sentence: str,
    *,
    actor: Actor,
    at: datetime,
    detail: Mapping[str, Any] | None = None,
) -> ConversationEvent:
    """Writes down what happened, for the conversation's page and for explanations."""
    return ConversationEvent.objects.create(
        conversation=conversation,
        at=at,
        kind=kind,
        user_id=actor.user_id,
        actor_name=actor.name[:200],
        sentence=sentence[:500],
        detail=dict(detail or {}),
    )


def audit(
    conversation: Conversation,
    action: str,
    *,
    actor: Actor,
    at: datetime,
    summary: str = "",
    changes: dict[str, Any] | None = None,
) -> None:
    """Notes in the trail of the house what a person did; machines leave events alone."""
    if actor.user_id is None:
        return
    record_audit(
        actor=actor,
        action=f"inbox.{action}",
        object_type="conversation",
        object_id=conversation.pk,
        at=at,
        summary=summary or f"#{conversation.number}",
        changes=changes,
    )


def tell(
    conversation: Conversation, user_ids: list[int], kind: str, sentence: str, *, at: datetime
) -> None:
    """Leaves a notice for each of these people."""
    Notice.objects.bulk_create(
        Notice(
            user_id=user_id, conversation=conversation, kind=kind, sentence=sentence[:300], at=at
        )
        for user_id in user_ids
    )


def log(
    conversation: Conversation,
    kind: str,
    source_id: str,
    *,
    happened_at: datetime,
    at: datetime,
    direction: str = Interaction.Direction.NONE,
    doer: str = Interaction.Actor.HUMAN,
    staff_seconds: int = 0,
    cost_minor: int = 0,
    outcome: str = "",
    sentiment: float | None = None,
    customer_id: int | None = None,
    properties: Mapping[str, object] | None = None,
) -> None:
    """Writes a fact about the conversation into the log of the house, once for each source id."""
    fact = Fact(
        kind=f"inbox.{kind}",
        source=SOURCE,
        source_id=source_id,
        happened_at=happened_at,
        recorded_at=at,
        relationship_type=conversation.relationship_type,
        stage=Stage.SUPPORT,
        currency=once("currency", lambda: company().currency),
        customer_id=customer_id or conversation.customer_id,
        touchpoint_id=touchpoint_of(conversation.channel),
        direction=direction,
        actor=doer,
        staff_seconds=staff_seconds,
        cost_minor=cost_minor,
        outcome=outcome,
        sentiment=sentiment,
        subject=conversation.subject,
        properties={"conversation": conversation.pk, **(properties or {})},
        policy_version=conversation.policy_version,
    )
    gathered = _gathered(conversation)
    if gathered is not None:
        gathered.facts.append(fact)
    else:
        record(fact)


def touchpoint_of(channel: Channel) -> int | None:
    """The number of the touchpoint that a channel stands for; None where none was named."""
    if not channel.touchpoint_key:
        return None
    found = Touchpoint.objects.filter(key=channel.touchpoint_key).values_list("pk", flat=True)
    return once(("touchpoint", channel.touchpoint_key), found.first)


def cost_of(seconds: int, user_id: int | None) -> int:
    """What so much time of a person costs, in minor units of the company's currency."""
    if not seconds:
        return 0
    rates = once("rates", cost_rates)
    return cost_of_time(seconds, rates.hour(user_id, here=inbox_settings().hourly_cost_minor))


def spend(conversation: Conversation, seconds: int, user_id: int | None) -> int:
    """Adds time of a person to the conversation, which the caller saves; returns what it cost."""
    cost = cost_of(seconds, user_id)
    conversation.staff_seconds += seconds
    conversation.cost_minor += cost
    return cost


def user_of(actor: Actor) -> int:
    """The number of the person who acts.

    Raises:
        InboxError: a machine acts, and only a person can.
    """
    if actor.user_id is None:
        raise InboxError("Only a person can do this. Sign in, or use the token of a person.")
    return actor.user_id
