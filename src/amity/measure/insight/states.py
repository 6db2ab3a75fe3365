"""The running state of customer value in the database: a projection of the orders.

The log tells whose orders changed; those customers are made anew from their orders, all others
stay as they are. So a late, repeated or corrected order, a return and a merge end in the same state
as a rebuild, which `amity check` compares. The measurement reads the states and no order.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import numpy as np
from django.db import connection, transaction
from django.db.models import Max, Q
from django.db.models.functions import Coalesce

from amity.base.time import day_number, from_day_number
from amity.kernel.commerce.models import Order
from amity.kernel.customers.models import CustomerMerge
from amity.kernel.hooks.checks import Finding
from amity.kernel.interactions.models import Interaction
from amity.measure.analytics.running import packed, tallied, unpacked
from amity.measure.analytics.summary import Log, make_log
from amity.measure.insight.log import (
    OrderLog,
    Totals,
    amount_of,
    currency_of_orders,
    totals_of,
)
from amity.measure.insight.models import StateCursor, ValueState

KINDS = ("commerce.ordered", "commerce.returned", "commerce.canceled")
OVERLAP = 10_000
"""Rows of the log that are looked at again: on PostgreSQL a lower id may be committed later."""
CHUNK = 2_000
TALLY = ("first_day", "last_day", "repeats", "spends", "last_spent", "spent_minor")
FIELDS = (*TALLY, "entries")
NEVER_BOUGHT = (None, None, 0, 0, False, 0)
State = tuple[Any, ...]  # in the order of FIELDS


def order_log(*, at: datetime) -> OrderLog:
    """What all orders of known customers tell, from the running state, brought up to them first.

    One row a customer is read, and of the orders their sums alone: where the states do not add up
    to those, something changed orders without telling the log, and all states are made anew.
    """
    for rebuild in (False, True):
        refresh_states(at=at, rebuild=rebuild)
        currency = StateCursor.objects.get(pk=1).currency
        log, totals = _log_of_states(), totals_of(currency)
        if _adds_up(log, totals):
            break
    last = int(log.day.max()) if len(log) else None
    return OrderLog(
        log=log,
        currency=currency,
        anonymous=totals.anonymous,
        foreign=totals.foreign,
        last_day=None if last is None else from_day_number(last),
    )


def _log_of_states() -> Log:
    customers: list[int] = []
    pieces: list[bytes] = []
    rows = ValueState.objects.order_by().values_list("customer_id", "entries")
    for customer, entries in rows.iterator(chunk_size=10_000):
        customers.append(customer)
        pieces.append(bytes(entries))
    return unpacked(customers, pieces)


def _adds_up(log: Log, totals: Totals) -> bool:
    money = 0.0 if log.amount is None else float(np.nansum(log.amount))
    return len(log) == totals.entries and round(money) == totals.money


def refresh_states(*, at: datetime, rebuild: bool = False) -> int:
    """Brings the states up to the log; how many customers were made anew.

    With `rebuild`, the first time, and when most orders are in another currency than before, all.
    Customers are written in pieces, each its own transaction, and the cursor last: a stop in
    between is mended by the next run, and nobody waits long for the database.
    """
    cursor, _ = StateCursor.objects.get_or_create(pk=1)
    currency = currency_of_orders()
    newest = Interaction.objects.aggregate(newest=Max("pk"))["newest"] or 0
    if rebuild or cursor.refreshed_at is None or cursor.currency != currency:
        StateCursor.objects.filter(pk=1).update(refreshed_at=None, currency=currency)
        customers = sorted(
            _buyers() | set(ValueState.objects.values_list("customer_id", flat=True))
        )
    else:
        customers = sorted(_changed(cursor, _overlap()))
    for some in _chunks(customers):
        _write(some, currency)
    StateCursor.objects.filter(pk=1).update(through=newest, refreshed_at=at)
    return len(customers)


def _overlap() -> int:
    """Rows of the log to look at again; SQLite has one writer, who commits in the order of ids."""
    return OVERLAP if connection.vendor == "postgresql" else 0


def _buyers() -> set[int]:
    orders = Order.objects.filter(customer__isnull=False).order_by()
    return set(orders.values_list("customer_id", flat=True).distinct())


def _known() -> set[int]:
    return set(ValueState.objects.values_list("customer_id", flat=True))


def states_equal_a_rebuild() -> Iterable[Finding]:
    """I12: each state is what the customer's orders say; those with news since are left out."""
    cursor = StateCursor.objects.filter(pk=1, refreshed_at__isnull=False).first()
    if cursor is None:
        return
    news = _changed(cursor, 0)
    everyone = _buyers() | _known()
    wrong = 0
    for some in _chunks(sorted(everyone - news)):
        rows = ValueState.objects.filter(customer_id__in=some).values_list("customer_id", *FIELDS)
        kept = {customer: (*tally, bytes(own)) for customer, *tally, own in rows}
        made = dict(_made(some, cursor.currency))
        wrong += sum(kept.get(one) != made.get(one) for one in some)
    if wrong:
        yield Finding(
            "I12",
            f"The running state of {wrong} customers is not what their orders say.",
            "Run `amity states --rebuild`; they are made from the orders.",
        )


def _changed(cursor: StateCursor, overlap: int) -> set[int]:
    """Customers whose orders changed since, by the log and by merges."""
    told = Interaction.objects.filter(
        pk__gt=cursor.through - overlap, kind__in=KINDS, customer__isnull=False
    ).order_by()
    owner = Coalesce("customer__merged_into_id", "customer_id")
    found = set(told.annotate(owner=owner).values_list("owner", flat=True).distinct())
    since = Q(at__gte=cursor.refreshed_at) | Q(undone_at__gte=cursor.refreshed_at)
    merges = CustomerMerge.objects.filter(since).values_list("survivor_id", "absorbed_id")
    return found.union(*merges)


@transaction.atomic
def _write(customers: list[int], currency: str) -> None:
    # Whoever writes last has read last: two refreshes at once wait for each other here.
    StateCursor.objects.select_for_update().get(pk=1)
    rows = [
        ValueState(customer_id=customer, **dict(zip(FIELDS, state, strict=True)))
        for customer, state in _made(customers, currency)
    ]
    bought = {row.customer_id for row in rows}
    gone = [customer for customer in customers if customer not in bought]
    ValueState.objects.filter(customer_id__in=gone).delete()
    ValueState.objects.bulk_create(
        rows, update_conflicts=True, unique_fields=["customer"], update_fields=list(FIELDS)
    )


def _made(customers: list[int], currency: str) -> Iterator[tuple[int, State]]:
    """The states of those of the customers who have orders that count, from these."""
    orders = Order.objects.filter(customer_id__in=customers).order_by()
    entries = [
        (customer, day_number(day), amount)
        for customer, day, net, kind, code in orders.values_list(
            "customer_id", "ordered_on", "net_minor", "kind", "currency"
        )
        if (amount := amount_of(net if code == currency else None, kind)) is not None
    ]
    if not entries:
        return
    log = make_log(*zip(*entries, strict=True))
    tallies = _tallies(log)
    for customer, own in packed(log):
        yield customer, (*tallies.get(customer, NEVER_BOUGHT), own)


def _tallies(log: Log) -> dict[int, tuple[Any, ...]]:
    """The columns of TALLY of each customer of a log who bought."""
    found = tallied(log)
    columns = (found.first, found.last, found.x, found.spends, found.last_spent, found.spent)
    rows = zip(*(column.tolist() for column in columns), strict=True)
    return dict(zip(found.customer.tolist(), rows, strict=True))


def _chunks(customers: list[int]) -> Iterator[list[int]]:
    for start in range(0, len(customers), CHUNK):
        yield customers[start : start + CHUNK]
