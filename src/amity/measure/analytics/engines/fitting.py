"""Fits of customers who stay where they lie: an engine maps and adds up, the climb is here.

The summary is made once and kept in the engine, in as many parts as it likes; on a cluster each
worker holds its own. A Newton step sends the parameters and gets back one row for each number of
purchases, so no step needs all customers in one place. The statements stand in `sql/fits`.
"""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics import gamma_gamma
from amity.measure.analytics.arrays import AnyInts, Floats, Int32s, Ints, floats, ints
from amity.measure.analytics.base import Base, Columns, Rows
from amity.measure.analytics.engines import Engine
from amity.measure.analytics.verdict import (
    RANKED,
    PurchaseFit,
    Spenders,
    SpendFit,
    fit_purchases,
    fit_spend,
)

SUMS = ("p", "p_q", "p_b", "p_d", "v", "v_q", "v_b", "v_qq", "v_qb", "v_bb", "gone")


@dataclass(frozen=True, slots=True)
class FarRows:
    """Repeat buyers in an engine that keeps `cells` and `summary`; times in days."""

    engine: Engine
    buyers: int

    def __len__(self) -> int:
        return self.buyers

    def sums(self, point: Floats, s: int, times: Floats) -> Floats:
        """Per x the eleven sums of `dropout.SUMS`, shape (x, 11)."""
        r, alpha, a, b = (float(value) for value in point)
        answer = self.engine.ask("fits/purchase_sums", r=r, alpha=alpha, a=a, b=b, s=s)
        columns = np.column_stack([answer[name].to_numpy() for name in SUMS])
        return _at(answer["x"].to_numpy(), columns)

    def thinned(self, every: int) -> Rows:
        """Those whose number `every` divides, brought here."""
        answer = self.engine.ask("fits/purchase_sample", every=every)
        t_x, T = (_narrow(answer[name].to_numpy()) for name in ("t_x", "T"))
        return Rows(_starts(answer["x"].to_numpy()), t_x, T)


@dataclass(frozen=True, slots=True)
class FarSpends:
    """What repeat buyers spent, times `factor`, in an engine that keeps `summary`."""

    engine: Engine
    factor: float

    @property
    def by_count(self) -> Floats:
        """Customers by number of spends."""
        answer = self.engine.ask("fits/spend_sums", factor=self.factor, v=0.0)
        return _at(answer["n"].to_numpy(), floats(answer["customers"].to_numpy()))

    def sums(self, v: float) -> Floats:
        """Per number of spends the sums of ln(S + v), 1/(S + v) and 1/(S + v)^2."""
        answer = self.engine.ask("fits/spend_sums", factor=self.factor, v=v)
        columns = [answer[name].to_numpy() for name in ("logs", "shares", "squares")]
        return _at(answer["n"].to_numpy(), np.column_stack(columns))

    def thinned(self, every: int) -> gamma_gamma.SpendRows:
        """Those whose number `every` divides, brought here."""
        some = _spenders(self.engine, every)
        return gamma_gamma.SpendRows(_starts(some.spends), floats(some.spent) * self.factor)


def fit_in(
    engine: Engine, as_of: int, asked: str = "BG/NBD"
) -> tuple[PurchaseFit, SpendFit | None]:
    """Both fits, with their verdicts, of the orders that the engine's tables tell up to a day.

    `as_of` counts from 1970-01-01, inclusive; times in days, money in minor units. The fits are
    those of the same summary in this process, to rounding.
    """
    engine.keep("summary", "customer_summary", as_of=as_of)
    engine.keep("cells", "fits/purchase_cells")
    return fit_purchases(base_in(engine), asked), fit_spend(spenders_in(engine))


def base_in(engine: Engine) -> Base:
    """The base of the kept summary: the counts are here, the rows of repeat buyers stay there."""
    answer = engine.ask("fits/purchase_counts")
    x, T, customers = (ints(answer[name].to_numpy()) for name in ("x", "T", "customers"))
    days = int(T.max(initial=0)) + 1

    def by_age(weight: Ints) -> Floats:
        return floats(np.bincount(T, weights=weight, minlength=days))

    return Base(
        step=1.0,
        by_x=floats(np.bincount(x, weights=customers, minlength=1)),
        by_age=by_age(customers),
        once_by_age=by_age(np.where(x == 0, customers, 0)),
        bought_by_age=by_age(x * customers),
        parts=(FarRows(engine, int(customers[x > 0].sum())),),
    )


def spenders_in(engine: Engine) -> Spenders:
    """The spenders of the kept summary; a sample is brought here, the others stay there."""
    (told,) = engine.ask("fits/spend_totals").to_pylist()
    mean = told["spent"] / max(told["spends"], 1)
    return Spenders(
        customers=told["spenders"],
        dropped=told["repeaters"] - told["spenders"],
        mean=mean,
        some=_spenders(engine, max(told["spenders"] // RANKED, 1)),
        first=np.zeros(0),
        climb=lambda: gamma_gamma.climb(
            gamma_gamma.gathered([FarSpends(engine, 1.0 / mean)]), mean
        ),
    )


def _spenders(engine: Engine, every: int) -> Columns:
    answer = engine.ask("fits/spend_sample", every=every)
    names = ("x", "t_x", "T", "spend_count", "spend_sum")
    return Columns(*(ints(answer[name].to_numpy()) for name in names))


def _at(places: AnyInts, rows: Floats) -> Floats:
    """The rows in their places, zeros between."""
    found = np.zeros((int(places.max(initial=0)) + 1, *rows.shape[1:]))
    found[places] = rows
    return found


def _starts(kinds: AnyInts) -> Ints:
    """Where each kind begins in a sorted column."""
    return np.concatenate(([0], np.cumsum(np.bincount(kinds, minlength=1)))).astype(np.int64)


def _narrow(column: AnyInts) -> Int32s:
    return column.astype(np.int32)
