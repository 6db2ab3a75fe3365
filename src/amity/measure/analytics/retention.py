"""Contracts judged: which of the two models holds, how sure, and what held-out periods say."""

from dataclasses import dataclass

import numpy as np

from amity.measure.analytics import contracts
from amity.measure.analytics.arrays import Floats
from amity.measure.analytics.contracts import Contract, Renewals
from amity.measure.analytics.newton import Optimum
from amity.measure.analytics.verdict import Verdict

NEEDED_LOST, NEEDED_PERIODS = 30, 3
WORTH_A_PARAMETER = 1.92
"""Half the 95 % point of chi-square with one degree of freedom (3.84)."""
HELD_OUT = 2


@dataclass(frozen=True, slots=True)
class ContractFit:
    """A contract model, the verdict on it, and shares that Kaplan-Meier would draw beside it.

    `covariance` is that of (alpha, beta) or (alpha, beta, c); `observed` the share still there
    after 0, 1, 2, ... renewals; `held_out` and `forecast` compare the last two periods with what
    the fit on those before said of them, empty where there were too few. `beside` is the
    shifted-beta-geometric where the beta-discrete-Weibull was taken, else None.
    """

    model: Contract
    verdict: Verdict
    reason: str
    log_likelihood: float
    covariance: Floats | None
    customers: int
    observed: Floats
    held_out: Floats
    forecast: Floats
    beside: Contract | None = None

    @property
    def band(self) -> float | None:
        """The worst relative miss of the held-out shares; None where none was held out."""
        there = self.held_out > 0
        if not there.any():
            return None
        return float(np.abs(self.forecast[there] / self.held_out[there] - 1.0).max())


def fit_contract(data: Renewals) -> ContractFit:
    """The shifted-beta-geometric, or the beta-discrete-Weibull where it is clearly better."""
    lost, customers = float(data.lost.sum()), round(data.customers)
    lacking = ""
    if lost < NEEDED_LOST:
        lacking = f"Not enough data yet: needs {NEEDED_LOST} ended contracts, has {lost:.0f}."
    elif data.periods < NEEDED_PERIODS:
        lacking = f"Not enough data yet: needs {NEEDED_PERIODS} renewals, has {data.periods}."
    if lacking:
        return _constant(data, customers, Verdict.NOT_ENOUGH_DATA, lacking)
    found = _better(data)
    if found is None:
        words = "All customers seem equally likely to leave, so their spread cannot be told."
        return _constant(data, customers, Verdict.DEGENERATE, words)
    model = Contract(*found.point)
    held, forecast = _hold_out(data)
    words = f"The {model.name} fits {customers:,} contracts over {data.periods} renewals."
    return ContractFit(
        model, Verdict.OK, words, found.value, found.covariance(), customers,
        observed(data), held, forecast,
        None if model.c == 1.0 else Contract(*contracts.fit(data).point),
    )  # fmt: skip


def observed(data: Renewals) -> Floats:
    """Kaplan-Meier's shares after 0, 1, 2, ... renewals."""
    leaving = np.cumsum((data.lost + data.kept[:-1])[::-1])[::-1] + data.kept[-1]
    at_risk = leaving - data.kept[:-1]
    stays = 1.0 - np.divide(data.lost, at_risk, out=np.zeros(len(at_risk)), where=at_risk > 0)
    return np.concatenate(([1.0], np.cumprod(stays)))


def _better(data: Renewals) -> Optimum | None:
    """The plainer model, unless the other gains more than its further parameter is worth."""
    plain, aging = contracts.fit(data), contracts.fit(data, aging=True)
    sound = [found.covariance() is not None for found in (plain, aging)]
    if sound[1] and aging.value > plain.value + WORTH_A_PARAMETER and data.periods > 3:
        return aging
    return plain if sound[0] else None


def _hold_out(data: Renewals) -> tuple[Floats, Floats]:
    """Shares after the last periods, and their forecast by a fit on those before."""
    known = data.periods - HELD_OUT
    none = np.zeros(0)
    if known < NEEDED_PERIODS:
        return none, none
    early = _better(data.until(known))
    if early is None:
        return none, none
    ahead = np.arange(known + 1, data.periods + 1)
    return observed(data)[ahead], Contract(*early.point).survival(ahead)


def _constant(data: Renewals, customers: int, verdict: Verdict, reason: str) -> ContractFit:
    """One chance of leaving for all, held by half a contract: an answer for every base.

    As the limit of many equals, alpha and beta are large.
    """
    decided = float(data.lost.sum() + np.arange(len(data.kept)) @ data.kept)
    decided += float(np.arange(data.periods) @ data.lost)
    chance = (float(data.lost.sum()) + 0.5) / (decided + 1.0)
    model = Contract(1e5 * chance, 1e5 * (1.0 - chance))
    words = f"{reason} Used instead: one chance of leaving for all, {chance:.1%} a period."
    value = contracts.likelihood(data, aging=False)(model.vector()[:2])[0]
    none = np.zeros(0)
    return ContractFit(model, verdict, words, value, None, customers, observed(data), none, none)
