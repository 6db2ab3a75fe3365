"""Bases of customers drawn by chance from a seed: those that the value models fit, and odd ones.

A log is three columns of equal length: customer (0 to n-1), day (0 is the first) and amount in
minor units. The same seed draws the same base. Tests and benchmarks draw from here.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

YEAR = 365
Columns = tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Habits:
    """How a population buys: Gamma(r, alpha days) rates, Beta(a, b) drop-out after a repeat
    purchase, Gamma-Gamma(p, q, v minor units) spends."""

    r: float = 0.2426
    alpha: float = 30.895
    a: float = 0.7929
    b: float = 2.4259
    p: float = 6.25
    q: float = 3.74
    v: float = 1544.0


CDNOW = Habits()
"""The published parameters of the CDNOW sample."""
HEAVY = Habits(r=0.9, alpha=34.6, a=0.6, b=5.5)
"""A base that buys about nine times in two years."""


def buyers(
    customers: int, seed: int, habits: Habits = CDNOW, *, acquired: int = YEAR, days: int = 2 * YEAR
) -> Columns:
    """Customers won evenly over the first `acquired` days, observed to day `days` inclusive."""
    rng = np.random.default_rng(seed)
    rate = np.maximum(rng.gamma(habits.r, 1.0 / habits.alpha, customers), 1e-12)
    leaves = rng.beta(habits.a, habits.b, customers)
    scale = rng.gamma(habits.q, 1.0 / habits.v, customers)
    who, time = np.arange(customers), rng.uniform(0, acquired, customers)
    rows: list[Columns] = []
    first = True
    while len(who):
        amount = np.maximum(rng.gamma(habits.p, 1.0, len(who)) / scale[who], 1.0)
        rows.append((who, time.astype(np.int64), np.minimum(amount, 1e9).astype(np.int64)))
        stays = np.ones(len(who), dtype=np.bool_) if first else rng.random(len(who)) >= leaves[who]
        who, time, first = who[stays], time[stays], False
        time = time + rng.exponential(1.0, len(who)) / rate[who]
        seen = time < days + 1
        who, time = who[seen], time[seen]
    return joined(rows)


def joined(rows: list[Columns]) -> Columns:
    """Several logs as one, in the order of days."""
    who, day, amount = (np.concatenate(column) for column in zip(*rows, strict=True))
    order = np.argsort(day, kind="stable")
    return who[order], day[order], amount[order]


def beside(*bases: Columns) -> Columns:
    """Several bases as one; each has its own customers."""
    rows, taken = [], 0
    for who, day, amount in bases:
        rows.append((who + taken, day, amount))
        taken += int(who.max(initial=-1)) + 1
    return joined(rows)


def regular(customers: int, seed: int, every: int, days: int, spread: float = 0.0) -> Columns:
    """Everybody buys every so many days, give or take a share `spread` of them."""
    rng = np.random.default_rng(seed)
    times = days // every + 1
    gaps = every * np.maximum(1.0 + spread * rng.standard_normal((customers, times)), 0.05)
    time = (rng.uniform(0, every, (customers, 1)) + np.cumsum(gaps, axis=1) - gaps[:, :1]).ravel()
    who = np.repeat(np.arange(customers), times)
    seen = time <= days
    return joined([(who[seen], time[seen].astype(np.int64), _amounts(rng, int(seen.sum())))])


def by_habit(customers: int, seed: int, k: int, days: int) -> Columns:
    """Buyers with Erlang-k gaps who leave after a purchase, first ones over half a year."""
    rng = np.random.default_rng(seed)
    who: list[int] = []
    when: list[int] = []
    for customer in range(customers):
        rate, leaves = rng.gamma(2.0, 1 / 20.0), rng.beta(1.0, 6.0)
        day = rng.uniform(0, 180)
        while day < days:
            who.append(customer)
            when.append(int(day))
            if rng.random() < leaves:
                break
            day += rng.gamma(k, 1 / rate)
    day_of = np.array(when, dtype=np.int64)
    return joined([(np.array(who, dtype=np.int64), day_of, _amounts(rng, len(who)))])


def hardly_any_repeats(customers: int = 3000, seed: int = 1, repeaters: int = 35) -> Columns:
    """All buy once, a few of them twice."""
    rng = np.random.default_rng(seed)
    first = rng.integers(0, 700, customers)
    again = rng.choice(customers, repeaters, replace=False)
    who = np.concatenate((np.arange(customers), again))
    day = np.concatenate((first, np.minimum(first[again] + rng.integers(1, 200, repeaters), 729)))
    return joined([(who, day, _amounts(rng, len(who)))])


def one_huge_buyer(customers: int = 2000, seed: int = 2) -> Columns:
    """A plain base, and one who buys on every day for a thousand times as much."""
    days = np.arange(2 * YEAR)
    giant = np.zeros(len(days), dtype=np.int64), days, np.full(len(days), 5_000_000)
    return beside(buyers(customers, seed), giant)


def two_days(customers: int = 500, seed: int = 3) -> Columns:
    """The shop opened yesterday."""
    rng = np.random.default_rng(seed)
    who, day = rng.integers(0, customers, 2 * customers), rng.integers(0, 2, 2 * customers)
    return joined([(who, day, _amounts(rng, len(who)))])


def mixture(customers: int = 1500, seed: int = 4) -> Columns:
    """Weekly subscribers by habit, one-time gift buyers and a plain base: no one model fits."""
    return beside(
        regular(customers // 5, seed, 7, 2 * YEAR, 0.1),
        hardly_any_repeats(customers // 2, seed, 5),
        buyers(customers, seed),
    )


def all_refunded(customers: int = 800, seed: int = 5) -> Columns:
    """Everything that was bought came back on the next day."""
    who, day, amount = buyers(customers, seed)
    return joined([(who, day, amount), (who, day + 1, -amount)])


def no_money(customers: int = 800, seed: int = 6) -> Columns:
    """Free samples and corrections: spends of zero and below among the rest."""
    who, day, amount = buyers(customers, seed)
    rng = np.random.default_rng(seed)
    return who, day, np.where(rng.random(len(who)) < 0.5, rng.integers(-500, 1, len(who)), amount)


ODD: dict[str, Callable[[], Columns]] = {
    "hardly any repeats": hardly_any_repeats,
    "everyone regular": lambda: regular(400, 7, 14, 2 * YEAR),
    "nearly regular": lambda: regular(400, 8, 14, 2 * YEAR, 0.15),
    "one huge buyer": one_huge_buyer,
    "two days": two_days,
    "mixture": mixture,
    "all refunded": all_refunded,
    "zero and negative spend": no_money,
    "nobody leaves": lambda: buyers(1500, 9, Habits(a=1e-6, b=1e3)),
    "all leave alike": lambda: buyers(800, 10, Habits(a=500.0, b=2000.0)),
    "a tiny segment": lambda: buyers(12, 11, HEAVY),
    "everyone daily": lambda: regular(60, 12, 1, 90),
}
"""Bases on which a fit must end in a verdict, and never in an exception or a NaN."""


def _amounts(rng: np.random.Generator, rows: int) -> npt.NDArray[np.int64]:
    return rng.integers(100, 9000, rows)
