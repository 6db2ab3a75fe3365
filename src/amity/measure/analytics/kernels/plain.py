"""The passes in NumPy, in blocks that stay in the cache.

Nothing is multiplied by BLAS: its threads made such a pass forty times slower on a busy machine.
"""

from collections.abc import Iterator

import numpy as np

from amity.measure.analytics.arrays import (
    AnyFloats,
    AnyInts,
    Floats,
    Int32s,
    Ints,
    Law,
    Records,
    RowColumns,
    ScoredRows,
    group_starts,
    ints,
)

BLOCK = 8192
STEEPEST = 700.0
FLAG = 1 << 15  # of `spends`: the last occasion has a positive net


def tally(x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Ints, Ints]:
    """Customers by x and by T, one-time buyers by T, repeat purchases by T."""
    days = int(T.max(initial=0)) + 1
    return (
        np.bincount(x, minlength=1),
        np.bincount(T, minlength=days),
        np.bincount(T[x == 0], minlength=days),
        np.bincount(T, weights=x, minlength=days).astype(np.int64),
    )


def by_count(x: AnyInts, starts: Ints, left: AnyInts, right: AnyInts) -> tuple[Int32s, Int32s]:
    """The two columns of the repeat buyers in the order of x; `starts` says where each x begins."""
    narrow = x.astype(np.uint16) if len(starts) <= 2**16 else x  # 16 bits are sorted by radix
    order = np.argsort(narrow, kind="stable")[len(x) - int(starts[-1]) :]
    return left[order].astype(np.int32), right[order].astype(np.int32)


def spent_by_count(count: AnyInts, starts: Ints, spent: AnyInts | Floats, factor: float) -> Floats:
    """What each spent, times `factor`, in the order of counts; those with a count of 0 are out."""
    narrow = count.astype(np.uint16) if len(starts) <= 2**16 else count
    order = np.argsort(narrow, kind="stable")[len(count) - int(starts[-1]) :]
    return np.asarray(spent[order] * factor, dtype=np.float64)


def gone_sums(
    rows: RowColumns, tables: tuple[Floats, Floats], power: Floats, base: Floats
) -> Floats:
    """Per x the eleven sums of `dropout.SUMS` over its rows.

    `tables` are ln(alpha+t) and 1/(alpha+t) of every tick; u = base + power Q by x.
    """
    (starts, t_x, T), (logs, shares) = rows, tables
    found = np.zeros((len(starts) - 1, 11))
    for block, kinds, sizes, edges in _blocks(starts):
        now, then = T[block], t_x[block]
        quiet = logs.take(now) - logs.take(then)
        u = power[kinds].repeat(sizes) * quiet + base[kinds].repeat(sizes)
        terms = _terms(quiet, shares.take(now), shares.take(then), u)
        found[kinds] += np.add.reduceat(terms, edges, axis=1).T
    return found


def _terms(quiet: Floats, here: Floats, there: Floats, u: Floats) -> Floats:
    """What is summed, in the order of `dropout.SUMS`."""
    terms = np.empty((11, len(u)))
    grown = np.exp(np.minimum(u, STEEPEST))
    whole, bend = 1.0 + grown, here - there
    p = np.divide(grown, whole, out=terms[0])
    np.multiply(p, quiet, out=terms[1])
    np.multiply(p, bend, out=terms[2])
    np.multiply(terms[2], -(here + there), out=terms[3])
    q = np.divide(p, whole, out=terms[4])
    np.multiply(q, quiet, out=terms[5])
    np.multiply(q, bend, out=terms[6])
    np.multiply(terms[5], quiet, out=terms[7])
    np.multiply(terms[5], bend, out=terms[8])
    np.multiply(terms[6], bend, out=terms[9])
    np.log(whole, out=terms[10])
    return terms


def _blocks(starts: Ints) -> Iterator[tuple[slice, Ints, Ints, Ints]]:
    """Short blocks of rows that are sorted by kind; the kinds in each, how many rows each has
    there, and where in the block they begin."""
    for low in range(0, int(starts[-1]), BLOCK):
        inside = np.minimum(np.maximum(starts, low), low + BLOCK) - low
        sizes = inside[1:] - inside[:-1]
        kinds = np.flatnonzero(sizes)
        yield slice(low, low + BLOCK), kinds, sizes[kinds], inside[kinds]


def spend_sums(starts: Ints, spent: Floats, v: float) -> Floats:
    """Per number of spends the sums of ln(S + v), 1/(S + v) and 1/(S + v)^2."""
    found = np.zeros((len(starts) - 1, 3))
    for block, kinds, _, edges in _blocks(starts):
        whole = spent[block] + v
        share = 1.0 / whole
        terms = np.array((np.log(whole), share, share * share))
        found[kinds] += np.add.reduceat(terms, edges, axis=1).T
    return found


DENSE = 1 << 25
"""Pairs that may be numbered through a table of all possible ones."""


def pairs(x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Int32s]:
    """The distinct (x, T), and for each row the place of its own."""
    ages = int(T.max(initial=0)) + 1
    keys = x.astype(np.int64) * ages + T
    if (int(x.max(initial=0)) + 1) * ages > DENSE:
        found, place = np.unique(keys, return_inverse=True)
        return found // ages, found % ages, place.astype(np.int32)
    there = np.zeros((int(x.max(initial=0)) + 1) * ages, dtype=np.int32)
    there[keys] = 1
    found = np.flatnonzero(there)
    there[found] = np.arange(len(found))
    return found // ages, found % ages, there[keys]


def score(rows: ScoredRows, law: Law, found: AnyFloats) -> None:
    """P(alive), purchases, spend of an occasion and value of each row, into the rows of `found`."""
    logs, power, base, ahead, discounted, (a, b, c, d), factor = law
    for low in range(0, len(rows[0]), BLOCK):
        piece = slice(low, low + BLOCK)
        x, t_x, T, place, spends, spent = (column[piece] for column in rows)
        u = base[x] + power[x] * (logs[T] - logs[t_x])
        alive = 1.0 / (1.0 + np.exp(np.minimum(u, STEEPEST)))
        each = (a + b * spent) / (c + d * spends)
        found[0, piece], found[1, piece], found[2, piece] = alive, alive * ahead[place], each
        found[3, piece] = alive * discounted[place] * each * factor


def fold(records: Records, customer: AnyInts, day: AnyInts, amount: AnyInts, epoch: int) -> Ints:
    """Takes orders into the records; customers whom the records alone cannot tell any more."""
    order = np.lexsort((day, customer))
    who, when, money = ints(customer[order]), ints(day[order]) - epoch, ints(amount[order])
    days = group_starts(who * (int(when.max()) + 1) + when)
    net = np.add.reduceat(money, days)
    backward = np.minimum.reduceat(money, days) < 0
    who, when = who[days], when[days]
    last = ints(records["last"][who])
    backward |= when < last
    dirty = np.unique(who[backward])
    known = ~np.isin(who, dirty)
    who, when, net, last = who[known], when[known], net[known], last[known]
    _append(records, who, when, net, last)
    return dirty


def _append(records: Records, who: Ints, when: Ints, net: Ints, last: Ints) -> None:
    """Customer-days that are not before the last one; each customer's lie together, by day."""
    if len(who) == 0:
        return
    starts = group_starts(who)
    whom = who[starts]
    ends = np.append(starts[1:], len(who)) - 1
    leading = np.zeros(len(who), dtype=np.bool_)
    leading[starts] = True
    same = when == last
    record = records[whom]
    new = record["first"] == 0
    once = ~new & (record["x"] == 0)
    # Nothing is counted on the first day of all.
    counts = ~(leading & np.repeat(new, ends - starts + 1))
    counts &= ~(same & np.repeat(once, ends - starts + 1))
    spent = np.where(counts, net, 0)
    was_spent = same & np.repeat(record["spends"] >= FLAG, ends - starts + 1)
    spends = ints((spent > 0) & ~was_spent)
    occasions = np.add.reduceat(ints(~same), starts)
    flag = (spent[ends] > 0) | (was_spent[ends] & same[ends])
    record["first"] = np.where(new, when[starts], record["first"])
    record["last"] = when[ends]
    record["x"] += (occasions - new).astype(np.uint16)
    count = ints(record["spends"] & (FLAG - 1)) + np.add.reduceat(spends, starts)
    record["spends"] = count + FLAG * flag
    record["spent"] += np.add.reduceat(spent, starts)
    records[whom] = record
