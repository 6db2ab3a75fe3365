"""The manifest: what dedicated account management brings to the house."""

from amity.base.vocabulary import RelationshipType, Role
from amity.kernel.hooks.manifest import (
    Capability,
    CustomerCard,
    InteractionKind,
    JobKind,
    NavigationEntry,
    Permission,
    Schedule,
    TraitDefinition,
    Wing,
)

ROOM = "amity.run.accounts"
EVERY_ROLE = frozenset(Role)
KEEPERS = frozenset({Role.OWNER, Role.STRATEGIST, Role.AGENT, Role.MARKETER})
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})
DEDICATED = RelationshipType.DEDICATED_PERSONAL_ASSISTANCE

CAPABILITY = Capability(
    name="accounts",
    label="Accounts",
    wing=Wing.RUN,
    serves=(DEDICATED,),
    permissions=(
        Permission("accounts.view", "See books, plans and tasks of accounts", EVERY_ROLE),
        Permission("accounts.work", "Work on accounts: tasks, meetings, hours, plans", KEEPERS),
        Permission(
            "accounts.manage", "Assign and hand over accounts, set rates and capacities", DESIGNERS
        ),
    ),
    interaction_kinds=(
        InteractionKind("accounts.hours_booked", "Worked for them", "clock", DEDICATED),
        InteractionKind("accounts.task_done", "Task done", "circle-check", DEDICATED),
        InteractionKind("accounts.met", "Met", "calendar", DEDICATED),
        InteractionKind("accounts.renewed", "Renewed", "refresh", DEDICATED),
        InteractionKind("accounts.renewal_lost", "Not renewed", "circle-x", DEDICATED),
        InteractionKind("accounts.play_started", "Playbook begun", "player-play", DEDICATED),
        InteractionKind("accounts.assigned", "Got an owner", "user-heart", DEDICATED),
        InteractionKind("accounts.handed_over", "Handed over", "users", DEDICATED),
    ),
    navigation=(
        NavigationEntry(
            "Accounts",
            "accounts",
            "heart-handshake",
            "accounts.view",
            order=20,
            count=f"{ROOM}.views.counts.late_tasks",
        ),
    ),
    customer_cards=(
        CustomerCard(
            "account",
            "Account",
            "accounts/card.html",
            f"{ROOM}.queries.cards.load",
            "accounts.view",
            order=20,
        ),
    ),
    traits=(
        TraitDefinition(
            "account.health", "Account health", "number",
            "0 to 100, from the last contact, the cadence, the mood, open matters, reach and the "
            "trend of orders; unknown parts widen the interval.",
        ),
        TraitDefinition(
            "account.reach", "People known", "number",
            "Contacts known in the organization; below three the account hangs on few people.",
        ),
        TraitDefinition(
            "account.days_since_contact", "Days since contact", "days",
            "Days since the customer and a person of ours last spoke.", "days",
        ),
    ),
    jobs=(
        JobKind("accounts.daily", "Watch accounts", f"{ROOM}.jobs.daily"),
        JobKind("accounts.play", "Begin playbooks", f"{ROOM}.jobs.play"),
        JobKind("accounts.remind", "Remind of tasks", f"{ROOM}.jobs.remind"),
    ),
    schedules=(
        Schedule("accounts.daily", "30 5 * * *"),
        Schedule("accounts.play", "*/5 * * * *"),
        Schedule("accounts.remind", "*/5 * * * *"),
    ),
    urls=f"{ROOM}.urls",
    router=f"{ROOM}.api.router",
    seed=f"{ROOM}.seed.seed",
)  # fmt: skip
