"""How every change of a conversation begins and ends: the lock, the version, the trail."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Max

from amity.base.results import NotFoundError, StaleError
from amity.base.vocabulary import Stage
from amity.kernel.access.operations import company, record_audit
from amity.kernel.access.rules import Actor
from amity.kernel.interactions.models import Interaction
from amity.kernel.interactions.operations import Fact, record
from amity.kernel.touchpoints.models import Touchpoint
from amity.run.inbox.models import Channel, Conversation, ConversationEvent, InboxSettings, Notice
from amity.run.inbox.queries.live import BELL
from amity.run.inbox.rules.working import InboxError, cost_of

SOURCE = "inbox"


def inbox_settings() -> InboxSettings:
    """The one row of settings; defaults where nobody has changed any."""
    return InboxSettings.objects.order_by("pk").first() or InboxSettings()


def next_number() -> int:
    """The number of a new conversation; taken once, whoever asks at the same time."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT nextval('inbox_conversation_numbers')")
            return int(cursor.fetchone()[0])
    return (Conversation.objects.aggregate(last=Max("number"))["last"] or 0) + 1


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


def save(conversation: Conversation, *, at: datetime) -> None:
    """Writes the conversation with its next version."""
    conversation.version += 1
    conversation.updated_at = at
    conversation.save()
    ring()


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
    record(
        Fact(
            kind=f"inbox.{kind}",
            source=SOURCE,
            source_id=source_id,
            happened_at=happened_at,
            recorded_at=at,
            relationship_type=conversation.relationship_type,
            stage=Stage.SUPPORT,
            currency=company().currency,
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
    )


def touchpoint_of(channel: Channel) -> int | None:
    """The number of the touchpoint that a channel stands for; None where none was named."""
    if not channel.touchpoint_key:
        return None
    found = Touchpoint.objects.filter(key=channel.touchpoint_key).values_list("pk", flat=True)
    return found.first()


def cost_of_time(seconds: int) -> int:
    """What so much time of a person costs, in minor units of the company's currency."""
    return cost_of(seconds, inbox_settings().hourly_cost_minor) if seconds else 0


def spend(conversation: Conversation, seconds: int) -> int:
    """Adds time to the conversation, which the caller saves; returns what it cost."""
    cost = cost_of_time(seconds)
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
