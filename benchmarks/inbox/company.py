"""The company around the conversations: people, teams, channels, customers and what is promised."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

import numpy as np
from django.contrib.auth.hashers import make_password
from django.db import transaction
from people import people
from tables import micros, table

from amity.base.text import fold
from amity.base.vocabulary import Role
from amity.kernel import bulk
from amity.kernel.access.models import Team, TeamMember, User
from amity.kernel.access.rules import Actor
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.interactions.models import Interaction
from amity.kernel.policy.operations import create_draft, publish
from amity.kernel.segments.operations import create_segment, refresh_memberships
from amity.kernel.segments.rules import parse_text
from amity.kernel.traits.models import Trait
from amity.run.inbox.models import AgentProfile, Channel, InboxSettings, StoredFile, Tag
from amity.testing.canvases import canvas, design, helped, office_hours, touchpoints

AGENTS, TEAMS, TAGS, FILES = 24, 6, 40, 300
ORDERS = 3  # of a customer
PASSWORD = "eight agents at work"  # noqa: S105 -- of invented people in a throwaway database
PIECE = 10_000
TRAITS = ("orders", "recency_days", "clv_12m", "p_alive", "rfm_r", "rfm_f", "rfm_m")
SEGMENTS = {
    "best": "rfm_m >= 5 and rfm_f >= 4",
    "german": "country is DE",
    "asleep": "recency_days >= 200",
    "everyone": "everyone",
}
CHANNELS = (("mail", "Help desk", "mail"), ("phone", "Phone", "phone"), ("web", "Site", "chat"))


def add_company(at: datetime) -> None:
    """People with a password, teams, channels, tags and files."""
    hashed = make_password(PASSWORD)
    users = User.objects.bulk_create(
        User(email=f"agent{n}@example.org", name=f"Agent {n}", role=Role.AGENT, password=hashed)
        for n in range(AGENTS)
    )
    teams = Team.objects.bulk_create(Team(key=f"team-{n}", name=f"Team {n}") for n in range(TEAMS))
    TeamMember.objects.bulk_create(
        TeamMember(team=teams[n % TEAMS], user=user) for n, user in enumerate(users)
    )
    AgentProfile.objects.bulk_create(AgentProfile(user=user) for user in users)
    InboxSettings.objects.create(hourly_cost_minor=4500)
    Channel.objects.bulk_create(
        Channel(key=key, name=name, kind=kind, created_at=at) for key, name, kind in CHANNELS
    )
    Tag.objects.bulk_create(Tag(name=f"matter {n}") for n in range(TAGS))
    chance = Random(5)  # noqa: S311 -- repeatable, not secret
    StoredFile.objects.bulk_create(
        StoredFile(digest=f"{n:064x}", size=len(content), content=content, created_at=at)
        for n in range(FILES)
        for content in [chance.randbytes(chance.randrange(200, 4_000))]
    )


def add_customers(count: int, at: datetime) -> None:
    """Customers with an address, a phone, orders, the facts of those in the log, and traits."""
    chance = np.random.default_rng(7)
    rows = list(people(count))
    for start in range(0, count, PIECE):
        with transaction.atomic():
            bulk.relax_commit()
            _add_customers(rows[start : start + PIECE], start, chance, at)


def _add_customers(
    rows: Sequence[tuple[str, str, str, str]], start: int, chance: np.random.Generator, at: datetime
) -> None:
    count, instant = len(rows), micros(at)
    ids = bulk.reserve_ids(Customer, count)
    names = [f"{first} {last}" for first, last, _, _ in rows]
    made = instant - chance.integers(0, 900 * 86_400, count) * 1_000_000
    bulk.insert(
        Customer,
        table(
            Customer,
            count,
            id=ids,
            name=names,
            name_folded=[fold(name) for name in names],
            country=chance.choice(["DE", "US", "FR", "NL"], count).tolist(),
            created_at=made,
            updated_at=made,
        ),
    )
    for column, kind in ((2, "email"), (3, "phone")):
        values = [row[column] for row in rows]
        identities: dict[str, Any] = {"customer_id": ids, "kind": kind, "created_at": made}
        both = table(Identity, count, value=values, shown=values, **identities)
        bulk.insert(Identity, both)
    _add_orders(ids, start, chance, at)
    for name in TRAITS:
        numbers = chance.integers(1, 6, count) if name[:3] == "rfm" else chance.random(count) * 900
        found = {"customer_id": ids, "name": name, "number": numbers.astype(float)}
        bulk.insert(Trait, table(Trait, count, as_of=instant, source="bench", **found))


def _add_orders(ids: Any, start: int, chance: np.random.Generator, at: datetime) -> None:
    count = ORDERS * len(ids)
    numbers = [f"{start + n // ORDERS}-{n % ORDERS}" for n in range(count)]
    owners, net = np.repeat(ids, ORDERS), chance.integers(500, 20_000, count)
    when = micros(at) - chance.integers(0, 700 * 86_400, count) * 1_000_000
    days = (when // 86_400_000_000).astype("datetime64[D]")
    shared: dict[str, Any] = {"customer_id": owners, "currency": "USD", "source": "bench"}
    orders = table(
        Order, count, number=numbers, ordered_on=days, ordered_at=when, net_minor=net, **shared
    )
    bulk.insert(Order, orders)
    facts = table(
        Interaction,
        count,
        happened_at=when,
        recorded_at=when,
        kind="commerce.ordered",
        relationship_type="self_service",
        stage="transact",
        value_minor=net,
        source_id=numbers,
        **shared,
    )
    bulk.insert(Interaction, facts)


def add_promises(at: datetime) -> None:
    """Segments with their members, and a published canvas that promises something to each."""
    actor = Actor(kind="command", name="Benchmark", role=Role.OWNER)
    office_hours()
    touchpoints()
    for key, rule in SEGMENTS.items():
        create_segment(name=key, rule=parse_text(rule), actor=actor, at=at)
    refresh_memberships(at=at)
    document = canvas(*(design(key, personal_assistance=helped(60)) for key in SEGMENTS))
    draft = create_draft(document=document, name="", reason="", base=None, actor=actor, at=at)
    publish(draft.pk, reason="", actor=actor, at=at + timedelta(seconds=1))
