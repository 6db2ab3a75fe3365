"""What customers with contracts are worth: fees while the contract lasts, and purchases beside it.

The contract shows who left, so drop-out is counted once, by its survival; purchases beside it are a
plain rate while it runs (see `hybrid`). A customer's contracts add up; the purchases go with the
one that began last.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields

import numpy as np

from amity.measure.analytics import nbd
from amity.measure.analytics.agreements import RUNS, Agreements, fitted_part
from amity.measure.analytics.arrays import Bools, Floats, Ints, floats
from amity.measure.analytics.base import make_base
from amity.measure.analytics.clv import DAYS_A_MONTH
from amity.measure.analytics.contracts import Contract
from amity.measure.analytics.hybrid import HybridValues, Terms, value_hybrid
from amity.measure.analytics.intervals import interval, log_variance
from amity.measure.analytics.nbd import Nbd
from amity.measure.analytics.retention import ContractFit
from amity.measure.analytics.summary import Occasions

NOTHING = Nbd(1.0, 1.0)
"""Any rate will do where purchases beside the contract do not count."""


@dataclass(frozen=True, slots=True)
class Extras:
    """Purchases beside contracts, one row a customer, sorted by `customer`.

    `purchases` are days with a purchase in `exposure` days under contract, `spend` is the expected
    money of one (minor units); `rate` is fitted to them all, `covariance` that of its parameters.
    """

    customer: Ints
    purchases: Floats
    exposure: Floats
    spend: Floats
    rate: Nbd
    covariance: Floats | None


@dataclass(frozen=True, slots=True)
class Horizon:
    """How far is looked ahead, at which `discount` a year, and the `margin` of what is paid."""

    months: int = 12
    discount: float = 0.1
    margin: float = 1.0


@dataclass(frozen=True, slots=True)
class ContractValues:
    """One row a customer who ever had a contract, sorted by `customer`; money in minor units.

    `alive` is 1 while a contract runs. `purchases` are those beside it. NaN: not known. Bounds are
    95 % of the expectation.
    """

    customer: Ints
    alive: Floats
    purchases: Floats
    purchases_low: Floats
    purchases_high: Floats
    clv: Floats
    clv_low: Floats
    clv_high: Floats


def extras_of(
    agreements: Agreements, bought: Occasions, spend: Callable[[Ints], Floats], as_of: int
) -> Extras:
    """The purchases between the first start and the last end (or `as_of`) of each customer.

    `spend` answers the expected money of a purchase of customers. Has an answer for every base.
    """
    who, place = np.unique(agreements.customer, return_inverse=True)
    first, until = np.full(len(who), RUNS), np.zeros(len(who), dtype=np.int64)
    np.minimum.at(first, place, agreements.started)
    np.maximum.at(until, place, np.minimum(agreements.ended, as_of))
    spot = np.searchsorted(who, bought.customer)
    there = spot < len(who)
    row = spot[there]
    day = bought.day[there]
    inside = (who[row] == bought.customer[there]) & (day >= first[row]) & (day <= until[row])
    purchases: Ints = np.bincount(row[inside], minlength=len(who))
    exposure = until - first
    found = nbd.fit_shrunk(make_base(purchases, np.zeros_like(purchases), exposure))
    return Extras(
        who,
        floats(purchases),
        floats(exposure),
        spend(who),
        Nbd.at(found.point),
        found.covariance(),
    )


def value_contracts(
    agreements: Agreements,
    fits: Mapping[int, ContractFit],
    extras: Extras | None,
    horizon: Horizon,
    as_of: int,
) -> ContractValues:
    """Values of all customers of the agreements; `fits` are by months of a period.

    Without `extras` the contract is all there is.
    """
    who = np.unique(agreements.customer)
    running = agreements.of(agreements.running(as_of))
    columns = {
        field.name: np.zeros(len(who))
        for field in fields(ContractValues)
        if field.name != "customer"
    }
    columns["alive"][np.searchsorted(who, running.customer)] = 1.0
    bears = _latest(running)
    for months in np.unique(running.months).tolist():
        rows = running.months == months
        part = _part_of(running.of(rows), bears[rows], extras, horizon, as_of)
        place = np.searchsorted(who, part.contracts.customer)
        for name, column in _value_part(part, fits[months], extras).items():
            np.add.at(columns[name], place, column)
    return ContractValues(who, **columns)


def _latest(running: Agreements) -> Bools:
    """Which contract of each customer began last."""
    order = np.lexsort((running.started, running.customer))
    sorted_by = running.customer[order]
    is_last = np.ones(len(order), dtype=np.bool_)
    is_last[:-1] = sorted_by[1:] != sorted_by[:-1]
    found = np.zeros(len(order), dtype=np.bool_)
    found[order] = is_last
    return found


@dataclass(frozen=True, slots=True)
class _Part:
    """Running contracts with one length of period; `bears` says with which purchases go."""

    contracts: Agreements
    bears: Bools
    terms: Terms
    renewed: Ints
    purchases: Floats
    exposure: Floats


def _part_of(
    running: Agreements, bears: Bools, extras: Extras | None, horizon: Horizon, as_of: int
) -> _Part:
    none = np.zeros(len(running))
    bought, exposure, spend = none, none, none
    if extras is not None:
        row = np.searchsorted(extras.customer, running.customer)
        bought, exposure = extras.purchases[row], extras.exposure[row]
        spend = np.where(bears, extras.spend[row], 0.0)
    days = float(running.months[0]) * DAYS_A_MONTH
    terms = Terms(
        fee=running.fee,
        spend=spend,
        days=days,
        horizon=horizon.months * DAYS_A_MONTH,
        discount=horizon.discount,
        margin=horizon.margin,
        wait=np.minimum(running.until_renewal(as_of), days),  # as long as all in a leap year
        ends=np.where(running.ended < RUNS, running.ended - as_of, np.inf),
    )
    return _Part(running, bears, terms, running.renewed(as_of), bought, exposure)


def _value_part(part: _Part, fit: ContractFit, extras: Extras | None) -> dict[str, Floats]:
    """Purchases and value of each running contract, with bounds."""
    point, covariance = fitted_part(fit), fit.covariance
    split = len(point)
    counted = np.zeros(len(part.bears))
    if extras is not None:
        point = np.concatenate((point, extras.rate.vector()))
        covariance = _joined(fit.covariance, extras.covariance)
        counted = floats(part.bears)

    def valued(at: Floats) -> HybridValues:
        return value_hybrid(
            part.renewed,
            part.purchases,
            part.exposure,
            contract=Contract(*at[:split]),
            rate=NOTHING if extras is None else Nbd.at(at[split:]),
            terms=part.terms,
        )

    def bounded(name: str, forecast: Callable[[Floats], Floats]) -> dict[str, Floats]:
        value = forecast(point)
        low, high = interval(value, log_variance(forecast, point, covariance), fit.band)
        return {name: value, f"{name}_low": low, f"{name}_high": high}

    purchases = bounded("purchases", lambda at: valued(at).extras * counted)
    if extras is None:  # none are expected, and that is certain
        purchases = dict.fromkeys(purchases, counted)
    return purchases | bounded("clv", lambda at: valued(at).total)


def _joined(left: Floats | None, right: Floats | None) -> Floats | None:
    """The covariance of two independent fits; None where either is not known."""
    if left is None or right is None:
        return None
    size = len(left)
    both = np.zeros((size + len(right), size + len(right)))
    both[:size, :size], both[size:, size:] = left, right
    return both
