"""Fills an empty database with a company that has a full inbox, through the real tables.

    AMITY_HOME=FOLDER PYTHONPATH=src python benchmarks/inbox/load.py \\
        [--customers 100000 --conversations 500000 --messages 2000000]

The same seed gives the same company; its instants are counted back from the moment of loading. The
word index is put there after the rows, as a restored database does it. A database that has
customers is left alone.
"""

import argparse
import os
import sys
import time
from pathlib import Path

sys.path[:0] = [str(Path(__file__).parent), str(Path(__file__).parents[1] / "pages")]
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "amity.project.settings")


def without_word_index() -> None:
    """Takes away what keeps the word index, which `finish` builds at once."""
    from django.db import connection

    from amity.run.inbox.queries.search_index import MESSAGES, SUBJECTS

    with connection.cursor() as cursor:
        for index in (MESSAGES, SUBJECTS):
            if connection.vendor == "postgresql":
                cursor.execute(f"ALTER TABLE {index.table} DROP COLUMN words")
            for event in ("insert", "update", "delete"):
                if connection.vendor == "sqlite":
                    cursor.execute(f"DROP TRIGGER {index.name}_{event}")


def finish(count: int) -> None:
    """The word index, the next number of a conversation, and the statistics of the planner."""
    from django.db import connection

    from amity.run.inbox.queries.search_index import after_migrate

    after_migrate(using="default")
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT setval('inbox_conversation_numbers', %s)", [count])
            cursor.execute("VACUUM ANALYZE")
        else:
            cursor.execute("ANALYZE")


def load(customers: int, conversations: int, messages: int) -> None:
    """Everything, in its order; says how far it is."""
    from company import add_company, add_customers, add_promises
    from conversations import add_conversations

    from amity.base.time import now
    from amity.kernel.policy.models import PolicyVersion

    at, begun = now(), time.monotonic()
    without_word_index()
    add_company(at)
    add_customers(customers, at)
    add_promises(at)
    print(f"{time.monotonic() - begun:.0f} s: {customers} customers", flush=True)
    version = PolicyVersion.objects.get(status="published").number
    for done in add_conversations(conversations, messages, at, version):
        print(f"{time.monotonic() - begun:.0f} s: {done} conversations", flush=True)
    finish(conversations)
    print(f"{time.monotonic() - begun:.0f} s: indexed", flush=True)


def main() -> None:
    """Loads where nothing is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--conversations", type=int, default=500_000)
    parser.add_argument("--messages", type=int, default=2_000_000)
    options = parser.parse_args()
    import django

    django.setup()
    from django.core.management import call_command

    from amity.kernel.customers.models import Customer
    from amity.run.inbox.models import Conversation

    call_command("migrate", verbosity=0)
    if Conversation.objects.count() == options.conversations:
        return
    if Customer.objects.exists():
        raise SystemExit("The database holds something else. Give an empty one.")
    load(options.customers, options.conversations, options.messages)


main()
