"""The addresses that the agents walk: drawn from the database, always the same ones."""

import json
from collections.abc import Sequence
from random import Random
from urllib.parse import quote_plus

from django.db.models import Max
from words import Words

from amity.kernel.customers.models import Customer
from amity.run.inbox.models import Conversation
from amity.ui.paging import encode

AGENTS = 8
ROUNDS = 120  # walks of an agent; a longer run begins again
DEEP = 0.5  # how far down the closed conversations the deep page begins


def draw() -> list[list[dict[str, str]]]:
    """For each agent its walks: the address of each page by the page's name."""
    import numpy as np

    chance = Random(3)  # noqa: S311 -- repeatable, not secret
    words = Words(np.random.default_rng(11)).all
    last = Conversation.objects.aggregate(last=Max("number"))["last"] or 1
    numbers = _numbers(chance, last)
    people = list(Customer.objects.order_by("pk").values_list("pk", "name")[::97])
    cursors = _cursors(chance)
    return [
        [
            _walk(chance.choice(numbers), chance.choice(people), _wanted(chance, words), cursor)
            for cursor in chance.choices(cursors, k=ROUNDS)
        ]
        for _agent in range(AGENTS)
    ]


def _numbers(chance: Random, last: int) -> list[int]:
    """Half of them open, the rest any."""
    opened = Conversation.objects.filter(status="open", is_spam=False).order_by("-urgency", "-pk")
    numbers = list(opened.values_list("number", flat=True)[:400])
    return numbers + [chance.randint(1, last) for _one in numbers]


def _cursors(chance: Random) -> list[str]:
    closed = Conversation.objects.filter(status="closed", is_spam=False, merged_into=None)
    ids = list(closed.order_by("-last_message_at", "-pk").values_list("pk", flat=True)[::97])
    middle = ids[int(len(ids) * DEEP) :]
    rows = closed.filter(pk__in=chance.sample(middle, min(20, len(middle))))
    return [encode([row.last_message_at, row.pk]) for row in rows.order_by("pk")]


def _wanted(chance: Random, words: Sequence[str]) -> str:
    """What is searched for: now a rare word, now two, now one that most messages have."""
    rank = chance.choice((3, 60, 800, 6_000, 20_000))
    one = words[rank + chance.randrange(max(1, rank // 3))]
    return f"{one} {words[200 + chance.randrange(300)]}" if chance.random() < 0.4 else f"{one}"


def _walk(number: int, person: tuple[int, str], wanted: str, cursor: str) -> dict[str, str]:
    pk, name = person
    return {
        "list": "/inbox/",
        "conversation": f"/inbox/{number}/",
        "customer": f"/customers/{pk}",
        "search": f"/inbox/?view=all&q={quote_plus(wanted)}",
        "search by name": f"/inbox/?view=all&q={quote_plus(name)}",
        "customers": "/customers",
        "customer search": f"/customers?q={quote_plus(name.split()[-1])}",
        "closed, first page": "/inbox/?view=closed",
        "closed, deep page": f"/inbox/?view=closed&after={cursor}",
    }


def text() -> str:
    """The plan as JSON."""
    return json.dumps(draw())
