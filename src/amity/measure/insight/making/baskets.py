"""What is bought together, with thresholds in whole numbers."""

from fractions import Fraction
from typing import Any

import numpy as np
from django.db.models import Count, F, Q, QuerySet

from amity.kernel.commerce.models import Order, OrderLine, Product
from amity.measure.analytics.baskets import Rule, read, rules
from amity.measure.insight.making.asked import Asked, Json
from amity.measure.insight.reports import number

LEAST = 10  # baskets with both
SUPPORT = Fraction(1, 1000)
CONFIDENCE = Fraction(1, 10)
ITEMS = 400  # the most bought ones are looked at
KEPT = 200  # rules that are told
LONGEST = 3  # two items lead to a third
LEVELS = {"product": "product_id", "category": "product__category"}


def make(asked: Asked) -> Json:
    """Rules between products and between categories, surely above chance, the surest first."""
    return {"levels": {level: _level(asked, level) for level in LEVELS}}


def _level(asked: Asked, level: str) -> Json:
    lines = _lines(asked, LEVELS[level])
    baskets = lines.aggregate(n=Count("order_id", distinct=True))["n"] or 0
    least = max(LEAST, int(-(-SUPPORT * baskets // 1)))
    counted = lines.values("item").annotate(n=Count("order_id", distinct=True)).filter(n__gte=least)
    items = [row["item"] for row in counted.order_by("-n", "item")[:ITEMS]]
    head = {"baskets": baskets, "least": least, "confidence": str(CONFIDENCE), "items": len(items)}
    if len(items) < 2:
        return {**head, "rules": []}
    found = [rule for rule in _rules(lines, items, baskets, least) if rule.lift_low > 1]
    ranked = sorted(found, key=lambda rule: (-rule.lift_low, -rule.both, rule.condition))[:KEPT]
    names = _names(level, items)
    return {**head, "found": len(found), "rules": [_told(rule, names) for rule in ranked]}


def _lines(asked: Asked, item: str) -> QuerySet[Any]:
    """The lines of sales of the days that count, with their item; postage and fees are none."""
    kinds = (Product.Kind.GOOD, Product.Kind.SERVICE)
    sold = Q(order__kind=Order.Kind.SALE, product__kind__in=kinds)
    days = Q(order__ordered_on__gte=asked.since, order__ordered_on__lte=asked.as_of)
    named = ~Q(**{item: ""}) if item != "product_id" else Q()
    found: QuerySet[Any] = (
        OrderLine.objects.filter(sold, days, named, quantity_milli__gt=0)
        .annotate(item=F(item))
        .order_by()
    )
    return found


def _rules(lines: QuerySet[Any], items: list[Any], baskets: int, least: int) -> list[Rule]:
    place = {item: number for number, item in enumerate(items)}
    pairs = np.array(
        [
            (order, place[item])
            for order, item in lines.filter(item__in=items)
            .values_list("order_id", "item")
            .iterator(chunk_size=50_000)
        ],
        dtype=np.int64,
    ).reshape(-1, 2)
    orders = np.unique(pairs[:, 0], return_inverse=True)[1]
    held = read(orders, pairs[:, 1])
    found = rules(held, Fraction(least, held.baskets), CONFIDENCE, LONGEST)
    # Baskets with none of the frequent items count as well: lift is over all of them.
    return [
        Rule(rule.condition, rule.then, baskets, rule.both, rule.of_condition, rule.of_then)
        for rule in found
    ]


def _names(level: str, items: list[Any]) -> list[str]:
    if level == "category":
        return [str(item) for item in items]
    names = dict(Product.objects.filter(pk__in=items).values_list("pk", "name"))
    return [names.get(item, str(item)) for item in items]


def _told(rule: Rule, names: list[str]) -> Json:
    return {
        "condition": [names[item] for item in rule.condition],
        "then": names[rule.then],
        "both": rule.both,
        "of_condition": rule.of_condition,
        "of_then": rule.of_then,
        "support": number(rule.support),
        "confidence": number(rule.confidence),
        "lift": number(rule.lift, 4),
        "lift_low": number(rule.lift_low, 4),
    }
