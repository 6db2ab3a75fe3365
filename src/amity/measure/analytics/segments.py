"""One fit per segment, each shrunk to the fit of all customers.

A segment's log-likelihood is joined by a quadratic around the pooled fit, in the logarithms of the
parameters, with the curvature that `WORTH` customers of the whole base have: so a segment of ten
is nearly the base, one of ten thousand is itself. Empirical Bayes in the sense of Morris, J. of
the American Statistical Association 78 (1983) 47-55.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.base import Base
from amity.measure.analytics.bgnbd import BgNbd
from amity.measure.analytics.clv import Outlook, Values, kept_share, value_customers
from amity.measure.analytics.dropout import likelihood
from amity.measure.analytics.mbgnbd import MbgNbd
from amity.measure.analytics.newton import Likelihood, maximize
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.verdict import PurchaseFit, SpendFit, Verdict

WORTH = 100.0


@dataclass(frozen=True, slots=True)
class SegmentFit:
    """A segment's fit; `own_share` is how much its own customers weigh in it, 0 to 1."""

    fit: PurchaseFit
    own_share: float
    reason: str


def fit_segments(bases: Mapping[str, Base], pooled: PurchaseFit) -> dict[str, SegmentFit]:
    """Each segment's own fit; bases and `pooled`, the fit of all their customers, are in days.

    Where the pooled fit is not `ok`, every segment is answered with it.
    """
    return {name: _fit(base, pooled) for name, base in bases.items()}


def value_segments(
    summary: Summary,
    members: Mapping[str, Ints],
    fits: Mapping[str, SegmentFit],
    spend: SpendFit | None,
    outlook: Outlook,
) -> Values:
    """Values of all customers, each by the fit of her own segment.

    `members` are rows of the summary; every row belongs to one segment.
    """
    kept = kept_share(summary)
    parts = {
        name: value_customers(summary.of(rows), fits[name].fit, spend, outlook, kept)
        for name, rows in members.items()
    }
    columns = {
        field.name: np.full(summary.customers, np.nan)
        for field in fields(Values)
        if field.name != "kept_share"
    }
    for name, rows in members.items():
        for field, column in columns.items():
            column[rows] = getattr(parts[name], field)
    return Values(**columns, kept_share=kept)


def _fit(base: Base, pooled: PurchaseFit) -> SegmentFit:
    if pooled.verdict is not Verdict.OK or pooled.covariance is None:
        return _pooled(base, pooled, "The whole base carries no model, so neither can a part.")
    s = 0 if isinstance(pooled.model, BgNbd) else 1
    center = pooled.model.vector()
    weight = WORTH / pooled.customers
    held = _held(likelihood(base, s), center, pooled.covariance, weight)
    found = maximize(held, center)
    covariance = found.covariance()
    if covariance is None:
        return _pooled(base, pooled, "The segment's own customers tell nothing that is certain.")
    model = (MbgNbd if s else BgNbd).at(found.point)
    own = base.customers / (base.customers + WORTH)
    reason = (
        f"{base.customers:,.0f} customers of its own, joined by the experience of the whole base "
        f"as if it were {WORTH:.0f} more."
    )
    fit = replace(
        _counted(base, pooled),
        model=model,
        reason=reason,
        log_likelihood=likelihood(base, s)(found.point)[0],
        covariance=covariance,
    )
    return SegmentFit(fit, own, reason)


def _held(own: Likelihood, center: Floats, covariance: Floats, weight: float) -> Likelihood:
    """The likelihood with the quadratic around the pooled fit, in logarithms."""
    information = weight * np.linalg.inv(covariance / np.outer(center, center))

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        value, gradient, hessian = own(point)
        away = np.log(point / center)
        pull = information @ away
        bend = information / np.outer(point, point) - np.diag(pull / point**2)
        return value - 0.5 * float(away @ pull), gradient - pull / point, hessian - bend

    return evaluate


def _pooled(base: Base, pooled: PurchaseFit, reason: str) -> SegmentFit:
    return SegmentFit(_counted(base, pooled), 0.0, reason)


def _counted(base: Base, pooled: PurchaseFit) -> PurchaseFit:
    return replace(
        pooled,
        customers=round(base.customers),
        repeaters=base.rows,
        purchases=round(base.purchases),
    )
