"""The passes compiled by numba; they release the interpreter, so that threads run side by side."""

from collections.abc import Callable
from typing import Any, TypeVar

import numba
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
)
from amity.measure.analytics.kernels import plain

Function = TypeVar("Function", bound=Callable[..., Any])
STEEPEST, FLATTEST = 700.0, 300.0
SMALLEST, LARGEST = 1e-250, 1e250
PIECE = 512
NEAR = 128
"""Orders whose records are fetched ahead of their turn."""


def compiled(function: Function) -> Function:
    """The function compiled, kept on disk where the machine lets us.

    Sums may be taken in another order, nothing else is loosened.
    """
    njit: Any = numba.njit
    options = {"nogil": True, "fastmath": {"reassoc", "contract", "nsz"}}
    try:
        return njit(cache=True, **options)(function)  # type: ignore[no-any-return]  # numba has no types
    except RuntimeError:  # no folder to keep it in
        return njit(**options)(function)  # type: ignore[no-any-return]  # numba has no types


def tally(x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Ints, Ints]:
    """Customers by x and by T, one-time buyers by T, repeat purchases by T."""
    return _tally(x, T, int(x.max(initial=0)) + 1, int(T.max(initial=0)) + 1)  # type: ignore[no-any-return]  # numba has no types


@compiled
def _tally(x: AnyInts, T: AnyInts, kinds: int, days: int) -> Any:
    by_x, by_age = np.zeros(kinds, np.int64), np.zeros(days, np.int64)
    once, bought = np.zeros(days, np.int64), np.zeros(days, np.int64)
    for i in range(len(x)):
        count, day = np.int64(x[i]), np.int64(T[i])
        by_x[count] += 1
        by_age[day] += 1
        bought[day] += count
        if count == 0:
            once[day] += 1
    return by_x, by_age, once, bought


def by_count(x: AnyInts, starts: Ints, left: AnyInts, right: AnyInts) -> tuple[Int32s, Int32s]:
    """The two columns of the repeat buyers in the order of x; `starts` says where each x begins."""
    return _by_count(x, starts, left, right)  # type: ignore[no-any-return]  # numba has no types


@compiled
def _by_count(x: AnyInts, starts: Ints, left: AnyInts, right: AnyInts) -> Any:
    free = starts.copy()
    first, second = np.empty(starts[-1], np.int32), np.empty(starts[-1], np.int32)
    for i in range(len(x)):
        count = np.int64(x[i])
        if count > 0:
            place = free[count]
            free[count] = place + 1
            first[place] = left[i]
            second[place] = right[i]
    return first, second


def spent_by_count(count: AnyInts, starts: Ints, spent: AnyInts | Floats, factor: float) -> Floats:
    """What each spent, times `factor`, in the order of counts; those with a count of 0 are out."""
    return _spent_by_count(count, starts, spent, factor)  # type: ignore[no-any-return]  # numba has no types


@compiled
def _spent_by_count(count: AnyInts, starts: Ints, spent: AnyInts | Floats, factor: float) -> Any:
    free, found = starts.copy(), np.empty(starts[-1])
    for i in range(len(count)):
        n = np.int64(count[i])
        if n > 0:
            found[free[n]] = spent[i] * factor
            free[n] += 1
    return found


@compiled
def gone_sums(
    rows: RowColumns, tables: tuple[Floats, Floats], power: Floats, base: Floats
) -> Floats:
    """Per x the eleven sums of `dropout.SUMS` over its rows.

    `tables` are ln(alpha+t) and 1/(alpha+t) of every tick; u = base + power Q by x.
    """
    (starts, t_x, T), logs = rows, tables[0]
    kinds, days = len(starts) - 1, len(logs)
    found = np.zeros((kinds, 11))
    up, down, grown = np.empty(days), np.empty(days), np.empty(PIECE)
    middle = (logs[0] + logs[days - 1]) / 2.0
    reach = logs[days - 1] - logs[0]
    for x in range(kinds):
        k, c = power[x], base[x]
        # Where many share an x, the powers of the days stand in two tables.
        tabled = starts[x + 1] - starts[x] > days and c + k * reach < FLATTEST
        if tabled:
            for d in range(days):
                up[d] = np.exp(k * (logs[d] - middle) + c)
                down[d] = np.exp(-k * (logs[d] - middle))
        for low in range(starts[x], starts[x + 1], PIECE):
            size = min(PIECE, starts[x + 1] - low)
            for i in range(size):
                now, then = T[low + i], t_x[low + i]
                if tabled:
                    grown[i] = up[now] * down[then]
                else:
                    grown[i] = np.exp(min(c + k * (logs[now] - logs[then]), STEEPEST))
            _add_terms(found[x], grown[:size], t_x[low : low + size], T[low : low + size], tables)
            for i in range(size):
                grown[i] += 1.0
            found[x, 10] += _sum_of_logs(grown[:size])
    return found


@compiled
def _add_terms(
    sums: Floats, grown: Floats, t_x: Int32s, T: Int32s, tables: tuple[Floats, Floats]
) -> None:
    logs, shares = tables
    p0 = p1 = p2 = p3 = q0 = q1 = q2 = q3 = q4 = q5 = 0.0
    for i in range(len(grown)):
        now, then = T[i], t_x[i]
        quiet = logs[now] - logs[then]
        here, there = shares[now], shares[then]
        rest = 1.0 / (1.0 + grown[i])
        p = grown[i] * rest
        q = p * rest
        bend = here - there
        p0 += p
        p1 += p * quiet
        p2 += p * bend
        p3 += p * (there * there - here * here)
        q0 += q
        q1 += q * quiet
        q2 += q * bend
        q3 += q * quiet * quiet
        q4 += q * quiet * bend
        q5 += q * bend * bend
    sums[:10] += np.array((p0, p1, p2, p3, q0, q1, q2, q3, q4, q5))


@compiled
def _sum_of_logs(values: Floats) -> float:
    """Sum of ln(values): eight are multiplied before one logarithm, where that stays a number."""
    total, whole = 0.0, len(values) // 8 * 8
    for i in range(0, whole, 8):
        product = 1.0
        for j in range(8):
            product *= values[i + j]
        if SMALLEST < product < LARGEST:
            total += np.log(product)
        else:
            for j in range(8):
                total += np.log(values[i + j])
    for i in range(whole, len(values)):
        total += np.log(values[i])
    return total


@compiled
def spend_sums(starts: Ints, spent: Floats, v: float) -> Floats:
    """Per number of spends the sums of ln(S + v), 1/(S + v) and 1/(S + v)^2."""
    found = np.zeros((len(starts) - 1, 3))
    whole = np.empty(PIECE)
    for kind in range(len(starts) - 1):
        for low in range(starts[kind], starts[kind + 1], PIECE):
            size = min(PIECE, starts[kind + 1] - low)
            share = square = 0.0
            for i in range(size):
                whole[i] = spent[low + i] + v
                part = 1.0 / whole[i]
                share += part
                square += part * part
            found[kind, 0] += _sum_of_logs(whole[:size])
            found[kind, 1] += share
            found[kind, 2] += square
    return found


def pairs(x: AnyInts, T: AnyInts) -> tuple[Ints, Ints, Int32s]:
    """The distinct (x, T), and for each row the place of its own."""
    kinds, ages = int(x.max(initial=0)) + 1, int(T.max(initial=0)) + 1
    if kinds * ages > plain.DENSE:
        return plain.pairs(x, T)
    there, place = _pairs(x, T, kinds, ages)
    return there // ages, there % ages, place


@compiled
def _pairs(x: AnyInts, T: AnyInts, kinds: int, ages: int) -> Any:
    number = np.zeros(kinds * ages, np.int32)
    for i in range(len(x)):
        number[np.int64(x[i]) * ages + T[i]] = 1
    there = np.flatnonzero(number)
    for k in range(len(there)):
        number[there[k]] = k
    place = np.empty(len(x), np.int32)
    for i in range(len(x)):
        place[i] = number[np.int64(x[i]) * ages + T[i]]
    return there, place


@compiled
def score(rows: ScoredRows, law: Law, found: AnyFloats) -> None:
    """P(alive), purchases, spend of an occasion and value of each row, into the rows of `found`."""
    x, t_x, T, place, spends, spent = rows
    logs, power, base, ahead, discounted, fraction, factor = law
    a, b, c, d = fraction
    for i in range(len(x)):
        u = base[x[i]] + power[x[i]] * (logs[T[i]] - logs[t_x[i]])
        alive = 1.0 / (1.0 + np.exp(min(u, STEEPEST)))
        each = (a + b * spent[i]) / (c + d * spends[i])
        found[0, i] = alive
        found[1, i] = alive * ahead[place[i]]
        found[2, i] = each
        found[3, i] = alive * discounted[place[i]] * each * factor


def fold(records: Records, customer: AnyInts, day: AnyInts, amount: AnyInts, epoch: int) -> Ints:
    """Takes orders into the records; customers whom the records alone cannot tell any more."""
    dirty, many = _fold(records, customer, day, amount, epoch)
    return np.unique(dirty[:many])


@compiled
def _fold(records: Records, customer: AnyInts, day: AnyInts, amount: AnyInts, epoch: int) -> Any:
    dirty, many = np.empty(64, np.int64), 0
    near = np.empty(NEAR, np.uint16)
    for low in range(0, len(customer), NEAR):
        high = min(low + NEAR, len(customer))
        # Reads that wait for nothing run side by side, and bring the records into the cache.
        for i in range(low, high):
            near[i - low] = records[customer[i]].last
        for i in range(low, high):
            record = records[customer[i]]
            when, money = np.int64(day[i]) - epoch, np.int64(amount[i])
            last, x = np.int64(record.last), np.int64(record.x)
            if money >= 0 and when > last:
                if last == 0:
                    record.first = when
                else:
                    spends = np.int64(record.spends) & (plain.FLAG - 1)
                    record.x = x + 1
                    record.spends = spends + 1 + plain.FLAG if money > 0 else spends
                    record.spent += money
                record.last = when
            elif money >= 0 and when == last:
                if x > 0 and money > 0:
                    if record.spends < plain.FLAG:
                        record.spends = np.int64(record.spends) + 1 + plain.FLAG
                    record.spent += money
            else:
                if many == len(dirty):
                    longer = np.empty(2 * many, np.int64)
                    longer[:many] = dirty
                    dirty = longer
                dirty[many] = customer[i]
                many += 1
    return dirty, many
