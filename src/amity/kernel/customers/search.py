"""Finds customers by a part of a name, an e-mail address, a phone or a customer number."""

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.db.models.expressions import RawSQL

from amity.base.text import fold
from amity.kernel.customers.models import Customer, Identity
from amity.kernel.customers.search_index import IDENTITIES, NAMES
from amity.kernel.textsearch import TextIndex

MAX_WORDS = 6
TRIGRAM = 3  # letters: what the indexes know


def search(customers: QuerySet[Customer], text: str) -> QuerySet[Customer]:
    """Those of `customers` whose name, or one of whose identities, has every word of `text`.

    Upper case and accents do not matter. A part of a word is enough, from three letters on; where
    all words are shorter, the first one must begin the name. The work grows with the number of
    customers found, not with the number there are.
    """
    words = fold(text).split()[:MAX_WORDS]
    indexed = [word for word in words if len(word) >= TRIGRAM] or words[:1]
    for word in words:
        if word in indexed:
            query, values = _matching(word)
            customers = customers.filter(pk__in=RawSQL(query, values))  # noqa: S611 -- values are bound
        else:
            customers = customers.filter(_has(word))
    return customers


def _has(word: str) -> Q:
    """The short word anywhere; asked only of customers that the indexed words have found."""
    identities = Identity.objects.filter(customer=OuterRef("pk"), value__contains=word)
    return Q(name_folded__contains=word) | Q(Exists(identities))


def _matching(word: str) -> tuple[str, list[str]]:
    """SQL for the ids of all customers with the word, and its values."""
    names, identities = _rows_with(NAMES, "id", word), _rows_with(IDENTITIES, "customer_id", word)
    return f"{names[0]} UNION {identities[0]}", [*names[1], *identities[1]]


def _rows_with(index: TextIndex, key: str, word: str) -> tuple[str, list[str]]:
    column = index.column
    head = f"SELECT {key} FROM {index.table} WHERE"  # noqa: S608 -- our own names
    if connection.vendor == "sqlite":
        if len(word) < TRIGRAM:
            return f"{head} {column} >= %s AND {column} < %s", [word, f"{word}\U0010ffff"]
        found = f"SELECT rowid FROM {index.name} WHERE {column} LIKE %s"  # noqa: S608 -- our own names
        return f"{head} id IN ({found})", [f"%{word.translate(_NO_WILDCARDS)}%"]
    escaped = word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    pattern = f"{escaped}%" if len(word) < TRIGRAM else f"%{escaped}%"
    return f"{head} {column} LIKE %s", [pattern]


# FTS5 uses its trigrams for LIKE only without an ESCAPE; `_` stands for any one character there.
_NO_WILDCARDS = str.maketrans({"%": "_"})
