"""All that the page of one conversation shows, in a fixed number of statements."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Prefetch

from amity.base.results import NotFoundError
from amity.kernel.access.rules import Actor, may
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer
from amity.kernel.customers.ownership import OwnerAnswer, owner_of_loaded
from amity.kernel.customers.queries import load_details
from amity.kernel.hooks.discovery import capabilities, load
from amity.kernel.hooks.manifest import CustomerCard, TraitDefinition
from amity.kernel.policy.compiled import PromiseAnswer
from amity.kernel.policy.promises import promise_for
from amity.kernel.segments.models import Segment
from amity.kernel.traits.queries import TraitValue, trait_definitions, traits_of
from amity.run.inbox.models import (
    Attachment,
    Conversation,
    ConversationEvent,
    ConversationLink,
    ConversationMerge,
    Draft,
    Message,
    Presence,
    PromiseClock,
    Rating,
    Tag,
)
from amity.run.inbox.queries.lists import live
from amity.run.inbox.rules.next_step import NextStep, Situation, next_step

PRESENT_FOR = timedelta(seconds=20)
SHOWN = 60  # messages of a page; events as many
HEADLINES = ("clv_12m", "p_alive", "orders", "recency_days")


@dataclass(frozen=True, slots=True)
class Entry:
    """One thing of the story: a message, or an event."""

    at: datetime
    message: Message | None = None
    event: ConversationEvent | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """A trait with what it means."""

    definition: TraitDefinition
    value: TraitValue


@dataclass(frozen=True, slots=True)
class Card:
    """A card that another capability brings."""

    definition: CustomerCard
    content: Any


@dataclass(frozen=True, slots=True)
class Panel:
    """The customer beside the conversation."""

    customer: Customer
    segments: list[Segment]
    promise: PromiseAnswer
    owner: OwnerAnswer | None
    measured: list[Measured]
    orders: list[Order]
    others: list[Conversation]
    rating: Rating | None
    cards: list[Card]


@dataclass(frozen=True, slots=True)
class Scene:
    """One conversation as its page shows it."""

    conversation: Conversation
    story: list[Entry]
    earlier: bool
    clocks: list[PromiseClock]
    drafts: dict[str, Draft]
    present: list[Presence]
    links: list[Conversation]
    merges: list[ConversationMerge]
    follows: bool
    panel: Panel | None
    step: NextStep | None


def conversation_numbered(number: int) -> Conversation:
    """The conversation with this number, with its parts; three statements.

    Raises:
        NotFoundError: there is none.
    """
    found = (
        Conversation.objects.select_related("customer", "assignee", "team", "channel")
        .prefetch_related(Prefetch("tags", Tag.objects.order_by("name")), "participants__customer")
        .filter(number=number)
        .first()
    )
    if found is None:
        raise NotFoundError(f"There is no conversation #{number}. Search for it by its words.")
    return found


def scene_of(
    conversation: Conversation, *, actor: Actor, at: datetime, everything: bool = False
) -> Scene:
    """The conversation with everything around it."""
    story, earlier = _story(conversation, everything)
    panel = _panel(conversation, actor, at)
    others = len(panel.others) if panel is not None else 0
    replies = [one.message for one in story if one.message and one.message.kind == "reply"]
    situation = Situation(
        status=conversation.status,
        waiting_since=conversation.waiting_since,
        due_at=conversation.due_at,
        has_assignee=conversation.assignee_id is not None,
        has_customer=conversation.customer_id is not None,
        other_open=others,
        last_rating=panel.rating.score if panel is not None and panel.rating else None,
        reopened_count=conversation.reopened_count,
        failed=bool(replies) and replies[-1].delivery in {"failed", "bounced"},
    )
    return Scene(
        conversation=conversation,
        story=story,
        earlier=earlier,
        clocks=list(conversation.clocks.order_by("-opened_at", "-pk")[:12]),
        drafts={
            one.kind: one
            for one in Draft.objects.filter(conversation=conversation, user_id=actor.user_id or 0)
        },
        present=present(conversation.pk, but=actor.user_id, at=at),
        links=_links(conversation),
        merges=list(
            ConversationMerge.objects.filter(survivor=conversation, undone_at=None)
            .select_related("absorbed")
            .order_by("-pk")[:10]
        ),
        follows=conversation.followers.filter(user_id=actor.user_id or 0).exists(),
        panel=panel,
        step=next_step(situation, at=at),
    )


def _story(conversation: Conversation, everything: bool) -> tuple[list[Entry], bool]:
    """The last messages and events in their order, and whether there are earlier ones."""
    files = Attachment.objects.select_related("file").defer("file__content").order_by("pk")
    rows = (
        conversation.messages.select_related("user", "channel", "customer")
        .prefetch_related(Prefetch("attachments", files))
        .order_by("-at", "-pk")
    )
    messages = list(rows[: 2000 if everything else SHOWN + 1])
    earlier = not everything and len(messages) > SHOWN
    messages = messages[:SHOWN] if earlier else messages
    told = conversation.events.order_by("-at", "-pk")
    if earlier:
        told = told.filter(at__gte=messages[-1].at)
    events = list(told[: 2000 if everything else 2 * SHOWN])
    entries = [Entry(one.at, message=one) for one in messages]
    entries += [Entry(one.at, event=one) for one in events]
    return sorted(entries, key=_moment), earlier


def _moment(entry: Entry) -> tuple[datetime, int, int]:
    """By time; at one instant the opening, then what was said, then what followed from it."""
    if entry.message is not None:
        return (entry.at, 1, entry.message.pk)
    event = entry.event
    if event is None:
        return (entry.at, 2, 0)
    return (entry.at, 0 if event.kind == "opened" else 2, event.pk)


def present(conversation_id: int, *, but: int | None, at: datetime) -> list[Presence]:
    """Who else has the conversation open now; those who write first."""
    rows = Presence.objects.filter(conversation=conversation_id, seen_at__gt=at - PRESENT_FOR)
    found = rows.exclude(user_id=but or 0).select_related("user")
    return list(found.order_by("-is_writing", "user__name", "pk")[:10])


def _links(conversation: Conversation) -> list[Conversation]:
    pairs = ConversationLink.objects.filter(first=conversation) | ConversationLink.objects.filter(
        second=conversation
    )
    ids = {one for pair in pairs.values_list("first", "second") for one in pair}
    return list(Conversation.objects.filter(pk__in=ids - {conversation.pk}).order_by("-pk")[:20])


def _panel(conversation: Conversation, actor: Actor, at: datetime) -> Panel | None:
    customer_id = conversation.customer_id
    customer = conversation.customer
    if customer is None or customer_id is None:
        return None
    load_details([customer])
    segments = Segment.objects.filter(
        archived_at=None, memberships__customer=customer_id, memberships__until=None
    )
    others = live().filter(customer=customer_id).exclude(pk=conversation.pk)
    ratings = Rating.objects.filter(conversation__customer=customer_id, score__isnull=False)
    return Panel(
        customer=customer,
        segments=list(segments.order_by("pk")),
        promise=promise_for(customer_id),
        owner=owner_of_loaded(customer, at=at),
        measured=_measured(customer_id),
        orders=list(Order.objects.filter(customer=customer_id).order_by("-ordered_on", "-pk")[:4]),
        others=list(
            others.exclude(status=Conversation.Status.CLOSED).order_by("-last_message_at", "-pk")[
                :6
            ]
        ),
        rating=ratings.order_by("-answered_at", "-pk").first(),
        cards=_cards(customer_id, actor, at),
    )


def _measured(customer_id: int) -> list[Measured]:
    values = traits_of([customer_id], HEADLINES)[customer_id]
    known = trait_definitions()
    return [
        Measured(known[name], values[name])
        for name in HEADLINES
        if name in values and name in known
    ]


def _cards(customer_id: int, actor: Actor, at: datetime) -> list[Card]:
    declared = [
        card
        for manifest in capabilities()
        if manifest.name != "inbox"
        for card in manifest.customer_cards
    ]
    cards = []
    for card in sorted(declared, key=lambda one: one.order):
        if may(actor, card.permission):
            read: Callable[[int, datetime], Any] = load(card.load)
            content = read(customer_id, at)
            if content is not None:
                cards.append(Card(card, content))
    return cards
