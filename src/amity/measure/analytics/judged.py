"""Verdicts on the models that stand beside the usual one: Pareto/NBD, MBG/CNBD-k and BG/BB.

They have no fallback of their own: where the verdict is not `ok`, do not forecast by them.
"""

from dataclasses import dataclass
from typing import Generic, TypeVar

import numpy as np

from amity.measure.analytics import bgbb, erlang, nbd, pareto
from amity.measure.analytics.arrays import Bools, Floats, floats
from amity.measure.analytics.base import Base, base_of
from amity.measure.analytics.bgbb import BgBb, Opportunities
from amity.measure.analytics.erlang import Habits
from amity.measure.analytics.newton import Optimum
from amity.measure.analytics.pareto import ParetoNbd
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.verdict import (
    MEMORY,
    NEEDED_REPEATERS,
    NO_DROPOUT,
    Verdict,
    lacking,
    named,
    named_errors,
)

NEEDED_OPPORTUNITIES = 3
SAMPLE = 20_000
"""Repeat buyers, at most some, on whom habits are fitted; of more every so-many-th is taken."""
M = TypeVar("M", ParetoNbd, Habits, BgBb)


@dataclass(frozen=True, slots=True)
class Judged(Generic[M]):
    """A fitted model and how far it can be trusted; `model` is None where nothing was fitted.

    `covariance` is that of its parameters, in the model's unit of time; None where not estimable.
    """

    model: M | None
    verdict: Verdict
    reason: str
    log_likelihood: float | None
    covariance: Floats | None

    def parameters(self) -> dict[str, float]:
        """Fitted parameters by name."""
        return named(self.model) if self.model is not None else {}

    def standard_errors(self) -> dict[str, float]:
        """Standard errors by name; empty where they cannot be estimated."""
        return named_errors(self.model, self.covariance) if self.model is not None else {}


def fit_pareto(data: Summary | Base) -> Judged[ParetoNbd]:
    """Fit Pareto/NBD to a summary or base in days; has an answer for every base."""
    base = base_of(data) if isinstance(data, Summary) else data
    if few := lacking(base):
        return _nothing(few)
    found = pareto.fit(base)
    model = ParetoNbd.at(found.point)
    plain = nbd.timing_log_likelihood(nbd.Nbd.at(nbd.fit(base).point), base)
    some = base.by_age > 0
    past = float(base.by_age[some] @ model.new_customer(base.times()[some]))
    if found.value - plain < NO_DROPOUT:
        wrong = "The log shows no sign of customers leaving, so drop-out cannot be estimated."
    else:
        wrong = _wrong(found, past, base.purchases)
    return _judged(model, found, wrong, past, base.purchases)


def fit_habits(data: Summary | Base, k: int) -> Judged[Habits]:
    """Fit MBG/CNBD-k to a summary or base in days; has an answer for every base.

    `k` is known beforehand, as `erlang` of the regularity of a log.
    """
    base = base_of(data) if isinstance(data, Summary) else data
    if few := lacking(base):
        return _nothing(few)
    every = base.rows // SAMPLE
    some = base.thinned(every) if every > 1 else base
    found = erlang.fit(some, k)
    model = Habits.at(found.point, k)
    ages = np.flatnonzero(base.by_age)
    past = float(base.by_age[ages] @ model.new_customer(base.times()[ages]))
    return _judged(model, found, _wrong(found, past, base.purchases), past, base.purchases)


def fit_opportunities(rows: Opportunities) -> Judged[BgBb]:
    """Fit BG/BB to counts of customers by x, t_x and n; has an answer for every base."""
    buyers, most = float(rows.customers[rows.x > 0].sum()), int(rows.n.max(initial=0))
    if buyers < NEEDED_REPEATERS:
        return _nothing(f"Not enough data yet: needs {NEEDED_REPEATERS} buyers, has {buyers:.0f}.")
    if most < NEEDED_OPPORTUNITIES:
        return _nothing(
            f"Not enough data yet: needs {NEEDED_OPPORTUNITIES} opportunities, has {most}."
        )
    found = bgbb.fit(rows)
    model = BgBb.at(found.point)
    ahead = np.concatenate([[0.0], np.cumsum(model.new_customer(most))])
    past = float(rows.customers @ ahead[rows.n.astype(np.int64)])
    made = float(rows.customers @ rows.x)
    return _judged(model, found, _wrong(found, past, made), past, made)


def opportunities_of(history: Bools) -> Opportunities:
    """Counts from who bought when: one row a customer, one column an opportunity, in their order.

    All customers had all opportunities; the first one that is counted comes after the purchase that
    made them customers.
    """
    x, t_x = recency(history)
    keys, customers = np.unique(np.column_stack([x, t_x]), axis=0, return_counts=True)
    n = np.full(len(keys), float(history.shape[1]))
    return Opportunities(floats(keys[:, 0]), floats(keys[:, 1]), n, floats(customers))


def recency(history: Bools) -> tuple[Floats, Floats]:
    """x and t_x of each customer."""
    when = np.arange(1, history.shape[1] + 1)
    return floats(history.sum(axis=1)), floats((history * when).max(axis=1, initial=0))


def _wrong(found: Optimum, past: float, made: float) -> str:
    """Why a fit is not believed, in words; empty when it is."""
    if not found.converged or found.at_guard.any():
        return "The parameters run away: the data do not tell them."
    if found.covariance() is None:
        return "The likelihood is flat at its top: the data do not tell the parameters."
    if not made / MEMORY <= past <= made * MEMORY:
        return (
            f"The model does not reproduce the past: it expects {past:,.0f} purchases, "
            f"{made:,.0f} were made."
        )
    return ""


def _judged(model: M, found: Optimum, wrong: str, past: float, made: float) -> Judged[M]:
    fits = f"{model.name} fits: it expects {past:,.0f} purchases in the past, {made:,.0f} made."
    verdict = Verdict.DEGENERATE if wrong else Verdict.OK
    return Judged(model, verdict, wrong or fits, found.value, found.covariance())


def _nothing(reason: str) -> Judged[M]:
    return Judged(None, Verdict.NOT_ENOUGH_DATA, reason, None, None)
