"""A contract and purchases beside it: the fee while it lasts, and extras while it lasts.

The contract shows who left. So the extras are a plain rate while the contract runs (NBD, its time
under observation ending with the contract), and drop-out is counted once, by the survival of the
contract. A purchase model with drop-out of its own would take every silence for a departure as
well, and count it twice.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from amity.measure.analytics.arrays import Floats, floats
from amity.measure.analytics.contracts import Contract
from amity.measure.analytics.nbd import Nbd


@dataclass(frozen=True, slots=True)
class Terms:
    """What is agreed and assumed; each `Floats` has an entry for every contract.

    `fee` of a period and the expected `spend` of a purchase beside it, in minor units; `days` is
    the length of a period, `horizon` how many days are looked ahead, `discount` a year, `margin`
    the share that is contribution. `wait` are the days until the next renewal, `ends` those until
    the end where notice was given (infinite: none was).
    """

    fee: float | Floats
    spend: float | Floats
    days: float
    horizon: float
    discount: float = 0.1
    margin: float = 1.0
    wait: float | Floats = 0.0
    ends: float | Floats = np.inf


@dataclass(frozen=True, slots=True)
class HybridValues:
    """Per customer with a running contract: discounted contribution, and what it is made of."""

    stays: Floats
    extras: Floats
    from_fees: Floats
    from_extras: Floats

    @property
    def total(self) -> Floats:
        """Fees and extras together."""
        return self.from_fees + self.from_extras


def value_hybrid(
    renewed: npt.ArrayLike,
    purchases: npt.ArrayLike,
    exposure: npt.ArrayLike,
    *,
    contract: Contract,
    rate: Nbd,
    terms: Terms,
) -> HybridValues:
    """Values of customers who renewed so many times and bought so often in `exposure` days.

    `contract` counts in renewal periods, `rate` in days. A period's fee is due at its start, if the
    contract is renewed; its extras are bought evenly over it, and over what is left of the running
    one. `stays` is the chance of lasting through the whole horizon, `extras` the purchases expected
    in it. Who gave notice stays until then and no longer.
    """
    done = floats(renewed)[:, None]
    ahead = np.arange(1.0, np.ceil(terms.horizon / terms.days) + 1.0)
    wait, ends = _column(terms.wait, done), _column(terms.ends, done)
    begins = wait + (ahead - 1.0) * terms.days
    here = contract.survival(done)
    renews = np.divide(
        contract.survival(done + ahead), here, out=np.zeros(begins.shape), where=here > 0
    )
    lasts = np.where(np.isfinite(ends), begins < ends, renews)
    inside = begins < terms.horizon + 0.5  # a renewal on the last day counts
    until = np.minimum(ends, terms.horizon)
    length = np.clip(until - begins, 0.0, terms.days)
    length = np.hstack([np.minimum(wait, until), length])
    starts = np.hstack([np.zeros(done.shape), begins])
    often = (rate.r + floats(purchases)) / (rate.alpha + floats(exposure))
    due = lasts * inside
    bought = np.hstack([np.ones(done.shape), lasts]) * length
    middle = _worth(starts + length / 2.0, terms.discount)
    stays = np.where(inside, lasts, 1.0).min(axis=1, initial=1.0)
    return HybridValues(
        stays=stays * (ends[:, 0] >= terms.horizon),
        extras=often * bought.sum(axis=1),
        from_fees=terms.margin * terms.fee * (due * _worth(begins, terms.discount)).sum(axis=1),
        from_extras=terms.margin * terms.spend * often * (bought * middle).sum(axis=1),
    )


def _column(values: float | Floats, like: Floats) -> Floats:
    return np.broadcast_to(floats(values).reshape(-1, 1), like.shape)


def _worth(days: Floats, discount: float) -> Floats:
    """What one unit is worth now that comes so many days later."""
    return floats((1.0 + discount) ** (-days / 365.25))
