"""Contracts that are renewed or not: shifted-beta-geometric and beta-discrete-Weibull.

Fader and Hardie, "How to project customer retention", J. of Interactive Marketing 21 (2007) 76-90;
the same with Liu and Davin, "How to project customer retention revisited", same journal 43 (2018).
A customer's chance of not renewing is Beta(alpha, beta) over customers; it stays as it is (sBG, c
= 1), falls (c < 1) or grows (c > 1) with each renewal. Surviving t renewals has probability

    S(t) = B(alpha, beta + t^c) / B(alpha, beta).

Time is counted in renewal periods. One calendar for all, and leaving by will and by failed payment
are not told apart.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import numpy.typing as npt
from scipy.special import betaln, digamma, polygamma

from amity.measure.analytics.arrays import Floats, floats
from amity.measure.analytics.newton import Likelihood, Optimum, best_of


@dataclass(frozen=True, slots=True)
class Renewals:
    """Customers of all cohorts by period: `lost[t-1]` did not renew for the t-th time, `kept[t]`
    had renewed t times when the observation ended. Adds up over cohorts."""

    lost: Floats
    kept: Floats

    @property
    def customers(self) -> float:
        """Customers who ever signed."""
        return float(self.lost.sum() + self.kept.sum())

    @property
    def periods(self) -> int:
        """The longest observation."""
        return len(self.lost)

    def until(self, periods: int) -> "Renewals":
        """What was known when the longest observation was `periods` renewals."""
        kept = self.kept[: periods + 1].copy()
        kept[-1] += self.lost[periods:].sum() + self.kept[periods + 1 :].sum()
        return Renewals(self.lost[:periods], kept)


def renewals(cohorts: Sequence[npt.ArrayLike]) -> Renewals:
    """From customers left after 0, 1, 2, ... periods, one row for each cohort.

    Raises:
        ValueError: a cohort is empty, or grows.
    """
    rows = [floats(cohort) for cohort in cohorts]
    if not rows or any(len(row) == 0 or (np.diff(row) > 0).any() for row in rows):
        raise ValueError("A cohort starts with its customers and never grows.")
    periods = max(len(row) for row in rows)
    lost, kept = np.zeros(periods - 1), np.zeros(periods)
    for row in rows:
        lost[: len(row) - 1] -= np.diff(row)
        kept[len(row) - 1] += row[-1]
    return Renewals(lost, kept)


@dataclass(frozen=True, slots=True)
class Contract:
    """Fitted parameters; with c = 1 this is the shifted-beta-geometric."""

    alpha: float
    beta: float
    c: float = 1.0

    @property
    def name(self) -> str:
        """The model's usual name."""
        return "shifted-beta-geometric" if self.c == 1.0 else "beta-discrete-Weibull"

    parameters: ClassVar[tuple[str, ...]] = ("alpha", "beta", "c")

    def vector(self) -> Floats:
        """The parameters in the order of `parameters`."""
        return np.array([self.alpha, self.beta, self.c])

    def survival(self, periods: npt.ArrayLike) -> Floats:
        """S(t): the share still there after t renewals."""
        aged = floats(periods) ** self.c
        return floats(np.exp(betaln(self.alpha, self.beta + aged) - betaln(self.alpha, self.beta)))

    def retention(self, periods: npt.ArrayLike) -> Floats:
        """S(t) / S(t-1) for t from 1 on."""
        t = floats(periods)
        return np.asarray(self.survival(t) / self.survival(t - 1.0))

    def residual_lifetime(self, renewed: int, rate: float) -> float:
        """DERL: renewals still to come of one who renewed `renewed` times and decides next now.

        The next one counts in full, each later one is discounted by `rate` a period; `rate` must
        be positive. Fader and Hardie, Marketing Science 29 (2010) 85-93.
        """
        if rate <= 0:
            raise ValueError("Discounting for ever needs a positive rate.")
        ahead = np.arange(int(np.ceil(36.0 / np.log1p(rate))) + 1)
        left = self.survival(renewed + 1.0 + ahead) / self.survival(float(renewed))
        return float(left @ (1.0 + rate) ** -ahead.astype(np.float64))


def likelihood(data: Renewals, *, aging: bool) -> Likelihood:
    """Log-likelihood of (alpha, beta, c), or of (alpha, beta) at c = 1 without `aging`."""
    t = np.arange(data.periods + 1.0)

    def evaluate(point: Floats) -> tuple[float, Floats, Floats]:
        log_s, slope, bend = _log_survival(point if aging else np.append(point, 1.0), t)
        grown = np.exp(log_s)
        gone = np.maximum(grown[:-1] - grown[1:], 1e-300)
        early, late = grown[:-1] / gone, grown[1:] / gone
        gradient = early * slope[:, :-1] - late * slope[:, 1:]
        outer = bend + slope[:, None] * slope[None, :]
        hessian = early * outer[:, :, :-1] - late * outer[:, :, 1:]
        hessian -= gradient[:, None] * gradient[None, :]
        value = float(data.lost @ np.log(gone) + data.kept @ log_s)
        free = 3 if aging else 2
        return (
            value,
            (gradient @ data.lost + slope @ data.kept)[:free],
            (hessian @ data.lost + bend @ data.kept)[:free, :free],
        )

    return evaluate


def fit(data: Renewals, *, aging: bool = False) -> Optimum:
    """Maximum likelihood of (alpha, beta), or of (alpha, beta, c) with `aging`."""
    starts = [[1.0, 1.0, 1.0], [0.5, 4.0, 1.0], [5.0, 20.0, 0.8]]
    target = likelihood(data, aging=aging)
    return best_of(target, [np.array(start if aging else start[:2]) for start in starts])


def _log_survival(point: Floats, t: Floats) -> tuple[Floats, Floats, Floats]:
    """ln S(t), its gradient and Hessian in (alpha, beta, c)."""
    a, b, c = point
    aged = t**c
    log_t = np.log(np.maximum(t, 1.0))
    first, second = aged * log_t, aged * log_t**2
    whole, tail = digamma(a + b + aged), digamma(b + aged)
    slope_of_age = tail - whole
    slope = np.array([digamma(a + b) - whole, slope_of_age - digamma(b) + digamma(a + b),
                      slope_of_age * first])  # fmt: skip
    bends, bend_tail = polygamma(1, a + b + aged), polygamma(1, b + aged)
    both = polygamma(1, a + b) - bends
    ac, bc = -bends * first, (bend_tail - bends) * first
    cc = (bend_tail - bends) * first**2 + slope_of_age * second
    bb = both + bend_tail - polygamma(1, b)
    hessian = np.array([[both, both, ac], [both, bb, bc], [ac, bc, cc]])
    return np.asarray(betaln(a, b + aged) - betaln(a, b)), slope, hessian
