"""Who is still there, by segment: the fits that tell it, and the share of each with its bounds."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints
from amity.measure.analytics.base import base_of
from amity.measure.analytics.clv import Values
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.segments import SegmentFit, fit_segments
from amity.measure.analytics.shares import Share, still_there
from amity.measure.analytics.summary import Summary
from amity.measure.analytics.valuation import Models, Teller
from amity.measure.analytics.verdict import PurchaseFit, Verdict

Fits = dict[str, SegmentFit]
Members = Mapping[str, Ints]
"""Rows of the summary by segment."""


def fit_parts(summary: Summary, members: Members, fit: PurchaseFit) -> Fits:
    """A fit of each segment; none where the base carries no model or is one segment alone."""
    if len(members) < 2 or fit.verdict is not Verdict.OK:
        return {}
    return fit_segments({key: base_of(summary.of(rows)) for key, rows in members.items()}, fit)


def telling_fits(models: Models, members: Members, segments: Fits) -> Fits:
    """The fits that P(alive) is of, by segment; none where those of the base tell it."""
    if models.by_habit is not None:
        return {}
    return fit_parts(models.timed, members, models.alive_fit) if models.tells_who_left else segments


def alive_by(models: Models, members: Members, fits: Fits, values: Values) -> Values:
    """P(alive) of MBG/NBD where both fit: BG/NBD says that a one-time buyer never leaves."""
    if not models.tells_who_left:
        return values
    summary = models.timed
    alive = models.alive_fit.model.alive(summary.x, summary.t_x, summary.T)
    for key, found in fits.items():
        part = summary.of(members[key])
        alive[members[key]] = found.fit.model.alive(part.x, part.t_x, part.T)
    return replace(values, alive=alive)


def shares_of(
    models: Models, members: Members, fits: Fits, alive: Floats
) -> dict[str, Share | None]:
    """The share of each segment that is still there; None where no model can tell."""
    return {
        key: _share(models.timed.of(rows), alive[rows], _teller(models, fits.get(key)))
        for key, rows in members.items()
    }


def _share(part: Summary, alive: Floats, teller: Teller | None) -> Share | None:
    return still_there(alive, part, teller, {"": np.arange(part.customers)})[""]


def _teller(models: Models, own: SegmentFit | None) -> Teller | None:
    if own is None:
        return models.teller
    model = own.fit.model
    return None if isinstance(model, Nbd) else Teller(model, own.fit.covariance)
