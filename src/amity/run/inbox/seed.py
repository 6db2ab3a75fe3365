"""Two weeks of the inbox of the demonstration company; every word is invented."""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.db import transaction

from amity.base.vocabulary import Role
from amity.kernel.access.models import User
from amity.kernel.access.operations import create_user
from amity.kernel.access.rules import Actor
from amity.kernel.customers.models import Customer
from amity.kernel.customers.queries import active_customers
from amity.kernel.hooks.seeding import SeedContext
from amity.kernel.traits.models import Trait
from amity.run.inbox.models import Channel, Conversation, InboxSettings, Rating
from amity.run.inbox.operations import conversations as operations
from amity.run.inbox.operations.ratings import link_of, rate
from amity.run.inbox.rules.incoming import Incoming

STORY = Path(__file__).parent / "data" / "demonstration.json"
SOURCE = "demonstration.inbox"
PEOPLE = (("noor.haddad@example.org", "Noor Haddad"), ("tom.berger@example.org", "Tom Berger"))
CHANNELS = (
    ("mail", "Help desk", "mail", "help@grocer.example"),
    ("phone", "Phone", "phone", ""),
    ("counter", "Counter", "visit", ""),
)


@dataclass(frozen=True, slots=True)
class _Cast:
    """Who plays: two agents, the channels, the customers of each kind in their order."""

    agents: Sequence[Actor]
    channels: dict[str, Channel]
    customers: dict[str, Iterator[Customer]]


def seed(context: SeedContext) -> None:
    """Writes the story where there is none yet; each matter in a transaction of its own."""
    story = json.loads(STORY.read_text(encoding="utf-8"))
    if not InboxSettings.objects.exists():
        InboxSettings.objects.create(hourly_cost_minor=story["hourly_cost_minor"])
    cast = _cast(context)
    matters = sorted(story["matters"], key=lambda one: -float(one["days_before"]))
    for number, matter in enumerate(matters):
        _play(matter, number, cast, context.at)
        context.progress(number + 1, len(matters), matter["subject"])


def _cast(context: SeedContext) -> _Cast:
    at = context.at
    channels = {
        key: Channel.objects.get_or_create(
            key=key,
            defaults={
                "name": name,
                "kind": kind,
                "address": address,
                "touchpoint_key": key if kind != "mail" else "",
                "created_at": at,
            },
        )[0]
        for key, name, kind, address in CHANNELS
    }
    agents = [_agent(email, name, context) for email, name in PEOPLE]
    return _Cast(agents, channels, {"high": _best(), "any": _some()})


def _agent(email: str, name: str, context: SeedContext) -> Actor:
    user = User.objects.filter(email=email).first() or create_user(
        email=email,
        name=name,
        role=Role.AGENT,
        password=None,
        actor=context.actor,
        at=context.at,
    )
    return Actor(kind="user", name=user.name, role=Role.AGENT, user_id=user.pk)


def _best() -> Iterator[Customer]:
    """The customers who are worth most, best first."""
    best = Trait.objects.filter(name="clv_12m", customer__merged_into=None)
    ids = list(best.order_by("-number").values_list("customer_id", flat=True)[:40])
    yield from _cycled(ids)


def _some() -> Iterator[Customer]:
    """A few dozen customers, always the same ones."""
    ids = list(active_customers().order_by("pk").values_list("pk", flat=True)[:600])
    random.Random(11).shuffle(ids)  # noqa: S311 -- the same story each time, nothing secret
    yield from _cycled(ids)


def _cycled(ids: Sequence[int]) -> Iterator[Customer]:
    while ids:
        for pk in ids:
            yield Customer.objects.get(pk=pk)


@dataclass(slots=True)
class _Scene:
    """One matter as it is played."""

    matter: dict[str, Any]
    number: int
    customer: Customer
    agent: Actor
    other: Actor
    channel: Channel
    begun: datetime
    until: datetime
    conversation: Conversation | None = None

    def at(self, turn: dict[str, Any]) -> datetime:
        """When a turn is taken; never later than now."""
        return min(self.begun + timedelta(minutes=turn["after_minutes"]), self.until)

    def words(self, turn: dict[str, Any]) -> str:
        """What is said; in notes a colleague is named so that the mention is one."""
        other = self.other.name
        named = f"@{other.replace(' ', '.')}" if turn["who"] == "note" else other
        text: str = turn["text"].replace("@{other}", "{other}")
        first = self.customer.name.split()[0]
        return text.format(first=first, agent=self.agent.name, other=named)


@transaction.atomic
def _play(matter: dict[str, Any], number: int, cast: _Cast, at: datetime) -> None:
    """One matter from its first word to its end."""
    customer = next(cast.customers[matter["customer"]], None) or next(cast.customers["any"], None)
    known = Conversation.objects.filter(messages__source=SOURCE, messages__source_id=f"{number}:0")
    if customer is None or known.exists():
        return
    day = at - timedelta(days=matter["days_before"])
    begun = day.replace(hour=matter["hour"], minute=7 * number % 60, second=0, microsecond=0)
    scene = _Scene(
        matter=matter,
        number=number,
        customer=customer,
        agent=cast.agents[matter["agent"]],
        other=cast.agents[1 - matter["agent"]],
        channel=cast.channels[matter["channel"]],
        begun=min(begun, at - timedelta(hours=1, minutes=3 * number)),
        until=at,
    )
    for step, turn in enumerate(matter["turns"]):
        _take(scene, step, turn)
    _end(scene)


def _take(scene: _Scene, step: int, turn: dict[str, Any]) -> None:
    """One turn: the customer's, an answer, or a note."""
    at, text, seconds = scene.at(turn), scene.words(turn), 60 * turn["minutes"]
    if turn["who"] == "customer":
        scene.conversation = _hear(scene, step, text, seconds, at)
        if step == 0:
            _prepare(scene, at)
        return
    assert scene.conversation is not None  # noqa: S101 -- every story begins with the customer
    pk = scene.conversation.pk
    if turn["who"] == "note":
        operations.add_note(
            conversation_id=pk, actor=scene.agent, text=text, at=at, staff_seconds=seconds
        )
        return
    operations.reply(
        conversation_id=pk,
        actor=scene.agent,
        text=text,
        at=at,
        staff_seconds=seconds,
        has_left=True,
    )


def _hear(scene: _Scene, step: int, text: str, seconds: int, at: datetime) -> Conversation:
    incoming = Incoming(
        text=text,
        subject=scene.matter["subject"],
        happened_at=at,
        source=SOURCE,
        source_id=f"{scene.number}:{step}",
        customer_id=scene.customer.pk,
        sender_name=scene.customer.name,
        conversation_id=scene.conversation.pk if scene.conversation else None,
        staff_seconds=seconds,
        is_verified=True,
    )
    heard = operations.receive(channel=scene.channel, incoming=incoming, at=at)
    return heard.conversation


def _prepare(scene: _Scene, at: datetime) -> None:
    """Who takes it, how pressing it is, and what it is about."""
    assert scene.conversation is not None  # noqa: S101 -- called after the first turn
    pk, agent, matter = scene.conversation.pk, scene.agent, scene.matter
    if matter["assigned"]:
        operations.assign(conversation_id=pk, user_id=agent.user_id, actor=agent, at=at)
    if matter["tags"]:
        operations.add_tag(conversation_id=pk, tag=matter["tags"], actor=agent, at=at)
    operations.set_priority(conversation_id=pk, priority=matter["priority"], actor=agent, at=at)


def _end(scene: _Scene) -> None:
    """How it ended, and what the customer said of it."""
    matter, conversation = scene.matter, scene.conversation
    if conversation is None or not matter["end"]:
        return
    at = min(scene.at(matter["turns"][-1]) + timedelta(minutes=3), scene.until)
    if matter["end"] == "spam":
        operations.mark_spam(conversation_id=conversation.pk, actor=scene.agent, at=at)
        return
    operations.close(
        conversation_id=conversation.pk, actor=scene.agent, at=at, outcome=matter["end"]
    )
    if matter["rating"]:
        rating = Rating.objects.create(conversation=conversation, asked_at=at)
        token = link_of(rating).rstrip("/").rpartition("/")[2]
        rate(token, score=matter["rating"], comment=matter["comment"], at=at)
