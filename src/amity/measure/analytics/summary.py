"""From a log of purchases to the customer summary that the models are fitted on.

A *purchase occasion* is a customer and a day: several orders on one day are one occasion. Returns
(negative money) reduce the money of the log and are never an occasion. A day whose net is zero or
less is an occasion without a spend observation; such days are counted.

Columns after Fader and Hardie: x is the number of repeat occasions (all but the first), t_x the
days from the first to the last occasion, T the days from the first occasion to `as_of` inclusive.
"""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from amity.measure.analytics.arrays import Bools, Floats, Ints, floats, group_starts, ints


@dataclass(frozen=True, slots=True)
class Log:
    """Purchases, one entry a line or an order; all columns have the same length.

    `customer` is a whole number per customer, `day` the days since 1970-01-01, `amount` minor
    units (negative for a return, NaN where not known; None when the log has no money), `order`
    a dense index 0..m-1 of the order that the line belongs to (None: each entry stands alone).
    """

    customer: Ints
    day: Ints
    amount: Floats | None = None
    order: Ints | None = None

    def __len__(self) -> int:
        return len(self.customer)

    def until(self, last_day: int) -> "Log":
        """The entries up to a day, inclusive."""
        return self.select(self.day <= last_day)

    def between(self, after: int, last_day: int) -> "Log":
        """The entries later than `after` and up to `last_day`, inclusive."""
        return self.select((self.day > after) & (self.day <= last_day))

    def select(self, keep: Bools) -> "Log":
        """The entries that `keep` marks."""
        return Log(
            self.customer[keep],
            self.day[keep],
            None if self.amount is None else self.amount[keep],
            None if self.order is None else self.order[keep],
        )


def make_log(
    customer: npt.ArrayLike,
    day: npt.ArrayLike,
    amount: npt.ArrayLike | None = None,
    order: npt.ArrayLike | None = None,
) -> Log:
    """A log from anything that numpy can read as columns; raises ValueError on unequal lengths."""
    log = Log(
        ints(customer),
        ints(day),
        None if amount is None else floats(amount),
        None if order is None else ints(order),
    )
    columns = (log.customer, log.day, log.amount, log.order)
    if len({len(column) for column in columns if column is not None}) > 1:
        raise ValueError("The columns of a log must have the same length.")
    return log


@dataclass(frozen=True, slots=True)
class Occasions:
    """One row per customer and day with a purchase, sorted by customer, then day.

    `net` is the day's money in minor units, returns of that day included; NaN where no amount is
    known. `entries` counts the day's purchases. `refunds` and `refund_entries` say what was taken
    back, over the whole log.
    """

    customer: Ints
    day: Ints
    net: Floats
    entries: Ints
    refunds: float
    refund_entries: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The customer summary; columns are sorted by customer, one row for each who ever bought.

    Times in days; money in minor units, NaN where not known. `spend_mean` is the mean over the
    `spend_count` repeat occasions whose net is positive. `total` is the net money of all entries,
    returns on other days included; `entries` counts the purchases (lines or orders) in the log.
    """

    as_of: int
    customer: Ints
    first_day: Ints
    last_day: Ints
    x: Ints
    t_x: Floats
    T: Floats
    spend_count: Ints
    spend_mean: Floats
    first_spend: Floats
    total: Floats
    entries: Ints
    nonpositive_days: int
    refunds: float
    refund_entries: int
    has_money: bool

    def of(self, rows: Ints) -> "Summary":
        """The summary of some of its customers; what is told of the whole log stays."""
        return replace(
            self,
            customer=self.customer[rows],
            first_day=self.first_day[rows],
            last_day=self.last_day[rows],
            x=self.x[rows],
            t_x=self.t_x[rows],
            T=self.T[rows],
            spend_count=self.spend_count[rows],
            spend_mean=self.spend_mean[rows],
            first_spend=self.first_spend[rows],
            total=self.total[rows],
            entries=self.entries[rows],
        )

    @property
    def customers(self) -> int:
        """How many customers bought at least once."""
        return len(self.customer)

    @property
    def repeaters(self) -> int:
        """How many bought on two days or more."""
        return int(np.count_nonzero(self.x))

    @property
    def purchases(self) -> int:
        """Repeat purchase occasions of all customers."""
        return int(self.x.sum())

    @property
    def span(self) -> float:
        """Days from the first purchase of anyone to `as_of`."""
        return float(self.T.max()) if self.customers else 0.0


def occasions(log: Log) -> Occasions:
    """Purchase occasions of a log: one row per customer and day with at least one purchase."""
    buys = _is_purchase(log)
    order = np.lexsort((log.day, log.customer))
    customer, day, buys = log.customer[order], log.day[order], buys[order]
    starts = _day_starts(customer, day)
    net = _sum_known(None if log.amount is None else log.amount[order], starts)
    if len(starts) == 0:
        return Occasions(customer, day, net, np.zeros(0, dtype=np.int64), 0.0, 0)
    entries = np.add.reduceat(buys.astype(np.int64), starts)
    bought = entries > 0
    back = log.amount is not None and ~_is_purchase(log)
    return Occasions(
        customer[starts][bought],
        day[starts][bought],
        net[bought],
        entries[bought],
        float(np.abs(log.amount[back]).sum()) if log.amount is not None else 0.0,
        int(np.count_nonzero(back)),
    )


def summarize(log: Log, as_of: int) -> Summary:
    """The customer summary of the purchases up to and including the day `as_of`."""
    seen = log.until(as_of)
    rows = occasions(seen)
    starts = group_starts(rows.customer)
    size = np.diff(np.append(starts, len(rows.customer))).astype(np.int64)
    first, last = rows.day[starts], rows.day[starts + size - 1]
    count, mean = _repeat_spend(rows, starts)
    customer = rows.customer[starts]
    return Summary(
        as_of=as_of,
        customer=customer,
        first_day=first,
        last_day=last,
        x=size - 1,
        t_x=(last - first).astype(np.float64),
        T=(as_of - first).astype(np.float64),
        spend_count=count,
        spend_mean=mean,
        first_spend=rows.net[starts],
        total=_total(seen, customer),
        entries=np.add.reduceat(rows.entries, starts) if len(starts) else rows.entries,
        nonpositive_days=int(np.count_nonzero(rows.net <= 0)),
        refunds=rows.refunds,
        refund_entries=rows.refund_entries,
        has_money=bool(np.isfinite(rows.net).any()),
    )


def _is_purchase(log: Log) -> Bools:
    """Entries that are not returns; an order is judged by its net, so a discount line is none."""
    if log.amount is None:
        return np.ones(len(log), dtype=np.bool_)
    known = np.nan_to_num(log.amount, nan=0.0)
    if log.order is None or len(log) == 0:
        return np.asarray(known >= 0)
    return np.asarray(np.bincount(log.order, weights=known)[log.order] >= 0)


def _day_starts(customer: Ints, day: Ints) -> Ints:
    """Where each customer-day begins in entries sorted by customer, then day."""
    if len(customer) == 0:
        return np.zeros(0, dtype=np.int64)
    new = (customer[1:] != customer[:-1]) | (day[1:] != day[:-1])
    return np.concatenate(([0], np.flatnonzero(new) + 1)).astype(np.int64)


def _sum_known(amount: Floats | None, starts: Ints) -> Floats:
    """Money per group; NaN where no entry of the group has an amount."""
    if amount is None or len(starts) == 0:
        return np.full(len(starts), np.nan)
    known = np.isfinite(amount)
    total = np.add.reduceat(np.where(known, amount, 0.0), starts)
    return np.where(np.add.reduceat(known.astype(np.int64), starts) > 0, total, np.nan)


def _repeat_spend(rows: Occasions, starts: Ints) -> tuple[Ints, Floats]:
    """Number and mean of the positive nets of each customer's repeat occasions."""
    if len(starts) == 0:
        return np.zeros(0, dtype=np.int64), np.zeros(0)
    spent = rows.net > 0
    spent[starts] = False
    count = np.add.reduceat(spent.astype(np.int64), starts)
    total = np.add.reduceat(np.where(spent, rows.net, 0.0), starts)
    mean = np.divide(total, count, out=np.full(len(starts), np.nan), where=count > 0)
    return count, mean


def _total(log: Log, customer: Ints) -> Floats:
    """Net money of every listed customer, over all entries; NaN where none is known."""
    if log.amount is None or len(customer) == 0:
        return np.full(len(customer), np.nan)
    place = np.searchsorted(customer, log.customer).clip(max=len(customer) - 1)
    known = np.isfinite(log.amount) & (customer[place] == log.customer)
    n = len(customer)
    total = np.bincount(place[known], weights=log.amount[known], minlength=n)
    return np.where(np.bincount(place[known], minlength=n) > 0, total, np.nan)
