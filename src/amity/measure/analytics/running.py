"""The running state: what the models need of a customer, in 16 bytes, kept as orders come in.

It is a projection of the log of orders. An order of today costs a few nanoseconds; what the
record alone cannot absorb (a return, a day earlier than the last) makes a customer dirty, and she
is made anew from her own orders. Rebuilding all from the log gives the same records.

A record has no past. Who needs one (a back-test, cohorts, the groups of last quarter) keeps each
customer's entries beside it, packed in 12 bytes each, and gets the log of any day from them.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amity.measure.analytics.arrays import Bools, Floats, Ints, Records, group_starts, ints
from amity.measure.analytics.base import Base, Columns, base_of_columns
from amity.measure.analytics.kernels import kernels_for
from amity.measure.analytics.summary import Log, occasions

RECORD = np.dtype(
    [("first", "<u2"), ("last", "<u2"), ("x", "<u2"), ("spends", "<u2"), ("spent", "<i8")]
)
"""`first` and `last` day, counted from 1 (0: never bought); `x` repeat occasions; `spends` of them
with a positive net, its highest bit telling whether the last one is; `spent` on them in all."""
ENTRY = np.dtype([("day", "<i4"), ("amount", "<f8")])
"""A packed entry of the log: days since 1970-01-01; minor units, NaN where not known."""
LAST_SPENT = np.uint16(1 << 15)
LONGEST = 2**16 - 2


@dataclass(slots=True)
class Running:
    """Records of customers 0 to n-1; money in minor units.

    `epoch` is the day before the first one that can be told (days since 1970-01-01); `through` the
    highest number of the log's entries that are in the records, -1 for none.
    """

    epoch: int
    records: Records
    through: int = -1

    def __len__(self) -> int:
        return len(self.records)

    def fold(
        self,
        customer: npt.NDArray[np.integer[npt.NBitBase]],
        day: npt.NDArray[np.integer[npt.NBitBase]],
        amount: npt.NDArray[np.integer[npt.NBitBase]],
        numbers: Ints | None = None,
    ) -> Ints:
        """Takes in orders, in any order; the customers that are to be made anew by `mend`.

        `numbers` are those of the entries in an append-only log: what is delivered twice is then
        taken once. Amounts are whole minor units, 0 where not known, negative for a return.

        Raises:
            ValueError: a customer or a day is outside of what the state can hold.
        """
        if numbers is not None and len(numbers):
            fresh = numbers > self.through
            customer, day, amount = customer[fresh], day[fresh], amount[fresh]
            self.through = max(self.through, int(numbers.max()))
        if len(customer) == 0:
            return np.zeros(0, dtype=np.int64)
        if int(customer.min()) < 0 or int(customer.max()) >= len(self.records):
            raise ValueError("The state has no place for a customer; make it longer first.")
        if int(day.min()) <= self.epoch or int(day.max()) > self.epoch + LONGEST:
            raise ValueError("A day lies outside of what the state can hold.")
        kernels = kernels_for(max(len(customer), len(self.records) // 16))
        return kernels.fold(self.records, customer, day, amount, self.epoch)

    def mend(self, customers: Ints, log: Log) -> None:
        """Makes customers anew from all their orders; `log` may hold orders of others too."""
        self.records[customers] = rebuild(log, self.epoch, len(self.records))[customers]

    def columns(self, as_of: int) -> Columns:
        """What the models read, of those who ever bought; T to the day `as_of`, inclusive.

        Raises:
            ValueError: somebody bought later than `as_of`.
        """
        rows = self.records
        if not rows["first"].all():
            rows = rows[rows["first"] > 0]
        until = as_of - self.epoch
        if int(rows["last"].max(initial=0)) > until:
            raise ValueError("The state tells of later days; a state has no past of its own.")
        first = rows["first"]
        return Columns(
            x=rows["x"],
            t_x=rows["last"] - first,
            T=(np.uint16(until) - first).astype(np.uint16),
            spends=rows["spends"] & (LAST_SPENT - np.uint16(1)),
            spent=rows["spent"],
        )

    def base(self, as_of: int) -> Base:
        """What a purchase model is fitted on, in days."""
        return base_of_columns(self.columns(as_of))


def empty(customers: int, epoch: int) -> Running:
    """A state in which nobody bought yet."""
    return Running(epoch, np.zeros(customers, dtype=RECORD))


@dataclass(frozen=True, slots=True)
class Tally:
    """What a record tells, one row for each who ever bought; days as in the log."""

    customer: Ints
    first: Ints
    last: Ints
    x: Ints
    spends: Ints
    last_spent: Bools
    spent: Ints


def tallied(log: Log) -> Tally:
    """The state of each customer of a log, from the log alone."""
    rows = occasions(log)
    starts = group_starts(rows.customer)
    ends = np.append(starts[1:], len(rows.customer)) - 1 if len(starts) else starts
    spent: Floats = np.where(rows.net > 0, rows.net, 0.0)
    spent[starts] = 0.0
    counted = ints(spent > 0)
    sums = [np.add.reduceat(column, starts) if len(starts) else column
            for column in (counted, spent)]  # fmt: skip
    return Tally(
        customer=rows.customer[starts],
        first=rows.day[starts],
        last=rows.day[ends],
        x=ends - starts,
        spends=ints(sums[0]),
        last_spent=counted[ends] > 0,
        spent=ints(np.round(sums[1])),
    )


def rebuild(log: Log, epoch: int, customers: int) -> Records:
    """The records from the log alone: what the running state must equal.

    Raises:
        ValueError: a day is outside of what the state can hold.
    """
    records = np.zeros(customers, dtype=RECORD)
    found = tallied(log)
    if len(found.customer) == 0:
        return records
    if int(found.first.min()) <= epoch or int(found.last.max()) > epoch + LONGEST:
        raise ValueError("A day lies outside of what the state can hold.")
    who = found.customer
    records["first"][who] = found.first - epoch
    records["last"][who] = found.last - epoch
    records["x"][who] = found.x
    records["spends"][who] = found.spends + found.last_spent * int(LAST_SPENT)
    records["spent"][who] = found.spent
    return records


def packed(log: Log) -> Iterator[tuple[int, bytes]]:
    """Each customer of a log with all her entries as bytes, by day; the same whatever their order.

    Raises:
        ValueError: the log has no money at all (amounts that are not known are NaN).
    """
    if log.amount is None:
        raise ValueError("Packed entries have an amount each, NaN where it is not known.")
    order = np.lexsort((log.amount, log.day, log.customer))
    customer = log.customer[order]
    entries = np.empty(len(log), dtype=ENTRY)
    entries["day"], entries["amount"] = log.day[order], log.amount[order]
    starts = group_starts(customer)
    ends = [*starts[1:].tolist(), len(log)]
    for start, end in zip(starts.tolist(), ends, strict=False):
        yield int(customer[start]), entries[start:end].tobytes()


def unpacked(customers: Sequence[int], pieces: Sequence[bytes]) -> Log:
    """The log that the customers' packed entries tell; the reverse of `packed`."""
    entries = np.frombuffer(b"".join(pieces), dtype=ENTRY)
    sizes = [len(piece) // ENTRY.itemsize for piece in pieces]
    return Log(
        np.repeat(ints(customers), ints(sizes)),
        entries["day"].astype(np.int64),
        entries["amount"].astype(np.float64),
    )
