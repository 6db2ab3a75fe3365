"""Two years of conversations, a month at a time: what was said, what happened, what was due."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from numpy.typing import NDArray
from tables import micros, only, table
from words import Words

from amity.kernel import bulk
from amity.kernel.access.models import Team, User
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.interactions.models import Interaction
from amity.run.inbox.models import (
    Attachment,
    Channel,
    Conversation,
    ConversationEvent,
    Message,
    Participant,
    PromiseClock,
    Rating,
    StoredFile,
    Tag,
)
from amity.run.inbox.rules.working import preview_of

PIECE = 20_000  # conversations of one transaction: a month of two years and half a million
SECOND, DAY = 1_000_000, 86_400_000_000  # microseconds
DAYS = 730
RECENT = 14 * DAY  # what rests longer is closed, but for a few
STATUSES = ("open", "waiting", "snoozed", "closed")
RECENT_SHARES, OLD_SHARES = (0.45, 0.25, 0.1, 0.2), (0.002, 0.0, 0.0, 0.998)
KINDS = ("incoming", "reply", "note")
SPAM, TAGGED, WITH_FILE, RATED = 0.005, 0.4, 0.06, 0.05
Numbers = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Parts:
    """What every conversation names: numbers of rows that are there, and who each customer is."""

    customers: Numbers  # by how often they write, most first
    emails: dict[int, str]
    names: dict[int, str]
    users: Numbers
    teams: Numbers
    channels: Numbers
    tags: Numbers
    files: Numbers
    version: int


def parts(chance: np.random.Generator, version: int) -> Parts:
    """The rows that are there, customers in a drawn order."""
    known = dict(Customer.objects.values_list("pk", "name"))
    emails = Identity.objects.filter(kind="email").values_list("customer_id", "value")
    shuffled = np.array(list(known), dtype=np.int64)
    chance.shuffle(shuffled)
    users, teams, channels, tags, files = (
        np.array(list(model.objects.order_by("pk").values_list("pk", flat=True)), dtype=np.int64)
        for model in (User, Team, Channel, Tag, StoredFile)
    )
    return Parts(shuffled, dict(emails), known, users, teams, channels, tags, files, version)


@dataclass
class Block:
    """Conversations that began one after the other, and their messages, conversation by it."""

    ids: Numbers
    counts: Numbers
    customers: Numbers
    opened: Numbers
    owner: Numbers  # of each message: the place of its conversation in the block
    kinds: Numbers  # of each message: its place in KINDS
    at: Numbers  # of each message
    texts: list[str]
    agents: Numbers
    spam: Flags
    now: int
    message_ids: Numbers = field(default_factory=lambda: np.zeros(0, dtype=np.int64))

    @property
    def starts(self) -> Numbers:
        """The first message of each conversation."""
        found: Numbers = np.cumsum(self.counts) - self.counts
        return found


def message_counts(conversations: int, messages: int, chance: np.random.Generator) -> Numbers:
    """How many messages each conversation has; they sum to `messages`."""
    counts = np.clip(chance.lognormal(np.log(3.2), 0.65, conversations), 1, 80).astype(np.int64)
    while (missing := messages - int(counts.sum())) != 0:
        places = chance.integers(0, conversations, abs(missing))
        if missing > 0:
            np.add.at(counts, places, 1)
        else:
            wide = np.unique(places[counts[places] > 1])
            counts[wide] -= 1
    return counts


def draw(ids: Numbers, counts: Numbers, known: Parts, words: Words, span: Any) -> Block:
    """One block; `span` is (chance, first instant, last instant, now)."""
    chance, first, last, now = span
    count, total = len(ids), int(counts.sum())
    opened = np.sort(chance.integers(first, last, count))
    owner = np.repeat(np.arange(count), counts)
    place = np.arange(total) - np.repeat(np.cumsum(counts) - counts, counts)
    kinds = chance.choice(3, total, p=(0.38, 0.5, 0.12))
    kinds[place == 1] = np.where(chance.random(int((place == 1).sum())) < 0.9, 1, 0)
    kinds[place == 0] = 0
    gaps = chance.lognormal(np.log(2 * 3600), 1.5, total) * SECOND
    gaps[place == 0] = 0
    passed = np.cumsum(gaps)
    passed -= np.repeat(passed[place == 0], counts)
    longest = np.maximum.reduceat(passed, np.flatnonzero(place == 0))
    squeeze = np.minimum(1, 0.97 * (now - opened) / np.maximum(longest, 1))
    at = np.repeat(opened, counts) + (passed * np.repeat(squeeze, counts)).astype(np.int64)
    weights = chance.pareto(1.2, count)  # a few customers write much more often than the rest
    places = (len(known.customers) * np.minimum(weights / 40, 1) * chance.random(count)).astype(int)
    spread = chance.random(count) < 0.7
    places[spread] = chance.integers(0, len(known.customers), int(spread.sum()))
    return Block(
        ids=ids,
        counts=counts,
        customers=known.customers[places % len(known.customers)],
        opened=opened,
        owner=owner,
        kinds=kinds,
        at=at,
        texts=words.texts(words.lengths(total)),
        agents=chance.choice(known.users, count),
        spam=chance.random(count) < SPAM,
        now=now,
    )


@transaction.atomic
def store(block: Block, known: Parts, words: Words, chance: np.random.Generator) -> None:
    """Writes a block with all that hangs on it."""
    bulk.relax_commit()
    last = np.append(block.starts[1:], len(block.owner)) - 1
    ends = block.at[last]
    is_old = block.now - ends > RECENT
    status = np.where(
        is_old,
        chance.choice(4, len(block.ids), p=OLD_SHARES),
        chance.choice(4, len(block.ids), p=RECENT_SHARES),
    )
    status[block.spam] = 3
    subjects = words.texts(chance.integers(3, 9, len(block.ids)))
    _conversations(block, known, subjects, status, chance)
    _messages(block, known, chance)
    _facts(block, known, subjects, status)
    _events(block, status)
    _clocks(block, status, chance)
    _around(block, known, status, chance)


def _conversations(
    block: Block, known: Parts, subjects: list[str], status: Numbers, chance: np.random.Generator
) -> None:
    count, starts, now = len(block.ids), block.starts, block.now
    last = np.append(starts[1:], len(block.owner)) - 1
    inbound = np.maximum.reduceat(np.where(block.kinds == 0, block.at, 0), starts)
    outbound = np.maximum.reduceat(np.where(block.kinds == 1, block.at, 0), starts)
    never = np.iinfo(np.int64).max
    first = np.minimum.reduceat(np.where(block.kinds == 1, block.at, never), starts)
    is_open, is_closed = status == 0, status == 3
    taken = chance.random(count) < 0.85
    due = _due(block)
    rows = table(
        Conversation,
        count,
        id=block.ids,
        number=block.ids,
        subject=subjects,
        preview=[preview_of(block.texts[place]) for place in last.tolist()],
        status=[STATUSES[one] for one in status.tolist()],
        priority=chance.choice(4, count, p=(0.1, 0.75, 0.1, 0.05)) + 1,
        is_spam=block.spam,
        channel_id=chance.choice(known.channels, count, p=(0.7, 0.1, 0.2)),
        customer_id=block.customers,
        team_id=chance.choice(known.teams, count),
        assignee_id=only(block.agents, taken | is_closed),
        assigned_at=only(block.opened, taken | is_closed),
        segment_key=chance.choice(["best", "german", "asleep", "everyone"], count).tolist(),
        policy_version=known.version,
        opened_at=block.opened,
        last_message_at=block.at[last],
        last_inbound_at=inbound,
        last_outbound_at=only(outbound, outbound > 0),
        first_responded_at=only(first, first < never),
        waiting_since=only(inbound, is_open & (inbound > outbound)),
        snoozed_until=only(now + chance.integers(1, 9, count) * DAY, status == 2),
        closed_at=only(block.at[last] + 60 * SECOND, is_closed),
        outcome=["resolved" if one == 3 else "" for one in status.tolist()],
        message_count=np.add.reduceat((block.kinds != 2).astype(np.int64), starts),
        staff_seconds=180 * np.add.reduceat((block.kinds != 0).astype(np.int64), starts),
        due_at=only(due, is_open),
        urgency=np.where(is_closed, 0.0, chance.lognormal(0, 1, count)),
        urgency_at=now,
        created_at=block.opened,
        updated_at=block.at[last],
    )
    bulk.insert(Conversation, rows)


def _due(block: Block) -> Numbers:
    """When a running promise of each conversation ends: within ten days from now."""
    found: Numbers = block.now + 3600 * SECOND + block.ids * 7_919 % 863_000 * SECOND
    return found


def _messages(block: Block, known: Parts, chance: np.random.Generator) -> None:
    """The messages in the order of their time, so that those of a conversation lie apart."""
    count = len(block.owner)
    order = np.argsort(block.at, kind="stable")
    ids = bulk.reserve_ids(Message, count)
    owner, kinds, at = block.owner[order], block.kinds[order], block.at[order]
    ours = kinds != 0
    customers, agents = block.customers[owner], block.agents[owner]
    names = [
        f"Agent {agent}" if mine else known.names[customer]
        for mine, agent, customer in zip(
            ours.tolist(), agents.tolist(), customers.tolist(), strict=True
        )
    ]
    rows = table(
        Message,
        count,
        id=ids,
        conversation_id=block.ids[owner],
        kind=[KINDS[kind] for kind in kinds.tolist()],
        channel_id=known.channels[0],
        user_id=only(agents, ours),
        customer_id=only(customers, ~ours),
        author_name=names,
        text=[block.texts[place] for place in order.tolist()],
        at=at,
        delivery=["sent" if kind == 1 else "" for kind in kinds.tolist()],
        internet_message_id=[f"{pk}@mail.example.org" for pk in ids.tolist()],
        headers='{"to": ["help@example.org"], "cc": []}',
        source="bench",
        source_id=[str(pk) for pk in ids.tolist()],
        staff_seconds=np.where(ours, 180, 0),
        created_at=at,
    )
    bulk.insert(Message, rows)
    block.message_ids = ids[np.argsort(order)]
    chosen = ids[chance.random(count) < WITH_FILE]
    files = table(
        Attachment,
        len(chosen),
        message_id=chosen,
        file_id=chance.choice(known.files, len(chosen)),
        name="photo.jpg",
        content_type="image/jpeg",
    )
    bulk.insert(Attachment, files)


def _facts(block: Block, known: Parts, subjects: list[str], status: Numbers) -> None:
    """The rows of the interaction log, in the order of their time."""
    said = _fact_rows(
        block.owner, block.at, [("received", "replied", "noted")[k] for k in block.kinds.tolist()]
    )
    everyone = np.arange(len(block.ids))
    last = np.append(block.starts[1:], len(block.owner)) - 1
    assigned = _fact_rows(everyone, block.opened + 30 * SECOND, "assigned")
    kept = _fact_rows(everyone, block.opened + 3600 * SECOND, "promise_kept")
    closed = everyone[status == 3]
    ended = _fact_rows(closed, block.at[last][closed] + 60 * SECOND, "closed")
    rows = pa.concat_tables([said, assigned, kept, ended])
    names = [f"message:{pk}" for pk in block.message_ids.tolist()]
    names += [f"assigned:{pk}" for pk in block.ids.tolist()]
    names += [f"kept:{pk}" for pk in block.ids.tolist()]
    names += [f"closed:{pk}" for pk in block.ids[closed].tolist()]
    rows = rows.append_column("name", pa.array(names))
    rows = rows.take(pc.sort_indices(rows["at"]))
    owner, at = rows["owner"].to_numpy(), rows["at"].to_numpy()
    kinds = rows["kind"].to_pylist()
    facts = table(
        Interaction,
        rows.num_rows,
        happened_at=at,
        recorded_at=at,
        customer_id=block.customers[owner],
        kind=[f"inbox.{kind}" for kind in kinds],
        relationship_type="personal_assistance",
        stage="support",
        direction=[{"received": "in", "replied": "out"}.get(kind, "none") for kind in kinds],
        actor=["customer" if kind == "received" else "human" for kind in kinds],
        staff_seconds=[180 if kind in {"replied", "noted"} else 0 for kind in kinds],
        currency="USD",
        subject=[subjects[one] for one in owner.tolist()],
        properties=[json.dumps({"conversation": pk}) for pk in block.ids[owner].tolist()],
        source="inbox",
        source_id=rows["name"].to_pylist(),
        policy_version=known.version,
    )
    bulk.insert(Interaction, facts)


def _fact_rows(owner: Numbers, at: Numbers, kind: str | list[str]) -> pa.Table:
    kinds = [kind] * len(owner) if isinstance(kind, str) else kind
    return pa.table({"owner": owner, "at": at, "kind": kinds})


def _events(block: Block, status: Numbers) -> None:
    """Opened, given to a person, closed."""
    count, closed = len(block.ids), np.flatnonzero(status == 3)
    last = np.append(block.starts[1:], len(block.owner)) - 1
    users = block.agents
    agents = [f"Agent {one}" for one in users.tolist()]
    given = {"conversation_id": block.ids}
    for rows in (
        table(
            ConversationEvent,
            count,
            at=block.opened,
            kind="opened",
            sentence="Opened by e-mail.",
            **given,
        ),
        table(
            ConversationEvent,
            count,
            at=block.opened + 30 * SECOND,
            kind="assigned",
            user_id=users,
            actor_name=agents,
            sentence=[f"Given to {name}." for name in agents],
            **given,
        ),
        table(
            ConversationEvent,
            len(closed),
            at=block.at[last][closed] + 60 * SECOND,
            kind="closed",
            conversation_id=block.ids[closed],
            user_id=users[closed],
            actor_name=[agents[one] for one in closed.tolist()],
            sentence="Closed: resolved.",
        ),
    ):
        bulk.insert(ConversationEvent, rows)


def _clocks(block: Block, status: Numbers, chance: np.random.Generator) -> None:
    """The first answer was promised to all; of the open ones a solution still is."""
    count, is_open = len(block.ids), np.flatnonzero(status == 0)
    broken = chance.random(count) < 0.1
    stopped = block.opened + np.where(broken, 7200, 1800) * SECOND
    first = table(
        PromiseClock,
        count,
        conversation_id=block.ids,
        target="first_response",
        state=["broken" if one else "kept" for one in broken.tolist()],
        minutes=60,
        started_at=block.opened,
        opened_at=block.opened,
        due_at=block.opened + 3600 * SECOND,
        stopped_at=stopped,
        breached_at=only(stopped, broken),
        logged_at=stopped,
    )
    bulk.insert(PromiseClock, first)
    due = _due(block)[is_open]
    running = table(
        PromiseClock,
        len(is_open),
        conversation_id=block.ids[is_open],
        target="resolution",
        minutes=4800,
        started_at=block.opened[is_open],
        opened_at=block.opened[is_open],
        due_at=due,
        warn_at=due - 1800 * SECOND,
    )
    bulk.insert(PromiseClock, running)


def _around(block: Block, known: Parts, status: Numbers, chance: np.random.Generator) -> None:
    """Who takes part, tags, and what customers said of the help."""
    count = len(block.ids)
    customers = block.customers.tolist()
    taking_part = table(
        Participant,
        count,
        conversation_id=block.ids,
        customer_id=block.customers,
        address=[known.emails[one] for one in customers],
        name=[known.names[one] for one in customers],
    )
    bulk.insert(Participant, taking_part)
    tagged = np.flatnonzero(chance.random(count) < TAGGED)
    words = chance.integers(0, len(known.tags), len(tagged))
    links = [(block.ids[tagged], known.tags[words])]
    some = chance.random(len(tagged)) < 0.3
    others = known.tags[(words + 1) % len(known.tags)]
    links.append((block.ids[tagged][some], others[some]))
    for conversations, tags in links:
        through = Conversation.tags.through
        rows = table(through, len(tags), conversation_id=conversations, tag_id=tags)
        bulk.insert(through, rows)
    rated = np.flatnonzero((status == 3) & (chance.random(count) < RATED))
    at = block.opened[rated] + 5 * DAY
    scores = chance.integers(1, 6, len(rated))
    said = {"conversation_id": block.ids[rated], "asked_at": at, "answered_at": at}
    bulk.insert(Rating, table(Rating, len(rated), score=scores, **said))


def add_conversations(count: int, messages: int, at: datetime, version: int) -> Iterator[int]:
    """Writes them all, yielding how many are there after each block."""
    chance = np.random.default_rng(11)
    words, known, now = Words(chance), parts(chance, version), micros(at)
    counts = message_counts(count, messages, chance)
    begin = now - DAYS * DAY
    step = (now - begin) // max(1, -(-count // PIECE))
    for number, start in enumerate(range(0, count, PIECE)):
        piece = counts[start : start + PIECE]
        ids = np.arange(start + 1, start + 1 + len(piece))
        span = (
            chance,
            begin + number * step,
            min(begin + (number + 1) * step, now - DAY // 24),
            now,
        )
        store(draw(ids, piece, known, words, span), known, words, chance)
        yield start + len(piece)
