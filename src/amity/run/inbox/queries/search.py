"""Finds conversations by the words that were said, by subject, customer or number."""

import re

from amity.kernel.customers.queries import active_customers
from amity.kernel.customers.search import search as search_customers
from amity.kernel.textsearch import newest_with, words_of
from amity.run.inbox.models import Conversation
from amity.run.inbox.queries.search_index import MESSAGES, SUBJECTS

NEWEST = 1000  # of the messages that match, that are looked at
CUSTOMERS = 200
NUMBER = re.compile(r"#?(\d{1,12})")


def found_ids(text: str) -> set[int]:
    """The conversations that `text` finds, in a few statements, whatever their number.

    A message has all the words, or beginnings of them; so has a subject, or the name or address of
    a customer. Of the messages that match, the newest thousand are looked at, those with the whole
    words first.
    """
    number = NUMBER.fullmatch(text.strip())
    if number is not None:
        known = Conversation.objects.filter(number=int(number.group(1)))
        found = {merged or pk for pk, merged in known.values_list("pk", "merged_into_id")}
        if found:
            return found
    words = words_of(text)
    if not words:
        return set()
    said = newest_with(MESSAGES, "conversation_id", words, most=NEWEST)
    return {*said, *newest_with(SUBJECTS, "id", words, most=NEWEST)} | _of(text)


def _of(text: str) -> set[int]:
    """The conversations of customers whom the text finds."""
    customers = search_customers(active_customers(), text).values("pk")[:CUSTOMERS]
    ids = [row["pk"] for row in customers]
    rows = Conversation.objects.filter(customer__in=ids).order_by("-last_message_at", "-pk")
    return set(rows.values_list("pk", flat=True)[:NEWEST]) if ids else set()
