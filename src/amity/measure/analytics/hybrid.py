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
    """A contract's `fee` and the expected `spend` of a purchase beside it, in minor units.

    `days` is the length of a renewal period, `periods` how many of them are looked ahead,
    `discount` a year, `margin` the share that is contribution.
    """

    fee: float
    spend: float
    days: float
    periods: int = 12
    discount: float = 0.1
    margin: float = 1.0


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
    contract is renewed; its extras are bought evenly over it. `stays` is the chance of lasting
    through the whole horizon, `extras` the purchases expected in it.
    """
    done = floats(renewed)
    ahead = np.arange(1.0, terms.periods + 1.0)
    lasts = contract.survival(done[:, None] + ahead) / contract.survival(done)[:, None]
    often = (rate.r + floats(purchases)) / (rate.alpha + floats(exposure))
    years = (ahead - 1.0) * terms.days / 365.25
    half = terms.days / 2.0 / 365.25
    fees = lasts @ (1.0 + terms.discount) ** -years
    spending = lasts @ (1.0 + terms.discount) ** -(years + half)
    return HybridValues(
        stays=lasts[:, -1],
        extras=often * terms.days * lasts.sum(axis=1),
        from_fees=terms.margin * terms.fee * fees,
        from_extras=terms.margin * terms.spend * often * terms.days * spending,
    )
