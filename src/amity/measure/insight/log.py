"""The orders as the log that analytics reads."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from django.db.models import Count, Sum
from django.db.models.functions import Coalesce

from amity.base.time import day_number, from_day_number
from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Order
from amity.kernel.interactions.queries import effective
from amity.measure.analytics.summary import Log, make_log
from amity.measure.insight.rules import main_currency

NOTHING = float("nan")


@dataclass(frozen=True, slots=True)
class OrderLog:
    """Orders of known customers, one entry an order, and what was left out.

    Amounts are minor units of `currency`; orders in another currency (`foreign` of them) are
    purchases of unknown amount. `anonymous` sales have no customer and are outside.
    """

    log: Log
    currency: str
    anonymous: int
    foreign: int
    last_day: date | None


def order_log(company_currency: str) -> OrderLog:
    """All orders, in one pass over the table."""
    anonymous = 0
    who: list[int] = []
    when: list[int] = []
    money: list[float] = []
    codes: list[str] = []
    days: dict[date, int] = {}
    for customer_id, day, net, kind, code in _rows():
        if customer_id is None:
            anonymous += 1
            continue
        amount = amount_of(net, kind)
        if amount is None:
            continue
        number = days.get(day)
        if number is None:
            number = days[day] = day_number(day)
        who.append(customer_id)
        when.append(number)
        money.append(amount)
        codes.append(code)
    currency = main_currency(codes, company_currency)
    other = np.array([code != currency for code in codes], dtype=np.bool_)
    amounts = np.where(other, np.nan, np.array(money, dtype=np.float64))
    return OrderLog(
        log=make_log(who, when, amounts),
        currency=currency,
        anonymous=anonymous,
        foreign=int(other.sum()),
        last_day=from_day_number(max(when)) if when else None,
    )


def cost_by_customer(until: date) -> dict[int, int]:
    """Recorded cost of the interactions with each customer up to a day, in minor units."""
    rows = (
        effective()
        .filter(happened_at__date__lte=until, customer__isnull=False)
        .exclude(cost_minor=0)
        .values_list(Coalesce("customer__merged_into_id", "customer_id"))
        .annotate(cost=Sum("cost_minor"))
    )
    return {int(owner): int(cost) for owner, cost in rows}


def currency_of_orders() -> str:
    """The currency of most orders of known customers, the company's own on a tie or without any."""
    counted = Order.objects.filter(customer__isnull=False).order_by().values_list("currency")
    codes: dict[str, int] = dict(counted.annotate(n=Count("pk")))
    ours = company().currency
    return max(codes, key=lambda code: (codes[code], code == ours, code)) if codes else ours


def _rows() -> Iterator[tuple[int | None, date, int | None, str, str]]:
    fields = ("customer_id", "ordered_on", "net_minor", "kind", "currency")
    return Order.objects.order_by().values_list(*fields).iterator(chunk_size=10_000)


def amount_of(net: int | None, kind: str) -> float | None:
    """Money of an entry (NaN: not known); None for a return that took no money back."""
    if kind == Order.Kind.SALE:
        return NOTHING if net is None else float(net)
    return float(net) if net is not None and net < 0 else None
