"""The manifest: what deals bring to the house."""

from amity.base.vocabulary import RelationshipType, Role
from amity.kernel.hooks.manifest import (
    Capability,
    CustomerCard,
    FileKind,
    InteractionKind,
    NavigationEntry,
    Permission,
    Wing,
)

ROOM = "amity.run.deals"
EVERY_ROLE = frozenset(Role)
KEEPERS = frozenset({Role.OWNER, Role.STRATEGIST, Role.AGENT, Role.MARKETER})
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})
DEDICATED = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE
PERSONAL = RelationshipType.PERSONAL_ASSISTANCE

CAPABILITY = Capability(
    name="deals",
    label="Deals",
    wing=Wing.RUN,
    serves=(DEDICATED, PERSONAL),
    permissions=(
        Permission("deals.view", "See deals and forecasts", EVERY_ROLE),
        Permission("deals.work", "Open, move, win and lose deals; advise customers", KEEPERS),
        Permission("deals.manage", "Change pipelines and reasons; reassign deals", DESIGNERS),
    ),
    interaction_kinds=(
        InteractionKind("deals.opened", "Deal opened", "plus", DEDICATED),
        InteractionKind("deals.moved", "Deal moved on", "arrow-right", DEDICATED),
        InteractionKind("deals.won", "Deal won", "circle-check", DEDICATED),
        InteractionKind("deals.lost", "Deal lost", "circle-x", DEDICATED),
        InteractionKind("deals.worked", "Worked on a deal", "clock", DEDICATED),
        InteractionKind("deals.advised", "Helped to choose", "compass", PERSONAL),
    ),
    navigation=(
        NavigationEntry(
            "Deals",
            "deals:board",
            "layout-kanban",
            "deals.view",
            order=30,
            count=f"{ROOM}.views.counts.overdue_deals",
        ),
    ),
    customer_cards=(
        CustomerCard(
            "deals",
            "Deals",
            "deals/card.html",
            f"{ROOM}.queries.cards.load",
            "deals.view",
            order=30,
        ),
    ),
    file_kinds=(
        FileKind(
            name="deals",
            label="Deals",
            help="opportunities of another system, open, won and lost, one a row.",
            fields=f"{ROOM}.rules.files.FIELDS",
            needs=(("deal",), ("customer",), ("stage",)),
            take=f"{ROOM}.operations.importing.writing.take",
            check=f"{ROOM}.operations.importing.reading.check",
            undo=f"{ROOM}.operations.importing.undoing.undo",
        ),
    ),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    seed=f"{ROOM}.seed.seed",
)
