"""Contracts as facts: how often each was renewed by a day, and the curve of how long they last.

A contract that begins on a day is renewed every so many months after it, on the same day of the
month (or its last). An end counts for the renewal that it came before: whoever leaves on the day of
a renewal, on the eve of it or in the middle of the period was not renewed for that time.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from amity.measure.analytics.arrays import Floats, Ints, floats
from amity.measure.analytics.contracts import Contract, Renewals
from amity.measure.analytics.intervals import interval, log_variance
from amity.measure.analytics.retention import ContractFit
from amity.measure.analytics.survival import kaplan_meier
from amity.measure.analytics.verdict import Verdict

RUNS = 2**40
"""The day of the end of a contract of which none is known."""


@dataclass(frozen=True, slots=True)
class Agreements:
    """One entry a contract; days since 1970-01-01.

    `months` is the length of a period, `fee` what one costs in minor units (NaN: not known),
    `ended` the last day or the day on which it was not renewed (`RUNS`: it has no end).
    """

    customer: Ints
    started: Ints
    months: Ints
    fee: Floats
    ended: Ints

    def __len__(self) -> int:
        return len(self.customer)

    def of(self, rows: Any) -> "Agreements":
        """Some of them; `rows` are places or a mask."""
        return Agreements(
            self.customer[rows],
            self.started[rows],
            self.months[rows],
            self.fee[rows],
            self.ended[rows],
        )

    def known(self, as_of: int) -> "Agreements":
        """Those that had begun by a day."""
        return self.of(self.started <= as_of)

    def running(self, as_of: int) -> Any:
        """Which of them had not ended by a day, notice given or not."""
        return self.ended > as_of

    def renewed(self, as_of: int) -> Ints:
        """How often each was renewed by a day, that day's renewals included."""
        return whole_months(self.started, np.minimum(as_of, self.ended)) // self.months

    def until_renewal(self, as_of: int) -> Floats:
        """Days from a day to the next renewal of each that runs."""
        ahead = (self.renewed(as_of) + 1) * self.months
        return floats(months_after(self.started, ahead) - as_of)


def renewals_by(agreements: Agreements, as_of: int) -> Renewals:
    """Contracts of one length of period, as the models count them: lost and kept by renewals."""
    known = agreements.known(as_of)
    runs = known.running(as_of)
    kept = known.of(runs).renewed(as_of)
    gone = known.of(~runs)
    last = np.maximum(whole_months(gone.started, gone.ended - 1) // gone.months, 0)
    periods = int(max(kept.max(initial=0), last.max(initial=-1) + 1))
    return Renewals(
        floats(np.bincount(last, minlength=periods)),
        floats(np.bincount(kept, minlength=periods + 1)),
    )


def whole_months(start: Ints, until: Ints) -> Ints:
    """How many whole months have passed from each day to another."""
    first, day = _month(start)
    last, other = _month(until)
    elapsed: Ints = last - first - (other < np.minimum(day, _length(last) - 1))
    return elapsed


def months_after(start: Ints, months: Ints) -> Ints:
    """The day so many months after each day; the last of the month where it has no such day."""
    month, day = _month(start)
    target = month + months
    found: Ints = _first(target) + np.minimum(day, _length(target) - 1)
    return found


def _month(day: Ints) -> tuple[Ints, Ints]:
    """The running number of the month of each day, and the days of it that have passed."""
    month: Ints = day.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)
    return month, day - _first(month)


def _first(month: Ints) -> Ints:
    day: Ints = month.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    return day


def _length(month: Ints) -> Ints:
    return _first(month + 1) - _first(month)


@dataclass(frozen=True, slots=True)
class Curve:
    """The share still there after 0, 1, 2, ... renewals, seen and as the model says.

    `at_risk` are the contracts of which that renewal was seen to come or fail; `seen` is the
    share of Kaplan-Meier with its bounds. NaN: not observed, or not known. All bounds are 95 %.
    """

    at_risk: Floats
    seen: Floats
    seen_low: Floats
    seen_high: Floats
    model: Floats
    model_low: Floats
    model_high: Floats


def curve_of(data: Renewals, fit: ContractFit, ahead: int) -> Curve:
    """The curve over all renewals that were observed and `ahead` more."""
    periods = data.periods
    renewals = np.arange(periods + ahead + 1.0)
    steps = np.arange(periods + 1)
    lasted = np.concatenate(
        [
            np.repeat(steps[1:], data.lost.astype(np.int64)),
            np.repeat(steps, data.kept.astype(np.int64)),
        ]
    )
    left = np.arange(len(lasted)) < int(data.lost.sum())
    found = kaplan_meier(lasted, left)
    place = np.searchsorted(found.time, renewals[: periods + 1], side="right")
    at_risk = len(lasted) - np.searchsorted(np.sort(lasted), steps, side="left")
    model = fit.model.survival(renewals)
    variance = log_variance(
        lambda point: Contract(*point).survival(renewals), fitted_part(fit), fit.covariance
    )
    low, high = interval(model, variance, None)
    return Curve(
        at_risk=_longer(floats(at_risk), ahead),
        seen=_longer(np.concatenate(([1.0], found.share))[place], ahead),
        seen_low=_longer(np.concatenate(([1.0], found.low))[place], ahead),
        seen_high=_longer(np.concatenate(([1.0], found.high))[place], ahead),
        model=model,
        model_low=low,
        model_high=np.minimum(high, 1.0),
    )


def pooled_where_thin(own: ContractFit, pooled: ContractFit) -> ContractFit:
    """The fit of a part, or that of all contracts where the part alone carries no model."""
    if own.verdict is Verdict.OK or pooled.verdict is not Verdict.OK:
        return own
    words = (
        f"{own.reason.partition(' Used instead')[0]} Used instead: all contracts of this period."
    )
    return replace(pooled, verdict=own.verdict, reason=words, observed=own.observed)


def fitted_part(fit: ContractFit) -> Floats:
    """The parameters that were fitted: c stands at 1 in the plainer model."""
    vector = fit.model.vector()
    return vector[:2] if fit.model.c == 1.0 else vector


def _longer(values: Floats, by: int) -> Floats:
    return np.concatenate((values, np.full(by, np.nan)))
