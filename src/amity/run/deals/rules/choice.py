"""Help to choose: five answers in, three products with their reasons out. Pure."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from statistics import median

WANTED = 3


@dataclass(frozen=True, slots=True)
class Sale:
    """One line of an order."""

    order_id: int
    product_id: int
    unit_price_minor: int | None


@dataclass(frozen=True, slots=True)
class Offer:
    """A product that can be suggested."""

    product_id: int
    name: str
    category: str
    words: str  # all that a word of the answer may stand in, folded


@dataclass(frozen=True, slots=True)
class Answers:
    """What the customer said; what is empty or None does not matter to them."""

    category: str = ""
    word: str = ""  # folded
    most_minor: int | None = None  # a piece
    pieces: int = 1
    familiar: str = ""  # "new": what they never had, "known": what they had


@dataclass(frozen=True, slots=True)
class Suggestion:
    """A product with why; `price_minor` is the median of what was paid lately."""

    product_id: int
    name: str
    category: str
    price_minor: int | None
    total_minor: int | None
    orders: int
    together: int
    with_name: str
    is_known: bool


@dataclass(frozen=True, slots=True)
class Facts:
    """What the sample of orders says of each product."""

    prices: dict[int, int]
    orders: dict[int, int]
    together: dict[int, tuple[int, int]]  # product: (with which of theirs, in how many orders)


def facts_of(sales: Iterable[Sale], had: Collection[int]) -> Facts:
    """Prices, number of orders, and orders with one of the products the customer had."""
    baskets: dict[int, set[int]] = defaultdict(set)
    paid: dict[int, list[int]] = defaultdict(list)
    for sale in sales:
        baskets[sale.order_id].add(sale.product_id)
        if sale.unit_price_minor is not None and sale.unit_price_minor > 0:
            paid[sale.product_id].append(sale.unit_price_minor)
    pairs: dict[int, Counter[int]] = defaultdict(Counter)
    orders: Counter[int] = Counter()
    for basket in baskets.values():
        orders.update(basket)
        for mine in basket.intersection(had):
            for other in basket - {mine}:
                pairs[other][mine] += 1
    return Facts(
        prices={product: round(median(prices)) for product, prices in paid.items()},
        orders=dict(orders),
        together={product: _most(counter) for product, counter in pairs.items()},
    )


def _most(counter: Counter[int]) -> tuple[int, int]:
    return min(counter.items(), key=lambda pair: (-pair[1], pair[0]))


def suggest(
    offers: Iterable[Offer], answers: Answers, facts: Facts, had: Collection[int]
) -> list[Suggestion]:
    """At most three that fit all answers: most often bought with theirs, then most often bought."""
    offered = {offer.product_id: offer for offer in offers}
    fitting = [one for one in offered.values() if _fits(one, answers, facts, had)]
    fitting.sort(key=lambda one: _rank(one.product_id, facts))
    return [_suggestion(one, answers, facts, had, offered) for one in fitting[:WANTED]]


def _fits(offer: Offer, answers: Answers, facts: Facts, had: Collection[int]) -> bool:
    price = facts.prices.get(offer.product_id)
    is_known = offer.product_id in had
    return (
        answers.category in ("", offer.category)
        and answers.word in offer.words
        and (answers.most_minor is None or (price is not None and price <= answers.most_minor))
        and not (answers.familiar == "new" and is_known)
        and not (answers.familiar == "known" and not is_known)
    )


def _rank(product_id: int, facts: Facts) -> tuple[int, int, int]:
    _with, together = facts.together.get(product_id, (0, 0))
    return -together, -facts.orders.get(product_id, 0), product_id


def _suggestion(
    offer: Offer,
    answers: Answers,
    facts: Facts,
    had: Collection[int],
    offered: dict[int, Offer],
) -> Suggestion:
    price = facts.prices.get(offer.product_id)
    mine, together = facts.together.get(offer.product_id, (0, 0))
    return Suggestion(
        product_id=offer.product_id,
        name=offer.name,
        category=offer.category,
        price_minor=price,
        total_minor=None if price is None else price * answers.pieces,
        orders=facts.orders.get(offer.product_id, 0),
        together=together if mine in offered else 0,
        with_name=offered[mine].name if mine in offered else "",
        is_known=offer.product_id in had,
    )
