"""Finds conversations by the words that were said, by subject, customer or number."""

import re

from django.db import connection

from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search as search_customers
from amity.run.inbox.models import Conversation
from amity.run.inbox.queries.search_index import index_table

MAX_WORDS = 8
NEWEST = 1000  # of the messages that match, that are looked at
CUSTOMERS = 200
WORD = re.compile(r"\w+")
NUMBER = re.compile(r"#?(\d{1,12})")


def found_ids(text: str) -> set[int]:
    """The conversations that `text` finds; four statements at most, whatever their number.

    A message has all the words, or beginnings of them; so has a subject, or the name or address of
    a customer. Of the messages that match, the newest thousand are looked at.
    """
    number = NUMBER.fullmatch(text.strip())
    if number is not None:
        known = Conversation.objects.filter(number=int(number.group(1)))
        found = {merged or pk for pk, merged in known.values_list("pk", "merged_into_id")}
        if found:
            return found
    words = WORD.findall(text)[:MAX_WORDS]
    if not words:
        return set()
    return _by_words("inbox_message", words) | _by_words("inbox_conversation", words) | _of(text)


def _by_words(table: str, words: list[str]) -> set[int]:
    wanted = "conversation_id" if table == "inbox_message" else "id"
    if connection.vendor == "sqlite":
        index = index_table(table)
        match = " AND ".join(f'"{word}"*' for word in words)
        sql = (
            f"SELECT {wanted} FROM {table} WHERE id IN (SELECT rowid FROM {index} "  # noqa: S608 -- our own names
            f"WHERE {index} MATCH %s ORDER BY rowid DESC LIMIT {NEWEST})"
        )
    else:
        match = " & ".join(f"'{word}':*" for word in words)
        sql = (
            f"SELECT {wanted} FROM {table} WHERE words @@ to_tsquery('simple', %s) "  # noqa: S608 -- our own names
            f"ORDER BY id DESC LIMIT {NEWEST}"
        )
    with connection.cursor() as cursor:
        cursor.execute(sql, [match])
        return {row[0] for row in cursor.fetchall()}


def _of(text: str) -> set[int]:
    """The conversations of customers whom the text finds."""
    customers = search_customers(active_customers(), text).values("pk")[:CUSTOMERS]
    ids = [row["pk"] for row in customers]
    rows = Conversation.objects.filter(customer__in=ids).order_by("-last_message_at", "-pk")
    return set(rows.values_list("pk", flat=True)[:NEWEST]) if ids else set()
