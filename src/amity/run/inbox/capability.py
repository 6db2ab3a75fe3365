"""The manifest: what the inbox brings to the house."""

from amity.base.vocabulary import RelationshipType, Role
from amity.kernel.hooks.manifest import (
    Capability,
    CustomerCard,
    FileKind,
    InteractionKind,
    JobKind,
    NavigationEntry,
    Permission,
    Schedule,
    Wing,
)

ROOM = "amity.run.inbox"
EVERY_ROLE = frozenset(Role)
KEEPERS = frozenset({Role.OWNER, Role.STRATEGIST, Role.AGENT})
DESIGNERS = frozenset({Role.OWNER, Role.STRATEGIST})
PERSONAL = RelationshipType.PERSONAL_ASSISTANCE

CAPABILITY = Capability(
    name="inbox",
    label="Inbox",
    wing=Wing.RUN,
    serves=(PERSONAL, RelationshipType.DEDICATED_PERSONAL_ASSISTANCE),
    permissions=(
        Permission("inbox.view", "See conversations", EVERY_ROLE),
        Permission("inbox.reply", "Answer and work on conversations", KEEPERS),
        Permission("inbox.manage", "Change channels, rules and replies of the inbox", DESIGNERS),
    ),
    interaction_kinds=(
        InteractionKind("inbox.received", "Wrote to us", "mail", PERSONAL),
        InteractionKind("inbox.replied", "Was answered", "send", PERSONAL),
        InteractionKind("inbox.noted", "Note among colleagues", "pencil", PERSONAL),
        InteractionKind("inbox.assigned", "Given to a person", "user", PERSONAL),
        InteractionKind("inbox.handed_over", "Handed over", "users", PERSONAL),
        InteractionKind("inbox.resolved", "Matter resolved", "check", PERSONAL),
        InteractionKind("inbox.closed", "Matter closed", "circle-check", PERSONAL),
        InteractionKind("inbox.reopened", "Matter reopened", "refresh", PERSONAL),
        InteractionKind("inbox.spent", "Minutes booked", "clock", PERSONAL),
        InteractionKind(
            "inbox.helped_itself",
            "Solved it without us",
            "circle-check",
            RelationshipType.SELF_SERVICE,
        ),
        InteractionKind("inbox.promise_kept", "Promise kept", "circle-check", PERSONAL),
        InteractionKind("inbox.promise_met_late", "Promise met late", "clock", PERSONAL),
        InteractionKind("inbox.promise_broken", "Promise broken", "alert-triangle", PERSONAL),
        InteractionKind("inbox.asked_to_rate", "Asked how we did", "star", PERSONAL),
        InteractionKind("inbox.rated", "Rated our help", "star", PERSONAL),
    ),
    navigation=(
        NavigationEntry(
            "Inbox",
            "inbox:page",
            "messages",
            "inbox.view",
            order=10,
            count=f"{ROOM}.cards.waiting_for",
            daily=True,
        ),
    ),
    customer_cards=(
        CustomerCard(
            "inbox.matters",
            "Open matters",
            "inbox/card.html",
            f"{ROOM}.cards.open_matters",
            "inbox.view",
            order=20,
        ),
    ),
    jobs=(
        JobKind("inbox.release_held", "Send answers", f"{ROOM}.jobs.conversations.release"),
        JobKind("inbox.watch_promises", "Watch promises", f"{ROOM}.jobs.promises.look"),
        JobKind("inbox.refresh_urgency", "Order the queue", f"{ROOM}.jobs.promises.refresh"),
        JobKind("inbox.reassign_late", "Give on what is left", f"{ROOM}.jobs.promises.reassign"),
        JobKind(
            "inbox.assist", "Ask a language model", f"{ROOM}.jobs.assistance.run", max_attempts=2
        ),
        JobKind("inbox.find_topic", "Find what it is about", f"{ROOM}.jobs.topics.find"),
        JobKind(
            "inbox.learn_topics",
            "Learn topics",
            f"{ROOM}.jobs.topics.learn",
            lease_seconds=600,
        ),
        JobKind("inbox.run_rules", "Run the inbox's rules", f"{ROOM}.jobs.automation.run"),
        JobKind("inbox.first_help", "Offer self-service", f"{ROOM}.jobs.first_help.run"),
        JobKind("inbox.follow_mails", "Follow our mails", f"{ROOM}.jobs.mail.follow"),
        JobKind("inbox.fetch_mails", "Look into the mailboxes", f"{ROOM}.jobs.mail.fetch_all"),
        JobKind(
            "inbox.fetch_mail",
            "Fetch mails of a mailbox",
            f"{ROOM}.jobs.mail.fetch",
            max_attempts=20,
            lease_seconds=180,
        ),
        JobKind("inbox.ask_rating", "Ask how we did", f"{ROOM}.jobs.conversations.ask_rating"),
        JobKind("inbox.chat_unseen", "Mail what a chat missed", f"{ROOM}.jobs.chat.unseen"),
        JobKind("inbox.change_many", "Change many conversations", f"{ROOM}.jobs.bulk.run"),
        JobKind("inbox.undo_many", "Take a change of many back", f"{ROOM}.jobs.bulk.undo"),
        JobKind("inbox.tidy", "Wake conversations", f"{ROOM}.jobs.conversations.tidy"),
    ),
    file_kinds=(
        FileKind(
            name="conversations",
            label="Conversations",
            help="cases of another system with their history, one row each or a log of events.",
            fields=f"{ROOM}.rules.cases.FIELDS",
            needs=(("conversation",), ("date",)),
            take=f"{ROOM}.operations.importing.writing.take",
            check=f"{ROOM}.operations.importing.reading.check",
            undo=f"{ROOM}.operations.importing.undoing.undo",
            key="conversation",
        ),
    ),
    router=f"{ROOM}.api.router",
    seed=f"{ROOM}.seed.seed",
    schedules=(
        Schedule("inbox.tidy", "* * * * *"),
        Schedule("inbox.watch_promises", "* * * * *"),
        Schedule("inbox.reassign_late", "* * * * *"),
        Schedule("inbox.refresh_urgency", "*/5 * * * *"),
        Schedule("inbox.fetch_mails", "* * * * *"),
        Schedule("inbox.follow_mails", "* * * * *"),
    ),
    commands=f"{ROOM}.commands.add",
    urls=f"{ROOM}.urls",
)
