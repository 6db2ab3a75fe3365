"""Fits that say how far they can be trusted, and what stands in when they cannot.

A real shop's log often lets BG/NBD run away (a to 0 and b to infinity: nobody seems to leave;
r to infinity: all are alike). Such a fit is answered `degenerate`, too small a base `not enough
data`, and the forecasts come from NBD without drop-out, each customer shrunk to the base.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

import numpy as np

from amity.measure.analytics import bgnbd, gamma_gamma, mbgnbd, nbd
from amity.measure.analytics.arrays import Floats, average_ranks, floats
from amity.measure.analytics.base import Base, Columns, base_of, columns_of
from amity.measure.analytics.newton import Optimum
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.units import days_of

NEEDED_REPEATERS = 30
NEEDED_DAYS = 28
MEMORY = 1.25
"""A fit whose own expectation of the past is off by more than this factor is not believed."""
NO_DROPOUT = 1.35
"""Half the 95 % point of the likelihood ratio for one parameter at its border (2.71)."""
CORRELATED = 0.3
HUGE = 20.0
RANKED = 100_000
"""Repeat buyers, at least, whose ranks are compared; of more every so-many-th is taken."""

Model = bgnbd.BgNbd | mbgnbd.MbgNbd | nbd.Nbd
SpendModel = gamma_gamma.GammaGamma | gamma_gamma.ShrunkMean


class Verdict(StrEnum):
    """How a fit ended."""

    OK = "ok"
    DEGENERATE = "degenerate"
    NOT_ENOUGH_DATA = "not enough data"


class Parametric(Protocol):
    """What all models answer about their parameters."""

    @property
    def parameters(self) -> tuple[str, ...]: ...

    def vector(self) -> Floats: ...


@dataclass(frozen=True, slots=True)
class PurchaseFit:
    """A purchase model ready to forecast (`model`), and the verdict on the one asked for.

    `asked` names the model asked for; `fallback` the one that stands in (None when `ok`).
    `covariance` is that of the model's parameters, in `model.unit`; None where not estimable.
    """

    model: Model
    asked: str
    verdict: Verdict
    reason: str
    fallback: str | None
    log_likelihood: float
    covariance: Floats | None
    customers: int
    repeaters: int
    purchases: int

    @property
    def unit(self) -> str:
        """The unit of time of the parameters."""
        return self.model.unit

    def parameters(self) -> dict[str, float]:
        """Fitted parameters by name."""
        return named(self.model)

    def standard_errors(self) -> dict[str, float]:
        """Standard errors by name; empty where they cannot be estimated."""
        return named_errors(self.model, self.covariance)

    def per(self, unit: str) -> "PurchaseFit":
        """The same fit with time counted in another unit (alpha and the likelihood change)."""
        ratio = days_of(self.model.unit) / days_of(unit)
        scale = np.array([ratio if name == "alpha" else 1.0 for name in self.model.parameters])
        # NBD's likelihood is that of counts, which no unit of time enters.
        shift = 0.0 if isinstance(self.model, nbd.Nbd) else self.purchases * np.log(ratio)
        return PurchaseFit(
            self.model.per(unit),
            self.asked,
            self.verdict,
            self.reason,
            self.fallback,
            self.log_likelihood - float(shift),
            None if self.covariance is None else self.covariance * np.outer(scale, scale),
            self.customers,
            self.repeaters,
            self.purchases,
        )


@dataclass(frozen=True, slots=True)
class SpendFit:
    """A spend model, its verdict, and what was left out; money in the unit of the summary.

    `dropped` counts repeat buyers without any positive spend; `correlation` is Spearman's between
    repeat purchases and mean spend, and `warning` speaks when it is .3 or more in size.
    """

    model: SpendModel
    verdict: Verdict
    reason: str
    fallback: str | None
    log_likelihood: float | None
    covariance: Floats | None
    customers: int
    dropped: int
    correlation: float | None
    warning: str

    def parameters(self) -> dict[str, float]:
        """Fitted parameters by name."""
        return named(self.model)

    def standard_errors(self) -> dict[str, float]:
        """Standard errors by name; empty where they cannot be estimated."""
        return named_errors(self.model, self.covariance)


def named(model: Parametric) -> dict[str, float]:
    """Parameters by name."""
    return {k: float(v) for k, v in zip(model.parameters, model.vector(), strict=True)}


def named_errors(model: Parametric, covariance: Floats | None) -> dict[str, float]:
    """Square roots of the covariance's diagonal by name; empty without a covariance."""
    if covariance is None:
        return {}
    errors = np.sqrt(np.diag(covariance))
    return {k: float(v) for k, v in zip(model.parameters, errors, strict=True)}


def fit_purchases(data: Summary | Base, asked: str = "BG/NBD") -> PurchaseFit:
    """Fit BG/NBD (or MBG/NBD) to a summary or base in days; has an answer for every base."""
    base = base_of(data) if isinstance(data, Summary) else data
    few = lacking(base)
    if few:
        return _fallback(base, asked, Verdict.NOT_ENOUGH_DATA, few)
    wing = bgnbd if asked == "BG/NBD" else mbgnbd
    found = wing.fit(base)
    model = (bgnbd.BgNbd if asked == "BG/NBD" else mbgnbd.MbgNbd).at(found.point)
    if _gain_over_nbd(found, base) < NO_DROPOUT:
        words = "The log shows no sign of customers leaving, so drop-out cannot be estimated."
        return _fallback(base, asked, Verdict.DEGENERATE, words)
    wrong = _wrong(found, model, base)
    if wrong:
        return _guarded(base, asked, wrong)
    words = (
        f"{asked} fits: it expects {_remembered(model, base):,.0f} repeat purchases in the "
        f"past, {base.purchases:,.0f} were made."
    )
    return _answer(base, found, model, asked=asked, verdict=Verdict.OK, reason=words)


def _answer(
    base: Base,
    found: Optimum,
    model: Model,
    *,
    asked: str,
    verdict: Verdict,
    reason: str,
    fallback: str | None = None,
) -> PurchaseFit:
    return PurchaseFit(
        model,
        asked,
        verdict,
        reason,
        fallback,
        found.value,
        found.covariance(),
        round(base.customers),
        base.rows,
        round(base.purchases),
    )


def lacking(base: Base) -> str:
    """What the base is too small for, in words; empty when it is large enough."""
    if base.customers == 0:
        return "Not enough data yet: there is no purchase."
    if base.rows < NEEDED_REPEATERS:
        return f"Not enough data yet: needs {NEEDED_REPEATERS} repeat buyers, has {base.rows}."
    if base.span < NEEDED_DAYS:
        return f"Not enough data yet: needs {NEEDED_DAYS} days of history, has {base.span:.0f}."
    return ""


def _wrong(found: Optimum, model: bgnbd.BgNbd | mbgnbd.MbgNbd, base: Base) -> str:
    """Why a fit with drop-out is not believed, in words; empty when it is."""
    if not found.converged or found.at_guard.any():
        far = [
            f"{name} = {value:,.4g}"
            for name, value in named(model).items()
            if not 1e-3 < value < 100 and name != "alpha"
        ]
        where = f" ({', '.join(far)})" if far else ""
        return f"The parameters run away{where}: the log does not tell them."
    if found.covariance() is None:
        return "The likelihood is flat at its top: the log does not tell the parameters."
    past = _remembered(model, base)
    if not base.purchases / MEMORY <= past <= base.purchases * MEMORY:
        return (
            f"The model does not reproduce the past: it expects {past:,.0f} repeat purchases, "
            f"{base.purchases:,.0f} were made."
        )
    return ""


def _gain_over_nbd(found: Optimum, base: Base) -> float:
    """Log-likelihood above the model without drop-out, on the same purchase times."""
    plain = nbd.fit(base)
    still = nbd.Nbd.at(plain.point)
    return found.value - nbd.timing_log_likelihood(still, base)


def _remembered(model: Model, base: Base) -> float:
    """Repeat purchases that the model expects over the observed past of the whole base."""
    some = base.by_age > 0
    return float(base.by_age[some] @ model.new_customer(base.times()[some]))


def _guarded(base: Base, asked: str, reason: str) -> PurchaseFit:
    """The model asked for, its spreads held by a weak prior; without drop-out if that fails too.

    A rate without drop-out would forget that customers plainly leave, and overshoot.
    """
    wing = bgnbd if asked == "BG/NBD" else mbgnbd
    found = wing.fit_guarded(base)
    model = (bgnbd.BgNbd if asked == "BG/NBD" else mbgnbd.MbgNbd).at(found.point)
    if _wrong(found, model, base):
        return _fallback(base, asked, Verdict.DEGENERATE, reason)
    fallback = f"{asked} with its spreads held by a weak prior"
    words = f"{reason} Used instead: {fallback}."
    found = replace(found, value=wing.log_likelihood(model, base))
    return _answer(
        base,
        found,
        model,
        asked=asked,
        verdict=Verdict.DEGENERATE,
        reason=words,
        fallback=fallback,
    )


def _fallback(base: Base, asked: str, verdict: Verdict, reason: str) -> PurchaseFit:
    """NBD shrunk to the base in place of the model asked for."""
    found = nbd.fit_shrunk(base)
    model = replace(nbd.Nbd.at(found.point), reach=max(base.span, 1.0))
    words = f"{reason} Used instead: a rate without drop-out (NBD), shrunk to the base."
    fallback = "NBD without drop-out, shrunk to the base"
    found = replace(found, value=nbd.likelihood(base)(found.point)[0])
    return _answer(
        base, found, model, asked=asked, verdict=verdict, reason=words, fallback=fallback
    )


@dataclass(frozen=True, slots=True)
class Spenders:
    """What the verdict on a spend fit needs; `climb` fits all of them, wherever they lie.

    `customers` have a positive repeat spend, `dropped` repeat buyers have none; `mean` is that of
    all positive repeat spends, `first` are those of first occasions, where known. The columns of
    `some` show at least `RANKED` of the customers, or all.
    """

    customers: int
    dropped: int
    mean: float
    some: Columns
    first: Floats
    climb: Callable[[], Optimum]


def spenders_of(data: Summary | Columns) -> Spenders:
    """Those of a summary or of columns."""
    columns = columns_of(data) if isinstance(data, Summary) else data
    found = np.flatnonzero(columns.spends)
    some = found[:: max(len(found) // RANKED, 1)]
    return Spenders(
        customers=len(found),
        dropped=int(np.count_nonzero(columns.x)) - len(found),
        mean=float(columns.spent.sum() / max(columns.spends.sum(dtype=np.int64), 1)),
        some=Columns(
            columns.x[some],
            columns.t_x[some],
            columns.T[some],
            columns.spends[some],
            columns.spent[some],
        ),
        first=data.first_spend if isinstance(data, Summary) else np.zeros(0),
        climb=lambda: gamma_gamma.fit_spent(columns.spends, columns.spent),
    )


def fit_spend(data: Summary | Columns | Spenders) -> SpendFit | None:
    """Fit Gamma-Gamma to the repeat buyers' spends; None when the log has no money at all."""
    spenders = data if isinstance(data, Spenders) else spenders_of(data)
    customers, dropped, some = spenders.customers, spenders.dropped, spenders.some
    if customers == 0 and not (spenders.first > 0).any():
        return None
    count, spent = floats(some.spends), floats(some.spent)
    correlation = spearman(floats(some.x), spent / count)
    warning = _correlation_warning(correlation)
    verdict, reason, found = _judge_spend(spenders)
    if found is not None and verdict is Verdict.OK:
        model: SpendModel = gamma_gamma.GammaGamma(*(float(value) for value in found.point))
        return SpendFit(
            model, verdict, reason, None, found.value, found.covariance(),
            customers, dropped, correlation, warning,
        )  # fmt: skip
    base = _mean_spend(spenders.first, count, spent)
    return SpendFit(
        gamma_gamma.ShrunkMean(base), verdict,
        f"{reason} Used instead: each customer's mean spend, shrunk to the base.",
        "mean spend shrunk to the base", None, None,
        customers, dropped, correlation, warning,
    )  # fmt: skip


def _judge_spend(spenders: Spenders) -> tuple[Verdict, str, Optimum | None]:
    customers = spenders.customers
    if customers < NEEDED_REPEATERS:
        words = (
            f"Not enough data yet: needs {NEEDED_REPEATERS} repeat buyers with positive spend, "
            f"has {customers}."
        )
        return Verdict.NOT_ENOUGH_DATA, words, None
    found = spenders.climb()
    q = float(found.point[1])
    if not found.converged or found.at_guard.any() or found.covariance() is None:
        return Verdict.DEGENERATE, "The spread of spending cannot be told from the log.", found
    if q <= 1.0 or _base_of(found) > MEMORY * spenders.mean:
        words = f"A few huge spenders leave the mean without bound (q = {q:.2f})."
        return Verdict.DEGENERATE, words, found
    return Verdict.OK, f"Gamma-Gamma fits {customers:,} repeat buyers.", found


def _base_of(found: Optimum) -> float:
    """Expected spend of somebody of whom nothing is known, p v / (q - 1)."""
    p, q, v = (float(value) for value in found.point)
    return p * v / (q - 1.0)


def _mean_spend(first: Floats, count: Floats, spent: Floats) -> float:
    """Mean positive spend of an occasion over the base, first ones included.

    No customer counts for more than 20 times the median, so that one huge buyer does not make
    everybody rich.
    """
    start = first[first > 0]
    spend = np.concatenate([start, spent / count])
    weight = np.concatenate([np.ones(len(start)), count])
    return float(np.average(np.minimum(spend, HUGE * np.median(spend)), weights=weight))


def spearman(left: Floats, right: Floats) -> float | None:
    """Rank correlation; None when either side has no spread."""
    if len(left) < 3 or np.ptp(left) == 0 or np.ptp(right) == 0:
        return None
    return float(np.corrcoef(average_ranks(left), average_ranks(right))[0, 1])


def _correlation_warning(correlation: float | None) -> str:
    if correlation is None or abs(correlation) < CORRELATED:
        return ""
    how = "more" if correlation > 0 else "less"
    return (
        f"Those who buy more often spend {how} each time (rank correlation {correlation:.2f}); "
        "the value model assumes that the two are independent, so read values with care."
    )
