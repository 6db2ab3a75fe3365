"""The orders as the log that analytics reads."""

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, Q, Sum
from django.db.models.functions import Coalesce

from amity.kernel.access.operations import company
from amity.kernel.commerce.models import Order
from amity.kernel.interactions.queries import effective
from amity.measure.analytics.summary import Log

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


@dataclass(frozen=True, slots=True)
class Totals:
    """Orders of known customers that count, their net in minor units of the main currency, how
    many of them are in another one, and the sales and returns of nobody known."""

    entries: int
    money: int
    foreign: int
    anonymous: int


def totals_of(currency: str) -> Totals:
    """What the orders add up to; one statement, and no row of them is read."""
    counts = Q(kind=Order.Kind.SALE) | Q(currency=currency, net_minor__lt=0)
    known = Q(customer__isnull=False) & counts
    found = Order.objects.aggregate(
        entries=Count("pk", filter=known),
        money=Sum("net_minor", filter=known & Q(currency=currency)),
        foreign=Count("pk", filter=known & ~Q(currency=currency)),
        anonymous=Count("pk", filter=Q(customer__isnull=True)),
    )
    return Totals(found["entries"], found["money"] or 0, found["foreign"], found["anonymous"])


def cost_by_customer(until: datetime) -> dict[int, int]:
    """Recorded cost of the interactions with each customer up to an instant, in minor units."""
    rows = (
        effective()
        .filter(happened_at__lte=until, customer__isnull=False)
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


def amount_of(net: int | None, kind: str) -> float | None:
    """Money of an entry (NaN: not known); None for a return that took no money back."""
    if kind == Order.Kind.SALE:
        return NOTHING if net is None else float(net)
    return float(net) if net is not None and net < 0 else None
